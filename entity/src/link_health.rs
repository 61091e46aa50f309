//! `link_health`: how a data link stands, by its last check, and who checks it next.

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
    /// What was checked: of another endpoint nothing is known.
    #[sea_orm(column_type = "Text")]
    pub endpoint: String,
    pub state: HealthState,
    pub since: DateTimeUtc,
    /// When the change feed last told of another state: the time of its row.
    pub told_at: DateTimeUtc,
    pub checked_at: Option<DateTimeUtc>,
    pub latency_ms: Option<i32>,
    pub http_status: Option<i32>,
    /// The code of what went wrong.
    #[sea_orm(column_type = "Text", nullable)]
    pub fault: Option<String>,
    pub consecutive_failures: i32,
    pub next_due: DateTimeUtc,
    /// Until when the state is taken to hold without another check.
    pub known_until: DateTimeUtc,
    /// Who is checking it, until when.
    #[sea_orm(column_type = "Text", nullable)]
    pub lease_owner: Option<String>,
    pub lease_until: Option<DateTimeUtc>,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
