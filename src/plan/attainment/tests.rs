//! Targets and figures, case by case.

use AttainmentStatus::{Achieved, Behind, InProgress, NoData, NotComparable, NotMeasurable, OnTrack};
use Qualifier::{About, AtLeast, AtMost, Exact, Over, TopN, Under};
use entity::{
    ids::{IndicatorId, PlanId, PlanTargetId, SourceId, UnitId},
    kinds::{MergeRule, PlanKind, PlanStatus, Topic, ValueType},
};

use super::*;
use crate::indicator::merging::tests::figure;

/// A day, for tests.
pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// An indicator, for tests.
pub fn indicator(direction: Direction, unit: &str, value_type: ValueType) -> indicator::Model {
    indicator::Model {
        id: IndicatorId(1),
        code: "village_fibre_pct".to_owned(),
        name_vi: String::new(),
        name_en: String::new(),
        definition_vi: String::new(),
        definition_en: String::new(),
        unit: unit.to_owned(),
        value_type,
        direction,
        merge_rule: MergeRule::None,
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

/// A target, for tests.
pub fn target(value: Option<f64>, qualifier: Qualifier, due: Option<&str>) -> plan_target::Model {
    plan_target::Model {
        id: PlanTargetId(1),
        plan_id: PlanId(1),
        indicator_id: Some(IndicatorId(1)),
        area_id: UnitId(1),
        area_on: None,
        value,
        qualifier,
        text: String::new(),
        due_on: due.map(|due| due.parse().expect("a due day")),
        source_id: SourceId(1),
        version: 1,
    }
}

/// A plan, for tests.
pub fn plan(issued_on: Option<&str>, period_start: Option<i32>) -> plan::Model {
    plan::Model {
        id: PlanId(1),
        code: "pt-3927".to_owned(),
        number: None,
        title: String::new(),
        kind: PlanKind::Plan,
        status: PlanStatus::Issued,
        issuer_id: None,
        area_id: UnitId(1),
        area_on: None,
        issued_on: issued_on.map(|day| day.parse().expect("a day")),
        period_start,
        period_end: None,
        vision_year: None,
        source_id: SourceId(1),
        version: 1,
        title_sort: String::new(),
        search: String::new(),
    }
}

struct Case<'a> {
    target: plan_target::Model,
    direction: Direction,
    issued: Option<&'a str>,
    ended: Option<&'a str>,
    today: &'a str,
    figures: Vec<Figure>,
}

impl Case<'_> {
    fn status(&self) -> AttainmentStatus {
        self.told(|goal, today| goal.verdict(today).status())
    }
    fn told<T>(&self, tell: impl FnOnce(Goal<'_>, NaiveDate) -> T) -> T {
        let (plan, indicator) = (plan(self.issued, Some(2021)), indicator(self.direction, "%", ValueType::Percent));
        let goal = Goal {
            target: &self.target,
            plan: &plan,
            indicator: Some(&indicator),
            unit_ended: self.ended.map(day),
            figures: &self.figures,
        };
        tell(goal, day(self.today))
    }
}

fn case(value: f64, due: Option<&'static str>, today: &'static str, figures: &[(&str, f64)]) -> Case<'static> {
    Case {
        target: target(Some(value), Exact, due),
        direction: Direction::HigherBetter,
        issued: Some("2022-10"),
        ended: None,
        today,
        figures: figures.iter().map(|(period, value)| figure(1, period, Some(*value), Exact)).collect(),
    }
}

#[test]
fn a_figure_meets_what_its_words_reach() {
    for (figure, at_least, at_most) in [
        ((85.0, Exact), true, true),
        ((85.0, About), true, true),
        ((85.0, Over), true, false),
        ((85.0, Under), false, true),
        ((85.0, AtLeast), true, false),
        ((85.0, AtMost), false, true),
        ((85.0, TopN), false, true),
        ((84.9, Over), false, true),
        ((85.1, Under), true, false),
        ((85.1, Exact), true, false),
    ] {
        assert_eq!(meets(Bound::AtLeast, figure, 85.0), at_least, "{figure:?} ≥ 85");
        assert_eq!(meets(Bound::AtMost, figure, 85.0), at_most, "{figure:?} ≤ 85");
    }
}

