//! The rows of plans, their bases, targets and tasks.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ids::{AgencyId, IndicatorId, LegalDocumentId, PlanId, PlanTargetId, PlanTaskId, SourceId, UnitId},
    kinds::PlanRelationKind,
    plan::{self, Column as C},
    plan_basis, plan_target, plan_task, plan_task_basis, unit_lineage,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{NewPlan, NewPlanTarget, NewPlanTask};
use crate::{
    citation,
    kernel::{
        error::Result,
        object::Key,
        op::Op,
        text::{clean, searched, sort_key},
        tx::Tx,
    },
};

/// The plans that the caller sees: all are public.
pub fn visible(_: &Op) -> Select<plan::Entity> {
    plan::Entity::find()
}

/// What plans rest on, as far as the caller sees it: all of it.
pub fn visible_bases(_: &Op) -> Select<plan_basis::Entity> {
    plan_basis::Entity::find()
}

/// The targets that the caller sees: those of the plans, which are public.
pub fn visible_targets(_: &Op) -> Select<plan_target::Entity> {
    plan_target::Entity::find()
}

/// The tasks that the caller sees: those of the plans, which are public.
pub fn visible_tasks(_: &Op) -> Select<plan_task::Entity> {
    plan_task::Entity::find()
}

/// The plan with a code.
pub fn by_code(op: &Op, code: &str) -> Select<plan::Entity> {
    visible(op).filter(C::Code.eq(clean(code)))
}

/// Plans whose years have a year in them. A plan that does not say when it begins begins when it was issued; one that was not
/// issued either has no year but its last.
pub fn in_year(year: i32) -> Condition {
    // As text, every day of a year sorts before the year with a tilde.
    let issued = Condition::all().add(C::PeriodStart.is_null()).add(C::IssuedOn.lt(format!("{year}~")));
    let last = Condition::all().add(C::PeriodStart.is_null()).add(C::IssuedOn.is_null()).add(C::PeriodEnd.eq(year));
    let begun = Condition::any().add(C::PeriodStart.lte(year)).add(issued).add(last);
    let stated = Condition::any().add(C::PeriodStart.is_not_null()).add(C::PeriodEnd.is_not_null());
    Condition::all()
        .add(begun)
        .add(Condition::any().add(C::PeriodEnd.is_null()).add(C::PeriodEnd.gte(year)))
        .add(stated)
}

/// Plans that rest, themselves or by a task, on a legal document that has expired by a day.
pub fn rests_on_expired(on: NaiveDate) -> Condition {
    let expired = citation::store::expired(on);
    let themselves = Query::select()
        .column(plan_basis::Column::PlanId)
        .from(plan_basis::Entity)
        .and_where(Expr::col(plan_basis::Column::BasedDocumentId).in_subquery(expired.clone()))
        .to_owned();
    let by_task = Query::select()
        .column((plan_task::Entity, plan_task::Column::PlanId))
        .from(plan_task::Entity)
        .join(
            JoinType::InnerJoin,
            plan_task_basis::Entity,
            Expr::col((plan_task_basis::Entity, plan_task_basis::Column::TaskId))
                .equals((plan_task::Entity, plan_task::Column::Id)),
        )
        .and_where(Expr::col((plan_task_basis::Entity, plan_task_basis::Column::DocumentId)).in_subquery(expired))
        .to_owned();
    Condition::any().add(C::Id.in_subquery(themselves)).add(C::Id.in_subquery(by_task))
}

/// Some plans.
pub async fn by_ids(op: &Op, ids: impl IntoIterator<Item = PlanId>) -> Result<HashMap<PlanId, plan::Model>> {
    let query = visible(op).filter(op.among(C::Id, ids.into_iter().map(Key::from)));
    Ok(op.find(query).await?.into_iter().map(|plan| (plan.id, plan)).collect())
}

/// Some targets.
pub async fn targets(op: &Op, ids: &[i64]) -> Result<Vec<plan_target::Model>> {
    let ids = ids.iter().copied().map(Key::Int);
    op.find(visible_targets(op).filter(op.among(plan_target::Column::Id, ids))).await
}

/// The targets of some plans.
pub async fn targets_of(op: &Op, plans: &[i64]) -> Result<Vec<plan_target::Model>> {
    let plans = plans.iter().copied().map(Key::Int);
    op.find(visible_targets(op).filter(op.among(plan_target::Column::PlanId, plans))).await
}

