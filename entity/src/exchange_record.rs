//! `exchange_record`: a call over a data link, as one side reported it (bản ghi trao đổi). The payload is never
//! stored.

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
    /// The id of the call, unique on its link and side.
    #[sea_orm(column_type = "Text")]
    pub message_id: String,
    pub at: DateTimeUtc,
    /// The hour of the call, in hours since 1970-01-01T00:00Z.
    pub hour: i64,
    pub outcome: ExchangeOutcome,
    pub duration_ms: i32,
    pub bytes_in: i64,
    pub bytes_out: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub fault_code: Option<String>,
    /// The reporter, by the name in the audit log.
    #[sea_orm(column_type = "Text")]
    pub by: String,
    /// Whether the call was a trial: made while the link was in testing, or not in production.
    pub trial: bool,
    /// Whether the call is in the statistics; false where the other side's report is counted instead.
    pub counted: bool,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
