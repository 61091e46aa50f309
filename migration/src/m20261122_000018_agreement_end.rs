//! Agreements record who revoked them, and why.

use sea_orm_migration::prelude::*;

use crate::table::add_text;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for column in ["revoked_by", "revoke_reason"] {
            add_text(m, "agreement", column, None).await?;
        }
        Ok(())
    }
}
