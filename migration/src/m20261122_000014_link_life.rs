//! The transitions of a data link record the intermediary and the legal basis, and a link records why it has no
//! expiry date.

use sea_orm_migration::prelude::*;

use crate::table::{add_text, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_text(m, "data_link", "no_expiry_reason", None).await?;
        add_text(m, "link_transition", "intermediary", None).await?;
        table(m, "link_transition_basis")
            .to("transition_id", "link_transition")
            .to("document_id", "legal_document")
            .unique(&["transition_id", "document_id"])
            .create(m)
            .await
    }
}