/// Some units, each with a plan of its own or, if they count, of the units that became part of it.
pub async fn plans_of(op: &Op, units: &[i64], include_predecessors: bool) -> Result<Vec<(i64, i64)>> {
    use unit_lineage::Column;
    let (of, ancestor) = ((unit_lineage::Entity, Column::UnitId), (unit_lineage::Entity, Column::AncestorId));
    let mut query = visible(op).into_query();
    query
        .clear_selects()
        .column(of)
        .column((plan::Entity, C::Id))
        .inner_join(unit_lineage::Entity, Expr::col(ancestor).equals((plan::Entity, C::AreaId)))
        .and_where(op.among(Column::UnitId, units.iter().copied().map(Key::Int)));
    if !include_predecessors {
        query.and_where(Expr::col(ancestor).equals(of));
    }
    let rows = op.rows(&query).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The plan with a code, as a transaction sees it.
pub async fn known(tx: &Tx, code: &str) -> Result<Option<plan::Model>> {
    tx.first(plan::Entity::find().filter(C::Code.eq(clean(code)))).await
}

/// Whether a basis is known.
pub async fn basis_known(
    tx: &Tx,
    of: PlanId,
    plan: Option<PlanId>,
    document: Option<LegalDocumentId>,
    relation: PlanRelationKind,
) -> Result<bool> {
    use plan_basis::Column;
    let same = plan_basis::Entity::find()
        .filter(Column::PlanId.eq(of))
        .filter(Column::Relation.eq(relation))
        .filter(Condition::all().add_option(plan.map(|id| Column::BasedPlanId.eq(id))))
        .filter(Condition::all().add_option(document.map(|id| Column::BasedDocumentId.eq(id))));
    Ok(tx.first(same).await?.is_some())
}

/// A target, as a transaction sees it.
pub async fn target(tx: &Tx, plan: PlanId, indicator: Option<IndicatorId>, text: &str) -> Result<Option<PlanTargetId>> {
    use plan_target::Column;
    let of = match indicator {
        Some(id) => Column::IndicatorId.eq(id),
        None => Column::IndicatorId.is_null(),
    };
    let same =
        plan_target::Entity::find().filter(Column::PlanId.eq(plan)).filter(of).filter(Column::Text.eq(clean(text)));
    Ok(tx.first(same).await?.map(|row| row.id))
}

/// A task, as a transaction sees it.
pub async fn task(tx: &Tx, plan: PlanId, title: &str) -> Result<Option<PlanTaskId>> {
    use plan_task::Column;
    let same = plan_task::Entity::find().filter(Column::PlanId.eq(plan)).filter(Column::Title.eq(clean(title)));
    Ok(tx.first(same).await?.map(|row| row.id))
}

/// Writes a plan.
pub async fn insert(
    tx: &Tx,
    order: &NewPlan,
    area: UnitId,
    area_on: Option<NaiveDate>,
    issuer: Option<AgencyId>,
    source: SourceId,
) -> Result<PlanId> {
    let number = order.number.as_deref().map(clean);
    let row = plan::ActiveModel {
        code: Set(clean(&order.code)),
        search: Set(searched(&order.code, number.as_deref().into_iter().chain([order.title.as_str()]))),
        number: Set(number),
        title: Set(clean(&order.title)),
        kind: Set(order.kind),
        status: Set(order.status),
        issuer_id: Set(issuer),
        area_id: Set(area),
        area_on: Set(area_on),
        issued_on: Set(order.issued_on.clone()),
        period_start: Set(order.period_start),
        period_end: Set(order.period_end),
        vision_year: Set(order.vision_year),
        source_id: Set(source),
        version: Set(1),
        title_sort: Set(sort_key(&order.title)),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes what a plan rests on.
pub async fn insert_basis(
    tx: &Tx,
    of: PlanId,
    plan: Option<PlanId>,
    document: Option<LegalDocumentId>,
    relation: PlanRelationKind,
    source: Option<SourceId>,
) -> Result<()> {
    let row = plan_basis::ActiveModel {
        plan_id: Set(of),
        based_plan_id: Set(plan),
        based_document_id: Set(document),
        relation: Set(relation),
        source_id: Set(source),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// Writes a target.
pub async fn insert_target(
    tx: &Tx,
    order: &NewPlanTarget,
    plan: PlanId,
    indicator: Option<IndicatorId>,
    (area, area_on): (UnitId, Option<NaiveDate>),
    source: SourceId,
) -> Result<PlanTargetId> {
    let row = plan_target::ActiveModel {
        plan_id: Set(plan),
        indicator_id: Set(indicator),
        area_id: Set(area),
        area_on: Set(area_on),
        value: Set(order.value),
        qualifier: Set(order.qualifier),
        text: Set(clean(&order.text)),
        due_on: Set(order.due_on.clone()),
        source_id: Set(source),
        version: Set(1),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes a task and what it rests on.
pub async fn insert_task(
    tx: &Tx,
    order: &NewPlanTask,
    plan: PlanId,
    lead: Option<AgencyId>,
    basis: Vec<LegalDocumentId>,
    source: SourceId,
) -> Result<PlanTaskId> {
    let row = plan_task::ActiveModel {
        plan_id: Set(plan),
        title: Set(clean(&order.title)),
        kind: Set(order.kind),
        lead_id: Set(lead),
        starts_on: Set(order.starts_on.clone()),
        due_on: Set(order.due_on.clone()),
        status: Set(order.status),
        progress_percent: Set(None),
        source_id: Set(source),
        version: Set(1),
        ..Default::default()
    };
    let id = tx.insert(row).await?.id;
    let rows = basis
        .into_iter()
        .map(|document| plan_task_basis::ActiveModel {
            task_id: Set(id),
            document_id: Set(document),
            ..Default::default()
        })
        .collect();
    tx.insert_many(rows).await?;
    Ok(id)
}
