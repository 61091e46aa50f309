//! The review of observations: who recorded and who submitted a revision, when and why it was withdrawn, and each
//! step.

use sea_orm_migration::prelude::*;

use crate::table::{add_instant, add_text, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // All existing revisions were loaded with the bundled data.
        add_text(m, "observation", "recorded_by", Some("operator")).await?;
        add_text(m, "observation", "submitted_by", None).await?;
        add_instant(m, "observation", "withdrawn_at").await?;
        add_text(m, "observation", "withdrawal_reason", None).await?;
        table(m, "observation_transition")
            .to("observation_id", "observation")
            .text_or_null("from_state")
            .text("to_state")
            .instant("at")
            .text("by")
            .text_or_null("reason")
            .create(m)
            .await
    }
}
