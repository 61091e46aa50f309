//! Targets and tasks.

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
    const DOC: &'static str = "What a plan aims at (mục tiêu). A target in words has neither indicator nor value.";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_targets(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one::<plan::Entity>("plan", "The plan that sets it (kế hoạch).", C::PlanId)
            .one::<indicator::Entity>(
                "indicator",
                "What it measures; null for a target in words (chỉ tiêu).",
                C::IndicatorId,
            )
            .one_on::<unit_version::Entity>("area", "Whose it is (địa bàn).", C::AreaId, C::AreaOn)
            .column("value", "How much, in the indicator's unit (giá trị).", C::Value)
            .stored::<Qualifier>("qualifier", "How the value is to be taken (từ hạn định).", C::Qualifier)
            .column("text", "As printed (nguyên văn).", C::Text)
            .stored::<PartialDate>("dueOn", "By when, as precisely as it says: to the end of it (thời hạn).", C::DueOn)
            .found::<observation::Entity, NoArgs>(
                "baseline",
                "Where it began: the latest comparable figure at or before the plan's issue (số liệu gốc).",
                C::Id,
                attainment::baselines,
            )
            .computed::<Attainment, AsOf>(
                "attainment",
                "How it stands today against the figures of its indicator and its unit (mức độ đạt).",
                C::Id,
                true,
                attainment::of_targets,
            )
            .one::<source::Entity>("source", "Where it is told (nguồn).", C::SourceId)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

impl Noun for plan_task::Entity {
    const NAME: &'static str = "PlanTask";
    const DOC: &'static str = "What a plan says shall be done (nhiệm vụ, giải pháp).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_tasks(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use plan_task::Column as C;
        declare
            .node()
            .one::<plan::Entity>("plan", "The plan that sets it (kế hoạch).", C::PlanId)
            .column("title", "What shall be done (nội dung).", C::Title)
            .stored::<TaskKind>("kind", "What kind of task it is (loại).", C::Kind)
            .one::<agency::Entity>("lead", "Who leads it (cơ quan chủ trì).", C::LeadId)
            .stored::<PartialDate>("startsOn", "From when (bắt đầu).", C::StartsOn)
            .stored::<PartialDate>("dueOn", "By when: to the end of it (thời hạn).", C::DueOn)
            .value_today(
                "status",
                "How it stands today: OVERDUE once the last day of `dueOn` is past, while it is not started, on track or at risk (tình trạng).",
                [C::Status, C::DueOn],
                |today: &NaiveDate, stored: TaskStatus, due_on: Option<PartialDate>| {
                    Word(rules::task_status(stored, due_on.as_ref(), *today))
                },
            )
            .column(
                "progressPercent",
                "How far it has come, 0 to 100; null where nothing is said (tiến độ).",
                C::ProgressPercent,
            )
            .list::<legal_document::Entity>(
                "basedOn",
                "The legal documents that it rests on (căn cứ).",
                C::Id,
                || {
                    use plan_task_basis::Column as Basis;
                    Link::through(Basis::TaskId, Basis::DocumentId, legal_document::Column::Id)
                },
                Order::by_key,
            )
            .one::<source::Entity>("source", "Where it is told (nguồn).", C::SourceId)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}

/// Which targets.
#[derive(InputObject)]
struct PlanTargetFilter {
    /// For these indicators, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
    /// Due, at the latest, when this span begins or later (từ hạn).
    due_from: Option<PartialDate>,
    /// Due, at the earliest, when this span ends or before (đến hạn).
    due_to: Option<PartialDate>,
}

/// The arguments of lists of targets.
#[derive(InputObject)]
pub struct Targets {
    /// Which of them.
    filter: Option<PlanTargetFilter>,
}

impl Args for Targets {}

impl Listing for Targets {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        // As text, a day sorts before every more precise day within it, and "2022~" after all of them.
        let last = |day: &PartialDate| format!("{day}~");
        let due_last = || Expr::col((plan_target::Entity, C::DueOn)).binary(BinOper::Custom("||"), "~");
        Condition::all()
            .add_option(filter.indicators.as_ref().map(|codes| C::IndicatorId.in_subquery(coded(op, codes))))
            .add_option(filter.due_from.as_ref().map(|day| due_last().gte(day.to_string())))
            .add_option(filter.due_to.as_ref().map(|day| C::DueOn.lt(last(day))))
    }
}
