//! Mutations of plans, targets and tasks.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{
    ids::{PlanId, PlanTargetId, PlanTaskId},
    kinds::{PlanKind, PlanRelationKind, PlanStatus, Qualifier, TaskKind, TaskStatus},
    plan, plan_target, plan_task,
    time::PartialDate,
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    citation::graphql::mutation::SourceInput,
    kernel::{
        object::{GlobalId, One},
        op::Op,
        patch::Patch,
        policy::Action,
    },
    plan::{
        self as plans, NewPlan, OfPlan, PlanPatch,
        basis::NewPlanBasis,
        store,
        target::{self, NewPlanTarget, PlanTargetPatch},
        task::{self, NewPlanTask, PlanTaskPatch},
    },
};

/// A relation of a plan to another plan or to a legal document; set exactly one of `plan` and `document` (căn cứ).
#[derive(InputObject)]
struct PlanBasisInput {
    /// The related plan, by code (kế hoạch).
    plan: Option<String>,
    /// The related legal document, by code (văn bản).
    document: Option<String>,
    /// Kind of relation. REPLACES changes the status of the other plan to SUPERSEDED. INHERITS changes it to INHERITED;
    /// the other plan must belong to a predecessor of the unit (quan hệ).
    relation: PlanRelationKind,
}

impl From<PlanBasisInput> for NewPlanBasis {
    fn from(input: PlanBasisInput) -> Self {
        NewPlanBasis { plan: input.plan, document: input.document, relation: input.relation, source: None }
    }
}

/// A new plan.
#[derive(InputObject)]
struct CreatePlanInput {
    /// Unique key, such as "hy-148" (mã).
    code: String,
    /// The number as printed; leave it out while the plan is being drafted. An agency issues each number once a year
    /// (số, ký hiệu).
    number: Option<String>,
    /// Title in Vietnamese, as printed (tên).
    title: String,
    /// Kind of document (loại văn bản).
    kind: PlanKind,
    /// Status of the document, not the progress of the plan (tình trạng văn bản).
    status: PlanStatus,
    /// Code of the area that the plan is for, resolved on the day of issue, else at the start of the period, else today
    /// (địa bàn).
    area: String,
    /// Code of the agency that issued it (cơ quan ban hành).
    issuer: Option<String>,
    /// Day of issue, as precise as the document states it (ngày ban hành).
    issued_on: Option<PartialDate>,
    /// First year of its period, 1900 to 2200 (năm đầu).
    period_start: Option<i32>,
    /// Last year of its period, 1900 to 2200 and not before the first (năm cuối).
    period_end: Option<i32>,
    /// Year of its vision or orientation, 1900 to 2200 and not before the end of its period (tầm nhìn).
    vision_year: Option<i32>,
    /// The plans and legal documents that it is based on or relates to (căn cứ).
    based_on: Option<Vec<PlanBasisInput>>,
    /// The source that it is recorded from (nguồn).
    source: SourceInput,
}

/// Changes of a plan. A field that is left out keeps its value; null clears it.
#[derive(InputObject)]
struct UpdatePlanInput {
    /// Id of the plan (kế hoạch).
    id: ID,
    /// The expected version; the update is rejected if the record has another one (phiên bản).
    version: i32,
    /// The number as printed, added once a drafted plan has one (số, ký hiệu).
    number: MaybeUndefined<String>,
    /// Title in Vietnamese, as printed; cannot be cleared (tên).
    title: MaybeUndefined<String>,
    /// Status of the document; cannot be cleared (tình trạng văn bản).
    status: MaybeUndefined<PlanStatus>,
    /// Kind of document; cannot be cleared (loại văn bản).
    kind: MaybeUndefined<PlanKind>,
    /// Code of the area that the plan is for, resolved on the day of issue, else at the start of the period, else today. The
    /// caller needs the right to write in both areas. Cannot be cleared (địa bàn).
    area: MaybeUndefined<String>,
    /// Code of the agency that issued it (cơ quan ban hành).
    issuer: MaybeUndefined<String>,
    /// Day of issue, as precise as the document states it (ngày ban hành).
    issued_on: MaybeUndefined<PartialDate>,
    /// First year of its period, 1900 to 2200 (năm đầu).
    period_start: MaybeUndefined<i32>,
    /// Last year of its period, not before the first and not before the year in which a target falls due (năm cuối).
    period_end: MaybeUndefined<i32>,
    /// Year of its vision or orientation, not before the end of its period (tầm nhìn).
    vision_year: MaybeUndefined<i32>,
    /// All its bases; the list replaces the present one, and null removes all (căn cứ).
    based_on: MaybeUndefined<Vec<PlanBasisInput>>,
    /// Code of the plan that replaces this one: this plan becomes SUPERSEDED, and the other one is related to it by
    /// REPLACES. Cannot be cleared (kế hoạch thay thế).
    superseded_by: MaybeUndefined<String>,
    /// The source that it is recorded from; cannot be cleared (nguồn).
    source: MaybeUndefined<SourceInput>,
}

