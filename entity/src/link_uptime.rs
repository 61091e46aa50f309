//! `link_uptime`: for how long of a day in Việt Nam a data link answered, as its checks tell.

use sea_orm::entity::prelude::*;

use crate::ids::{DataLinkId, LinkUptimeId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_uptime")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LinkUptimeId,
    pub link_id: DataLinkId,
    pub day: Date,
    pub answered_ms: i64,
    pub failed_ms: i64,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
