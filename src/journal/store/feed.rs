//! The rows of the change feed, each narrowed by what its record's own room lets the caller see.

use chrono::{DateTime, Utc};
use entity::{
    access_grant, agency, agreement,
    change::{self, Column as C},
    data_link, indicator, information_system,
    kinds::{ChangeAction, ChangeType},
    legal_document, link_health, observation, plan, plan_target, plan_task, unit_version,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Iterable, PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    agency::store as agencies,
    citation::store as citation,
    indicator::store as indicators,
    kernel::{
        error::Result,
        object::{Col, stream::Part, texts, words},
        op::Op,
        policy,
        tx::Tx,
    },
    plan::store as plans,
    sharing::store as sharing,
    territory::store as territory,
};

/// The changes that the caller is told of: of records that the caller sees now, and of what was deleted where all records of the
/// type are public. A client without the scope for it is told what strangers are.
pub fn visible(op: &Op) -> Select<change::Entity> {
    let stranger = (!policy::follows_what_is_not_public(op.caller())).then(|| op.as_stranger());
    let op = stranger.as_ref().unwrap_or(op);
    let told = ChangeType::iter().map(|kind| seen(op, kind)).fold(Condition::any(), Condition::add);
    let gone = Condition::all()
        .add(C::Action.eq(ChangeAction::Deleted))
        .add(C::Kind.is_in(ChangeType::iter().filter(|kind| always_public(*kind))));
    change::Entity::find().filter(told.add(gone))
}

/// Whether everybody sees every record of a type, and so may know that one is gone.
fn always_public(kind: ChangeType) -> bool {
    !matches!(kind, ChangeType::Observation | ChangeType::Agreement | ChangeType::AccessGrant)
}

/// Changes of what belongs to some areas, by code: every unit that ever held it. An indicator and a legal document belong to
/// none.
pub fn of_areas(op: &Op, codes: &[String]) -> Condition {
    let areas = territory::areas(op, codes, None);
    let of_kind = |kind| Condition::all().add(C::Kind.eq(kind)).add(its_area(kind, &areas));
    ChangeType::iter().map(of_kind).fold(Condition::any(), Condition::add)
}

/// Changes of records of a type that belong to these units.
fn its_area(kind: ChangeType, areas: &SelectStatement) -> Expr {
    use access_grant::Column as Grant;
    use agency::Column as Agency;
    use agreement::Column as Agreement;
    use data_link::Column as Link;
    use information_system::Column as System;
    let plans = || ids(plan::Column::Id, [plan::Column::AreaId], areas.clone());
    let systems = || ids(System::Id, [System::AreaId], areas.clone());
    let agencies = || ids(Agency::Id, [Agency::AreaId], areas.clone());
    let agreements = || ids(Agreement::Id, [Agreement::ProviderId, Agreement::ConsumerId], agencies());
    let records = match kind {
        ChangeType::Observation => ids(observation::Column::Id, [observation::Column::AreaId], areas.clone()),
        ChangeType::Plan => plans(),
        ChangeType::PlanTarget => ids(plan_target::Column::Id, [plan_target::Column::PlanId], plans()),
        ChangeType::PlanTask => ids(plan_task::Column::Id, [plan_task::Column::PlanId], plans()),
        ChangeType::InformationSystem => systems(),
        ChangeType::DataLink => ids(Link::Id, [Link::SourceSystemId, Link::TargetSystemId], systems()),
        ChangeType::Agreement => agreements(),
        ChangeType::AccessGrant => ids(Grant::Id, [Grant::AgreementId], agreements()),
        ChangeType::Agency => agencies(),
        ChangeType::AdministrativeUnit => ids(unit_version::Column::Id, [unit_version::Column::UnitId], areas.clone()),
        ChangeType::Indicator | ChangeType::LegalDocument => return Expr::val(false),
    };
    C::NodeId.in_subquery(records)
}

/// The ids of the rows of which any of these columns is among others' ids.
fn ids<K: ColumnTrait, const N: usize>(id: K, columns: [K; N], of: SelectStatement) -> SelectStatement {
    let id = Col::of(id);
    let any = columns.map(|column| column.in_subquery(of.clone())).into_iter().fold(Condition::any(), Condition::add);
    Query::select().column(id.column()).from(Alias::new(id.table)).cond_where(any).to_owned()
}

fn seen(op: &Op, kind: ChangeType) -> Condition {
    match kind {
        ChangeType::Observation => among::<observation::Entity>(kind, indicators::visible_since(op, its(C::At))),
        ChangeType::Indicator => among::<indicator::Entity>(kind, indicators::visible(op)),
        ChangeType::Plan => among::<plan::Entity>(kind, plans::visible(op)),
        ChangeType::PlanTarget => among::<plan_target::Entity>(kind, plans::visible_targets(op)),
        ChangeType::PlanTask => among::<plan_task::Entity>(kind, plans::visible_tasks(op)),
        ChangeType::InformationSystem => among::<information_system::Entity>(kind, sharing::visible_systems(op)),
        ChangeType::DataLink => among::<data_link::Entity>(kind, sharing::visible_links(op)),
        ChangeType::Agreement => among::<agreement::Entity>(kind, sharing::agreement::visible_agreements(op)),
        ChangeType::AccessGrant => among::<access_grant::Entity>(kind, sharing::agreement::visible_grants(op)),
        ChangeType::Agency => among::<agency::Entity>(kind, agencies::visible(op)),
        ChangeType::LegalDocument => among::<legal_document::Entity>(kind, citation::visible(op)),
        ChangeType::AdministrativeUnit => among::<unit_version::Entity>(kind, territory::visible(op)),
    }
}

