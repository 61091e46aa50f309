//! The rows of figures as a transaction sees and writes them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
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
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
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
    let ids: Vec<Key> = ids.into_iter().map(Key::from).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let mut query = super::visible_observations(op).filter(op.among(C::Id, ids)).into_query();
    query.clear_selects().column((observation::Entity, C::Id));
    let rows = reader.rows(&query).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<_, _>>()?)
}

fn standing_ids(op: &Op, of: &[&Figure]) -> SelectStatement {
    let record = |of: &&Figure| vec![of.indicator(), of.area(), Cell::Text(of.2.to_string()), Cell::Text(of.3.clone())];
    let records: Vec<_> = of.iter().map(record).collect();
    op.for_each(&records, |value| {
        let same = [(C::IndicatorId, 0), (C::AreaId, 1), (C::Period, 2), (C::Dimension, 3)];
        stands(same.map(|(column, n)| near(column).eq(value(n)))).column((Alias::new(NEAR), C::Id)).to_owned()
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

/// A column of such a row.
pub(super) fn near(column: C) -> Expr {
    Expr::col((Alias::new(NEAR), column))
}

/// Standing revisions, of which nothing is selected yet.
pub(super) fn stands(which: impl IntoIterator<Item = Expr>) -> SelectStatement {
    let mut query = Query::select();
    query.from_as(observation::Entity, Alias::new(NEAR)).and_where(near(C::SupersededAt).is_null());
    for condition in which {
        query.and_where(condition);
    }
    query
}

/// Writes revisions of different figures; answers with their ids.
pub async fn insert(tx: &Tx, rows: &[observation::Model]) -> Result<HashMap<Figure, ObservationId>> {
    let row = |row: &observation::Model| observation::ActiveModel {
        id: NotSet,
        ..row.clone().into_active_model().reset_all()
    };
    let named = [C::Id, C::IndicatorId, C::AreaId, C::Period, C::Dimension];
    let mut ids = HashMap::new();
    for row in tx.insert_keyed(rows.iter().map(row).collect(), &named).await? {
        let figure = Figure(
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
            row.try_get_by_index(3)?,
            row.try_get_by_index(4)?,
        );
        ids.insert(figure, row.try_get_by_index(0)?);
    }
    Ok(ids)
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
    let ids: Vec<Key> = ids.into_iter().map(Key::from).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let row = observation::ActiveModel { superseded_at: Set(Some(tx.now())), ..Default::default() };
    let update = observation::Entity::update_many()
        .set(row)
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(op.among(C::Id, ids));
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
