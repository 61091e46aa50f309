//! Indexes for the look-ups when an observation is recorded: its current revision, those of its series and its
//! period, and the other totals of its scope. They contain only current revisions, so neither a long history nor many
//! periods slow recording down.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::table::add_text;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_text(m, "observation", "scope_key", None).await?;
        let connection = m.get_connection();
        let backend = connection.get_database_backend();
        let (key, text) = if backend == DbBackend::Postgres { ("$1", "$2") } else { ("?", "?") };
        let update = format!("UPDATE observation SET scope_key = {key} WHERE scope_text = {text}");
        // Without this index, each scope would scan the whole table.
        connection.execute_unprepared("CREATE INDEX ix_observation_scope_text ON observation (scope_text)").await?;
        let scopes = "SELECT DISTINCT scope_text FROM observation WHERE scope_text IS NOT NULL";
        for row in connection.query_all_raw(Statement::from_string(backend, scopes)).await? {
            let scope: String = row.try_get_by_index(0)?;
            let values = [fold(&scope).into(), scope.into()];
            connection.execute_raw(Statement::from_sql_and_values(backend, &update, values)).await?;
        }
        for statement in [
            "DROP INDEX ix_observation_scope_text",
            "CREATE INDEX ix_observation_standing_series ON observation \
             (indicator_id, area_id, dimension, period_end, period_start) WHERE superseded_at IS NULL",
            "CREATE INDEX ix_observation_standing_period ON observation \
             (indicator_id, area_id, period, dimension) WHERE superseded_at IS NULL",
            "CREATE INDEX ix_observation_standing_total ON observation (area_id, period, scope_key, denominator) \
             WHERE superseded_at IS NULL AND denominator IS NOT NULL",
            // Other indexes begin with the same columns.
            "DROP INDEX ix_observation_indicator_id",
            "DROP INDEX ix_observation_area_id",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Folds a text: lower case, no diacritics, no punctuation. A copy of the program's function at the time of this
/// migration.
/// migration.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let lower = text.to_lowercase();
    let mut letters = lower.nfd().filter(|c| !is_combining_mark(*c)).peekable();
    while let Some(c) = letters.next() {
        let goes_on = letters.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            'đ' => out.push('d'),
            '\'' | '’' | 'ʼ' | '`' => {}
            '.' | ',' if goes_on && out.ends_with(char::is_alphanumeric) => out.push(c),
            c if c.is_alphanumeric() || matches!(c, '%' | '_' | '/') => out.push(c),
            _ if out.is_empty() || out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    out.truncate(out.trim_end().len());
    out
}
