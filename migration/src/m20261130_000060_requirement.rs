//! The minimum version of the program that may write. While instances of two versions run side by side, a migration
//! that the older version cannot write under raises it.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::table::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        table(m, "schema_requirement").text("minimum_version").create(m).await?;
        let insert = format!("INSERT INTO schema_requirement (minimum_version) VALUES ('{}')", self.name());
        m.get_connection().execute_unprepared(&insert).await.map(drop)
    }
}