/// A new target.
#[derive(InputObject)]
struct CreatePlanTargetInput {
    /// Id of the plan that sets it (kế hoạch).
    plan: ID,
    /// Code of the indicator to measure it by; leave it out for a target in words (chỉ tiêu).
    indicator: Option<String>,
    /// The value to reach, in the indicator's unit; requires `indicator` (giá trị).
    value: Option<f64>,
    /// How to read the value; EXACT by default (từ hạn định).
    qualifier: Option<Qualifier>,
    /// The target as printed. It must contain `value` and agree with `qualifier` (nguyên văn).
    text: String,
    /// Due date, as precise as the document: 2025 means by 2025-12-31. Not after the plan's years (thời hạn).
    due_on: Option<PartialDate>,
    /// The source that states it (nguồn).
    source: SourceInput,
}

/// Changes of a target. A field that is left out keeps its value; null clears it.
#[derive(InputObject)]
struct UpdatePlanTargetInput {
    /// Id of the target (mục tiêu).
    id: ID,
    /// The expected version; the update is rejected if the record has another one (phiên bản).
    version: i32,
    /// The value to reach, in the indicator's unit; not possible for a target without an indicator (giá trị).
    value: MaybeUndefined<f64>,
    /// How to read the value; cannot be cleared (từ hạn định).
    qualifier: MaybeUndefined<Qualifier>,
    /// The target as printed; cannot be cleared (nguyên văn).
    text: MaybeUndefined<String>,
    /// Due date, as precise as the document: 2025 means by 2025-12-31. Not after the plan's years (thời hạn).
    due_on: MaybeUndefined<PartialDate>,
    /// Code of the indicator to measure it by; null for a target in words, which has no value (chỉ tiêu).
    indicator: MaybeUndefined<String>,
    /// The source that states it; cannot be cleared (nguồn).
    source: MaybeUndefined<SourceInput>,
}

/// A new task; its status is NOT_STARTED.
#[derive(InputObject)]
struct CreatePlanTaskInput {
    /// Id of the plan that sets it (kế hoạch).
    plan: ID,
    /// What shall be done (nội dung).
    title: String,
    /// Kind of task; KEY_TASK by default (loại).
    kind: Option<TaskKind>,
    /// Code of the lead agency (cơ quan chủ trì).
    lead: Option<String>,
    /// Start date, as precise as the document states it (bắt đầu).
    starts_on: Option<PartialDate>,
    /// Due date, as precise as the document: 2025-10 means by 2025-10-31. Not before the start (thời hạn).
    due_on: Option<PartialDate>,
    /// The legal documents that it is based on, by code (căn cứ).
    based_on: Option<Vec<String>>,
    /// The source that states it; the plan's source by default (nguồn).
    source: Option<SourceInput>,
}

/// Changes of a task. A field that is left out keeps its value; null clears it.
#[derive(InputObject)]
struct UpdatePlanTaskInput {
    /// Id of the task (nhiệm vụ).
    id: ID,
    /// The expected version; the update is rejected if the record has another one (phiên bản).
    version: i32,
    /// What shall be done; cannot be cleared (nội dung).
    title: MaybeUndefined<String>,
    /// Status; cannot be cleared. OVERDUE is rejected, because the server computes it from the due date (tình trạng).
    status: MaybeUndefined<TaskStatus>,
    /// Progress in per cent, 0 to 100 (tiến độ).
    progress_percent: MaybeUndefined<i32>,
    /// Due date, as precise as the document: 2025-10 means by 2025-10-31. Not before the start (thời hạn).
    due_on: MaybeUndefined<PartialDate>,
    /// Kind of task; cannot be cleared (loại).
    kind: MaybeUndefined<TaskKind>,
    /// Code of the lead agency (cơ quan chủ trì).
    lead: MaybeUndefined<String>,
    /// Start date, as precise as the document states it (bắt đầu).
    starts_on: MaybeUndefined<PartialDate>,
    /// All legal documents that it is based on, by code; the list replaces the present one, and null removes all (căn cứ).
    based_on: MaybeUndefined<Vec<String>>,
    /// The source that states it; cannot be cleared (nguồn).
    source: MaybeUndefined<SourceInput>,
}

/// The result of a mutation of a plan.
#[derive(SimpleObject)]
struct PlanPayload {
    /// The plan as it is now (kế hoạch).
    plan: One<plan::Entity>,
}

impl PlanPayload {
    fn of(op: &Op, id: PlanId) -> Self {
        PlanPayload { plan: One(store::visible(op).filter(plan::Column::Id.eq(id))) }
    }
}

/// The result of a mutation of a target.
#[derive(SimpleObject)]
struct PlanTargetPayload {
    /// The target as it is now (mục tiêu).
    plan_target: One<plan_target::Entity>,
}

impl PlanTargetPayload {
    fn of(op: &Op, id: PlanTargetId) -> Self {
        PlanTargetPayload { plan_target: One(store::visible_targets(op).filter(plan_target::Column::Id.eq(id))) }
    }
}

