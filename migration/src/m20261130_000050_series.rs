//! Finds the newest observation of each series without a full scan: a table of the existing series (indicator, area,
//! dimension), which a trigger keeps up to date, and an index of the current public observations in the order of
//! their periods.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::table::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE: [&str; 1] = ["CREATE TRIGGER observation_series_added AFTER INSERT ON observation WHEN NOT EXISTS \
     (SELECT 1 FROM observation_series WHERE indicator_id = new.indicator_id AND area_id = new.area_id \
     AND dimension = new.dimension) BEGIN INSERT INTO observation_series (indicator_id, area_id, dimension) \
     VALUES (new.indicator_id, new.area_id, new.dimension); END"];

const POSTGRES: [&str; 2] = [
    "CREATE FUNCTION observation_series_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     INSERT INTO observation_series (indicator_id, area_id, dimension) \
     SELECT DISTINCT indicator_id, area_id, dimension FROM added ON CONFLICT DO NOTHING; RETURN NULL; END $$",
    "CREATE TRIGGER observation_series_added AFTER INSERT ON observation REFERENCING NEW TABLE AS added \
     FOR EACH STATEMENT EXECUTE FUNCTION observation_series_added()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        table(m, "observation_series")
            .to("indicator_id", "indicator")
            .to("area_id", "unit")
            .text("dimension")
            .unique(&["indicator_id", "area_id", "dimension"])
            .create(m)
            .await?;
        let connection = m.get_connection();
        let follow: &[&str] = match connection.get_database_backend() {
            DbBackend::Postgres => &POSTGRES,
            _ => &SQLITE,
        };
        let fill = "INSERT INTO observation_series (indicator_id, area_id, dimension) \
             SELECT DISTINCT indicator_id, area_id, dimension FROM observation";
        let index = "CREATE INDEX ix_observation_latest ON observation \
             (indicator_id, area_id, dimension, period_end, period_start, id, sharing) \
             WHERE superseded_at IS NULL AND withdrawn_at IS NULL AND published_at IS NOT NULL";
        for statement in [fill, index].iter().chain(follow) {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
