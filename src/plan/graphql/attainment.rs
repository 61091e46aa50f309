//! How targets stand.

use std::collections::HashMap;

use async_graphql::InputObject;
use entity::{
    kinds::{AttainmentStatus, SharingClass},
    observation,
};

use crate::{
    kernel::{
        locale::Naming,
        object::{Args, NoArgs, Shape, Shaped, Word, declare::Loading},
        op::Op,
        scalar::DateTime,
    },
    plan::progress::{self, Attainment, Summary},
    territory::graphql::Within,
};

impl Shape for Attainment {
    const NAME: &'static str = "Attainment";
    const DOC: &'static str = "How a target stands against the figures (mức độ đạt mục tiêu).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("status", "How it stands (mức độ đạt).", |a| Word(a.status) as Word<AttainmentStatus>)
            .value(
                "ratio",
                "The figure in parts of the target, where less is better the target in parts of the figure: 1 or more where the value is reached (tỷ lệ đạt).",
                |a| a.ratio,
            )
            .value(
                "gap",
                "How much is lacking, in the indicator's unit; negative where the figure goes beyond the target (còn thiếu).",
                |a| a.gap,
            )
            .one::<observation::Entity>(
                "observation",
                "The figure that was compared; null where none could be (số liệu so sánh).",
                |a| a.figure.map(Into::into),
            )
            .value_by::<Naming, String>("explanation", "Why, in a sentence (diễn giải).", |a, naming| {
                a.explanation.text(naming.locale).to_owned()
            })
            .value(
                "sharing",
                "Who may see it: the strictest class of the figures that were looked at; null where there are none (phân loại chia sẻ).",
                |a| a.sharing.map(Word) as Option<Word<SharingClass>>,
            )
    }
}

impl Shape for Summary {
    const NAME: &'static str = "ProgressSummary";
    const DOC: &'static str = "How many targets stand how (tổng hợp tiến độ).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("total", "All of them: the sum of the others (tổng số).", Summary::total)
            .value("achieved", "Met (đạt).", |s| s.achieved)
            .value("onTrack", "On the straight line from baseline to target or better (đúng tiến độ).", |s| {
                s.on_track
            })
            .value("inProgress", "Under way, at a pace that is not known (đang thực hiện).", |s| s.in_progress)
            .value("behind", "Behind the line, or due and not met (chậm, không đạt).", |s| s.behind)
            .value("noData", "Without a figure to tell (chưa có số liệu).", |s| s.no_data)
            .value("notMeasurable", "In words (không đo được).", |s| s.not_measurable)
            .value("notComparable", "Not to be compared with the figures (không so sánh được).", |s| {
                s.not_comparable
            })
    }
}

/// The argument of an attainment.
#[derive(InputObject)]
pub struct AsOf {
    /// By the figures that were published at this instant; now by default (theo thời điểm công bố).
    as_of: Option<DateTime>,
}

impl Args for AsOf {}

/// How some targets stand.
pub fn of_targets<'a>(op: &'a Op, targets: Vec<i64>, args: &'a AsOf) -> Loading<'a, HashMap<i64, Attainment>> {
    Box::pin(async move { progress::of_targets(op, &targets, args.as_of.map(|at| at.0)).await })
}

/// The baselines of some targets.
pub fn baselines<'a>(op: &'a Op, targets: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, i64>> {
    Box::pin(async move { progress::baselines(op, &targets).await })
}

/// How the targets of some plans stand.
pub fn of_plans<'a>(op: &'a Op, plans: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Summary>> {
    Box::pin(async move { progress::of_plans(op, &plans).await })
}

/// How the targets of the plans of some units stand.
pub fn of_units<'a>(op: &'a Op, units: Vec<i64>, args: &'a Within) -> Loading<'a, HashMap<i64, Summary>> {
    Box::pin(async move { progress::of_units(op, &units, args.include_predecessors).await })
}
