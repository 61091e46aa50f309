//! Targets (mục tiêu): what plans aim at.

use chrono::NaiveDate;
use entity::{
    ids::PlanTargetId,
    indicator::Model as Indicator,
    kinds::{ChangeType, Qualifier},
    plan,
    time::PartialDate,
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
        tx::{Change, FieldChange, Outcome, Tx},
    },
    territory,
};

/// A target to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanTarget {
    /// The plan.
    pub plan: OfPlan,
    /// What it measures, by code; none for a target in words.
    pub indicator: Option<String>,
    /// Whose it is, by code; the plan's by default.
    pub area: Option<String>,
    /// The day to read that code on; the plan's by default.
    pub on: Option<NaiveDate>,
    /// How much.
    pub value: Option<f64>,
    /// How to take the value.
    #[serde(default = "exact")]
    pub qualifier: Qualifier,
    /// As printed.
    pub text: String,
    /// By when.
    pub due_on: Option<PartialDate>,
    /// Where it is told.
    pub source: NewSource,
}

fn exact() -> Qualifier {
    Qualifier::Exact
}

/// Looks up what a target measures; notes what is unknown, and all that cannot be of the target. The inner none is that of a
/// target in words.
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

/// Writes a target of a plan; tells the change.
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
    let id = store::insert_target(tx, order, plan.id, measured.map(|row| row.id), (area, on), source).await?;
    Ok((id, Change::created(ChangeType::PlanTarget, part_key(plan, id), id)))
}

/// Records a target; one that is known (by plan, indicator and text) stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for an unknown code, a value without an indicator, or a due day after the plan's years.
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
/// NOT_FOUND for the plan; FORBIDDEN outside the caller's area; BAD_USER_INPUT for an unknown indicator, a target that the plan has
/// already, and for every field that cannot be.
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

/// What changes of a target; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct PlanTargetPatch {
    /// How much.
    pub value: Patch<f64>,
    /// How to take the value.
    pub qualifier: Patch<Qualifier>,
    /// As printed.
    pub text: Patch<String>,
    /// By when.
    pub due_on: Patch<PartialDate>,
}

/// Changes a target that has not changed since the caller saw it.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN outside the caller's area; PRECONDITION_FAILED with another version; BAD_USER_INPUT for every field that
/// cannot be.
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
        let mut after = before.clone();
        after.value = patch.value.apply(after.value);
        after.qualifier = patch.qualifier.or(after.qualifier);
        after.text = patch.text.map(|text| clean(&text)).or(after.text);
        after.due_on = patch.due_on.apply(after.due_on);
        let measured = match before.indicator_id {
            Some(id) => indicator::store::row(tx, id).await?,
            None => None,
        };
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
        let same = store::target(tx, plan.id, before.indicator_id, &after.text).await?;
        if same.is_some_and(|same| same.id != id) {
            taken(&mut faults);
        }
        faults.refuse()?;
        let change = Change::updated(
            ChangeType::PlanTarget,
            part_key(&plan, id),
            id,
            [
                FieldChange::of("value", before.value, after.value),
                FieldChange::of("qualifier", Some(before.qualifier.word()), Some(after.qualifier.word())),
                FieldChange::of("text", Some(&before.text), Some(&after.text)),
                FieldChange::of("dueOn", before.due_on.as_ref(), after.due_on.as_ref()),
            ],
        );
        let Some(change) = change else { return Ok(Outcome::unchanged(())) };
        if !store::change_target(tx, &before, after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        Ok(Outcome::changed(placed, (), vec![change]))
    })
    .await
}
