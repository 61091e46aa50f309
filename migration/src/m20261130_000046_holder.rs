//! The process that executes a request with an idempotency key, by the number of its lock.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut holder = ColumnDef::new(Alias::new("holder"));
        holder.big_integer().null();
        m.alter_table(Table::alter().table(Alias::new("repeatable_request")).add_column(holder).to_owned()).await
    }
}
