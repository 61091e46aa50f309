//! Legal documents and sources.

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
        table(m, "legal_document")
            .text("code")
            .text("number")
            .text_or_null("title")
            .text("kind")
            .text_or_null("issuer")
            .text_or_null("issued_on")
            .date_or_null("in_force_from")
            .date_or_null("in_force_to")
            .bool("verified")
            .int("version")
            .text("search")
            .unique(&["code"])
            .index(&["number"])
            .create(m)
            .await?;
        table(m, "legal_succession")
            .to("document_id", "legal_document")
            .to("successor_id", "legal_document")
            .unique(&["document_id", "successor_id"])
            .create(m)
            .await?;
        table(m, "source")
            .text_or_null("title")
            .text_or_null("author")
            .text_or_null("publisher")
            .text_or_null("stated_by")
            .text_or_null("url")
            .text_or_null("published_on")
            .text_or_null("quote")
            .create(m)
            .await
    }
}
