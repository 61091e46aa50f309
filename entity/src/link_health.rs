//! `link_health`: the health of a data link, from its last probe, and the lease of its next probe.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{DataLinkId, LinkHealthId},
    kinds::HealthState,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_health")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LinkHealthId,
    pub link_id: DataLinkId,
    /// The endpoint that was probed. The state does not apply to any other endpoint.
    #[sea_orm(column_type = "Text")]
    pub endpoint: String,
    pub state: HealthState,
    pub since: DateTimeUtc,
    /// The time of the last state change in the change feed.
    pub told_at: DateTimeUtc,
    pub checked_at: Option<DateTimeUtc>,
    pub latency_ms: Option<i32>,
    pub http_status: Option<i32>,
    /// The code of the failure.
    #[sea_orm(column_type = "Text", nullable)]
    pub fault: Option<String>,
    pub consecutive_failures: i32,
    pub next_due: DateTimeUtc,
    /// The expiry of the state: it is unknown afterwards unless the link is probed again.
    pub known_until: DateTimeUtc,
    /// The instance that probes the link now.
    #[sea_orm(column_type = "Text", nullable)]
    pub lease_owner: Option<String>,
    pub lease_until: Option<DateTimeUtc>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
