//! `exchange_record`: a call over a data link, as the side that reports it tells it (bản ghi trao đổi). Never what was in it.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{DataLinkId, ExchangeRecordId},
    kinds::{ExchangeOutcome, ReportSide},
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_record")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ExchangeRecordId,
    pub link_id: DataLinkId,
    pub side: ReportSide,
    /// Names the call, on its link.
    #[sea_orm(column_type = "Text")]
    pub message_id: String,
    pub at: DateTimeUtc,
    /// The hour in which it was, counted from 1970-01-01T00:00Z.
    pub hour: i64,
    pub outcome: ExchangeOutcome,
    pub duration_ms: i32,
    pub bytes_in: i64,
    pub bytes_out: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub fault_code: Option<String>,
    /// Who reported it, as the audit chain names them.
    #[sea_orm(column_type = "Text")]
    pub by: String,
    /// Whether it was made while the link was being tried: in a test, or not in production.
    pub trial: bool,
    /// Whether it is in the tallies: not where the call counts by the word of the other side.
    pub counted: bool,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