fn its(column: C) -> Expr {
    Expr::col((change::Entity, column))
}

/// Changes of a type whose record is among these. One probe by its key for each change, so that a page costs what it shows.
fn among<E: EntityTrait>(kind: ChangeType, visible: Select<E>) -> Condition {
    let keys = E::PrimaryKey::iter().map(|key| {
        let key = Col::of(key.into_column());
        Expr::col((Alias::new(key.table), Alias::new(key.name))).eq(its(C::NodeId))
    });
    let mut record = visible.into_query();
    record.clear_selects().expr(Expr::val(1)).cond_where(keys.fold(Condition::all(), Condition::add));
    // With an offset PostgreSQL does not turn the probe into a hash of the whole table.
    record.limit(1).offset(0);
    Condition::all().add(C::Kind.eq(kind)).add(Expr::exists(record))
}

/// Changes of some types.
pub fn of_types(op: &Op, types: &[ChangeType]) -> Condition {
    Condition::all().add(op.among(C::Kind, words(types)))
}

/// The oldest row that is kept, whoever sees it.
pub async fn visible_oldest(op: &Op) -> Result<Option<change::Model>> {
    op.first(change::Entity::find().order_by_asc(C::Id)).await
}

/// The newest row, whoever sees it.
pub async fn visible_newest(op: &Op) -> Result<Option<change::Model>> {
    op.first(change::Entity::find().order_by_desc(C::Id)).await
}

/// The row that lies so many rows beyond one, whoever sees it.
pub async fn visible_beyond(op: &Op, id: i64, rows: u64) -> Result<Option<change::Model>> {
    op.first(change::Entity::find().filter(C::Id.gt(id)).order_by_asc(C::Id).offset(rows)).await
}

/// So many of some changes after one.
pub async fn after(op: &Op, id: i64, of: Condition, most: u64) -> Result<Vec<change::Model>> {
    op.find(visible(op).filter(C::Id.gt(id)).filter(of).order_by_asc(C::Id).limit(most)).await
}

/// The changes in a part of the feed, of some.
pub async fn within(op: &Op, part: Part, of: Condition) -> Result<Vec<change::Model>> {
    let there = C::Id.gt(part.after).and(C::Id.lte(part.upto));
    op.find(visible(op).filter(there).filter(of).order_by_asc(C::Id).limit(part.most)).await
}

/// So many rows after one, visible to the caller or not: their ids, and whether they move what belongs to which area.
pub async fn visible_moves(op: &Op, id: i64, most: u64) -> Result<Vec<(i64, bool)>> {
    let rows = op.find(change::Entity::find().filter(C::Id.gt(id)).order_by_asc(C::Id).limit(most)).await?;
    let moves = |row: &change::Model| match row.kind {
        ChangeType::AdministrativeUnit => true,
        ChangeType::Agency => row.action != ChangeAction::Created,
        _ => false,
    };
    Ok(rows.iter().map(|row| (row.id.0, moves(row))).collect())
}

/// Changes that tell of another health of a data link, of these or of any.
pub fn of_health(op: &Op, links: Option<&[String]>) -> Condition {
    use data_link::Column as Link;
    use link_health::Column as Health;
    let told = Query::select()
        .expr(Expr::val(1))
        .from(link_health::Entity)
        .and_where(Expr::col((link_health::Entity, Health::LinkId)).eq(its(C::NodeId)))
        .and_where(Expr::col((link_health::Entity, Health::ToldAt)).eq(its(C::At)))
        .to_owned();
    let named = |codes: &[String]| {
        let coded = op.among(Link::Code, texts(codes));
        C::NodeId.in_subquery(Query::select().column(Link::Id).from(data_link::Entity).and_where(coded).to_owned())
    };
    Condition::all().add(C::Kind.eq(ChangeType::DataLink)).add(Expr::exists(told)).add_option(links.map(named))
}

/// The codes, of some, of data links that the caller sees.
pub async fn visible_codes(op: &Op, codes: &[String]) -> Result<Vec<String>> {
    let links = op.find(sharing::visible_links(op).filter(op.among(data_link::Column::Code, texts(codes)))).await?;
    Ok(links.into_iter().map(|link| link.code).collect())
}

/// The last row from before a time, as a transaction sees it.
pub async fn last_before(tx: &Tx, at: DateTime<Utc>) -> Result<Option<change::Model>> {
    tx.first(change::Entity::find().filter(C::At.lt(at)).order_by_desc(C::Id)).await
}

/// The newest row, as a transaction sees it.
pub async fn newest(tx: &Tx) -> Result<Option<change::Model>> {
    tx.first(change::Entity::find().order_by_desc(C::Id)).await
}

/// Deletes the rows before one; answers how many.
pub async fn delete_before(tx: &Tx, id: i64) -> Result<u64> {
    tx.delete(change::Entity::delete_many().filter(C::Id.lt(id))).await
}
