//! Attainment (mức độ đạt mục tiêu): judges a target by the published observations of its indicator and unit.
//! Qualifiers count: OVER 85 meets a target of at least 85, UNDER 85 does not. From the start of the due period on,
//! only an observation of that period or later decides.

pub mod explanation;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use entity::{
    indicator,
    kinds::{AttainmentStatus, Direction, ObservationStatus, Qualifier},
    plan, plan_target,
    time::Span,
};

use crate::indicator::{input::Input as Figure, merging::rounded};

/// A target with the records that it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'a> {
    /// The target.
    pub target: &'a plan_target::Model,
    /// The plan that sets it.
    pub plan: &'a plan::Model,
    /// The indicator; none for a target in words.
    pub indicator: Option<&'a indicator::Model>,
    /// The last day of its unit, if the unit has ended.
    pub unit_ended: Option<NaiveDate>,
    /// The published observations of that indicator and unit without a dimension, oldest first.
    pub figures: &'a [Figure],
}

/// Which values meet a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The target's value or more.
    AtLeast,
    /// The target's value or less.
    AtMost,
}

/// The judgement of a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict<'a> {
    /// The target is stated in words.
    InWords,
    /// The observation meets it.
    Met(&'a Figure),
    /// It is due, and the observation does not meet it.
    Missed(&'a Figure),
    /// It is neither met nor due; its newest observation is compared with the straight line from baseline to target.
    OnLine {
        /// The newest observation.
        figure: &'a Figure,
        /// The start of the line.
        baseline: &'a Figure,
        /// The value of the line at the end of the observation's period.
        expected: f64,
        /// Whether the observation reaches that value.
        kept: bool,
    },
    /// It is not met, and the pace is unknown: there is no baseline, no observation after the baseline, or no due date.
    UnderWay {
        /// The newest observation.
        figure: &'a Figure,
        /// The baseline, if there is one.
        baseline: Option<&'a Figure>,
    },
    /// There is no observation, or none from the due period on.
    NoFigure {
        /// The last observation, if there is one.
        last: Option<&'a Figure>,
    },
    /// The unit ended before the due date (or before today, if there is none) without having met the target.
    UnitEnded {
        /// The last day of the unit.
        on: NaiveDate,
        /// Its last observation, if there is one.
        last: Option<&'a Figure>,
    },
    /// The observation has another definition, or another method than the baseline.
    Differs(&'a Figure),
}

impl<'a> Verdict<'a> {
    /// The status in the schema.
    pub fn status(&self) -> AttainmentStatus {
        match self {
            Verdict::InWords => AttainmentStatus::NotMeasurable,
            Verdict::Met(_) => AttainmentStatus::Achieved,
            Verdict::OnLine { kept: true, .. } => AttainmentStatus::OnTrack,
            Verdict::Missed(_) | Verdict::OnLine { kept: false, .. } => AttainmentStatus::Behind,
            Verdict::UnderWay { .. } => AttainmentStatus::InProgress,
            Verdict::NoFigure { .. } => AttainmentStatus::NoData,
            Verdict::UnitEnded { .. } | Verdict::Differs(_) => AttainmentStatus::NotComparable,
        }
    }
    /// The observation that was compared with the target, if any.
    pub fn figure(&self) -> Option<&'a Figure> {
        match self {
            Verdict::Met(figure) | Verdict::Missed(figure) => Some(figure),
            Verdict::OnLine { figure, .. } | Verdict::UnderWay { figure, .. } => Some(figure),
            _ => None,
        }
    }
}

/// AT_MOST for TOP_N and AT_MOST targets and for indicators where less is better; otherwise AT_LEAST.
pub fn bound(qualifier: Qualifier, direction: Direction) -> Bound {
    match (qualifier, direction) {
        (Qualifier::TopN | Qualifier::AtMost, _) | (_, Direction::LowerBetter) => Bound::AtMost,
        _ => Bound::AtLeast,
    }
}

/// Whether a value meets a target. ABOUT counts as the value itself. A value that is bounded only from the other side
/// (at most 90, for a target of at least 85) meets nothing.
pub fn meets(bound: Bound, (value, qualifier): (f64, Qualifier), target: f64) -> bool {
    use Qualifier::{About, AtLeast, AtMost, Exact, Over, TopN, Under};
    match (bound, qualifier) {
        (Bound::AtLeast, Exact | About | Over | AtLeast) => value >= target,
        (Bound::AtLeast, Under) => value > target,
        (Bound::AtLeast, AtMost | TopN) => false,
        (Bound::AtMost, Exact | About | Under | AtMost | TopN) => value <= target,
        (Bound::AtMost, Over) => value < target,
        (Bound::AtMost, AtLeast) => false,
    }
}

/// The value of an observation that can be compared with a target.
fn number(figure: &Figure) -> Option<(f64, Qualifier)> {
    use ObservationStatus::{DefinitionDiffers, Forecast, Missing};
    let compares = !matches!(figure.status, DefinitionDiffers | Forecast | Missing);
    figure.value.filter(|_| compares).map(|value| (value, figure.qualifier))
}

impl<'a> Goal<'a> {
    /// The value to reach; none for a target in words.
    pub fn value(&self) -> Option<(f64, Bound)> {
        let direction = self.indicator?.direction;
        self.target.value.map(|value| (value, bound(self.target.qualifier, direction)))
    }
    /// The days of the due period.
    pub fn due(&self) -> Option<Span> {
        self.target.due_on.as_ref().and_then(|due| due.span())
    }
    fn comparable(&self) -> impl DoubleEndedIterator<Item = &'a Figure> + use<'a> {
        self.figures.iter().filter(|f| number(f).is_some())
    }
    /// The latest comparable observation at or before the plan's issue: of a period that had ended by then, otherwise
    /// of the period in which the plan was issued. Without a day of issue, the first day of the plan's first year
    /// counts.
    pub fn baseline(&self) -> Option<&'a Figure> {
        self.value()?;
        let issued = self.plan.issued_on.as_ref().and_then(|day| day.span());
        let first = || self.plan.period_start.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
        let day = issued.map(|span| span.end).or_else(first)?;
        let ended = self.comparable().rfind(|f| f.period_end <= day);
        ended.or_else(|| self.comparable().rfind(|f| issued.is_some() && f.period_start <= day))
    }
    /// Judges the target.
    pub fn verdict(&self, today: NaiveDate) -> Verdict<'a> {
        let Some((target, bound)) = self.value() else { return Verdict::InWords };
        let baseline = self.baseline();
        let same = |f: &&Figure| baseline.is_none_or(|b| b.methodology_version == f.methodology_version);
        let met = |f: &&Figure| number(f).is_some_and(|figure| meets(bound, figure, target));
        let newest = self.comparable().rfind(same);
        let due = self.due();
        let last_day = due.map_or(today, |due| due.end);
        if let Some(on) = self.unit_ended.filter(|on| *on < last_day && *on < today) {
            return newest.filter(met).map_or(Verdict::UnitEnded { on, last: newest }, Verdict::Met);
        }
        let other = |f: &&Figure| f.status == ObservationStatus::DefinitionDiffers || (number(f).is_some() && !same(f));
        let differs = || self.figures.iter().rfind(|f| f.value.is_some() && other(f));
        if let Some(due) = due.filter(|due| due.start <= today) {
            let deciding = || self.comparable().filter(same).filter(|f| due.start <= f.period_end);
            return match (deciding().find(met), deciding().next_back()) {
                (Some(figure), _) => Verdict::Met(figure),
                (None, Some(figure)) => Verdict::Missed(figure),
                (None, None) => match differs().filter(|f| due.start <= f.period_end) {
                    Some(figure) => Verdict::Differs(figure),
                    None => Verdict::NoFigure { last: newest },
                },
            };
        }
        let Some(figure) = newest else {
            return differs().map_or(Verdict::NoFigure { last: None }, Verdict::Differs);
        };
        if met(&figure) {
            return Verdict::Met(figure);
        }
        match (baseline, due) {
            (Some(baseline), Some(due)) => match expected(baseline, figure, target, due.end) {
                Some(expected) => {
                    let kept = number(figure).is_some_and(|figure| meets(bound, figure, expected));
                    Verdict::OnLine { figure, baseline, expected, kept }
                }
                None => Verdict::UnderWay { figure, baseline: Some(baseline) },
            },
            _ => Verdict::UnderWay { figure, baseline },
        }
    }
    /// The observation divided by the target, or the target divided by the observation when less is better.
    pub fn ratio(&self, figure: &Figure) -> Option<f64> {
        let (target, bound) = self.value()?;
        let (value, _) = number(figure)?;
        let ratio = match bound {
            Bound::AtLeast => value / target,
            Bound::AtMost => target / value,
        };
        Some(ratio).filter(|ratio| ratio.is_finite())
    }
    /// How much is missing; negative when the observation exceeds the target.
    pub fn gap(&self, figure: &Figure) -> Option<f64> {
        let (target, bound) = self.value()?;
        let (value, _) = number(figure)?;
        let gap = match bound {
            Bound::AtLeast => target - value,
            Bound::AtMost => value - target,
        };
        Some(rounded(gap, [target, value].into_iter()))
    }
}

/// The value of the straight line from baseline to target at the end of the observation's period. None if the baseline
/// is not before the due date or the observation is not after the baseline.
fn expected(baseline: &Figure, figure: &Figure, target: f64, due: NaiveDate) -> Option<f64> {
    let start = baseline.value?;
    let days = |to: NaiveDate| (to - baseline.period_end).num_days();
    let (gone, all) = (days(figure.period_end), days(due));
    if gone <= 0 || all <= 0 {
        return None;
    }
    let expected = start + (target - start) * (gone.min(all) as f64 / all as f64);
    // Round off binary errors: otherwise an observation exactly on the line could be judged behind it.
    format!("{expected:.9}").parse().ok()
}
