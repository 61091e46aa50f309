//! The rows of indicators, figures, findings and shortcomings.

pub mod figures;
pub mod granted;
pub mod near;
pub mod newest;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{IndicatorId, ObservationId, ShortcomingId, SourceId, UnitId},
    indicator,
    kinds::SharingClass,
    observation, observation_series, observation_transition, quality_finding, shortcoming,
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IdenStatic, QueryFilter, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use self::newest::{NEWEST, newest_of};
use super::{NewIndicator, NewShortcoming, input::Input};
use crate::{
    kernel::{
        error::Result,
        object::{Col, Key, Link},
        op::Op,
        policy::{Places, Scope},
        text::{clean, searched, sort_key},
        tx::Tx,
    },
    territory,
};

/// The indicators that the caller sees: all are public.
pub fn visible(_: &Op) -> Select<indicator::Entity> {
    indicator::Entity::find()
}

/// The indicator with a code.
pub fn by_code(op: &Op, code: &str) -> Select<indicator::Entity> {
    visible(op).filter(indicator::Column::Code.eq(clean(code)))
}

/// The revisions of figures that the caller sees: to the public, what was ever published and is open; what was withdrawn says so.
pub fn visible_observations(op: &Op) -> Select<observation::Entity> {
    observation::Entity::find().filter(seen(op, observation::Entity.as_str()))
}

/// The revisions of figures of which the caller may be told what happened to them at an instant: to whom drafts are no business,
/// only what happened since they were published.
pub fn visible_since(op: &Op, at: Expr) -> Select<observation::Entity> {
    let table = observation::Entity.as_str();
    observation::Entity::find().filter(seen_where(op, table, its(table, observation::Column::PublishedAt).lte(at)))
}

/// The findings that the caller sees: each is reached only from a figure that the caller sees.
pub fn visible_findings(_: &Op) -> Select<quality_finding::Entity> {
    quality_finding::Entity::find()
}

/// The shortcomings that the caller sees: all are public.
pub fn visible_shortcomings(_: &Op) -> Select<shortcoming::Entity> {
    shortcoming::Entity::find()
}

fn its(table: &'static str, column: observation::Column) -> Expr {
    Expr::col((Alias::new(table), column))
}

fn seen(op: &Op, table: &'static str) -> Condition {
    seen_where(op, table, its(table, observation::Column::PublishedAt).is_not_null())
}

fn seen_where(op: &Op, table: &'static str, published: Expr) -> Condition {
    seen_by(op, op.scope(), table, published)
}

/// The revisions of figures that the caller sees without any grant.
fn visible_in_own_right(op: &Op) -> Select<observation::Entity> {
    let table = observation::Entity.as_str();
    let scope = Scope { granted: None, ..op.scope() };
    observation::Entity::find().filter(seen_by(
        op,
        scope,
        table,
        its(table, observation::Column::PublishedAt).is_not_null(),
    ))
}

fn seen_by(op: &Op, scope: Scope, table: &'static str, published: Expr) -> Condition {
    use observation::Column as C;
    let shared = |class: SharingClass| its(table, C::Sharing).eq(class.to_value());
    let within = |places: &Places| match places {
        Places::Nowhere => Condition::all().add(Expr::val(false)),
        Places::Everywhere => Condition::all(),
        Places::Units(units) => {
            let area = Col { table, name: "area_id" };
            Condition::all().add(op.among(area, units.iter().copied().map(Key::from)))
        }
    };
    if [&scope.drafts, &scope.shared, &scope.private].iter().all(|places| **places == Places::Everywhere) {
        return Condition::all();
    }
    let class = [(SharingClass::Shared, &scope.shared), (SharingClass::Private, &scope.private)]
        .into_iter()
        .filter(|(_, places)| **places != Places::Nowhere)
        .map(|(class, places)| Condition::all().add(shared(class)).add(within(places)))
        .fold(Condition::any().add(shared(SharingClass::Open)), Condition::add);
    let class = class.add_option(scope.granted.map(|client| granted::opened(op, client, table)));
    let stage = match &scope.drafts {
        Places::Nowhere => Condition::all().add(published),
        places => Condition::any().add(published).add(within(places)),
    };
    let seen = Condition::all().add(stage).add(class);
    match scope.own {
        Some(name) => Condition::any().add(seen).add(its(table, C::RecordedBy).eq(name)),
        None => seen,
    }
}

/// The steps of review that the caller sees: those of figures whose drafts the caller sees.
pub fn visible_transitions(op: &Op) -> Select<observation_transition::Entity> {
    use observation_transition::Column;
    let scope = op.scope();
    let area = || Col::of(observation::Column::AreaId);
    let drafts = match &scope.drafts {
        Places::Everywhere => return observation_transition::Entity::find(),
        Places::Nowhere => Expr::val(false),
        Places::Units(units) => op.among(area(), units.iter().copied().map(Key::from)),
    };
    let own = scope.own.map(|name| its(observation::Entity.as_str(), observation::Column::RecordedBy).eq(name));
    let figures = Query::select()
        .column(observation::Column::Id)
        .from(observation::Entity)
        .cond_where(Condition::any().add(drafts).add_option(own))
        .to_owned();
    observation_transition::Entity::find().filter(Column::ObservationId.in_subquery(figures))
}

