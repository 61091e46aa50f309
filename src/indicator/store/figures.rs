//! The rows of figures as a transaction sees and writes them.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    change,
    ids::{ChangeId, IndicatorId, ObservationId, UnitId},
    indicator,
    kinds::{ChangeType, ReviewState},
    observation::{self, Column as C},
    observation_transition, quality_finding,
    time::Period,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};

use crate::{
    indicator::findings::Finding,
    kernel::{
        db::Cell,
        error::Result,
        locale::Locale,
        object::{Key, texts},
        op::Op,
        reader::Reader,
        text::clean,
        tx::Tx,
    },
};

/// The first revision of a figure.
pub async fn figure(
    tx: &Tx,
    indicator: IndicatorId,
    area: UnitId,
    period: &Period,
    dimension: &str,
) -> Result<Option<ObservationId>> {
    let query = observation::Entity::find()
        .filter(C::IndicatorId.eq(indicator))
        .filter(C::AreaId.eq(area))
        .filter(C::Period.eq(period.clone()))
        .filter(C::Dimension.eq(clean(dimension)))
        .order_by_asc(C::Revision);
    Ok(tx.first(query).await?.map(|row| row.id))
}

/// A figure that the caller sees.
pub async fn seen(op: &Op, tx: &Tx, id: ObservationId) -> Result<Option<observation::Model>> {
    tx.first(super::visible_observations(op).filter(C::Id.eq(id))).await
}

/// The indicators with some codes.
pub async fn coded(op: &Op, reader: &impl Reader, codes: &[String]) -> Result<Vec<indicator::Model>> {
    reader.find(indicator::Entity::find().filter(op.among(indicator::Column::Code, texts(codes)))).await
}

/// Of some observations what stands: the newest revision, and the published one where that is older.
pub async fn standing(op: &Op, reader: &impl Reader, of: &[&Figure]) -> Result<Vec<observation::Model>> {
    match of {
        [] => Ok(vec![]),
        of => reader.find(observation::Entity::find().filter(C::Id.in_subquery(standing_ids(op, of)))).await,
    }
}

