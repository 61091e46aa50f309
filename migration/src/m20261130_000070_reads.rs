//! Indexes for what lists are narrowed and ordered by, so that a page is read in its order and not sorted out of a whole table. Those
//! that no statement used, or that another one makes superfluous, are dropped.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Current revisions: those that lists show, unless an instant or withdrawn observations are requested.
const CURRENT: &str = "WHERE superseded_at IS NULL AND withdrawn_at IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let connection = m.get_connection();
        for statement in [
            // Two indexes of nearly the same columns, of which one has the rows of both: what is recorded paid for two.
            "DROP INDEX ix_observation_latest",
            "DROP INDEX ix_observation_standing_series",
            "CREATE INDEX ix_observation_standing_series ON observation \
             (indicator_id, area_id, dimension, period_end, period_start, id, sharing, published_at, withdrawn_at) \
             WHERE superseded_at IS NULL",
            // No source is looked up by an observation's, and none is ever deleted.
            "DROP INDEX ix_observation_source_id",
            "DROP INDEX ix_observation_area_id_indicator_id_dimension_period_end",
            "CREATE INDEX ix_observation_area_current ON observation (area_id, period_end, period_start, id) {current}",
            "CREATE INDEX ix_observation_indicator_current ON observation \
             (indicator_id, period_end, period_start, id) {current}",
            "CREATE INDEX ix_observation_area_id ON observation (area_id, id)",
            "CREATE INDEX ix_observation_indicator_id ON observation (indicator_id, id)",
            "CREATE INDEX ix_observation_current ON observation (period_end, period_start, id) {current}",
            "CREATE INDEX ix_data_link_status ON data_link (status, expires_on, id)",
            // With the key, because many have no last day and are in no order otherwise.
            "DROP INDEX ix_data_link_expires_on",
            "CREATE INDEX ix_data_link_expires_on ON data_link (expires_on, id)",
            "CREATE INDEX ix_plan_title_sort ON plan (title_sort)",
            "CREATE INDEX ix_audit_entry_resource ON audit_entry (resource)",
            "CREATE INDEX ix_audit_entry_actor ON audit_entry (actor)",
            "CREATE INDEX ix_audit_entry_at ON audit_entry (at)",
        ] {
            connection.execute_unprepared(&statement.replace("{current}", CURRENT)).await?;
        }
        if connection.get_database_backend() == DbBackend::Postgres {
            // SQLite reads an index backwards with NULLs at the end; PostgreSQL reads it with NULLs first.
            for statement in [
                "CREATE INDEX ix_data_link_expires_last ON data_link (expires_on DESC NULLS LAST, id DESC)",
                "CREATE INDEX ix_plan_issued_last ON plan (issued_on DESC NULLS LAST, id DESC)",
                "CREATE INDEX ix_plan_number_last ON plan (number DESC NULLS LAST, id DESC)",
            ] {
                connection.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }
}
