//! Users, sessions, API clients, and the checkpoints of the audit log.

use sea_orm_migration::prelude::*;

use crate::table::{table, trigrams};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        table(m, "user_account")
            .text("username")
            .text("display_name")
            .text("password_hash")
            .text("roles")
            .maybe_to("area_id", "unit")
            .date_or_null("area_on")
            .bool("active")
            .int("failures")
            .instant_or_null("locked_until")
            .instant_or_null("last_login_at")
            .instant("created_at")
            .instant("enabled_at")
            .int("version")
            .text("search")
            .unique(&["username"])
            .create(m)
            .await?;
        table(m, "password_history")
            .to("user_id", "user_account")
            .text("password_hash")
            .instant("at")
            .create(m)
            .await?;
        table(m, "session")
            .to("user_id", "user_account")
            .instant("created_at")
            .instant("used_at")
            .instant("expires_at")
            .instant_or_null("ended_at")
            .text_or_null("ended_because")
            .create(m)
            .await?;
        table(m, "refresh_token")
            .to("session_id", "session")
            .text("hash")
            .instant("created_at")
            .instant_or_null("used_at")
            .text_or_null("successor")
            .unique(&["hash"])
            .create(m)
            .await?;
        table(m, "api_client")
            .text("client_id")
            .text("name")
            .maybe_to("agency_id", "agency")
            .text("scopes")
            .bool("active")
            .instant_or_null("valid_to")
            .instant("created_at")
            .int("version")
            .unique(&["client_id"])
            .create(m)
            .await?;
        table(m, "client_secret")
            .to("client_id", "api_client")
            .text("hash")
            .instant("created_at")
            .instant_or_null("expires_at")
            .create(m)
            .await?;
        table(m, "revoked_token").text("jti").instant("expires_at").unique(&["jti"]).create(m).await?;
        table(m, "audit_checkpoint")
            .big("sequence")
            .text("hash")
            .instant("at")
            .text("jws")
            .unique(&["sequence"])
            .create(m)
            .await?;
        trigrams(m, "user_account", "search").await?;
        Ok(())
    }
}
