//! `link_uptime`: how long a data link was up on one day in Việt Nam, from its probes.

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

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
