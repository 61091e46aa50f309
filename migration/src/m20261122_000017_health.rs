//! Probes of data links: their results, the health of each link, and its uptime on each day.

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
        table(m, "link_health")
            .to("link_id", "data_link")
            .text("endpoint")
            .text("state")
            .instant("since")
            .instant("told_at")
            .instant_or_null("checked_at")
            .int_or_null("latency_ms")
            .int_or_null("http_status")
            .text_or_null("fault")
            .int("consecutive_failures")
            .instant("next_due")
            .instant("known_until")
            .text_or_null("lease_owner")
            .instant_or_null("lease_until")
            .unique(&["link_id"])
            .create(m)
            .await?;
        table(m, "link_check")
            .to("link_id", "data_link")
            .instant("at")
            .text("outcome")
            .text("state")
            .int_or_null("http_status")
            .int_or_null("latency_ms")
            .text_or_null("fault")
            .index(&["at"])
            .create(m)
            .await?;
        table(m, "link_uptime")
            .to("link_id", "data_link")
            .date("day")
            .big("answered_ms")
            .big("failed_ms")
            .unique(&["link_id", "day"])
            .create(m)
            .await
    }
}
