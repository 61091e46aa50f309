//! Requests with an idempotency key.

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
        table(m, "repeatable_request")
            .text("caller")
            .text("key_hash")
            .text("fingerprint")
            .instant("begun_at")
            .bool("committed")
            .text_or_null("answer")
            .unique(&["caller", "key_hash"])
            .index(&["begun_at"])
            .create(m)
            .await
    }
}
