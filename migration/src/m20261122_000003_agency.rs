//! Agencies.

use sea_orm_migration::prelude::*;

use crate::table::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        table(m, "agency")
            .text("code")
            .text("name_vi")
            .text("name_en")
            .text("kind")
            .bool("generic")
            .maybe_to("area_id", "unit")
            .date_or_null("area_on")
            .maybe_to("parent_id", "agency")
            .text_or_null("valid_from")
            .text_or_null("valid_to")
            .maybe_to("source_id", "source")
            .int("version")
            .text("search")
            .unique(&["code"])
            .create(m)
            .await?;
        table(m, "agency_succession")
            .to("predecessor_id", "agency")
            .to("successor_id", "agency")
            .unique(&["predecessor_id", "successor_id"])
            .create(m)
            .await
    }
}
