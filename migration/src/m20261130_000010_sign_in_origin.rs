//! Wrong passwords are also counted by account and address, and expire; user names are found in any case.

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
        let mut failed_at = ColumnDef::new(Alias::new("failed_at"));
        failed_at.timestamp_with_time_zone().null();
        m.alter_table(Table::alter().table(Alias::new("user_account")).add_column(failed_at).to_owned()).await?;
        // Not unique: existing accounts may differ only by case, and stay separate.
        let folded = "CREATE INDEX ix_user_account_username_folded ON user_account (lower(username))";
        m.get_connection().execute_unprepared(folded).await?;
        table(m, "sign_in_origin")
            .points_to("user_id", "user_account")
            .text("origin")
            .int("failures")
            .instant_or_null("failed_at")
            .instant_or_null("locked_until")
            .instant_or_null("signed_in_at")
            .unique(&["user_id", "origin"])
            .create(m)
            .await
    }
}
