//! Series (chuỗi số liệu) of a unit: its own figures over time, or also, for the time before it was there, what its predecessors'
//! figures merge into. A derived point says its rule, inputs and coverage; it is never stored. A point of a new method is a BREAK.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{IndicatorId, ObservationId, UnitId, UnitVersionId},
    indicator,
    kinds::{MergeRule, ObservationStatus, Qualifier, SharingClass},
    time::{Period, Span},
};

use super::{
    granted,
    input::Input,
    merging::{MissingReason, Part, merge},
    store,
};
use crate::{
    kernel::{error::Result, op::Op, text::clean},
    territory::{self, lineage::Lineage},
};

/// For which borders figures are shown (theo địa giới).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The unit's own figures, as they were published (như đã công bố).
    AsReported,
    /// Also those of its predecessors, merged onto it by the indicator's `mergeRule` (quy về đơn vị được hỏi).
    Current,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The indicator, by code.
    pub indicator: String,
    /// The restriction; empty for none.
    pub dimension: String,
    /// For which borders.
    pub boundary: Boundary,
    /// Only periods that end no earlier than this day.
    pub from: Option<NaiveDate>,
    /// Only periods that begin no later than this day.
    pub to: Option<NaiveDate>,
    /// What was published at this instant.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether a sum may leave out predecessors without a figure.
    pub allow_partial: bool,
}

/// A series.
#[derive(Clone, Debug)]
pub struct Series {
    /// Of what.
    pub indicator: IndicatorId,
    /// Of whom: the version of the unit that was asked.
    pub area: UnitVersionId,
    /// For which borders.
    pub boundary: Boundary,
    /// Its points, oldest first.
    pub points: Vec<Arc<Point>>,
}

/// A point of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub period: Period,
    /// The days of the period.
    pub span: Span,
    /// How much, and how to take it; or why that is not known.
    pub value: std::result::Result<(f64, Qualifier), MissingReason>,
    /// The rule by which predecessors' figures were merged; none for a figure of the unit's own.
    pub rule: Option<MergeRule>,
    /// The share of the predecessors that have what the rule needs.
    pub coverage: f64,
    /// The others, as they were in the period.
    pub missing: Vec<UnitVersionId>,
    /// What it rests on.
    pub inputs: Vec<ObservationId>,
    /// What sort of figure it is.
    pub status: ObservationStatus,
    /// The strictest class of its inputs.
    pub sharing: SharingClass,
    method: Option<i32>,
}

/// Some figures of one indicator, of any units and periods.
#[derive(Default)]
pub struct Figures<'a>(HashMap<(UnitId, &'a Period), &'a Input>);

impl<'a> FromIterator<&'a Input> for Figures<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Input>>(figures: I) -> Self {
        Figures(figures.into_iter().map(|f| ((f.area_id, &f.period), f)).collect())
    }
}

impl<'a> Figures<'a> {
    fn of(&self, unit: UnitId, period: &Period) -> Option<&'a Input> {
        self.0.get(&(unit, period)).copied()
    }
    /// The periods of the figures, by their last day, then their first.
    fn periods(&self) -> impl Iterator<Item = (&'a Period, Span)> + use<'a> {
        let spans = self
            .0
            .values()
            .map(|f| ((f.period_end, f.period_start, &f.period), Span { start: f.period_start, end: f.period_end }));
        let ordered: BTreeMap<_, _> = spans.collect();
        ordered.into_iter().map(|((.., period), span)| (period, span))
    }
}

fn own(figure: &Input) -> Point {
    Point {
        period: figure.period.clone(),
        span: Span { start: figure.period_start, end: figure.period_end },
        value: figure.value.map(|value| (value, figure.qualifier)).ok_or(MissingReason::NoObservation),
        rule: None,
        coverage: 1.0,
        missing: vec![],
        inputs: vec![figure.id],
        status: figure.status,
        sharing: figure.sharing,
        method: Some(figure.methodology_version),
    }
}

/// The unit's own figures.
pub fn as_reported(unit: UnitId, figures: &Figures<'_>) -> Vec<Point> {
    with_breaks(figures.periods().filter_map(|(period, _)| figures.of(unit, period)).map(own).collect())
}

