//! `link_check`: one check of a data link.

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
    /// The link's state after it.
    pub state: HealthState,
    pub http_status: Option<i32>,
    pub latency_ms: Option<i32>,
    /// The code of what went wrong.
    #[sea_orm(column_type = "Text", nullable)]
    pub fault: Option<String>,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
