//! Under which grants figures are read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    access_grant::{self, Column as G},
    agreement::{self, Column as A},
    grant_indicator,
    ids::{AccessGrantId, IndicatorId, UnitId},
    indicator, unit, unit_lineage,
};
use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    indicator::store::granted,
    kernel::{
        error::Result,
        object::{Col, Key},
        op::Op,
        policy::Caller,
    },
    sharing::granting::unit_name,
};

/// A grant that opens the figures of an indicator and a unit.
pub struct Covering {
    /// Which grant.
    pub grant: AccessGrantId,
    /// When it, or its agreement, was revoked.
    pub revoked: Option<DateTime<Utc>>,
    /// The indicator and the unit, as people name them.
    pub name: String,
}

/// The caller's grants that open figures of some indicators and units at this instant, or did until they were revoked.
pub async fn visible_covering(
    op: &Op,
    of: &[(IndicatorId, UnitId)],
) -> Result<BTreeMap<(IndicatorId, UnitId), Vec<Covering>>> {
    let Caller::Client(client) = op.caller() else { return Ok(BTreeMap::new()) };
    let mut query = granted::pairs();
    let joined = |one: Expr, other: Expr| Condition::all().add(one.eq(other));
    let (named, ancestor) = (grant_indicator::Column::IndicatorId, unit_lineage::Column::AncestorId);
    query
        .column((access_grant::Entity, G::Id))
        .column((access_grant::Entity, G::RevokedAt))
        .column((agreement::Entity, A::RevokedAt))
        .column((indicator::Entity, indicator::Column::Code))
        .column((unit::Entity, unit::Column::Code))
        .column((unit::Entity, unit::Column::ValidFrom))
        .inner_join(
            indicator::Entity,
            joined(Expr::col((indicator::Entity, indicator::Column::Id)), Expr::col((grant_indicator::Entity, named))),
        )
        .inner_join(
            unit::Entity,
            joined(Expr::col((unit::Entity, unit::Column::Id)), Expr::col((unit_lineage::Entity, ancestor))),
        )
        .cond_where(granted::holding(op, client.id))
        .and_where(op.among(Col::of(named), of.iter().map(|(indicator, _)| Key::from(*indicator))))
        .and_where(op.among(Col::of(ancestor), of.iter().map(|(_, unit)| Key::from(*unit))));
    let mut covering: BTreeMap<_, Vec<Covering>> = BTreeMap::new();
    for row in op.rows(&query).await? {
        let revoked: [Option<DateTime<Utc>>; 2] = [row.try_get_by_index(3)?, row.try_get_by_index(4)?];
        let (indicator, area): (String, String) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
        let grants =
            covering.entry((IndicatorId(row.try_get_by_index(0)?), UnitId(row.try_get_by_index(1)?))).or_default();
        let grant = AccessGrantId(row.try_get_by_index(2)?);
        if grants.iter().all(|known| known.grant != grant) {
            let name = format!("{indicator}/{}", unit_name(&area, row.try_get_by_index(7)?));
            grants.push(Covering { grant, revoked: revoked.into_iter().flatten().min(), name });
        }
    }
    Ok(covering)
}
