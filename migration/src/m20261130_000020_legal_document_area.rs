//! Legal documents belong to the area of the issuing agency, or to the country. Other areas propose changes.
//!
//! The issuing agencies were not recorded so far, so all existing documents belong to the country. A registrar of the
//! country hands a document over by naming the agency that issued it.

use sea_orm_migration::prelude::*;

use crate::table::{add_reference, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_reference(m, "legal_document", "issuing_agency_id", "agency").await?;
        add_reference(m, "legal_document", "area_id", "unit").await?;
        table(m, "legal_document_proposal")
            .maybe_to("document_id", "legal_document")
            .text("code")
            .text("content")
            .text("changes")
            .text("reason")
            .maybe_to("area_id", "unit")
            .date("area_on")
            .text("proposed_by")
            .instant("proposed_at")
            .text("status")
            .text_or_null("decided_by")
            .instant_or_null("decided_at")
            .text_or_null("decision_reason")
            .int("version")
            .index(&["status"])
            .create(m)
            .await
    }
}