/// Of each figure the revision that was published at an instant; now by default. A draft that was never published counts as
/// current for those who see it. What was withdrawn by then is left out, unless it is asked for.
fn current(table: &'static str, as_of: Option<DateTime<Utc>>, withdrawn: bool) -> Condition {
    use observation::Column as C;
    let not_yet = |column: C, at: DateTime<Utc>| {
        Condition::any().add(its(table, column).is_null()).add(its(table, column).gt(at))
    };
    match as_of {
        None => Condition::all()
            .add(its(table, C::SupersededAt).is_null())
            .add_option((!withdrawn).then(|| its(table, C::WithdrawnAt).is_null())),
        Some(at) => Condition::all()
            .add(its(table, C::PublishedAt).lte(at))
            .add(not_yet(C::SupersededAt, at))
            .add_option((!withdrawn).then(|| not_yet(C::WithdrawnAt, at))),
    }
}

/// Which figures: what the caller asked for, for rows under any name. What the caller may see stays with `visible`.
pub struct Narrowing<'a> {
    /// The instant whose figures are asked for.
    pub as_of: Option<DateTime<Utc>>,
    /// Which series, for rows of figures or of series under a name.
    pub of_series: &'a dyn Fn(&'static str) -> Condition,
    /// Which of their figures, for rows under a name.
    pub of_rows: &'a dyn Fn(&'static str) -> Condition,
    /// Only the newest of each indicator, area and dimension.
    pub latest: bool,
    /// Those that were withdrawn too.
    pub withdrawn: bool,
}

/// The figures of a narrowing.
pub fn narrowed(op: &Op, narrowing: &Narrowing<'_>) -> Condition {
    use observation::Column as C;
    let own = observation::Entity.as_str();
    let current = |table| current(table, narrowing.as_of, narrowing.withdrawn);
    let which = |table| Condition::all().add(current(table)).add((narrowing.of_rows)(table));
    if !narrowing.latest {
        return which(own).add((narrowing.of_series)(own));
    }
    let all = observation_series::Entity.as_str();
    let newest = newest_of(op, its(NEWEST, C::Id), which(NEWEST));
    let newest =
        Query::select().expr(newest).from(observation_series::Entity).cond_where((narrowing.of_series)(all)).to_owned();
    Condition::all().add(op.selected(C::Id, newest))
}

/// The figures that were published at an instant, of those that the caller sees; now by default. No drafts: what is computed
/// rests on what was published.
pub fn published(op: &Op, as_of: Option<DateTime<Utc>>) -> Select<observation::Entity> {
    let own = observation::Entity.as_str();
    visible_observations(op).filter(is_published(own, as_of))
}

fn is_published(table: &'static str, as_of: Option<DateTime<Utc>>) -> Condition {
    current(table, as_of, false).add(its(table, observation::Column::PublishedAt).is_not_null())
}

