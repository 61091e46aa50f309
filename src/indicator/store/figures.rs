//! The rows of figures as a transaction sees and writes them.

use chrono::{DateTime, Utc};
use entity::{
    ids::{IndicatorId, ObservationId, SourceId, UnitId},
    indicator,
    kinds::ReviewState,
    observation::{self, Column as C},
    observation_transition, quality_finding,
    time::Period,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    indicator::{findings::Finding, recording::Checked},
    kernel::{
        error::Result,
        locale::Locale,
        object::{Key, texts},
        op::Op,
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
pub async fn coded(op: &Op, tx: &Tx, codes: &[String]) -> Result<Vec<indicator::Model>> {
    tx.find(indicator::Entity::find().filter(op.among(indicator::Column::Code, texts(codes)))).await
}

/// Of each figure of some indicators and units what stands: its newest revision, and the published one where that is older.
pub async fn standing(
    op: &Op,
    tx: &Tx,
    indicators: impl IntoIterator<Item = IndicatorId>,
    units: impl IntoIterator<Item = UnitId>,
) -> Result<Vec<observation::Model>> {
    tx.find(standing_among(op, observation::Entity::find(), indicators, units)).await
}

fn standing_among(
    op: &Op,
    figures: Select<observation::Entity>,
    indicators: impl IntoIterator<Item = IndicatorId>,
    units: impl IntoIterator<Item = UnitId>,
) -> Select<observation::Entity> {
    figures
        .filter(C::SupersededAt.is_null())
        .filter(op.among(C::IndicatorId, indicators.into_iter().map(Key::from)))
        .filter(op.among(C::AreaId, units.into_iter().map(Key::from)))
}

/// What stands of some indicators and units, as far as the caller sees it without a grant: what is found in a figure tells of
/// nothing that is read under one.
pub async fn seen_around(
    op: &Op,
    tx: &Tx,
    indicators: impl IntoIterator<Item = IndicatorId>,
    units: impl IntoIterator<Item = UnitId>,
) -> Result<Vec<observation::Model>> {
    tx.find(standing_among(op, super::visible_in_own_right(op), indicators, units)).await
}

/// What stands of some indicators and units, as far as the caller sees it.
pub async fn seen_standing(
    op: &Op,
    tx: &Tx,
    indicators: impl IntoIterator<Item = IndicatorId>,
    units: impl IntoIterator<Item = UnitId>,
) -> Result<Vec<observation::Model>> {
    tx.find(standing_among(op, super::visible_observations(op), indicators, units)).await
}

/// The figures of some units and periods that stand with a denominator, as far as the caller sees them without a grant.
pub async fn seen_fractions(
    op: &Op,
    tx: &Tx,
    units: impl IntoIterator<Item = UnitId>,
    periods: impl IntoIterator<Item = Period>,
) -> Result<Vec<observation::Model>> {
    let periods = periods.into_iter().map(|period| Key::Text(period.to_string()));
    let query = super::visible_in_own_right(op)
        .filter(C::SupersededAt.is_null())
        .filter(C::Denominator.is_not_null())
        .filter(op.among(C::AreaId, units.into_iter().map(Key::from)))
        .filter(op.among(C::Period, periods));
    tx.find(query).await
}

/// Writes revisions of figures, each with the source it is told in, in a state.
pub async fn insert(
    tx: &Tx,
    figures: &[(&Checked, SourceId)],
    state: ReviewState,
    by: &str,
) -> Result<Vec<observation::Model>> {
    let row = |(figure, source): &(&Checked, SourceId)| {
        let order = &figure.order;
        observation::ActiveModel {
            indicator_id: Set(figure.indicator.id),
            area_id: Set(figure.area),
            period: Set(order.period.clone()),
            period_start: Set(figure.span.start),
            period_end: Set(figure.span.end),
            period_inferred: Set(order.period_inferred),
            as_of_text: Set(order.as_of_text.as_deref().map(clean)),
            value: Set(order.value),
            qualifier: Set(order.qualifier),
            numerator: Set(order.numerator),
            denominator: Set(order.denominator),
            rank_of: Set(order.rank_of),
            text: Set(order.text.as_deref().map(clean)),
            dimension: Set(clean(&order.dimension)),
            scope_text: Set(order.scope_text.as_deref().map(clean)),
            methodology_version: Set(figure.indicator.methodology_version),
            status: Set(order.status),
            state: Set(state),
            sharing: Set(order.sharing),
            source_id: Set(*source),
            revision: Set(figure.revises.as_ref().map_or(1, |before| before.revision + 1)),
            recorded_at: Set(tx.now()),
            published_at: Set((state == ReviewState::Published).then(|| tx.now())),
            superseded_at: Set(None),
            revision_reason: Set(order.revision_reason.as_deref().map(clean)),
            version: Set(1),
            recorded_by: Set(by.to_owned()),
            submitted_by: Set(None),
            withdrawn_at: Set(None),
            withdrawal_reason: Set(None),
            ..Default::default()
        }
    };
    tx.insert_all(figures.iter().map(row).collect()).await
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
