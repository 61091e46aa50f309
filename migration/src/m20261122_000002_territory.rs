//! Territorial units, their versions and their successions.

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
        table(m, "unit")
            .text("code")
            .text("level")
            .date_or_null("valid_from")
            .date_or_null("valid_to")
            .maybe_to("legal_basis_id", "legal_document")
            .index(&["code"])
            .create(m)
            .await?;
        table(m, "unit_version")
            .to("unit_id", "unit")
            .text("name_vi")
            .text("name_en")
            .text("full_name_vi")
            .text("full_name_en")
            .text("unit_type")
            .date_or_null("valid_from")
            .date_or_null("valid_to")
            .maybe_to("legal_basis_id", "legal_document")
            .text("name_sort")
            .text("search")
            .index(&["name_sort"])
            .create(m)
            .await?;
        table(m, "succession")
            .to("predecessor_id", "unit")
            .to("successor_id", "unit")
            .text("kind")
            .date("effective_on")
            .maybe_to("legal_basis_id", "legal_document")
            .unique(&["predecessor_id", "successor_id", "effective_on"])
            .create(m)
            .await?;
        table(m, "unit_lineage")
            .to("unit_id", "unit")
            .to("ancestor_id", "unit")
            .unique(&["unit_id", "ancestor_id"])
            .create(m)
            .await
    }
}