#[test]
fn direction_and_qualifier_say_which_side_is_good() {
    use Direction::{HigherBetter, LowerBetter, Neutral};
    for (qualifier, direction, side) in [
        (Exact, HigherBetter, Bound::AtLeast),
        (Exact, Neutral, Bound::AtLeast),
        (Exact, LowerBetter, Bound::AtMost),
        (Over, HigherBetter, Bound::AtLeast),
        (TopN, HigherBetter, Bound::AtMost),
        (AtMost, Neutral, Bound::AtMost),
    ] {
        assert_eq!(bound(qualifier, direction), side, "{qualifier:?} {direction:?}");
    }
}

#[test]
fn from_the_due_period_on_only_a_figure_of_it_or_later_decides() {
    let all = &[("2022", 100.0), ("2025-06", 98.0), ("2026", 100.0)];
    for (due, today, figures, status) in [
        ("2025", "2026-01-01", &all[..1], NoData),
        ("2025", "2026-01-01", &all[1..2], Behind),
        ("2025", "2026-11-22", &all[1..], Achieved),
        ("2024", "2026-11-22", &all[1..2], Behind),
        ("2025", "2024-12-31", &all[..1], Achieved),
        ("2025", "2025-01-01", &all[..1], NoData),
        // A year that has the due month in it is not before it.
        ("2023-03", "2023-04-01", &[("2022", 100.0)][..], NoData),
        ("2023-03", "2023-04-01", &[("2023", 99.0)], Behind),
        ("2023-03", "2023-04-01", &[("2023-Q1", 100.0)], Achieved),
        ("2023-03", "2023-04-01", &[("2023-02", 100.0)], NoData),
        ("2023-03", "2023-03-31", &[("2023-02", 100.0)], NoData),
        ("2023-03", "2023-02-28", &[("2023-02", 100.0)], Achieved),
        // Met when it was due is met, whatever came later.
        ("2025", "2026-11-22", &[("2025", 100.0), ("2026-06", 97.0)], Achieved),
    ] {
        assert_eq!(case(100.0, Some(due), today, figures).status(), status, "{due} {today} {figures:?}");
    }
    let last = case(100.0, Some("2025"), "2026-01-01", all);
    last.told(|goal, today| assert_eq!(goal.verdict(today).figure().and_then(|f| f.value), Some(100.0)));
}

#[test]
fn before_the_due_day_the_straight_line_from_the_baseline_decides() {
    // From 50 at the end of 2021 to 100 at the end of 2025: 62.5 a year later, 75 after two.
    for (figures, status) in [
        (&[("2021", 50.0), ("2022", 63.0), ("2023", 75.0)][..], OnTrack),
        (&[("2021", 50.0), ("2023", 74.9)], Behind),
        (&[("2021", 50.0), ("2023", 100.0)], Achieved),
        (&[("2021", 50.0)], InProgress),
        // A period that the plan was issued in is a baseline too, where nothing older is known.
        (&[("2022", 60.0), ("2023", 70.0)], Behind),
        (&[("2022", 60.0), ("2023", 74.0)], OnTrack),
        (&[("2023", 70.0)], InProgress),
        (&[], NoData),
    ] {
        assert_eq!(case(100.0, Some("2025"), "2024-05-01", figures).status(), status, "{figures:?}");
    }
}

#[test]
fn a_plan_without_a_day_of_issue_counts_from_its_first_year() {
    let baseline = |figures| {
        let case = Case { issued: None, ..case(100.0, Some("2025"), "2024-05-01", figures) };
        case.told(|goal, _| goal.baseline().map(|f| f.period.to_string()))
    };
    assert_eq!(baseline(&[("2020", 1.0), ("2021", 2.0)]).as_deref(), Some("2020"));
    assert_eq!(baseline(&[("2021", 2.0)]), None);
}