/// The unit's own figures, and before it what its predecessors' figures merge into.
pub fn current(
    unit: UnitId,
    lineage: &Lineage,
    indicator: &indicator::Model,
    figures: &Figures<'_>,
    weights: &Figures<'_>,
    allow_partial: bool,
) -> Vec<Point> {
    let point = |(period, span): (&Period, Span)| {
        if let Some(figure) = figures.of(unit, period) {
            return Some(own(figure));
        }
        let stand = lineage.parts(unit, span, &|part| figures.of(part, period).is_some());
        let part = |of: &UnitId| Part { unit: *of, figure: figures.of(*of, period), weight: weights.of(*of, period) };
        let parts: Vec<Part<'_>> = stand.units.iter().map(part).collect();
        if parts.iter().all(|part| part.figure.is_none()) {
            return None;
        }
        let merged = merge(indicator.merge_rule, indicator.value_type, &parts, allow_partial);
        let divided = stand.split && indicator.merge_rule != MergeRule::None;
        let weighed = indicator.merge_rule == MergeRule::WeightedMean;
        let weights = parts.iter().filter(|_| weighed).filter_map(|part| part.weight);
        let inputs: Vec<&Input> = parts.iter().filter_map(|part| part.figure).chain(weights).collect();
        Some(Point {
            period: period.clone(),
            span,
            value: if divided { Err(MissingReason::NotComparable) } else { merged.value },
            rule: Some(indicator.merge_rule),
            coverage: merged.coverage,
            missing: merged.lacking.iter().filter_map(|of| lineage.version(*of, span.end)).collect(),
            inputs: inputs.iter().map(|f| f.id).collect(),
            sharing: granted::strictest(inputs).unwrap_or(SharingClass::Open),
            status: if divided { ObservationStatus::DefinitionDiffers } else { merged.status },
            method: merged.method,
        })
    };
    with_breaks(figures.periods().filter_map(point).collect())
}

/// Marks the first point of each new method.
fn with_breaks(mut points: Vec<Point>) -> Vec<Point> {
    let mut before = None;
    for point in &mut points {
        if let Some(method) = point.method {
            if before.is_some_and(|before| before != method) {
                point.status = ObservationStatus::Break;
            }
            before = Some(method);
        }
    }
    points
}

/// Loads the series of some versions of units.
///
/// # Errors
/// BAD_USER_INPUT for an unknown indicator.
pub async fn load(op: &Op, versions: &[i64], asked: &Asked) -> Result<HashMap<i64, Series>> {
    let known = op.first(store::by_code(op, &asked.indicator)).await?;
    let indicator = known.ok_or_else(|| super::unknown("indicator", &asked.indicator))?;
    let (units, lineage) = match asked.boundary {
        Boundary::AsReported => (territory::store::units_of(op, versions).await?, Lineage::default()),
        Boundary::Current => territory::store::lineage(op, versions).await?,
    };
    let dimension = clean(&asked.dimension);
    let with_lineage: Vec<UnitId> = units.values().copied().chain(lineage.units()).collect();
    let weight = indicator.weight_indicator_id.filter(|_| asked.boundary == Boundary::Current);
    let dimensions = match weight {
        Some(_) => vec![dimension.as_str(), ""],
        None => vec![dimension.as_str()],
    };
    let of = std::iter::once(indicator.id).chain(weight);
    let rows = store::figures(op, of, with_lineage, &dimensions, asked.as_of).await?;
    let figures = rows.iter().filter(|f| f.indicator_id == indicator.id && f.dimension == dimension).collect();
    let weights = rows.iter().filter(|f| Some(f.indicator_id) == weight && f.dimension.is_empty()).collect();
    let within = |point: &Point| {
        asked.from.is_none_or(|from| from <= point.span.end) && asked.to.is_none_or(|to| point.span.start <= to)
    };
    let series = units.into_iter().map(|(version, unit)| {
        let points = match asked.boundary {
            Boundary::AsReported => as_reported(unit, &figures),
            Boundary::Current => current(unit, &lineage, &indicator, &figures, &weights, asked.allow_partial),
        };
        let points = points.into_iter().filter(within).map(Arc::new).collect();
        (version, Series { indicator: indicator.id, area: UnitVersionId(version), boundary: asked.boundary, points })
    });
    let series: HashMap<i64, Series> = series.collect();
    let told: HashSet<ObservationId> =
        series.values().flat_map(|of| &of.points).flat_map(|point| point.inputs.iter().copied()).collect();
    granted::note(op, rows.iter().filter(|row| told.contains(&row.id)));
    Ok(series)
}

#[cfg(test)]
mod tests {
    use entity::{
        ids::SuccessionId,
        kinds::{Direction, SuccessionKind, Topic, ValueType},
        succession,
    };

