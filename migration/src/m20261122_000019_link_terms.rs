//! The transitions of a data link record the expiry date and the agreement from then on.

use sea_orm_migration::prelude::*;

use crate::table::{add_date, add_reference, add_text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        add_date(m, "link_transition", "expires_on").await?;
        add_text(m, "link_transition", "no_expiry_reason", None).await?;
        add_reference(m, "link_transition", "agreement_id", "agreement").await
    }
}
