//! Progress (tiến độ): the attainment of many targets at once, and counts by status. The number of SQL statements does
//! not depend on the number of targets.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    ids::{IndicatorId, ObservationId, PlanId, UnitId},
    indicator,
    kinds::{AttainmentStatus, SharingClass},
    plan, plan_target, unit,
};

use super::{
    attainment::{Goal, explanation::explain},
    store,
};
use crate::{
    indicator::{granted, input::Input, store as figures},
    kernel::{
        error::{Broken, Result},
        locale::Message,
        op::Op,
    },
    territory,
};

/// The attainment of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Attainment {
    /// The result.
    pub status: AttainmentStatus,
    /// The observation divided by the target, or the target divided by the observation when less is better.
    pub ratio: Option<f64>,
    /// How much is missing, in the indicator's unit; negative when the observation exceeds the target.
    pub gap: Option<f64>,
    /// The observation that was compared.
    pub figure: Option<ObservationId>,
    /// The reason, in one sentence.
    pub explanation: Message,
    /// The strictest class among the observations that were considered; none without any.
    pub sharing: Option<SharingClass>,
}

/// Numbers of targets by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Met.
    pub achieved: i32,
    /// On the line from baseline to target, or better.
    pub on_track: i32,
    /// Not met yet, without enough data to judge the pace.
    pub in_progress: i32,
    /// Behind the line, or due and not met.
    pub behind: i32,
    /// Without an observation that decides.
    pub no_data: i32,
    /// Stated in words.
    pub not_measurable: i32,
    /// Not comparable with the observations.
    pub not_comparable: i32,
}

impl Summary {
    fn add(&mut self, status: AttainmentStatus) {
        *match status {
            AttainmentStatus::Achieved => &mut self.achieved,
            AttainmentStatus::OnTrack => &mut self.on_track,
            AttainmentStatus::InProgress => &mut self.in_progress,
            AttainmentStatus::Behind => &mut self.behind,
            AttainmentStatus::NoData => &mut self.no_data,
            AttainmentStatus::NotMeasurable => &mut self.not_measurable,
            AttainmentStatus::NotComparable => &mut self.not_comparable,
        } += 1;
    }
    /// The number of all targets.
    pub fn total(&self) -> i32 {
        let Summary { achieved, on_track, in_progress, behind, no_data, not_measurable, not_comparable } = self;
        achieved + on_track + in_progress + behind + no_data + not_measurable + not_comparable
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.achieved += other.achieved;
        self.on_track += other.on_track;
        self.in_progress += other.in_progress;
        self.behind += other.behind;
        self.no_data += other.no_data;
        self.not_measurable += other.not_measurable;
        self.not_comparable += other.not_comparable;
    }
}

/// The records that are needed to judge some targets.
struct Facts {
    plans: HashMap<PlanId, plan::Model>,
    indicators: HashMap<IndicatorId, indicator::Model>,
    units: HashMap<UnitId, unit::Model>,
    figures: HashMap<(IndicatorId, UnitId), Vec<Input>>,
}

impl Facts {
    async fn load(op: &Op, targets: &[plan_target::Model], as_of: Option<DateTime<Utc>>) -> Result<Self> {
        let measured = || targets.iter().filter_map(|target| target.indicator_id);
        let plans = store::by_ids(op, targets.iter().map(|target| target.plan_id)).await?;
        let indicators = figures::by_ids(op, measured()).await?;
        let units = territory::store::by_ids(op, targets.iter().map(|target| target.area_id)).await?;
        let rows = figures::figures(op, measured(), units.keys().copied(), &[""], as_of).await?;
        let mut figures: HashMap<_, Vec<Input>> = HashMap::new();
        for row in rows {
            figures.entry((row.indicator_id, row.area_id)).or_default().push(row);
        }
        for series in figures.values_mut() {
            series.sort_by_key(|f| (f.period_end, f.period_start, f.id));
        }
        let by_id = |rows: Vec<indicator::Model>| rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(Facts { plans, indicators: by_id(indicators), units, figures })
    }
    fn goal<'a>(&'a self, op: &Op, target: &'a plan_target::Model) -> Result<Goal<'a>> {
        let plan = self.plans.get(&target.plan_id).ok_or_else(|| Broken::new("a target without its plan"))?;
        let figures = target.indicator_id.and_then(|indicator| self.figures.get(&(indicator, target.area_id)));
        granted::note(op, figures.into_iter().flatten());
        Ok(Goal {
            target,
            plan,
            indicator: target.indicator_id.and_then(|indicator| self.indicators.get(&indicator)),
            unit_ended: self.units.get(&target.area_id).and_then(|unit| unit.valid_to),
            figures: figures.map(Vec::as_slice).unwrap_or_default(),
        })
    }
}

/// Judges targets by the observations that were published at an instant; now by default.
///
/// # Errors
/// The database's.
pub async fn of_targets(op: &Op, ids: &[i64], as_of: Option<DateTime<Utc>>) -> Result<HashMap<i64, Attainment>> {
    let targets = store::targets(op, ids).await?;
    let facts = Facts::load(op, &targets, as_of).await?;
    let attainment = |target: &plan_target::Model| {
        let goal = facts.goal(op, target)?;
        let verdict = goal.verdict(op.today());
        let figure = verdict.figure();
        let attainment = Attainment {
            status: verdict.status(),
            ratio: figure.and_then(|figure| goal.ratio(figure)),
            gap: figure.and_then(|figure| goal.gap(figure)),
            figure: figure.map(|figure| figure.id),
            explanation: explain(&goal, &verdict),
            sharing: granted::strictest(goal.figures),
        };
        Ok((target.id.into(), attainment))
    };
    targets.iter().map(attainment).collect()
}

/// Finds the baselines of targets.
///
/// # Errors
/// The database's.
pub async fn baselines(op: &Op, ids: &[i64]) -> Result<HashMap<i64, i64>> {
    let targets = store::targets(op, ids).await?;
    let facts = Facts::load(op, &targets, None).await?;
    let baseline = |target: &plan_target::Model| {
        let goal = facts.goal(op, target);
        goal.map(|goal| goal.baseline().map(|figure| (target.id.into(), figure.id.into()))).transpose()
    };
    targets.iter().filter_map(baseline).collect()
}

/// Counts the targets of each plan by status.
///
/// # Errors
/// The database's.
pub async fn of_plans(op: &Op, plans: &[i64]) -> Result<HashMap<i64, Summary>> {
    let targets = store::targets_of(op, plans).await?;
    let facts = Facts::load(op, &targets, None).await?;
    let mut all: HashMap<i64, Summary> = plans.iter().map(|plan| (*plan, Summary::default())).collect();
    for target in &targets {
        let status = facts.goal(op, target)?.verdict(op.today()).status();
        all.entry(target.plan_id.into()).or_default().add(status);
    }
    Ok(all)
}

/// Counts the targets of all plans of each unit by status, with or without the plans of its predecessors.
///
/// # Errors
/// The database's.
pub async fn of_units(op: &Op, units: &[i64], include_predecessors: bool) -> Result<HashMap<i64, Summary>> {
    let pairs = store::plans_of(op, units, include_predecessors).await?;
    let mut plans: Vec<i64> = pairs.iter().map(|(_, plan)| *plan).collect();
    plans.sort_unstable();
    plans.dedup();
    let standing = of_plans(op, &plans).await?;
    let mut all: HashMap<i64, Summary> = units.iter().map(|unit| (*unit, Summary::default())).collect();
    for (unit, plan) in pairs {
        *all.entry(unit).or_default() += standing.get(&plan).copied().unwrap_or_default();
    }
    Ok(all)
}
