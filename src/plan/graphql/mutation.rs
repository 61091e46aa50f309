//! What is done with plans, targets and tasks, in the schema.

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

/// What a plan rests on: exactly one of a plan and a legal document (căn cứ).
#[derive(InputObject)]
struct PlanBasisInput {
    /// The plan that it rests on, by code (kế hoạch).
    plan: Option<String>,
    /// The legal document that it rests on, by code (văn bản).
    document: Option<String>,
    /// How it rests on it. A plan that REPLACES another makes it SUPERSEDED; one that INHERITS that of a predecessor of its unit makes it INHERITED (quan hệ).
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
    /// Its key, as "hy-148" (mã).
    code: String,
    /// Its number as printed; none while it is being drafted. A body issues a number once a year (số, ký hiệu).
    number: Option<String>,
    /// Its title (tên).
    title: String,
    /// What kind of document it is (loại văn bản).
    kind: PlanKind,
    /// What the document is (tình trạng văn bản).
    status: PlanStatus,
    /// Whose it is, by code, read on the day of issue, else at the start of the period, else today (địa bàn).
    area: String,
    /// Who issued it, by code (cơ quan ban hành).
    issuer: Option<String>,
    /// When it was issued, as precisely as it says (ngày ban hành).
    issued_on: Option<PartialDate>,
    /// Its first year, 1900 to 2200 (năm đầu).
    period_start: Option<i32>,
    /// Its last year (năm cuối).
    period_end: Option<i32>,
    /// The year of its vision or orientation, which is not its end (tầm nhìn).
    vision_year: Option<i32>,
    /// The plans and legal documents that it rests on (căn cứ).
    based_on: Option<Vec<PlanBasisInput>>,
    /// Where it is told of (nguồn).
    source: SourceInput,
}

/// Changes of a plan; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdatePlanInput {
    /// Which (kế hoạch).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// Its number as printed; a plan that was being drafted gets it later (số, ký hiệu).
    number: MaybeUndefined<String>,
    /// Its title (tên).
    title: MaybeUndefined<String>,
    /// What the document is (tình trạng văn bản).
    status: MaybeUndefined<PlanStatus>,
    /// When it was issued, as precisely as it says (ngày ban hành).
    issued_on: MaybeUndefined<PartialDate>,
    /// Its first year, 1900 to 2200 (năm đầu).
    period_start: MaybeUndefined<i32>,
    /// Its last year (năm cuối).
    period_end: MaybeUndefined<i32>,
    /// The year of its vision or orientation, which is not its end (tầm nhìn).
    vision_year: MaybeUndefined<i32>,
    /// What it rests on: all of it (căn cứ).
    based_on: MaybeUndefined<Vec<PlanBasisInput>>,
    /// The plan that took its place, by code: this one becomes SUPERSEDED, and a basis of the other (kế hoạch thay thế).
    superseded_by: MaybeUndefined<String>,
    /// Where it is told of (nguồn).
    source: MaybeUndefined<SourceInput>,
}

/// A new target.
#[derive(InputObject)]
struct CreatePlanTargetInput {
    /// The plan that sets it (kế hoạch).
    plan: ID,
    /// What it measures, by code; none for a target in words (chỉ tiêu).
    indicator: Option<String>,
    /// How much, in the indicator's unit (giá trị).
    value: Option<f64>,
    /// How the value is to be taken; EXACT by default (từ hạn định).
    qualifier: Option<Qualifier>,
    /// As printed (nguyên văn).
    text: String,
    /// By when, as precisely as it says: to the end of it (thời hạn).
    due_on: Option<PartialDate>,
    /// Where it is told (nguồn).
    source: SourceInput,
}

/// Changes of a target; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdatePlanTargetInput {
    /// Which (mục tiêu).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// How much, in the indicator's unit (giá trị).
    value: MaybeUndefined<f64>,
    /// How the value is to be taken (từ hạn định).
    qualifier: MaybeUndefined<Qualifier>,
    /// As printed (nguyên văn).
    text: MaybeUndefined<String>,
    /// By when, as precisely as it says: to the end of it (thời hạn).
    due_on: MaybeUndefined<PartialDate>,
}

