//! Series and their points in the schema.

use std::collections::HashMap;

use async_graphql::InputObject;
use entity::{
    indicator,
    kinds::{MergeRule, ObservationStatus, Qualifier, SharingClass},
    observation,
    time::Period,
    unit_version,
};

use crate::{
    indicator::{
        merging::MissingReason,
        series::{self, Boundary, Point, Series},
        store::newest,
    },
    kernel::{
        error::Refusal,
        locale::Message,
        object::{Args, Shape, Shaped, Word, declare::Loading},
        op::Op,
        scalar::DateTime,
    },
};

impl Shape for Series {
    const NAME: &'static str = "Series";
    const DOC: &'static str = "The observations of one indicator and unit over time (chuỗi số liệu).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.must::<indicator::Entity>("indicator", "The indicator (chỉ tiêu).", |s| Some(s.indicator.into()))
            .must::<unit_version::Entity>("area", "The unit (địa bàn).", |s| Some(s.area.into()))
            .value("boundary", "Whether predecessors' values are merged onto this unit (theo địa giới).", |s| {
                Word(s.boundary)
            })
            .shapes::<Point>("points", "The points, one for each period, oldest first (các điểm).", |s| {
                s.points.clone()
            })
    }
}

impl Shape for Point {
    const NAME: &'static str = "SeriesPoint";
    const DOC: &'static str = "One period of a series: an observation as published, or a value merged from the observations of the unit's predecessors (điểm số liệu).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("period", "The period (kỳ).", |p| p.period.clone())
            .value("value", "The value in the indicator's unit; null when `reason` is set (giá trị).", |p| {
                p.value.ok().map(|(value, _)| value)
            })
            .value(
                "qualifier",
                "How to read the value; null without one. A value merged from EXACT and OVER is OVER, one merged from EXACT and UNDER is UNDER, any other mix is ABOUT (từ hạn định).",
                |p| p.value.ok().map(|(_, qualifier)| Word(qualifier)) as Option<Word<Qualifier>>,
            )
            .value("derived", "Whether the value was merged from predecessors' observations (được suy ra).", |p| {
                p.rule.is_some()
            })
            .value("rule", "The rule that merged the value; null for an observation as published (quy tắc gộp).", |p| {
                p.rule.map(Word) as Option<Word<MergeRule>>
            })
            .value(
                "coverage",
                "Share of the predecessors that have the observations that the rule needs, from 0 to 1; 1 for an observation as published (độ phủ).",
                |p| p.coverage,
            )
            .value("reason", "Why there is no value; null when there is one (lý do thiếu giá trị).", |p| {
                p.value.err().map(Word) as Option<Word<MissingReason>>
            })
            .list::<unit_version::Entity>(
                "missing",
                "Predecessors without the observations that the rule needs, each as it was in the period (đơn vị thiếu số liệu).",
                |p| p.missing.iter().map(|id| (*id).into()).collect(),
            )
            .list::<observation::Entity>(
                "inputs",
                "The observations that the point is computed from; those that give weights come last (số liệu đầu vào).",
                |p| p.inputs.iter().map(|id| (*id).into()).collect(),
            )
            .value("sharing", "Sharing class of the point: the strictest class among its inputs (phân loại chia sẻ).", |p| {
                Word(p.sharing) as Word<SharingClass>
            })
            .value(
                "status",
                "Status of the value: that of the least certain input. BREAK at the first point of a new method, MISSING when inputs are missing (loại số liệu).",
                |p| Word(p.status) as Word<ObservationStatus>,
            )
    }
}

/// The arguments of a series.
#[derive(InputObject)]
pub struct SeriesOf {
    /// The indicator's code (chỉ tiêu).
    indicator: String,
    /// The dimension; empty for observations without one (phân tổ).
    #[graphql(default)]
    dimension: String,
    /// Whether to merge predecessors' values onto this unit (theo địa giới).
    #[graphql(default_with = "Boundary::AsReported")]
    boundary: Boundary,
    /// Only periods that end on or after the first day of this one (từ kỳ).
    from: Option<Period>,
    /// Only periods that begin on or before the last day of this one (đến kỳ).
    to: Option<Period>,
    /// The time at which the observations were published; now by default (theo thời điểm công bố).
    as_of: Option<DateTime>,
    /// For indicators merged by SUM: return the sum even if predecessors have no observation; `missing` then lists them
    /// and `coverage` is less than 1 (cho phép tổng từng phần).
    #[graphql(default)]
    allow_partial: bool,
}

impl Args for SeriesOf {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        let (from, to) = (self.from.as_ref().and_then(Period::span), self.to.as_ref().and_then(Period::span));
        match (from, to) {
            (Some(from), Some(to)) if to.end < from.start => Err(Refusal::field(
                "to",
                "OUT_OF_RANGE",
                Message::new("Kỳ cuối phải không trước kỳ đầu.", "`to` must not lie before `from`."),
            )),
            _ => Ok(()),
        }
    }
}

/// Loads the series of several versions of units.
pub fn of_units<'a>(op: &'a Op, versions: Vec<i64>, args: &'a SeriesOf) -> Loading<'a, HashMap<i64, Series>> {
    let asked = series::Asked {
        indicator: args.indicator.clone(),
        dimension: args.dimension.clone(),
        boundary: args.boundary,
        from: args.from.as_ref().and_then(Period::span).map(|span| span.start),
        to: args.to.as_ref().and_then(Period::span).map(|span| span.end),
        as_of: args.as_of.map(|at| at.0),
        allow_partial: args.allow_partial,
    };
    Box::pin(async move { series::load(op, &versions, &asked).await })
}

/// The arguments of the newest observations.
#[derive(InputObject)]
pub struct Latest {
    /// Whether to include observations of the units that merged into this one (gồm cả đơn vị tiền thân).
    #[graphql(default = true)]
    include_predecessors: bool,
    /// Only these indicators, by code; all by default (chỉ tiêu).
    indicators: Option<Vec<String>>,
}

impl Args for Latest {}

/// Loads the newest observations of several units.
pub fn newest<'a>(op: &'a Op, units: Vec<i64>, args: &'a Latest) -> Loading<'a, HashMap<i64, Vec<i64>>> {
    Box::pin(async move { newest::newest(op, &units, args.include_predecessors, args.indicators.as_ref()).await })
}
