//! What a bulletin counts: links as they stood, the systems at their ends, and the calls over them.

use chrono::NaiveDate;
use entity::{
    data_link::{self, Column as L},
    exchange_tally::{self, Column as T},
    ids::{DataLinkId, InformationSystemId, UnitId},
    information_system, link_transition, unit, unit_version,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait},
};

use super::{Part, spanning, visible_tallies};
use crate::{
    kernel::{error::Result, object::Key, op::Op, text::clean},
    sharing::store::{LINK_AREAS, visible_systems},
    territory,
};

/// All links in the state that is noted of them: whether one was over on some day is told by its last one, not by today.
fn visible_as_noted(_: &Op) -> Select<data_link::Entity> {
    data_link::Entity::find()
}

/// The steps of all links, as far as they tell in which state each was: that is public, who took them and why is not.
fn visible_standings(_: &Op) -> Select<link_transition::Entity> {
    link_transition::Entity::find()
}

/// The units that ever held a code.
pub async fn units(op: &Op, code: &str) -> Result<Vec<unit::Model>> {
    op.find(territory::store::visible_units(op).filter(unit::Column::Code.eq(clean(code)))).await
}

/// The version of a unit that was in force on a day.
pub async fn version(op: &Op, unit: UnitId, on: NaiveDate) -> Result<Option<unit_version::Model>> {
    let versions = territory::store::visible(op).filter(unit_version::Column::UnitId.eq(unit));
    op.first(versions.filter(territory::store::on(on))).await
}

/// All links as they are noted, or those with an end in some units.
pub async fn links(op: &Op, within: Option<&[UnitId]>) -> Result<Vec<data_link::Model>> {
    let links = visible_as_noted(op);
    let links = match within {
        None => links,
        Some(units) => {
            let lies = |area: L| op.among(area, units.iter().copied().map(Key::from));
            links.filter(LINK_AREAS.into_iter().map(lies).fold(sea_orm::Condition::any(), sea_orm::Condition::add))
        }
    };
    op.find(links).await
}

/// The steps of some links, in the order in which they were taken.
pub async fn steps(op: &Op, links: impl Iterator<Item = DataLinkId>) -> Result<Vec<link_transition::Model>> {
    use link_transition::Column;
    let steps = visible_standings(op).filter(op.among(Column::LinkId, links.map(Key::from)));
    op.find(steps.order_by_asc(Column::Id)).await
}

/// Some systems.
pub async fn systems(
    op: &Op,
    ids: impl Iterator<Item = InformationSystemId>,
) -> Result<Vec<information_system::Model>> {
    op.find(visible_systems(op).filter(op.among(information_system::Column::Id, ids.map(Key::from)))).await
}

/// How many calls over some links succeeded, failed and were denied in some spans of time, but for those that tried a link.
pub async fn calls(op: &Op, links: impl Iterator<Item = DataLinkId>, parts: &[Part]) -> Result<[f64; 3]> {
    let select = visible_tallies(op).filter(op.among(T::LinkId, links.map(Key::from))).filter(spanning(parts));
    let select = select.filter(T::Trial.eq(false));
    let mut query = select.into_query();
    query.clear_selects();
    for column in [T::Succeeded, T::Failed, T::Denied] {
        // A sum of whole numbers is no whole number to PostgreSQL.
        let number = Expr::col((exchange_tally::Entity, column)).cast_as(Alias::new("double precision"));
        query.expr(number.sum());
    }
    let mut calls = [0.0; 3];
    if let Some(row) = op.rows(&query).await?.first() {
        for (n, calls) in calls.iter_mut().enumerate() {
            *calls = row.try_get_by_index::<Option<f64>>(n)?.unwrap_or_default();
        }
    }
    Ok(calls)
}
