//! Tasks and measures of plans (nhiệm vụ, giải pháp).

use entity::{
    ids::{AgencyId, LegalDocumentId, PlanTaskId},
    kinds::{TaskKind, TaskStatus},
    plan,
    plan_task::Model,
    time::PartialDate,
};
use serde::Deserialize;

use super::{OfPlan, part_key, rules, store};
use crate::{
    agency,
    citation::{self, LEGAL_DOCUMENT, NewSource, rules::check_source},
    kernel::{
        check::Faults,
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        patch::Patch,
        policy::Action,
        text::clean,
        tx::{Change, FieldChange, Outcome, Tx},
    },
};

/// A task to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanTask {
    /// The plan.
    pub plan: OfPlan,
    /// What shall be done.
    pub title: String,
    /// Kind of task.
    pub kind: TaskKind,
    /// Code of the lead agency.
    pub lead: Option<String>,
    /// Start date.
    pub starts_on: Option<PartialDate>,
    /// Due date.
    pub due_on: Option<PartialDate>,
    /// Status.
    #[serde(default = "not_stated")]
    pub status: TaskStatus,
    /// Codes of the legal documents that it is based on.
    #[serde(default)]
    pub based_on: Vec<String>,
    /// The source that states it; the plan's source by default.
    pub source: Option<NewSource>,
}

fn not_stated() -> TaskStatus {
    TaskStatus::NotStated
}

/// The lead agency and the legal documents of a task.
type Footing = (Option<AgencyId>, Vec<LegalDocumentId>);

/// Resolves the lead agency and legal documents of a task and validates the task; records faults.
async fn footing(tx: &Tx, faults: &mut Faults, order: &NewPlanTask) -> Result<Option<Footing>> {
    let days = (order.starts_on.as_ref(), order.due_on.as_ref());
    rules::check_task(faults, &order.title, days, Some(order.status));
    let lead = faults.gather(agency::resolve_maybe(tx, "lead", order.lead.as_deref()).await)?;
    let basis = documents(tx, faults, &order.based_on).await?;
    Ok(lead.map(|lead| (lead, basis)))
}

/// Resolves legal documents, each once; records faults.
async fn documents(tx: &Tx, faults: &mut Faults, codes: &[String]) -> Result<Vec<LegalDocumentId>> {
    let mut documents = vec![];
    for (n, code) in codes.iter().enumerate() {
        let document = faults.gather(citation::resolve(tx, &format!("basedOn[{n}]"), code).await)?;
        documents.extend(document.filter(|document| !documents.contains(document)));
    }
    Ok(documents)
}

/// Replaces what a task rests on, and answers the change.
async fn rest_on(tx: &Tx, id: PlanTaskId, documents: Vec<LegalDocumentId>) -> Result<Option<FieldChange>> {
    let before = store::task_bases(tx, id).await?;
    if before == documents {
        return Ok(None);
    }
    let [was, is] = [tx.list(LEGAL_DOCUMENT, &before).await?, tx.list(LEGAL_DOCUMENT, &documents).await?];
    store::delete_task_bases(tx, id).await?;
    store::insert_task_bases(tx, id, documents).await?;
    Ok(FieldChange::of("basedOn", was, is))
}

/// Inserts a task and returns its id and change.
async fn insert(
    tx: &Tx,
    order: &NewPlanTask,
    plan: &plan::Model,
    (lead, basis): Footing,
) -> Result<(PlanTaskId, Change)> {
    let source = citation::cite_maybe(tx, order.source.clone()).await?.unwrap_or(plan.source_id);
    let row = Model {
        id: PlanTaskId(0),
        plan_id: plan.id,
        title: clean(&order.title),
        kind: order.kind,
        lead_id: lead,
        starts_on: order.starts_on.clone(),
        due_on: order.due_on.clone(),
        status: order.status,
        progress_percent: None,
        source_id: source,
        version: 1,
    };
    let (row, change) = tx.create(row, |row| part_key(plan, row.id)).await?;
    store::insert_task_bases(tx, row.id, basis).await?;
    Ok((row.id, change))
}

/// Records a task; an existing one (same plan and title) is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown code, or dates out of order.
pub async fn record(op: &Op, order: NewPlanTask) -> Result<PlanTaskId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let plan = order.plan.row(tx).await?;
        if let Some(known) = store::task(tx, plan.id, &order.title).await? {
            return Ok(Outcome::unchanged(known.id));
        }
        let mut faults = Faults::default();
        let footing = footing(tx, &mut faults, &order).await?;
        let (id, change) = insert(tx, &order, &plan, faults.settle(footing)?).await?;
        Ok(Outcome::changed(permit.at(Some(plan.area_id))?, id, vec![change]))
    })
    .await
}

