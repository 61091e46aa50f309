//! Targets of plans (mục tiêu).

use chrono::NaiveDate;
use entity::{
    ids::PlanTargetId, indicator::Model as Indicator, kinds::Qualifier, plan, plan_target::Model, time::PartialDate,
};
use serde::Deserialize;

use super::{
    OfPlan, part_key, rules,
    rules::{Aim, needs_indicator},
    store, years,
};
use crate::{
    citation::{self, NewSource, rules::check_source},
    indicator,
    kernel::{
        check::Faults,
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        patch::Patch,
        policy::Action,
        text::clean,
        tx::{Change, Outcome, Tx},
    },
    territory,
};

/// A target to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanTarget {
    /// The plan.
    pub plan: OfPlan,
    /// Code of the indicator; none for a target in words.
    pub indicator: Option<String>,
    /// Code of the area; the plan's area by default.
    pub area: Option<String>,
    /// The day on which that code is resolved; the plan's day by default.
    pub on: Option<NaiveDate>,
    /// The value to reach.
    pub value: Option<f64>,
    /// How to read the value.
    #[serde(default = "exact")]
    pub qualifier: Qualifier,
    /// The target as printed.
    pub text: String,
    /// Due date.
    pub due_on: Option<PartialDate>,
    /// The source that states it.
    pub source: NewSource,
}

fn exact() -> Qualifier {
    Qualifier::Exact
}

/// Resolves the indicator of a target and validates the target; records faults. The inner `None` is a target in words.
async fn measured(
    tx: &Tx,
    faults: &mut Faults,
    order: &NewPlanTarget,
    plan: &plan::Model,
) -> Result<Option<Option<Indicator>>> {
    let measured = match &order.indicator {
        Some(code) => faults.gather(indicator::resolve(tx, "indicator", code).await)?.map(Some),
        None => Some(None),
    };
    if order.value.is_some() && order.indicator.is_none() {
        faults.extend([needs_indicator("indicator")]);
    }
    let aim = Aim {
        indicator: measured.as_ref().and_then(Option::as_ref),
        value: order.value,
        qualifier: order.qualifier,
        text: &order.text,
        due_on: order.due_on.as_ref(),
    };
    rules::check_target(faults, aim, years(plan));
    Ok(measured)
}

/// Inserts a target and returns its id and change.
async fn insert(
    op: &Op,
    tx: &Tx,
    order: &NewPlanTarget,
    plan: &plan::Model,
    measured: Option<&Indicator>,
) -> Result<(PlanTargetId, Change)> {
    let on = order.on.or(plan.area_on);
    let area = match &order.area {
        Some(code) => territory::resolve(tx, "area", code, on.unwrap_or_else(|| op.today())).await?,
        None => plan.area_id,
    };
    let source = citation::cite(tx, order.source.clone()).await?;
    let row = Model {
        id: PlanTargetId(0),
        plan_id: plan.id,
        indicator_id: measured.map(|row| row.id),
        area_id: area,
        area_on: on,
        value: order.value,
        qualifier: order.qualifier,
        text: clean(&order.text),
        due_on: order.due_on.clone(),
        source_id: source,
        version: 1,
    };
    let (row, change) = tx.create(row, |row| part_key(plan, row.id)).await?;
    Ok((row.id, change))
}

/// Records a target; an existing one (same plan, indicator and text) is left unchanged.
///
/// # Errors
/// BAD_USER_INPUT for an unknown code, a value without an indicator, or a due date after the plan's years.
pub async fn record(op: &Op, order: NewPlanTarget) -> Result<PlanTargetId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let plan = order.plan.row(tx).await?;
        let mut faults = Faults::default();
        let measured = measured(tx, &mut faults, &order, &plan).await?;
        let measured = faults.settle(measured)?;
        if let Some(known) = store::target(tx, plan.id, measured.as_ref().map(|row| row.id), &order.text).await? {
            return Ok(Outcome::unchanged(known.id));
        }
        let (id, change) = insert(op, tx, &order, &plan, measured.as_ref()).await?;
        Ok(Outcome::changed(permit.at(Some(plan.area_id))?, id, vec![change]))
    })
    .await
}