/// The result of a mutation of a task.
#[derive(SimpleObject)]
struct PlanTaskPayload {
    /// The task as it is now (nhiệm vụ).
    plan_task: One<plan_task::Entity>,
}

impl PlanTaskPayload {
    fn of(op: &Op, id: PlanTaskId) -> Self {
        PlanTaskPayload { plan_task: One(store::visible_tasks(op).filter(plan_task::Column::Id.eq(id))) }
    }
}

/// The mutations of plans, targets and tasks.
#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Create a plan (thêm kế hoạch).
    async fn create_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan.")] input: CreatePlanInput,
    ) -> Result<PlanPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewPlan {
            code: input.code,
            number: input.number,
            title: input.title,
            kind: input.kind,
            status: input.status,
            area: input.area,
            on: None,
            issuer: input.issuer,
            issued_on: input.issued_on,
            period_start: input.period_start,
            period_end: input.period_end,
            vision_year: input.vision_year,
            source: input.source.into(),
        };
        let based_on = input.based_on.unwrap_or_default().into_iter().map(NewPlanBasis::from);
        Ok(PlanPayload::of(op, plans::create(op, order, based_on.collect()).await?))
    }
    /// Change a plan (sửa kế hoạch).
    async fn update_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdatePlanInput,
    ) -> Result<PlanPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let id = PlanId(GlobalId::of::<plan::Entity>(&input.id)?);
        let patch = PlanPatch {
            number: input.number.into(),
            title: input.title.into(),
            status: input.status.into(),
            kind: input.kind.into(),
            area: input.area.into(),
            issuer: input.issuer.into(),
            issued_on: input.issued_on.into(),
            period_start: input.period_start.into(),
            period_end: input.period_end.into(),
            vision_year: input.vision_year.into(),
            based_on: Patch::from(input.based_on).map(|all| all.into_iter().map(NewPlanBasis::from).collect()),
            superseded_by: input.superseded_by.into(),
            source: Patch::from(input.source).map(Into::into),
        };
        plans::update(op, id, input.version, patch).await?;
        Ok(PlanPayload::of(op, id))
    }
    /// Add a target to a plan (thêm mục tiêu).
    async fn create_plan_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The target.")] input: CreatePlanTargetInput,
    ) -> Result<PlanTargetPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let order = NewPlanTarget {
            plan: OfPlan::Id(PlanId(GlobalId::of::<plan::Entity>(&input.plan)?)),
            indicator: input.indicator,
            area: None,
            on: None,
            value: input.value,
            qualifier: input.qualifier.unwrap_or(Qualifier::Exact),
            text: input.text,
            due_on: input.due_on,
            source: input.source.into(),
        };
        Ok(PlanTargetPayload::of(op, target::create(op, order).await?))
    }
    /// Change a target (sửa mục tiêu).
    async fn update_plan_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdatePlanTargetInput,
    ) -> Result<PlanTargetPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let id = PlanTargetId(GlobalId::of::<plan_target::Entity>(&input.id)?);
        let patch = PlanTargetPatch {
            value: input.value.into(),
            qualifier: input.qualifier.into(),
            text: input.text.into(),
            due_on: input.due_on.into(),
            indicator: input.indicator.into(),
            source: Patch::from(input.source).map(Into::into),
        };
        target::update(op, id, input.version, patch).await?;
        Ok(PlanTargetPayload::of(op, id))
    }
    /// Add a task to a plan (thêm nhiệm vụ).
    async fn create_plan_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The task.")] input: CreatePlanTaskInput,
    ) -> Result<PlanTaskPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let order = NewPlanTask {
            plan: OfPlan::Id(PlanId(GlobalId::of::<plan::Entity>(&input.plan)?)),
            title: input.title,
            kind: input.kind.unwrap_or(TaskKind::KeyTask),
            lead: input.lead,
            starts_on: input.starts_on,
            due_on: input.due_on,
            status: TaskStatus::NotStarted,
            based_on: input.based_on.unwrap_or_default(),
            source: input.source.map(Into::into),
        };
        Ok(PlanTaskPayload::of(op, task::create(op, order).await?))
    }
    /// Change a task (sửa nhiệm vụ).
    async fn update_plan_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdatePlanTaskInput,
    ) -> Result<PlanTaskPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let id = PlanTaskId(GlobalId::of::<plan_task::Entity>(&input.id)?);
        let patch = PlanTaskPatch {
            title: input.title.into(),
            status: input.status.into(),
            progress_percent: input.progress_percent.into(),
            due_on: input.due_on.into(),
            kind: input.kind.into(),
            lead: input.lead.into(),
            starts_on: input.starts_on.into(),
            based_on: input.based_on.into(),
            source: Patch::from(input.source).map(Into::into),
        };
        task::update(op, id, input.version, patch).await?;
        Ok(PlanTaskPayload::of(op, id))
    }
}
