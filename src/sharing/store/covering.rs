//! Under which grants figures were read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    access_grant::{self, Column as G},
    agreement::{self, Column as A},
    grant_indicator,
    ids::{AccessGrantId, ApiClientId, IndicatorId, UnitId},
    indicator,
    kinds::GrantStatus,
    unit, unit_lineage,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    indicator::store::granted,
    kernel::{
        clock::day_of,
        error::Result,
        object::{Col, Key},
        op::Op,
    },
    sharing::{
        granting::unit_name,
        rules::{agreement_status, grant_status},
    },
};

/// A grant that opens the figures of an indicator and a unit, for a time.
pub struct Covering {
    /// Which grant.
    pub grant: AccessGrantId,
    /// The indicator and the unit, as people name them.
    pub name: String,
    hours: [DateTime<Utc>; 2],
    days: (NaiveDate, Option<NaiveDate>),
    activated: Option<DateTime<Utc>>,
    revoked: [Option<DateTime<Utc>>; 2],
}

impl Covering {
    /// When it, or its agreement, was revoked.
    pub fn revoked(&self) -> Option<DateTime<Utc>> {
        self.revoked.into_iter().flatten().min()
    }
    /// Whether it opened them at an instant.
    pub fn opens_at(&self, at: DateTime<Utc>) -> bool {
        let since = |then: Option<DateTime<Utc>>| then.is_some_and(|then| then <= at);
        let ([from, to], [revoked, ended]) = (self.hours, self.revoked);
        let agreement = agreement_status(since(self.activated), since(ended), self.days.0, self.days.1, day_of(at));
        grant_status(from, to, since(revoked), at) == GrantStatus::Active && agreement == GrantStatus::Active
    }
}

/// Grants by the client, the indicator and the unit.
pub type Coverings = BTreeMap<(ApiClientId, IndicatorId, UnitId), Vec<Covering>>;

/// The grants of some clients that name indicators and units, whose hours touch a time: whether they opened them at an instant,
/// each tells itself.
pub async fn visible_covering(
    op: &Op,
    clients: &BTreeSet<ApiClientId>,
    of: &BTreeSet<(IndicatorId, UnitId)>,
    (first, last): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Coverings> {
    let mut query = granted::pairs();
    let joined = |one: Expr, other: Expr| Condition::all().add(one.eq(other));
    let (named, ancestor) = (grant_indicator::Column::IndicatorId, unit_lineage::Column::AncestorId);
    query
        .columns([G::Id, G::ClientId, G::ValidFrom, G::ValidTo, G::RevokedAt].map(|c| (access_grant::Entity, c)))
        .columns([A::ValidFrom, A::ValidTo, A::ActivatedAt, A::RevokedAt].map(|c| (agreement::Entity, c)))
        .column((indicator::Entity, indicator::Column::Code))
        .columns([unit::Column::Code, unit::Column::ValidFrom].map(|c| (unit::Entity, c)))
        .inner_join(
            indicator::Entity,
            joined(Expr::col((indicator::Entity, indicator::Column::Id)), Expr::col((grant_indicator::Entity, named))),
        )
        .inner_join(
            unit::Entity,
            joined(Expr::col((unit::Entity, unit::Column::Id)), Expr::col((unit_lineage::Entity, ancestor))),
        )
        .and_where(op.among(G::ClientId, clients.iter().map(|client| Key::from(*client))))
        .cond_where(Condition::all().add(G::ValidFrom.lte(last)).add(G::ValidTo.gt(first)))
        .and_where(op.among(Col::of(named), of.iter().map(|(indicator, _)| Key::from(*indicator))))
        .and_where(op.among(Col::of(ancestor), of.iter().map(|(_, unit)| Key::from(*unit))));
    let mut coverings = Coverings::new();
    for row in op.rows(&query).await? {
        let (indicator, unit) = (IndicatorId(row.try_get_by_index(0)?), UnitId(row.try_get_by_index(1)?));
        let client = ApiClientId(row.try_get_by_index(3)?);
        let (code, area): (String, String) = (row.try_get_by_index(11)?, row.try_get_by_index(12)?);
        let grant = Covering {
            grant: AccessGrantId(row.try_get_by_index(2)?),
            name: format!("{code}/{}", unit_name(&area, row.try_get_by_index(13)?)),
            hours: [row.try_get_by_index(4)?, row.try_get_by_index(5)?],
            days: (row.try_get_by_index(7)?, row.try_get_by_index(8)?),
            activated: row.try_get_by_index(9)?,
            revoked: [row.try_get_by_index(6)?, row.try_get_by_index(10)?],
        };
        // A grant of two units that came from one names it twice.
        let known = coverings.entry((client, indicator, unit)).or_default();
        if known.iter().all(|other| other.grant != grant.grant) {
            known.push(grant);
        }
    }
    Ok(coverings)
}
