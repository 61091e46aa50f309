//! Trial calls are counted separately, each exchange record says whether it is counted, and the deletion of old
//! exchange records is recorded.

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
        for (table, column, default) in [
            ("exchange_record", "trial", false),
            ("exchange_record", "counted", true),
            ("exchange_tally", "trial", false),
        ] {
            let mut flag = ColumnDef::new(Alias::new(column));
            flag.boolean().not_null().default(default);
            m.alter_table(Table::alter().table(Alias::new(table)).add_column(flag).to_owned()).await?;
        }
        // If both sides reported a call, the provider's report was counted.
        let provided = "UPDATE exchange_record SET counted = FALSE WHERE side = 'CONSUMER' AND EXISTS (SELECT 1 \
             FROM exchange_record p WHERE p.side = 'PROVIDER' AND p.message_id = exchange_record.message_id \
             AND p.link_id = exchange_record.link_id)";
        m.get_connection().execute_unprepared(provided).await?;
        let tally = || Alias::new("exchange_tally");
        let before = Index::drop().name("uq_exchange_tally_link_id_span_hour_side").table(tally()).to_owned();
        m.drop_index(before).await?;
        let mut key = Index::create();
        key.name("uq_exchange_tally_link_id_span_hour_side_trial").table(tally()).unique();
        for column in ["link_id", "span", "hour", "side", "trial"] {
            key.col(Alias::new(column));
        }
        m.create_index(key).await?;
        table(m, "exchange_horizon").big("hour").create(m).await
    }
}
