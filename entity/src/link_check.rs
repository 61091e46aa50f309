//! `link_check`: the result of one probe of a data link.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{DataLinkId, LinkCheckId},
    kinds::{CheckOutcome, HealthState},
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_check")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LinkCheckId,
    pub link_id: DataLinkId,
    pub at: DateTimeUtc,
    pub outcome: CheckOutcome,
    /// The state of the link after the probe.
    pub state: HealthState,
    pub http_status: Option<i32>,
    pub latency_ms: Option<i32>,
    /// The code of the failure.
    #[sea_orm(column_type = "Text", nullable)]
    pub fault: Option<String>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
