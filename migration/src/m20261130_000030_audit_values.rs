//! Values of which the audit chain holds only the commitment stand beside it, and each entry names the version of its encoding.

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
        let mut version = ColumnDef::new(Alias::new("hash_version"));
        version.integer().not_null().default(1);
        m.alter_table(Table::alter().table(Alias::new("audit_entry")).add_column(version).to_owned()).await?;
        // Not bound to the entry: who takes one away by force is found out by the chain, and not kept from it by this table.
        table(m, "audit_value")
            .big("entry_id")
            .text("sha256")
            .text("salt")
            .text("value")
            .points_to("observation_id", "observation")
            .index(&["entry_id"])
            .create(m)
            .await
    }
}
