//! The rows of plans, their bases, targets and tasks.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    ids::{AgencyId, IndicatorId, LegalDocumentId, PlanBasisId, PlanId, PlanTargetId, PlanTaskId, SourceId},
    plan::{self, Column as C},
    plan_basis, plan_target, plan_task, plan_task_basis,
    time::PartialDate,
    unit_lineage,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Query},
};

use super::basis::{self, Key};
use crate::{
    citation,
    kernel::{error::Result, object, op::Op, text::clean, tx::Tx},
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
    let query = visible(op).filter(op.among(C::Id, ids.into_iter().map(object::Key::from)));
    Ok(op.find(query).await?.into_iter().map(|plan| (plan.id, plan)).collect())
}

/// Some targets.
pub async fn targets(op: &Op, ids: &[i64]) -> Result<Vec<plan_target::Model>> {
    let ids = ids.iter().copied().map(object::Key::Int);
    op.find(visible_targets(op).filter(op.among(plan_target::Column::Id, ids))).await
}

/// The targets of some plans.
pub async fn targets_of(op: &Op, plans: &[i64]) -> Result<Vec<plan_target::Model>> {
    let plans = plans.iter().copied().map(object::Key::Int);
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
        .and_where(op.among(Column::UnitId, units.iter().copied().map(object::Key::Int)));
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

/// A plan, as a transaction sees it.
pub async fn row(tx: &Tx, id: PlanId) -> Result<Option<plan::Model>> {
    tx.first(plan::Entity::find().filter(C::Id.eq(id))).await
}

/// Whether another plan than this has a number of the same body and year.
pub async fn number_taken(tx: &Tx, of: Option<PlanId>, number: &str, issuer: AgencyId, year: i32) -> Result<bool> {
    // As text, every day of a year sorts from the year itself to the year with a tilde.
    let same = plan::Entity::find()
        .filter(C::Number.eq(number))
        .filter(C::IssuerId.eq(issuer))
        .filter(C::IssuedOn.gte(year.to_string()))
        .filter(C::IssuedOn.lt(format!("{year}~")))
        .filter(Condition::all().add_option(of.map(|id| C::Id.ne(id))));
    Ok(tx.first(same).await?.is_some())
}

/// What a plan rests on, as a transaction sees it, in the order of recording.
pub async fn bases(tx: &Tx, of: PlanId) -> Result<Vec<plan_basis::Model>> {
    use plan_basis::Column;
    tx.find(plan_basis::Entity::find().filter(Column::PlanId.eq(of)).order_by_asc(Column::Id)).await
}

/// Whether a basis is known.
pub async fn basis_known(tx: &Tx, of: PlanId, key: Key) -> Result<bool> {
    Ok(bases(tx, of).await?.iter().any(|row| basis::key(row) == key))
}

/// Deletes some bases.
pub async fn delete_bases(tx: &Tx, ids: Vec<PlanBasisId>) -> Result<()> {
    tx.delete(plan_basis::Entity::delete_many().filter(plan_basis::Column::Id.is_in(ids))).await?;
    Ok(())
}

/// The days by which a plan's targets fall due.
pub async fn due_days(tx: &Tx, plan: PlanId) -> Result<Vec<PartialDate>> {
    let targets = tx.find(plan_target::Entity::find().filter(plan_target::Column::PlanId.eq(plan))).await?;
    Ok(targets.into_iter().filter_map(|target| target.due_on).collect())
}

/// A target by its id, as a transaction sees it.
pub async fn target_row(tx: &Tx, id: PlanTargetId) -> Result<Option<plan_target::Model>> {
    tx.first(plan_target::Entity::find().filter(plan_target::Column::Id.eq(id))).await
}

/// A target by what it says, as a transaction sees it.
pub async fn target(
    tx: &Tx,
    plan: PlanId,
    indicator: Option<IndicatorId>,
    text: &str,
) -> Result<Option<plan_target::Model>> {
    use plan_target::Column;
    let of = match indicator {
        Some(id) => Column::IndicatorId.eq(id),
        None => Column::IndicatorId.is_null(),
    };
    let same =
        plan_target::Entity::find().filter(Column::PlanId.eq(plan)).filter(of).filter(Column::Text.eq(clean(text)));
    tx.first(same).await
}

/// A task by its id, as a transaction sees it.
pub async fn task_row(tx: &Tx, id: PlanTaskId) -> Result<Option<plan_task::Model>> {
    tx.first(plan_task::Entity::find().filter(plan_task::Column::Id.eq(id))).await
}

/// A task by its title, as a transaction sees it.
pub async fn task(tx: &Tx, plan: PlanId, title: &str) -> Result<Option<plan_task::Model>> {
    use plan_task::Column;
    let same = plan_task::Entity::find().filter(Column::PlanId.eq(plan)).filter(Column::Title.eq(clean(title)));
    tx.first(same).await
}

/// Writes what a plan rests on.
pub async fn insert_basis(
    tx: &Tx,
    of: PlanId,
    (plan, document, relation): Key,
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

/// Writes what a task rests on.
pub async fn insert_task_bases(tx: &Tx, task: PlanTaskId, documents: Vec<LegalDocumentId>) -> Result<()> {
    let rows = documents.into_iter().map(|document| plan_task_basis::ActiveModel {
        task_id: Set(task),
        document_id: Set(document),
        ..Default::default()
    });
    tx.insert_many(rows.collect()).await
}

/// The legal documents that a task rests on, in the order of recording.
pub async fn task_bases(tx: &Tx, task: PlanTaskId) -> Result<Vec<LegalDocumentId>> {
    use plan_task_basis::Column;
    let bases = plan_task_basis::Entity::find().filter(Column::TaskId.eq(task)).order_by_asc(Column::Id);
    Ok(tx.find(bases).await?.into_iter().map(|row| row.document_id).collect())
}

/// Deletes what a task rests on.
pub async fn delete_task_bases(tx: &Tx, task: PlanTaskId) -> Result<()> {
    tx.delete(plan_task_basis::Entity::delete_many().filter(plan_task_basis::Column::TaskId.eq(task))).await?;
    Ok(())
}