/// Creates a task.
///
/// # Errors
/// NOT_FOUND for the plan; FORBIDDEN outside the caller's area; BAD_USER_INPUT for an unknown agency or document, a
/// task that the plan already has, and each invalid field.
pub async fn create(op: &Op, order: NewPlanTask) -> Result<PlanTaskId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let plan = order.plan.row(tx).await?;
        let placed = permit.at(Some(plan.area_id))?;
        let mut faults = Faults::default();
        let footing = footing(tx, &mut faults, &order).await?;
        if let Some(source) = &order.source {
            check_source(&mut faults, "source", source);
        }
        if store::task(tx, plan.id, &order.title).await?.is_some() {
            taken(&mut faults);
        }
        let (id, change) = insert(tx, &order, &plan, faults.settle(footing)?).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

fn taken(faults: &mut Faults) {
    let known = Message::new("Kế hoạch đã có nhiệm vụ này.", "The plan has this task already.");
    faults.add("title", "TAKEN", known);
}

/// Changes of a task; `Keep` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct PlanTaskPatch {
    /// What shall be done.
    pub title: Patch<String>,
    /// Status; OVERDUE is computed from the due date.
    pub status: Patch<TaskStatus>,
    /// Progress in per cent.
    pub progress_percent: Patch<i32>,
    /// Due date.
    pub due_on: Patch<PartialDate>,
    /// Kind of task.
    pub kind: Patch<TaskKind>,
    /// Code of the lead agency.
    pub lead: Patch<String>,
    /// Start date.
    pub starts_on: Patch<PartialDate>,
    /// Codes of all legal documents that it is based on; they replace the present ones.
    pub based_on: Patch<Vec<String>>,
    /// The source that states it.
    pub source: Patch<NewSource>,
}

/// Changes a task at its expected version.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN outside the caller's area; PRECONDITION_FAILED for another version; BAD_USER_INPUT for each
/// invalid field.
pub async fn update(op: &Op, id: PlanTaskId, version: i32, patch: PlanTaskPatch) -> Result<()> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let before = store::task_row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let plan = OfPlan::Id(before.plan_id).row(tx).await?;
        let placed = permit.at(Some(plan.area_id))?;
        Refusal::unless_current(before.version, version)?;
        let mut faults = Faults::default();
        faults.lasting("title", &patch.title);
        faults.lasting("status", &patch.status);
        faults.lasting("kind", &patch.kind);
        faults.lasting("source", &patch.source);
        if let Some(source) = patch.source.set() {
            check_source(&mut faults, "source", source);
        }
        let basis = match &patch.based_on {
            Patch::Keep => None,
            Patch::Clear => Some(vec![]),
            Patch::Set(codes) => Some(documents(tx, &mut faults, codes).await?),
        };
        let stated = patch.status.set().copied();
        let mut after = before.clone();
        after.title = patch.title.map(|title| clean(&title)).or(after.title);
        after.status = patch.status.or(after.status);
        after.progress_percent = patch.progress_percent.apply(after.progress_percent);
        after.due_on = patch.due_on.apply(after.due_on);
        after.starts_on = patch.starts_on.apply(after.starts_on);
        after.kind = patch.kind.or(after.kind);
        let lead = agency::resolve_patch(tx, "lead", before.lead_id, &patch.lead).await;
        after.lead_id = faults.gather(lead)?.flatten();
        rules::check_task(&mut faults, &after.title, (after.starts_on.as_ref(), after.due_on.as_ref()), stated);
        rules::check_progress(&mut faults, after.progress_percent);
        if store::task(tx, plan.id, &after.title).await?.is_some_and(|same| same.id != id) {
            taken(&mut faults);
        }
        faults.refuse()?;
        if let Patch::Set(source) = patch.source {
            after.source_id = citation::cite_again(tx, before.source_id, source).await?;
        }
        let rests_on = match basis {
            Some(basis) => rest_on(tx, id, basis).await?,
            None => None,
        };
        let change = tx.change(&part_key(&plan, id), &before, after, [rests_on]).await?;
        Ok(match change {
            Some(change) => Outcome::changed(placed, (), vec![change]),
            None => Outcome::unchanged(()),
        })
    })
    .await
}
