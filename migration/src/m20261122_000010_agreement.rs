//! Agreements, grants, and the areas of a data link's ends.

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
        table(m, "agreement")
            .text("number")
            .to("provider_id", "agency")
            .to("consumer_id", "agency")
            .text("purpose")
            .date("valid_from")
            .date_or_null("valid_to")
            .instant_or_null("activated_at")
            .instant_or_null("revoked_at")
            .int("version")
            .unique(&["number", "provider_id", "consumer_id"])
            .create(m)
            .await?;
        table(m, "agreement_basis")
            .to("agreement_id", "agreement")
            .to("document_id", "legal_document")
            .unique(&["agreement_id", "document_id"])
            .create(m)
            .await?;
        table(m, "access_grant")
            .to("agreement_id", "agreement")
            .to("client_id", "api_client")
            .text("purpose")
            .instant("valid_from")
            .instant("valid_to")
            .instant_or_null("revoked_at")
            .text_or_null("revoked_by")
            .text_or_null("revoke_reason")
            .create(m)
            .await?;
        table(m, "grant_indicator")
            .to("grant_id", "access_grant")
            .to("indicator_id", "indicator")
            .unique(&["grant_id", "indicator_id"])
            .create(m)
            .await?;
        table(m, "grant_area")
            .to("grant_id", "access_grant")
            .to("unit_id", "unit")
            .unique(&["grant_id", "unit_id"])
            .create(m)
            .await?;
        add_reference(m, "data_link", "agreement_id", "agreement").await?;
        for (area, system) in [("source_area_id", "source_system_id"), ("target_area_id", "target_system_id")] {
            add_reference(m, "data_link", area, "unit").await?;
            let fill = format!(
                "UPDATE data_link SET {area} = \
                 (SELECT area_id FROM information_system WHERE information_system.id = data_link.{system})"
            );
            m.get_connection().execute_unprepared(&fill).await?;
        }
        Ok(())
    }
}