    use super::{super::merging::tests::figure, *};
    use Qualifier::{Exact, Over};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn indicator(merge_rule: MergeRule) -> indicator::Model {
        indicator::Model {
            id: IndicatorId(1),
            code: "bts_count".to_owned(),
            name_vi: String::new(),
            name_en: String::new(),
            definition_vi: String::new(),
            definition_en: String::new(),
            unit: String::new(),
            value_type: ValueType::Count,
            direction: Direction::HigherBetter,
            merge_rule,
            weight_indicator_id: None,
            topic: Topic::Telecom,
            methodology_version: 1,
            min: None,
            max: None,
            version: 1,
            name_sort: String::new(),
            search: String::new(),
        }
    }

    /// 1 and 2 became 3 in July 2025.
    fn lineage(kind: SuccessionKind) -> Lineage {
        let ended = (None, Some(day("2025-06-30")));
        let lives = [(UnitId(1), ended), (UnitId(2), ended), (UnitId(3), (Some(day("2025-07-01")), None))];
        let came = |from| succession::Model {
            id: SuccessionId(from),
            predecessor_id: UnitId(from),
            successor_id: UnitId(3),
            kind,
            effective_on: day("2025-07-01"),
            legal_basis_id: None,
        };
        Lineage::new(lives.into(), vec![came(1), came(2)], vec![])
    }

    fn points(unit: i64, rule: MergeRule, kind: SuccessionKind, rows: &[Input]) -> Vec<Point> {
        current(UnitId(unit), &lineage(kind), &indicator(rule), &rows.iter().collect(), &Figures::default(), false)
    }

    #[test]
    fn a_unit_reports_what_is_its_own() {
        let rows = [
            figure(1, "2023", Some(5.0), Over),
            figure(1, "2022-Q4", Some(4.0), Exact),
            figure(1, "2021", None, Exact),
            figure(2, "2022", Some(9.0), Exact),
        ];
        let points = as_reported(UnitId(1), &rows.iter().collect());
        let told: Vec<_> = points.iter().map(|p| (p.period.to_string(), p.value)).collect();
        assert_eq!(
            told,
            [
                ("2021".to_owned(), Err(MissingReason::NoObservation)),
                ("2022-Q4".to_owned(), Ok((4.0, Exact))),
                ("2023".to_owned(), Ok((5.0, Over))),
            ]
        );
        assert!(points.iter().all(|p| p.rule.is_none() && p.coverage == 1.0 && p.inputs == [ObservationId(1)]));
        assert_eq!(as_reported(UnitId(3), &rows.iter().collect()), vec![]);
    }

    #[test]
    fn predecessors_stand_for_a_unit_before_it_was_there() {
        use {MergeRule::Sum, SuccessionKind::Merged};
        let rows = [
            figure(1, "2022", Some(4.0), Exact),
            figure(2, "2022", Some(9.0), Over),
            figure(1, "2023", Some(5.0), Exact),
            figure(1, "2025", Some(6.0), Exact),
            figure(3, "2025", Some(20.0), Exact),
        ];
        let told: Vec<_> = points(3, Sum, Merged, &rows)
            .into_iter()
            .map(|p| (p.period.to_string(), p.value, p.rule, p.inputs.len()))
            .collect();
        assert_eq!(
            told,
            [
                ("2022".to_owned(), Ok((13.0, Over)), Some(Sum), 2),
                ("2023".to_owned(), Err(MissingReason::MissingInput), Some(Sum), 1),
                ("2025".to_owned(), Ok((20.0, Exact)), None, 1),
            ]
        );
        assert_eq!(points(1, Sum, Merged, &rows).len(), 3, "an old unit has its own figures");
        let split = points(3, Sum, SuccessionKind::Split, &rows);
        assert_eq!(split.first().map(|p| p.value), Some(Err(MissingReason::NotComparable)));
        let ranks = points(3, MergeRule::None, Merged, &rows);
        assert_eq!(ranks.first().map(|p| p.value), Some(Err(MissingReason::RuleNone)));
    }

    #[test]
    fn a_new_method_breaks_a_series_once() {
        let method = |period, methodology_version| Input { methodology_version, ..figure(1, period, Some(1.0), Exact) };
        let rows = [method("2023", 1), method("2024", 1), method("2025", 2), method("2026", 2)];
        let statuses: Vec<_> = as_reported(UnitId(1), &rows.iter().collect()).iter().map(|p| p.status).collect();
        use ObservationStatus::{Break, Official};
        assert_eq!(statuses, [Official, Official, Break, Official]);
    }
}
