//! Plans (kế hoạch, đề án, chương trình, dự án, quy hoạch, nghị quyết), what they rest on, their targets and tasks.
//!
//! A plan's code is ours; its number is as printed, and issued by many provinces. A plan being drafted has none. Aims and
//! measures that a source states without naming a plan hang on a record of kind DIRECTION. The status is what the document is,
//! not how it fares. Every plan record is public.

pub mod attainment;
pub mod graphql;
pub mod progress;
pub mod rules;
pub mod store;

use chrono::NaiveDate;
use entity::{
    ids::{PlanId, PlanTargetId, PlanTaskId},
    kinds::{ChangeType, PlanKind, PlanRelationKind, PlanStatus, Qualifier, TaskKind, TaskStatus},
    time::PartialDate,
};
use serde::Deserialize;

use crate::{
    agency,
    citation::{self, NewSource},
    indicator,
    kernel::{
        error::{Refusal, Result},
        locale::Message,
        op::Op,
        policy::Action,
        tx::{Change, Outcome, Tx},
    },
    territory,
};

/// A plan to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlan {
    /// Its key.
    pub code: String,
    /// Its number, as printed.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// What kind of document.
    pub kind: PlanKind,
    /// What the document is.
    pub status: PlanStatus,
    /// Whose it is, by code.
    pub area: String,
    /// The day to read that code on; by default the day of issue, else the start of the period, else today.
    pub on: Option<NaiveDate>,
    /// Who issued it, by code.
    pub issuer: Option<String>,
    /// When, as precisely as the document says.
    pub issued_on: Option<PartialDate>,
    /// Its first year.
    pub period_start: Option<i32>,
    /// Its last year.
    pub period_end: Option<i32>,
    /// A vision or an orientation, not the end.
    pub vision_year: Option<i32>,
    /// Where it is told of.
    pub source: NewSource,
}

/// What a plan rests on, to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanBasis {
    /// A plan, by code; or
    pub plan: Option<String>,
    /// a legal document, by code.
    pub document: Option<String>,
    /// How.
    pub relation: PlanRelationKind,
    /// Where it is told.
    pub source: Option<NewSource>,
}

/// A target to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanTarget {
    /// The plan, by code.
    pub plan: String,
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

/// A task to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPlanTask {
    /// The plan, by code.
    pub plan: String,
    /// What shall be done.
    pub title: String,
    /// What kind of task.
    pub kind: TaskKind,
    /// Who leads it, by code.
    pub lead: Option<String>,
    /// From when.
    pub starts_on: Option<PartialDate>,
    /// By when.
    pub due_on: Option<PartialDate>,
    /// How it stands.
    #[serde(default = "not_stated")]
    pub status: TaskStatus,
    /// The legal documents that it rests on, by code.
    #[serde(default)]
    pub based_on: Vec<String>,
    /// Where it is told.
    pub source: NewSource,
}

fn not_stated() -> TaskStatus {
    TaskStatus::NotStated
}

/// Records a plan; one that is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for an unknown area or issuer, or years out of order.
pub async fn record(op: &Op, order: NewPlan) -> Result<PlanId> {
    let permit = op.permit(Action::RecordPlan)?;
    rules::check_plan(&order)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known.id));
        }
        let day = rules::area_day(&order);
        let area = territory::resolve(tx, "area", &order.area, day.unwrap_or_else(|| op.today())).await?;
        let issuer = match &order.issuer {
            Some(code) => Some(agency::resolve(tx, "issuer", code).await?),
            None => None,
        };
        let source = citation::cite(tx, order.source.clone()).await?;
        let id = store::insert(tx, &order, area, day, issuer, source).await?;
        Ok(Outcome::changed(
            permit.at(Some(area))?,
            id,
            vec![Change::created(ChangeType::Plan, order.code.clone(), id)],
        ))
    })
    .await
}

