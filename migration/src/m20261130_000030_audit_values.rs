//! Values whose commitments are in the audit log get a table outside the chain, and each entry records the version of
//! its encoding.

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
        // No foreign key to the entry. An entry that is deleted by force is detected by the chain; this table need
        // not prevent it.
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