/// Which of some revisions the caller sees.
pub async fn seen_among(
    op: &Op,
    reader: &impl Reader,
    ids: impl IntoIterator<Item = ObservationId>,
) -> Result<HashSet<ObservationId>> {
    let among = op.among(C::Id, ids.into_iter().map(Key::from));
    let rows = reader.find(super::visible_observations(op).filter(among)).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn standing_ids(op: &Op, of: &[&Figure]) -> SelectStatement {
    let record = |of: &&Figure| vec![of.indicator(), of.area(), Cell::Text(of.2.to_string()), Cell::Text(of.3.clone())];
    let records: Vec<_> = of.iter().map(record).collect();
    op.for_each(&records, |value| {
        let same = [(C::IndicatorId, 0), (C::AreaId, 1), (C::Period, 2), (C::Dimension, 3)];
        stands(same.map(|(column, n)| near(column).eq(value(n))))
    })
}

/// An observation through all its revisions: indicator, area, period and dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Figure(pub IndicatorId, pub UnitId, pub Period, pub String);

impl Figure {
    /// The one that a row is a revision of.
    pub fn of(row: &observation::Model) -> Self {
        Figure(row.indicator_id, row.area_id, row.period.clone(), row.dimension.clone())
    }
    fn indicator(&self) -> Cell {
        Cell::Int(self.0.0)
    }
    fn area(&self) -> Cell {
        Cell::Int(self.1.0)
    }
}

/// The name under which rows near others are looked for.
const NEAR: &str = "near";

fn near(column: C) -> Expr {
    Expr::col((Alias::new(NEAR), column))
}

/// The ids of standing revisions.
fn stands(which: impl IntoIterator<Item = Expr>) -> SelectStatement {
    let mut query = Query::select();
    query
        .column((Alias::new(NEAR), C::Id))
        .from_as(observation::Entity, Alias::new(NEAR))
        .and_where(near(C::SupersededAt).is_null());
    for condition in which {
        query.and_where(condition);
    }
    query
}

/// What stands near some observations, as far as the caller sees it without a grant: what is found in an observation tells of
/// nothing that is read under one. Of each series at most `most` periods before and after, of each period at most twice as many
/// other dimensions, of each scope at most `most` other totals below and above: never more, however much stands.
pub async fn seen_near(
    op: &Op,
    reader: &impl Reader,
    of: &[&observation::Model],
    most: usize,
) -> Result<Vec<observation::Model>> {
    let most = most as u64;
    let mut searches = vec![];
    let ends = |row: &&observation::Model| (row.indicator_id, row.area_id, row.dimension.clone(), row.period_end);
    let records = |(indicator, area, dimension, end): (IndicatorId, UnitId, String, NaiveDate)| {
        vec![Cell::Int(indicator.0), Cell::Int(area.0), Cell::Text(dimension), Cell::Day(end)]
    };
    let series: Vec<_> = of.iter().map(ends).collect::<HashSet<_>>().into_iter().map(records).collect();
    let same = [(C::IndicatorId, 0), (C::AreaId, 1), (C::Dimension, 2)];
    for before in [true, false] {
        searches.push(op.for_each(&series, |value| {
            let mut query = stands(same.map(|(column, n)| near(column).eq(value(n))));
            let (side, order, more) = match before {
                true => (near(C::PeriodEnd).lt(value(3)), Order::Desc, 0),
                false => (near(C::PeriodEnd).gte(value(3)), Order::Asc, 1),
            };
            query.and_where(side).limit(most + more);
            for column in [C::PeriodEnd, C::PeriodStart] {
                query.order_by((Alias::new(NEAR), column), order.clone());
            }
            query
        }));
    }
    let periods = of.iter().map(|row| (row.indicator_id, row.area_id, row.period.to_string())).collect::<HashSet<_>>();
    let records = |(indicator, area, period): (IndicatorId, UnitId, String)| {
        vec![Cell::Int(indicator.0), Cell::Int(area.0), Cell::Text(period)]
    };
    let periods: Vec<_> = periods.into_iter().map(records).collect();
    searches.push(op.for_each(&periods, |value| {
        let same = [(C::IndicatorId, 0), (C::AreaId, 1), (C::Period, 2)];
        let mut query = stands(same.map(|(column, n)| near(column).eq(value(n))));
        query.order_by((Alias::new(NEAR), C::Dimension), Order::Asc).limit(2 * most);
        query
    }));
    let total = |row: &&observation::Model| {
        let (scope, total) = (row.scope_key.clone()?, row.denominator?);
        Some(vec![Cell::Int(row.area_id.0), Cell::Text(row.period.to_string()), Cell::Text(scope), Cell::Double(total)])
    };
    let totals: Vec<_> = of.iter().filter_map(total).collect();
    let same = [(C::AreaId, 0), (C::Period, 1), (C::ScopeKey, 2)];
    for below in [true, false].into_iter().filter(|_| !totals.is_empty()) {
        searches.push(op.for_each(&totals, |value| {
            let mut query = stands(same.map(|(column, n)| near(column).eq(value(n))));
            let (side, order) = match below {
                true => (near(C::Denominator).lt(value(3)), Order::Desc),
                false => (near(C::Denominator).gt(value(3)), Order::Asc),
            };
            query.and_where(near(C::Denominator).is_not_null()).and_where(side).limit(most);
            query.order_by((Alias::new(NEAR), C::Denominator), order);
            query
        }));
    }
    let (mut seen, mut rows) = (HashSet::new(), vec![]);
    for search in searches {
        let found = reader.find(super::visible_in_own_right(op).filter(C::Id.in_subquery(search))).await?;
        rows.extend(found.into_iter().filter(|row| seen.insert(row.id)));
    }
    Ok(rows)
}

/// Writes revisions.
pub async fn insert(tx: &Tx, rows: Vec<observation::Model>) -> Result<Vec<observation::Model>> {
    let row = |row: observation::Model| observation::ActiveModel { id: NotSet, ..row.into_active_model().reset_all() };
    tx.insert_all(rows.into_iter().map(row).collect()).await
}

/// The newest of the changes so far; none where there is none.
pub async fn newest_change(reader: &impl Reader) -> Result<Option<ChangeId>> {
    use sea_orm::QuerySelect;
    let newest = change::Entity::find().order_by_desc(change::Column::Id).limit(1);
    Ok(reader.find(newest).await?.first().map(|row| row.id))
}

/// What was changed after a change, up to `most` records: their types, and the observations among them. None where it was more.
pub async fn changed_since(
    op: &Op,
    tx: &Tx,
    since: Option<ChangeId>,
    most: u64,
) -> Result<Option<(HashSet<ChangeType>, Vec<observation::Model>)>> {
    use change::Column;
    use sea_orm::QuerySelect;
    let since = Column::Id.gt(since.unwrap_or(ChangeId(0)));
    let changes = tx.find(change::Entity::find().filter(since).limit(most + 1)).await?;
    if changes.len() as u64 > most {
        return Ok(None);
    }
    let observations = changes.iter().filter(|row| row.kind == ChangeType::Observation);
    let ids: Vec<Key> = observations.map(|row| Key::Int(row.node_id)).collect();
    let rows = tx.find(observation::Entity::find().filter(op.among(C::Id, ids))).await?;
    Ok(Some((changes.into_iter().map(|row| row.kind).collect(), rows)))
}

/// Notes that other revisions took the place of some.
pub async fn supersede(op: &Op, tx: &Tx, ids: impl IntoIterator<Item = ObservationId>) -> Result<()> {
    let row = observation::ActiveModel { superseded_at: Set(Some(tx.now())), ..Default::default() };
    let update = observation::Entity::update_many()
        .set(row)
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(op.among(C::Id, ids.into_iter().map(Key::from)));
    tx.update(update).await.map(drop)
}

/// Notes that the other standing revisions of a figure have given way to this one.
pub async fn supersede_others(tx: &Tx, by: &observation::Model) -> Result<()> {
    let row = observation::ActiveModel { superseded_at: Set(Some(tx.now())), ..Default::default() };
    let update = observation::Entity::update_many()
        .set(row)
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::IndicatorId.eq(by.indicator_id))
        .filter(C::AreaId.eq(by.area_id))
        .filter(C::Period.eq(by.period.clone()))
        .filter(C::Dimension.eq(by.dimension.clone()))
        .filter(C::Id.ne(by.id))
        .filter(C::SupersededAt.is_null());
    tx.update(update).await.map(drop)
}

