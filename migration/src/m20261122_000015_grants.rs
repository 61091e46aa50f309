//! Grants get a version for optimistic locking; the audit log gets an index by action and resource.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut version = ColumnDef::new(Alias::new("version"));
        version.integer().not_null().default(1);
        m.alter_table(Table::alter().table(Alias::new("access_grant")).add_column(version).to_owned()).await?;
        let mut done = Index::create();
        done.name("ix_audit_entry_action_resource").table(Alias::new("audit_entry"));
        done.col(Alias::new("action")).col(Alias::new("resource"));
        m.create_index(done).await
    }
}
