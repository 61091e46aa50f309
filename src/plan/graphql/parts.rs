//! Targets and tasks in the schema.

use async_graphql::InputObject;
use chrono::NaiveDate;
use entity::{
    agency, indicator,
    kinds::{Qualifier, TaskKind, TaskStatus},
    legal_document, observation, plan,
    plan_target::{self, Column as C},
    plan_task, plan_task_basis, source,
    time::PartialDate,
    unit_version,
};
use sea_orm::{
    ColumnTrait, Condition, Select,
    sea_query::{BinOper, Expr, ExprTrait},
};

use super::attainment::{self, AsOf};
use crate::{
    indicator::store::coded,
    kernel::{
        object::{Args, Declare, Link, NoArgs, Noun, Word},
        op::Op,
        page::{Listing, Order},
    },
    plan::{progress::Attainment, rules, store},
};

impl Noun for plan_target::Entity {
    const NAME: &'static str = "PlanTarget";
    const DOC: &'static str =
        "A target of a plan (mục tiêu). A target stated in words has neither an indicator nor a value.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_targets(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one::<plan::Entity>("plan", "The plan that sets it (kế hoạch).", C::PlanId)
            .one::<indicator::Entity>(
                "indicator",
                "The indicator to measure it by; null for a target in words (chỉ tiêu).",
                C::IndicatorId,
            )
            .one_on::<unit_version::Entity>("area", "The unit that shall reach it (địa bàn).", C::AreaId, C::AreaOn)
            .column(
                "value",
                "The value to reach, in the indicator's unit; null for a target in words (giá trị).",
                C::Value,
            )
            .stored::<Qualifier>(
                "qualifier",
                "How to read the value, for example AT_LEAST or TOP_N (từ hạn định).",
                C::Qualifier,
            )
            .column("text", "The target as printed (nguyên văn).", C::Text)
            .stored::<PartialDate>(
                "dueOn",
                "Due date, as precise as the document: 2025 means by 2025-12-31. Null if it names none (thời hạn).",
                C::DueOn,
            )
            .found::<observation::Entity, NoArgs>(
                "baseline",
                "The latest comparable observation at or before the plan's issue; null if there is none. Without a day of issue, the first day of the plan's first year counts (số liệu gốc).",
                C::Id,
                attainment::baselines,
            )
            .computed::<Attainment, AsOf>(
                "attainment",
                "How far it is met today (mức độ đạt).",
                C::Id,
                true,
                attainment::of_targets,
            )
            .one::<source::Entity>("source", "The source that states it (nguồn).", C::SourceId)
            .column(
                "version",
                "Version of this record, from 1; it rises with each change. Updates send it as the expected version.",
                C::Version,
            )
    }
}

impl Noun for plan_task::Entity {
    const NAME: &'static str = "PlanTask";
    const DOC: &'static str = "A task or measure of a plan (nhiệm vụ, giải pháp).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_tasks(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use plan_task::Column as C;
        declare
            .node()
            .one::<plan::Entity>("plan", "The plan that sets it (kế hoạch).", C::PlanId)
            .column("title", "What shall be done (nội dung).", C::Title)
            .stored::<TaskKind>("kind", "Kind of task (loại).", C::Kind)
            .one::<agency::Entity>("lead", "The lead agency (cơ quan chủ trì).", C::LeadId)
            .stored::<PartialDate>(
                "startsOn",
                "Start date, as precise as the document states it (bắt đầu).",
                C::StartsOn,
            )
            .stored::<PartialDate>(
                "dueOn",
                "Due date, as precise as the document: 2025-10 means by 2025-10-31 (thời hạn).",
                C::DueOn,
            )
            .value_today(
                "status",
                "Status today. A task in NOT_STARTED, ON_TRACK or AT_RISK becomes OVERDUE on the day after its due date (tình trạng).",
                [C::Status, C::DueOn],
                |today: &NaiveDate, stored: TaskStatus, due_on: Option<PartialDate>| {
                    Word(rules::task_status(stored, due_on.as_ref(), *today))
                },
            )
            .column(
                "progressPercent",
                "Progress in per cent, 0 to 100; null if it was not reported (tiến độ).",
                C::ProgressPercent,
            )
            .list::<legal_document::Entity>(
                "basedOn",
                "The legal documents that it is based on (căn cứ).",
                C::Id,
                || {
                    use plan_task_basis::Column as Basis;
                    Link::through(Basis::TaskId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .one::<source::Entity>("source", "The source that states it (nguồn).", C::SourceId)
            .column(
                "version",
                "Version of this record, from 1; it rises with each change. Updates send it as the expected version.",
                C::Version,
            )
    }
}

/// Conditions on targets; all that are given must hold.
#[derive(InputObject)]
struct PlanTargetFilter {
    /// For one of these indicators, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
    /// Due in a period that ends on or after the first day of this date: a target for 2025 matches 2025-06 (từ hạn).
    due_from: Option<PartialDate>,
    /// Due in a period that begins on or before the last day of this date: a target for 2025 matches 2025-06 (đến hạn).
    due_to: Option<PartialDate>,
}

/// The arguments of lists of targets.
#[derive(InputObject)]
pub struct Targets {
    /// Which targets to return; all by default.
    filter: Option<PlanTargetFilter>,
}

impl Args for Targets {}

impl Listing for Targets {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        // Dates of different precision are compared as text: "2022" sorts before each date in 2022, and "2022~" after
        // all of them.
        let last = |day: &PartialDate| format!("{day}~");
        let due_last = || Expr::col((plan_target::Entity, C::DueOn)).binary(BinOper::Custom("||"), "~");
        Condition::all()
            .add_option(filter.indicators.as_ref().map(|codes| C::IndicatorId.in_subquery(coded(op, codes))))
            .add_option(filter.due_from.as_ref().map(|day| due_last().gte(day.to_string())))
            .add_option(filter.due_to.as_ref().map(|day| C::DueOn.lt(last(day))))
    }
}
