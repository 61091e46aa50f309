//! The attainment of targets and the progress of plans, in the schema.

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
    const DOC: &'static str =
        "How far a target is met, judged by the published observations that the caller may read (mức độ đạt mục tiêu).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("status", "The result (mức độ đạt).", |a| Word(a.status) as Word<AttainmentStatus>)
            .value(
                "ratio",
                "The observation divided by the target, or the target divided by the observation when less is better; 1 or more when the value is reached. Null without `observation` or where it would divide by 0 (tỷ lệ đạt).",
                |a| a.ratio,
            )
            .value(
                "gap",
                "How much is missing, in the indicator's unit; negative when the observation exceeds the target. Null without `observation` (còn thiếu).",
                |a| a.gap,
            )
            .one::<observation::Entity>(
                "observation",
                "The observation that was compared with the target; null when none could be (số liệu so sánh).",
                |a| a.figure.map(Into::into),
            )
            .value_by::<Naming, String>(
                "explanation",
                "The reason for the status, in one sentence (diễn giải).",
                |a, naming| a.explanation.text(naming.locale).to_owned(),
            )
            .value(
                "sharing",
                "Sharing class of the result: the strictest class among the observations that were considered; null without any (phân loại chia sẻ).",
                |a| a.sharing.map(Word) as Option<Word<SharingClass>>,
            )
    }
}

impl Shape for Summary {
    const NAME: &'static str = "ProgressSummary";
    const DOC: &'static str = "How many targets have each status (tổng hợp tiến độ).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("total", "All targets: the sum of the other counts (tổng số).", Summary::total)
            .value("achieved", "Targets that are met (đạt).", |s| s.achieved)
            .value(
                "onTrack",
                "Targets not met yet, but on the straight line from baseline to target or better (đúng tiến độ).",
                |s| s.on_track,
            )
            .value(
                "inProgress",
                "Targets not met yet, without enough data to judge the pace (đang thực hiện).",
                |s| s.in_progress,
            )
            .value("behind", "Targets behind that line, or due and not met (chậm, không đạt).", |s| s.behind)
            .value("noData", "Targets without an observation that decides (chưa có số liệu).", |s| s.no_data)
            .value("notMeasurable", "Targets stated in words (không đo được).", |s| s.not_measurable)
            .value(
                "notComparable",
                "Targets that cannot be compared with the observations (không so sánh được).",
                |s| s.not_comparable,
            )
    }
}

/// The argument of an attainment.
#[derive(InputObject)]
pub struct AsOf {
    /// The time at which the observations were published; now by default (theo thời điểm công bố).
    as_of: Option<DateTime>,
}

impl Args for AsOf {}

/// Judges several targets.
pub fn of_targets<'a>(op: &'a Op, targets: Vec<i64>, args: &'a AsOf) -> Loading<'a, HashMap<i64, Attainment>> {
    Box::pin(async move { progress::of_targets(op, &targets, args.as_of.map(|at| at.0)).await })
}

/// Finds the baselines of several targets.
pub fn baselines<'a>(op: &'a Op, targets: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, i64>> {
    Box::pin(async move { progress::baselines(op, &targets).await })
}

/// Counts the targets of several plans by status.
pub fn of_plans<'a>(op: &'a Op, plans: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Summary>> {
    Box::pin(async move { progress::of_plans(op, &plans).await })
}

/// Counts the targets of all plans of several units by status.
pub fn of_units<'a>(op: &'a Op, units: Vec<i64>, args: &'a Within) -> Loading<'a, HashMap<i64, Summary>> {
    Box::pin(async move { progress::of_units(op, &units, args.include_predecessors).await })
}