/// A new task, which has not been started.
#[derive(InputObject)]
struct CreatePlanTaskInput {
    /// The plan that sets it (kế hoạch).
    plan: ID,
    /// What shall be done (nội dung).
    title: String,
    /// What kind of task it is; KEY_TASK by default (loại).
    kind: Option<TaskKind>,
    /// Who leads it, by code (cơ quan chủ trì).
    lead: Option<String>,
    /// From when (bắt đầu).
    starts_on: Option<PartialDate>,
    /// By when: to the end of it (thời hạn).
    due_on: Option<PartialDate>,
    /// The legal documents that it rests on, by code (căn cứ).
    based_on: Option<Vec<String>>,
    /// Where it is told; where the plan is, by default (nguồn).
    source: Option<SourceInput>,
}

/// Changes of a task; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdatePlanTaskInput {
    /// Which (nhiệm vụ).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// What shall be done (nội dung).
    title: MaybeUndefined<String>,
    /// How it stands; OVERDUE is computed, and refused here (tình trạng).
    status: MaybeUndefined<TaskStatus>,
    /// How far it has come, 0 to 100 (tiến độ).
    progress_percent: MaybeUndefined<i32>,
    /// By when: to the end of it (thời hạn).
    due_on: MaybeUndefined<PartialDate>,
}

/// A plan that was written.
#[derive(SimpleObject)]
struct PlanPayload {
    /// The plan (kế hoạch).
    plan: One<plan::Entity>,
}

impl PlanPayload {
    fn of(op: &Op, id: PlanId) -> Self {
        PlanPayload { plan: One(store::visible(op).filter(plan::Column::Id.eq(id))) }
    }
}

/// A target that was written.
#[derive(SimpleObject)]
struct PlanTargetPayload {
    /// The target (mục tiêu).
    plan_target: One<plan_target::Entity>,
}

impl PlanTargetPayload {
    fn of(op: &Op, id: PlanTargetId) -> Self {
        PlanTargetPayload { plan_target: One(store::visible_targets(op).filter(plan_target::Column::Id.eq(id))) }
    }
}

/// A task that was written.
#[derive(SimpleObject)]
struct PlanTaskPayload {
    /// The task (nhiệm vụ).
    plan_task: One<plan_task::Entity>,
}

impl PlanTaskPayload {
    fn of(op: &Op, id: PlanTaskId) -> Self {
        PlanTaskPayload { plan_task: One(store::visible_tasks(op).filter(plan_task::Column::Id.eq(id))) }
    }
}

/// Mutations of this room.
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
        #[graphql(desc = "What changes.")] input: UpdatePlanInput,
    ) -> Result<PlanPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let id = PlanId(GlobalId::of::<plan::Entity>(&input.id)?);
        let patch = PlanPatch {
            number: input.number.into(),
            title: input.title.into(),
            status: input.status.into(),
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
    /// Create a target of a plan (thêm mục tiêu).
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
    /// Change a target of a plan (sửa mục tiêu).
    async fn update_plan_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdatePlanTargetInput,
    ) -> Result<PlanTargetPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let id = PlanTargetId(GlobalId::of::<plan_target::Entity>(&input.id)?);
        let patch = PlanTargetPatch {
            value: input.value.into(),
            qualifier: input.qualifier.into(),
            text: input.text.into(),
            due_on: input.due_on.into(),
        };
        target::update(op, id, input.version, patch).await?;
        Ok(PlanTargetPayload::of(op, id))
    }
    /// Create a task of a plan (thêm nhiệm vụ).
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
    /// Change a task of a plan (sửa nhiệm vụ).
    async fn update_plan_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdatePlanTaskInput,
    ) -> Result<PlanTaskPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordPlan)?;
        let id = PlanTaskId(GlobalId::of::<plan_task::Entity>(&input.id)?);
        let patch = PlanTaskPatch {
            title: input.title.into(),
            status: input.status.into(),
            progress_percent: input.progress_percent.into(),
            due_on: input.due_on.into(),
        };
        task::update(op, id, input.version, patch).await?;
        Ok(PlanTaskPayload::of(op, id))
    }
}
