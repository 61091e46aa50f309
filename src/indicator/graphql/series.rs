//! Series and their points.

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
    const DOC: &'static str = "The figures of a unit over time (chuỗi số liệu).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.must::<indicator::Entity>("indicator", "What it measures (chỉ tiêu).", |s| Some(s.indicator.into()))
            .must::<unit_version::Entity>("area", "Whose it is (địa bàn).", |s| Some(s.area.into()))
            .value("boundary", "For which borders (theo địa giới).", |s| Word(s.boundary))
            .shapes::<Point>("points", "Its points, one for each period, oldest first (các điểm).", |s| {
                s.points.clone()
            })
    }
}

impl Shape for Point {
    const NAME: &'static str = "SeriesPoint";
    const DOC: &'static str = "A point of a series: a figure as it was published, or what the figures of the unit's predecessors merge into (điểm số liệu).";
    fn declare(o: Shaped<Self>) -> Shaped<Self> {
        o.value("period", "When (kỳ).", |p| p.period.clone())
            .value("value", "How much, in the indicator's unit; null with a `reason` (giá trị).", |p| {
                p.value.ok().map(|(value, _)| value)
            })
            .value(
                "qualifier",
                "How the value is to be taken. Merged from EXACT and OVER it is OVER, from EXACT and UNDER UNDER, from anything else ABOUT (từ hạn định).",
                |p| p.value.ok().map(|(_, qualifier)| Word(qualifier)) as Option<Word<Qualifier>>,
            )
            .value("derived", "Whether it was computed from predecessors' figures (được suy ra).", |p| p.rule.is_some())
            .value("rule", "The rule by which it was computed; null for a figure as published (quy tắc gộp).", |p| {
                p.rule.map(Word) as Option<Word<MergeRule>>
            })
            .value(
                "coverage",
                "The share of the predecessors that have the figures that the rule needs, 0 to 1; 1 for a figure as published (độ phủ).",
                |p| p.coverage,
            )
            .value("reason", "Why there is no value (lý do thiếu giá trị).", |p| {
                p.value.err().map(Word) as Option<Word<MissingReason>>
            })
            .list::<unit_version::Entity>(
                "missing",
                "The predecessors that lack such figures, each as it was in the period (đơn vị thiếu số liệu).",
                |p| p.missing.iter().map(|id| (*id).into()).collect(),
            )
            .list::<observation::Entity>(
                "inputs",
                "The figures that it rests on, those to weigh by last (số liệu đầu vào).",
                |p| p.inputs.iter().map(|id| (*id).into()).collect(),
            )
            .value("sharing", "Who may see it: the strictest class of its inputs (phân loại chia sẻ).", |p| {
                Word(p.sharing) as Word<SharingClass>
            })
            .value(
                "status",
                "What sort of figure it is: as uncertain as the most uncertain input; BREAK where a new method begins; MISSING where inputs are lacking (loại số liệu).",
                |p| Word(p.status) as Word<ObservationStatus>,
            )
    }
}

/// The arguments of a series.
#[derive(InputObject)]
pub struct SeriesOf {
    /// The indicator, by code (chỉ tiêu).
    indicator: String,
    /// The restriction; the empty text for none (phân tổ).
    #[graphql(default)]
    dimension: String,
    /// For which borders (theo địa giới).
    #[graphql(default_with = "Boundary::AsReported")]
    boundary: Boundary,
    /// Only periods that end no earlier than this one begins (từ kỳ).
    from: Option<Period>,
    /// Only periods that begin no later than this one ends (đến kỳ).
    to: Option<Period>,
    /// What was published at this instant; now by default (theo thời điểm công bố).
    as_of: Option<DateTime>,
    /// Whether a SUM may leave out predecessors without a figure; `coverage` and `missing` then tell (cho phép tổng từng phần).
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

/// The series of some versions of units.
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

/// The arguments of the newest figures.
#[derive(InputObject)]
pub struct Latest {
    /// Whether those of the units that merged into this one belong to the answer too (gồm cả đơn vị tiền thân).
    #[graphql(default = true)]
    include_predecessors: bool,
    /// Of these indicators only, by code (chỉ tiêu).
    indicators: Option<Vec<String>>,
}

impl Args for Latest {}

/// The newest figures of some units.
pub fn newest<'a>(op: &'a Op, units: Vec<i64>, args: &'a Latest) -> Loading<'a, HashMap<i64, Vec<i64>>> {
    Box::pin(async move { newest::newest(op, &units, args.include_predecessors, args.indicators.as_ref()).await })
}