/// The published figures of some indicators and some units, in every period.
pub async fn figures(
    op: &Op,
    indicators: impl IntoIterator<Item = IndicatorId>,
    units: impl IntoIterator<Item = UnitId>,
    dimensions: &[&str],
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<Input>> {
    use observation::Column as C;
    let query = published(op, as_of)
        .filter(op.among(C::IndicatorId, indicators.into_iter().map(Key::from)))
        .filter(op.among(C::AreaId, units.into_iter().map(Key::from)))
        .filter(op.among(C::Dimension, dimensions.iter().map(|d| Key::Text((*d).to_owned()))));
    op.find_part(query).await
}

/// Some indicators.
pub async fn by_ids(op: &Op, ids: impl IntoIterator<Item = IndicatorId>) -> Result<Vec<indicator::Model>> {
    op.find(visible(op).filter(op.among(indicator::Column::Id, ids.into_iter().map(Key::from)))).await
}

/// The ids of the indicators with some codes.
pub fn coded(op: &Op, codes: &[String]) -> SelectStatement {
    let among = op.among(indicator::Column::Code, crate::kernel::object::texts(codes));
    Query::select().column(indicator::Column::Id).from(indicator::Entity).and_where(among).to_owned()
}

/// The ids of the indicators with some codes, of the units with some, or of each with each; and the columns that hold them.
pub fn of_each(
    op: &Op,
    indicators: Option<&[String]>,
    areas: Option<(&[String], Option<NaiveDate>)>,
) -> (SelectStatement, Vec<Col>) {
    use observation::Column as C;
    let indicators = indicators.map(|codes| (C::IndicatorId, coded(op, codes)));
    let areas = areas.map(|(codes, on)| (C::AreaId, territory::store::areas(op, codes, on)));
    let (mut keys, mut columns) = (Query::select(), vec![]);
    for (n, (column, ids)) in indicators.into_iter().chain(areas).enumerate() {
        let of = Alias::new(format!("of{n}"));
        keys.expr_as(Expr::col((of.clone(), Alias::new("id"))), Alias::new(format!("k{n}"))).from_subquery(ids, of);
        columns.push(Col::of(column));
    }
    (keys, columns)
}

/// The ids of the figures with findings.
pub fn with_findings() -> SelectStatement {
    Query::select().column(quality_finding::Column::ObservationId).from(quality_finding::Entity).to_owned()
}

/// What was found in a figure.
pub async fn findings_of(op: &Op, id: ObservationId) -> Result<Vec<quality_finding::Model>> {
    op.find(visible_findings(op).filter(quality_finding::Column::ObservationId.eq(id))).await
}

/// How the revisions of one figure belong together.
pub fn revisions() -> Link {
    use observation::Column as C;
    let (a, b) = (Alias::new("one"), Alias::new("other"));
    let same = |column: C| Expr::col((a.clone(), column)).equals((b.clone(), column));
    let mut pairs = Query::select();
    pairs
        .expr_as(Expr::col((a.clone(), C::Id)), Alias::new("parent"))
        .expr_as(Expr::col((b.clone(), C::Id)), Alias::new("child"))
        .from_as(observation::Entity, a.clone())
        .join_as(
            sea_orm::JoinType::InnerJoin,
            observation::Entity,
            b.clone(),
            Condition::all()
                .add(same(C::IndicatorId))
                .add(same(C::AreaId))
                .add(same(C::Period))
                .add(same(C::Dimension)),
        );
    Link::pairs(pairs, C::Id)
}

/// An indicator, as a transaction sees it.
pub async fn row(tx: &Tx, id: IndicatorId) -> Result<Option<indicator::Model>> {
    tx.first(indicator::Entity::find().filter(indicator::Column::Id.eq(id))).await
}

/// The indicator with a code, as a transaction sees it.
pub async fn known(tx: &Tx, code: &str) -> Result<Option<indicator::Model>> {
    tx.first(indicator::Entity::find().filter(indicator::Column::Code.eq(clean(code)))).await
}

/// Changes an indicator whose version is still this one; whether it was.
pub async fn change(tx: &Tx, before: &indicator::Model, after: indicator::Model) -> Result<bool> {
    use indicator::Column;
    let row = indicator::ActiveModel {
        search: Set(searched(&after.code, [after.name_vi.as_str(), &after.name_en])),
        name_sort: Set(sort_key(&after.name_vi)),
        name_vi: Set(after.name_vi),
        name_en: Set(after.name_en),
        definition_vi: Set(after.definition_vi),
        definition_en: Set(after.definition_en),
        merge_rule: Set(after.merge_rule),
        weight_indicator_id: Set(after.weight_indicator_id),
        min: Set(after.min),
        max: Set(after.max),
        methodology_version: Set(after.methodology_version),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update = indicator::Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(before.id))
        .filter(Column::Version.eq(before.version));
    Ok(tx.update(update).await? == 1)
}

/// A shortcoming, as a transaction sees it.
pub async fn shortcoming(tx: &Tx, area: UnitId, text: &str) -> Result<Option<ShortcomingId>> {
    use shortcoming::Column as C;
    let query = shortcoming::Entity::find().filter(C::AreaId.eq(area)).filter(C::Text.eq(clean(text)));
    Ok(tx.first(query).await?.map(|row| row.id))
}

/// Writes an indicator.
pub async fn insert(tx: &Tx, order: &NewIndicator, weight: Option<IndicatorId>) -> Result<IndicatorId> {
    let row = indicator::ActiveModel {
        code: Set(order.code.clone()),
        name_vi: Set(clean(&order.name_vi)),
        name_en: Set(clean(&order.name_en)),
        definition_vi: Set(clean(&order.definition_vi)),
        definition_en: Set(clean(&order.definition_en)),
        unit: Set(clean(&order.unit)),
        value_type: Set(order.value_type),
        direction: Set(order.direction),
        merge_rule: Set(order.merge_rule),
        weight_indicator_id: Set(weight),
        topic: Set(order.topic),
        methodology_version: Set(order.methodology_version),
        min: Set(order.min),
        max: Set(order.max),
        version: Set(1),
        name_sort: Set(sort_key(&order.name_vi)),
        search: Set(searched(&order.code, [order.name_vi.as_str(), &order.name_en])),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes a shortcoming.
pub async fn insert_shortcoming(
    tx: &Tx,
    order: &NewShortcoming,
    area: UnitId,
    indicator: Option<IndicatorId>,
    observation: Option<ObservationId>,
    source: SourceId,
) -> Result<ShortcomingId> {
    let row = shortcoming::ActiveModel {
        area_id: Set(area),
        area_on: Set(order.on),
        text: Set(clean(&order.text)),
        indicator_id: Set(indicator),
        observation_id: Set(observation),
        source_id: Set(source),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}
