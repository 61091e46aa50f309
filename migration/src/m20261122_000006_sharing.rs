//! Information systems and the data links between them.

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
        table(m, "information_system")
            .text("code")
            .text("name_vi")
            .text("name_en")
            .text_or_null("acronym")
            .text("aliases")
            .text("kind")
            .text("status")
            .text("scope")
            .bool("generic")
            .maybe_to("area_id", "unit")
            .date_or_null("area_on")
            .maybe_to("owner_id", "agency")
            .maybe_to("operator_id", "agency")
            .maybe_to("parent_id", "information_system")
            .int_or_null("security_level")
            .bool("security_level_approved")
            .to("source_id", "source")
            .int("version")
            .text("name_sort")
            .text("search")
            .unique(&["code"])
            .index(&["name_sort"])
            .create(m)
            .await?;
        table(m, "system_relation")
            .to("from_id", "information_system")
            .to("to_id", "information_system")
            .text("kind")
            .maybe_to("source_id", "source")
            .unique(&["from_id", "to_id", "kind"])
            .create(m)
            .await?;
        table(m, "system_use")
            .to("system_id", "information_system")
            .to("agency_id", "agency")
            .text("kind")
            .int_or_null("points")
            .maybe_to("source_id", "source")
            .unique(&["system_id", "agency_id", "kind"])
            .create(m)
            .await?;
        table(m, "data_link")
            .text("code")
            .to("source_system_id", "information_system")
            .to("target_system_id", "information_system")
            .text("intermediary")
            .text_or_null("method")
            .text("direction")
            .text("environment")
            .text("status")
            .text_or_null("carries")
            .maybe_to("via_id", "information_system")
            .text_or_null("purpose")
            .text_or_null("endpoint")
            .date_or_null("requested_on")
            .date_or_null("decision_due_on")
            .date_or_null("decided_on")
            .text_or_null("decision_reason")
            .text_or_null("active_from")
            .date_or_null("expires_on")
            .maybe_to("evidence_id", "source")
            .int("version")
            .text("search")
            .unique(&["code"])
            .index(&["expires_on"])
            .create(m)
            .await?;
        table(m, "data_link_basis")
            .to("link_id", "data_link")
            .to("document_id", "legal_document")
            .unique(&["link_id", "document_id"])
            .create(m)
            .await?;
        table(m, "link_transition")
            .to("link_id", "data_link")
            .text_or_null("from_status")
            .text("to_status")
            .instant("at")
            .text("by")
            .text_or_null("reason")
            .maybe_to("legal_basis_id", "legal_document")
            .create(m)
            .await
    }
}