/// Records what a plan rests on; what is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT unless exactly one of plan and document is named, and for an unknown code.
pub async fn base(op: &Op, plan: &str, order: NewPlanBasis) -> Result<()> {
    let permit = op.permit(Action::RecordPlan)?;
    rules::check_basis(&order)?;
    op.write(permit, async |tx, permit| {
        let row = resolve(tx, "code", plan).await?;
        let (of, area) = (row.id, row.area_id);
        let on_plan = match &order.plan {
            Some(code) => Some(resolve(tx, "basedOn.plan", code).await?.id),
            None => None,
        };
        let on_document = match &order.document {
            Some(code) => Some(citation::resolve(tx, "basedOn.document", code).await?),
            None => None,
        };
        if store::basis_known(tx, of, on_plan, on_document, order.relation).await? {
            return Ok(Outcome::unchanged(()));
        }
        let source = match order.source.clone() {
            Some(source) => Some(citation::cite(tx, source).await?),
            None => None,
        };
        store::insert_basis(tx, of, on_plan, on_document, order.relation, source).await?;
        Ok(Outcome::changed(permit.at(Some(area))?, (), vec![Change::created(ChangeType::Plan, plan, of)]))
    })
    .await
}

/// Records a target; one that is known (by plan, indicator and text) stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for an unknown code, a value without an indicator, or a due day after the plan's years.
pub async fn record_target(op: &Op, order: NewPlanTarget) -> Result<PlanTargetId> {
    let permit = op.permit(Action::RecordPlan)?;
    op.write(permit, async |tx, permit| {
        let plan = resolve(tx, "plan", &order.plan).await?;
        rules::check_target(&order, &plan)?;
        let of = match &order.indicator {
            Some(code) => Some(indicator::resolve(tx, "indicator", code).await?.id),
            None => None,
        };
        if let Some(known) = store::target(tx, plan.id, of, &order.text).await? {
            return Ok(Outcome::unchanged(known));
        }
        let on = order.on.or(plan.area_on);
        let area = match &order.area {
            Some(code) => territory::resolve(tx, "area", code, on.unwrap_or_else(|| op.today())).await?,
            None => plan.area_id,
        };
        let source = citation::cite(tx, order.source.clone()).await?;
        let id = store::insert_target(tx, &order, plan.id, of, (area, on), source).await?;
        let key = format!("{}/{}", order.plan, i64::from(id));
        Ok(Outcome::changed(permit.at(Some(plan.area_id))?, id, vec![Change::created(ChangeType::PlanTarget, key, id)]))
    })
    .await
}

/// Records a task; one that is known (by plan and title) stays as it is.
///
/// # Errors
/// BAD_USER_INPUT for an unknown code, or days out of order.
pub async fn record_task(op: &Op, order: NewPlanTask) -> Result<PlanTaskId> {
    let permit = op.permit(Action::RecordPlan)?;
    rules::check_task(&order)?;
    op.write(permit, async |tx, permit| {
        let plan = resolve(tx, "plan", &order.plan).await?;
        if let Some(known) = store::task(tx, plan.id, &order.title).await? {
            return Ok(Outcome::unchanged(known));
        }
        let lead = match &order.lead {
            Some(code) => Some(agency::resolve(tx, "lead", code).await?),
            None => None,
        };
        let mut basis = vec![];
        for code in &order.based_on {
            basis.push(citation::resolve(tx, "basedOn", code).await?);
        }
        let source = citation::cite(tx, order.source.clone()).await?;
        let id = store::insert_task(tx, &order, plan.id, lead, basis, source).await?;
        let key = format!("{}/{}", order.plan, i64::from(id));
        Ok(Outcome::changed(permit.at(Some(plan.area_id))?, id, vec![Change::created(ChangeType::PlanTask, key, id)]))
    })
    .await
}

/// The plan with a code.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when there is none.
async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<entity::plan::Model> {
    let unknown = || {
        Refusal::field(
            field,
            "UNKNOWN_PLAN",
            Message::new(
                format!("Không có kế hoạch mã \"{code}\"."),
                format!("There is no plan with the code \"{code}\"."),
            ),
        )
    };
    Ok(store::known(tx, code).await?.ok_or_else(unknown)?)
}