/// Creates a target.
///
/// # Errors
/// NOT_FOUND for the plan; FORBIDDEN outside the caller's area; BAD_USER_INPUT for an unknown indicator, a target that
/// the plan already has, and each invalid field.
pub async fn create(op: &Op, order: NewPlanTarget) -> Result<PlanTargetId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let plan = order.plan.row(tx).await?;
        let placed = permit.at(Some(plan.area_id))?;
        let mut faults = Faults::default();
        check_source(&mut faults, "source", &order.source);
        let measured = measured(tx, &mut faults, &order, &plan).await?;
        if let Some(measured) = &measured
            && store::target(tx, plan.id, measured.as_ref().map(|row| row.id), &order.text).await?.is_some()
        {
            taken(&mut faults);
        }
        let measured = faults.settle(measured)?;
        let (id, change) = insert(op, tx, &order, &plan, measured.as_ref()).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

fn taken(faults: &mut Faults) {
    let known = Message::new("Kế hoạch đã có mục tiêu này.", "The plan has this target already.");
    faults.add("text", "TAKEN", known);
}

/// Changes of a target; `Keep` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct PlanTargetPatch {
    /// The value to reach.
    pub value: Patch<f64>,
    /// How to read the value.
    pub qualifier: Patch<Qualifier>,
    /// The target as printed.
    pub text: Patch<String>,
    /// Due date.
    pub due_on: Patch<PartialDate>,
    /// Code of the indicator; none for a target in words.
    pub indicator: Patch<String>,
    /// The source that states it.
    pub source: Patch<NewSource>,
}

/// Changes a target at its expected version.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN outside the caller's area; PRECONDITION_FAILED for another version; BAD_USER_INPUT for each
/// invalid field.
pub async fn update(op: &Op, id: PlanTargetId, version: i32, patch: PlanTargetPatch) -> Result<()> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let before = store::target_row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let plan = OfPlan::Id(before.plan_id).row(tx).await?;
        let placed = permit.at(Some(plan.area_id))?;
        Refusal::unless_current(before.version, version)?;
        let mut faults = Faults::default();
        faults.lasting("qualifier", &patch.qualifier);
        faults.lasting("text", &patch.text);
        faults.lasting("source", &patch.source);
        if let Some(source) = patch.source.set() {
            check_source(&mut faults, "source", source);
        }
        let mut after = before.clone();
        after.value = patch.value.apply(after.value);
        after.qualifier = patch.qualifier.or(after.qualifier);
        after.text = patch.text.map(|text| clean(&text)).or(after.text);
        after.due_on = patch.due_on.apply(after.due_on);
        let measured = match (patch.indicator, before.indicator_id) {
            (Patch::Set(code), _) => faults.gather(indicator::resolve(tx, "indicator", &code).await)?,
            (Patch::Keep, Some(id)) => indicator::store::row(tx, id).await?,
            _ => None,
        };
        after.indicator_id = measured.as_ref().map(|row| row.id);
        if after.value.is_some() && measured.is_none() {
            faults.extend([needs_indicator("value")]);
        }
        let aim = Aim {
            indicator: measured.as_ref(),
            value: after.value,
            qualifier: after.qualifier,
            text: &after.text,
            due_on: after.due_on.as_ref(),
        };
        rules::check_target(&mut faults, aim, years(&plan));
        let same = store::target(tx, plan.id, after.indicator_id, &after.text).await?;
        if same.is_some_and(|same| same.id != id) {
            taken(&mut faults);
        }
        faults.refuse()?;
        if let Patch::Set(source) = patch.source {
            after.source_id = citation::cite_again(tx, before.source_id, source).await?;
        }
        let change = tx.change(&part_key(&plan, id), &before, after, []).await?;
        Ok(match change {
            Some(change) => Outcome::changed(placed, (), vec![change]),
            None => Outcome::unchanged(()),
        })
    })
    .await
}
