//! `exchange_tally`: statistics of a data link in one hour, day or month, by reporting side (thống kê trao đổi).

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
    /// The length of the interval: an hour, a day or a month.
    pub span: Bucket,
    /// The first hour of the interval, in hours since 1970-01-01T00:00Z.
    pub hour: i64,
    /// PROVIDER: all calls that the provider reported. CONSUMER: the calls that only the consumer reported.
    pub side: ReportSide,
    /// Whether the row counts trial calls or all others.
    pub trial: bool,
    pub succeeded: i64,
    pub failed: i64,
    pub denied: i64,
    pub bytes_in: i64,
    pub bytes_out: i64,
    /// The sum of the durations, in milliseconds.
    pub duration_ms: i64,
    /// The longest duration, in milliseconds.
    pub longest_ms: i32,
    /// The encoded histogram of the durations.
    #[sea_orm(column_type = "Blob")]
    pub durations: Vec<u8>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