#[test]
fn without_a_due_day_there_is_no_line() {
    for (figures, status) in
        [(&[("2021", 50.0), ("2023", 75.0)][..], InProgress), (&[("2023", 100.0)], Achieved), (&[], NoData)]
    {
        assert_eq!(case(100.0, None, "2026-11-22", figures).status(), status, "{figures:?}");
    }
}

#[test]
fn a_rank_is_met_from_above() {
    let ranks = |value, qualifier| Case {
        target: target(Some(20.0), TopN, Some("2025")),
        direction: Direction::LowerBetter,
        figures: vec![figure(1, "2025", Some(value), qualifier)],
        ..case(0.0, None, "2026-11-22", &[])
    };
    for (value, qualifier, status) in [(18.0, Exact, Achieved), (21.0, Exact, Behind), (10.0, TopN, Achieved)] {
        assert_eq!(ranks(value, qualifier).status(), status, "{value} {qualifier:?}");
    }
    ranks(25.0, Exact).told(|goal, today| {
        let figure = goal.verdict(today).figure().expect("a figure");
        assert_eq!((goal.ratio(figure), goal.gap(figure)), (Some(0.8), Some(5.0)));
    });
}

#[test]
fn what_is_lacking_is_told_without_binary_dust() {
    case(100.0, Some("2025"), "2026-11-22", &[("2025", 93.66)]).told(|goal, today| {
        let figure = goal.verdict(today).figure().expect("a figure");
        assert_eq!((goal.ratio(figure), goal.gap(figure)), (Some(0.9366), Some(6.34)));
    });
    case(0.0, Some("2025"), "2026-11-22", &[("2025", 5.0)]).told(|goal, today| {
        let figure = goal.verdict(today).figure().expect("a figure");
        assert_eq!((goal.ratio(figure), goal.gap(figure)), (None, Some(-5.0)));
    });
}

#[test]
fn what_a_unit_had_not_met_when_it_ended_cannot_be_compared() {
    for (due, figures, status) in [
        (Some("2025"), &[("2022", 99.5)][..], NotComparable),
        (Some("2025"), &[("2022", 100.0)], Achieved),
        (Some("2030"), &[], NotComparable),
        (None, &[], NotComparable),
        // What was due before it ended is judged as ever.
        (Some("2023-03"), &[("2022", 100.0)], NoData),
        (Some("2025-06"), &[("2025-05", 1.0)], NoData),
        (Some("2025-06"), &[("2025-06", 1.0)], Behind),
    ] {
        let ended = Case { ended: Some("2025-06-30"), ..case(100.0, due, "2026-11-22", figures) };
        assert_eq!(ended.status(), status, "{due:?} {figures:?}");
    }
}

#[test]
fn another_method_or_definition_cannot_be_compared() {
    let mut changed = case(100.0, Some("2025"), "2026-11-22", &[("2021", 50.0), ("2025", 100.0)]);
    changed.figures.iter_mut().skip(1).for_each(|f| f.methodology_version = 2);
    assert_eq!(changed.status(), NotComparable);
    let mut differs = case(100.0, Some("2030"), "2026-11-22", &[("2025", 100.0)]);
    differs.figures.iter_mut().for_each(|f| f.status = ObservationStatus::DefinitionDiffers);
    assert_eq!(differs.status(), NotComparable);
    differs.figures.iter_mut().for_each(|f| f.status = ObservationStatus::Forecast);
    assert_eq!(differs.status(), NoData, "what is foreseen is not attained");
}

#[test]
fn words_cannot_be_measured() {
    let words = Case { target: target(None, Exact, Some("2025")), ..case(0.0, None, "2026-11-22", &[("2025", 1.0)]) };
    assert_eq!(words.status(), NotMeasurable);
    assert_eq!(words.told(|goal, _| goal.baseline().cloned()), None);
}