/// What a step of review makes of a figure.
pub struct Reviewed {
    /// The state.
    pub state: ReviewState,
    /// Who submitted it.
    pub submitted_by: Option<String>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was withdrawn, and why.
    pub withdrawn: Option<(DateTime<Utc>, String)>,
}

/// Takes a figure that has not changed since it was read to its next state; whether it had not.
pub async fn review(tx: &Tx, before: &observation::Model, after: Reviewed) -> Result<bool> {
    let (withdrawn_at, withdrawal_reason) = after.withdrawn.unzip();
    let row = observation::ActiveModel {
        state: Set(after.state),
        submitted_by: Set(after.submitted_by),
        published_at: Set(after.published_at),
        withdrawn_at: Set(withdrawn_at),
        withdrawal_reason: Set(withdrawal_reason),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update =
        observation::Entity::update_many().set(row).filter(C::Id.eq(before.id)).filter(C::Version.eq(before.version));
    Ok(tx.update(update).await? == 1)
}

/// Writes steps of review: from which state, for which figure, in which it is now.
pub async fn insert_transitions(
    tx: &Tx,
    figures: impl IntoIterator<Item = (Option<ReviewState>, ObservationId, ReviewState)>,
    by: &str,
    reason: Option<&str>,
) -> Result<()> {
    let row = |(from, id, to)| observation_transition::ActiveModel {
        observation_id: Set(id),
        from_state: Set(from),
        to_state: Set(to),
        at: Set(tx.now()),
        by: Set(by.to_owned()),
        reason: Set(reason.map(str::to_owned)),
        ..Default::default()
    };
    tx.insert_many(figures.into_iter().map(row).collect()).await
}

/// Writes what was found in figures.
pub async fn insert_findings(tx: &Tx, found: Vec<(ObservationId, Finding)>) -> Result<()> {
    let row = |(of, finding): (ObservationId, Finding)| quality_finding::ActiveModel {
        observation_id: Set(of),
        code: Set(finding.code.to_owned()),
        severity: Set(finding.severity),
        message_vi: Set(finding.message.text(Locale::Vi).to_owned()),
        message_en: Set(finding.message.text(Locale::En).to_owned()),
        ..Default::default()
    };
    tx.insert_many(found.into_iter().map(row).collect()).await
}

/// Takes away what was found in figures, to look anew.
pub async fn forget_findings(op: &Op, tx: &Tx, of: impl IntoIterator<Item = ObservationId>) -> Result<()> {
    let of = op.among(quality_finding::Column::ObservationId, of.into_iter().map(Key::from));
    tx.delete(quality_finding::Entity::delete_many().filter(of)).await.map(drop)
}
