//! `exchange_tally`: the calls over a data link in one hour, day or month that count by the word of one side (thống kê trao đổi).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{DataLinkId, ExchangeTallyId},
    kinds::{Bucket, ReportSide},
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_tally")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ExchangeTallyId,
    pub link_id: DataLinkId,
    /// Whether it is an hour, a day or a month.
    pub span: Bucket,
    /// Its first hour, counted from 1970-01-01T00:00Z.
    pub hour: i64,
    /// PROVIDER: every call that the provider reported. CONSUMER: those that the consumer alone did.
    pub side: ReportSide,
    /// Calls that were made while the link was being tried, or all others.
    pub trial: bool,
    pub succeeded: i64,
    pub failed: i64,
    pub denied: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    /// How long the calls took, all together.
    pub duration_ms: i64,
    /// How long the longest took.
    pub longest_ms: i32,
    /// How many took about how long: a histogram, as it is written.
    #[sea_orm(column_type = "Blob")]
    pub durations: Vec<u8>,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
