//! Calls over data links: the reported exchange records, and their statistics by hour, day and month.

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
        table(m, "exchange_record")
            .points_to("link_id", "data_link")
            .text("side")
            .text("message_id")
            .instant("at")
            .big("hour")
            .text("outcome")
            .int("duration_ms")
            .big("bytes_in")
            .big("bytes_out")
            .text_or_null("fault_code")
            .text("by")
            // The call's id comes first: a report has few links but thousands of calls.
            .unique(&["message_id", "link_id", "side"])
            .index(&["hour", "link_id"])
            .create(m)
            .await?;
        table(m, "exchange_tally")
            .points_to("link_id", "data_link")
            .text("span")
            .big("hour")
            .text("side")
            .big("succeeded")
            .big("failed")
            .big("denied")
            .big("bytes_in")
            .big("bytes_out")
            .big("duration_ms")
            .int("longest_ms")
            .bytes("durations")
            .unique(&["link_id", "span", "hour", "side"])
            .create(m)
            .await
    }
}
