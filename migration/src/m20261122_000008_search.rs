//! Trigram indexes for substring searches, which both databases support.

use sea_orm_migration::prelude::*;

use crate::table::trigrams;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let searched =
            ["unit_version", "agency", "legal_document", "indicator", "plan", "information_system", "data_link"];
        for table in searched {
            trigrams(m, table, "search").await?;
        }
        Ok(())
    }
}
