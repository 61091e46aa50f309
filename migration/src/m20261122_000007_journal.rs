//! The audit log and the change feed.

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
        table(m, "audit_entry")
            .instant("at")
            .text("actor")
            .text("action")
            .text_or_null("resource")
            .text("outcome")
            .text_or_null("reason")
            .text_or_null("request_id")
            .text("changes")
            .text("previous_hash")
            .text("hash")
            .unique(&["previous_hash"])
            .create(m)
            .await?;
        table(m, "change")
            .text("type")
            .text("action")
            .text("key")
            .big("node_id")
            .instant("at")
            .index(&["type"])
            .create(m)
            .await
    }
}
