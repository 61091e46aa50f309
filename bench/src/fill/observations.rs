//! Indicators and their observations: monthly ones of every unit that ever was, some with further dimensions, quarterly ones, and
//! few daily ones with long histories.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

use super::{
    Fill, Unit, day,
    names::{SUBJECTS, of},
    sink::Cell,
};
use crate::{
    failure::Result,
    kernel::text::{searched, sort_key},
    row,
};

/// The first day of which there are observations.
const FIRST: (i32, u32, u32) = (2020, 7, 1);

/// How many quarterly and daily indicators there are; all others are monthly.
const QUARTERLY: usize = 100;
const DAILY: usize = 3;

/// Further dimensions of every fifth monthly indicator.
const DIMENSIONS: [&str; 2] = ["commune_level", "district_level"];

/// The code of an indicator.
pub fn code(n: usize) -> String {
    format!("chi_tieu_{n:03}")
}

/// Who may see an indicator's observations.
fn sharing(n: usize) -> &'static str {
    match n % 40 {
        9 | 19 => "SHARED",
        39 => "PRIVATE",
        _ => "OPEN",
    }
}

fn has_dimensions(n: usize) -> bool {
    n % 5 == 4
}

fn merge_rule(n: usize) -> &'static str {
    of(&["SUM", "SUM", "MEAN", "NONE"], n)
}

/// Whether the shapes ask for a monthly indicator: all callers see it, it has one dimension and is summed up.
pub fn is_asked_for(n: usize) -> bool {
    sharing(n) == "OPEN" && !has_dimensions(n) && merge_rule(n) == "SUM"
}

/// How often an indicator is observed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Often {
    Monthly,
    Quarterly,
    Daily,
}

impl Often {
    /// The period in which a day lies: how it is written, its first and its last day.
    fn period(self, on: NaiveDate) -> (String, NaiveDate, NaiveDate) {
        let months = |first: NaiveDate, count| (first, first + Months::new(count) - Days::new(1));
        match self {
            Often::Monthly => {
                let (start, end) = months(on.with_day(1).unwrap_or(on), 1);
                (start.format("%Y-%m").to_string(), start, end)
            }
            Often::Quarterly => {
                let quarter = on.month0() / 3;
                let (start, end) = months(day((on.year(), quarter * 3 + 1, 1)), 3);
                (format!("{}-Q{}", on.year(), quarter + 1), start, end)
            }
            Often::Daily => (on.to_string(), on, on),
        }
    }
}

/// What of an observation its revisions share.
struct Figure<'a> {
    indicator: i64,
    number: usize,
    unit: &'a Unit,
    dimension: &'a str,
    period: (String, NaiveDate, NaiveDate),
}

/// Writes down revisions until there are enough.
struct Writing {
    observations: Vec<Vec<Cell>>,
    steps: Vec<Vec<Cell>>,
    changes: Vec<Vec<Cell>>,
    id: i64,
    step: i64,
    change: i64,
    source: i64,
    left: usize,
    random: fastrand::Rng,
}

impl Writing {
    fn value(&mut self, figure: &Figure<'_>) -> f64 {
        let base = 1_000.0 + ((figure.unit.id * 7_919 + figure.number as i64 * 104_729) % 90_000) as f64;
        let age = (figure.period.2 - day(FIRST)).num_days() as f64;
        (base * (1.0 + age / 4_000.0) + f64::from(self.random.u32(..500))).floor()
    }
    /// One observation: one revision, rarely two; in the last months some are drafts.
    fn figure(&mut self, figure: &Figure<'_>) {
        let revised = self.random.u32(..33) == 0;
        let draft = figure.period.2 > day((2026, 9, 1)) && self.random.u32(..40) == 0;
        let recorded = (figure.period.2 + Days::new(5)).and_time(NaiveTime::MIN).and_utc();
        if revised {
            let later = recorded + Days::new(20);
            self.revision(figure, 1, "PUBLISHED", recorded, Some(later));
            self.revision(figure, 2, "PUBLISHED", later, None);
        } else {
            self.revision(figure, 1, if draft { "DRAFT" } else { "PUBLISHED" }, recorded, None);
        }
    }
    fn revision(
        &mut self,
        figure: &Figure<'_>,
        revision: i32,
        state: &'static str,
        recorded: DateTime<Utc>,
        superseded: Option<DateTime<Utc>>,
    ) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let value = self.value(figure);
        let published = (state == "PUBLISHED").then_some(recorded);
        let (period, start, end) = figure.period.clone();
        let reason = (revision > 1).then_some("Đính chính theo báo cáo chính thức");
        let key = format!("{}/{}/{period}/{}", code(figure.number), figure.unit.code, figure.dimension);
        let source = self.source + (self.id / 1_000) % 1_000;
        self.observations.push(row![
            self.id,
            figure.indicator,
            figure.unit.id,
            period,
            start,
            end,
            false,
            value,
            "EXACT",
            value.to_string(),
            figure.dimension,
            1,
            "OFFICIAL",
            state,
            sharing(figure.number),
            source,
            revision,
            recorded,
            published,
            superseded,
            reason,
            1,
            "operator"
        ]);
        self.steps.push(row![self.step, self.id, state, recorded, "operator"]);
        // The feed keeps 90 days.
        if recorded > day((2026, 9, 1)).and_time(NaiveTime::MIN).and_utc() {
            let action = if revision > 1 { "UPDATED" } else { "CREATED" };
            self.changes.push(row![self.change, "OBSERVATION", action, key, self.id, recorded]);
            self.change += 1;
        }
        (self.id, self.step) = (self.id + 1, self.step + 1);
    }
}

impl Fill<'_> {
    /// Indicators; answers the ids of those that were made.
    pub fn indicators(&mut self) -> Result<Vec<i64>> {
        let first = self.sink.last_id("indicator")? + 1;
        // More monthly ones than there will be observations for cost nothing.
        let all = QUARTERLY + DAILY + self.monthly();
        let rows = (0..all).map(|n| {
            let code = code(n);
            let (vi, en) = (format!("Số giao dịch {} {n}", of(&SUBJECTS, n)), format!("Transactions {n}"));
            let (search, sorted) = (searched(&code, [vi.as_str(), &en]), sort_key(&vi));
            let about = "Số giao dịch phát sinh trong kỳ";
            row![
                first + n as i64,
                code,
                vi,
                en,
                about,
                "Transactions of the period",
                "giao dịch",
                "COUNT",
                "HIGHER_BETTER",
                merge_rule(n),
                "DATA_SHARING",
                1,
                1,
                sorted,
                search
            ]
        });
        let columns = "id, code, name_vi, name_en, definition_vi, definition_en, unit, value_type, direction, merge_rule, \
             topic, methodology_version, version, name_sort, search";
        self.sink.write("indicator", columns, &mut rows.collect::<Vec<_>>().into_iter())?;
        Ok((first..first + all as i64).collect())
    }

    /// How many monthly indicators it takes for the observations that are wanted.
    fn monthly(&self) -> usize {
        (self.sizes.observations / 6_000).max(40)
    }

    /// Observations, with the steps of their review and their entries in the change feed.
    pub fn observations(&mut self, indicators: &[i64]) -> Result<()> {
        let source = self.sink.last_id("source")? + 1;
        let sources = (0..1_000_i64).map(|n| row![source + n, format!("Báo cáo thống kê số {n}"), "Cục Thống kê"]);
        self.sink.write("source", "id, title, publisher", &mut sources.collect::<Vec<_>>().into_iter())?;
        let mut writing = Writing {
            observations: vec![],
            steps: vec![],
            changes: vec![],
            id: self.sink.last_id("observation")? + 1,
            step: self.sink.last_id("observation_transition")? + 1,
            change: self.sink.last_id("change")? + 1,
            source,
            left: self.sizes.observations,
            random: fastrand::Rng::with_seed(31),
        };
        let monthly = self.monthly();
        // Those with few rows first: the last of the monthly ones end where there are enough.
        for (n, indicator) in indicators.iter().enumerate().rev() {
            let often = match n.checked_sub(monthly) {
                None => Often::Monthly,
                Some(n) if n < QUARTERLY => Often::Quarterly,
                Some(_) => Often::Daily,
            };
            if often == Often::Monthly {
                continue;
            }
            self.indicator(&mut writing, n, *indicator, often)?;
        }
        for (n, indicator) in indicators.iter().take(monthly).enumerate() {
            self.indicator(&mut writing, n, *indicator, Often::Monthly)?;
        }
        let columns = "id, type, action, key, node_id, at";
        self.sink.write("change", columns, &mut std::mem::take(&mut writing.changes).into_iter())
    }

    fn indicator(&mut self, writing: &mut Writing, number: usize, indicator: i64, often: Often) -> Result<()> {
        let last = day(super::LAST_DAY);
        for unit in &self.units {
            // Daily observations are kept by units that did not merge.
            let merged = unit.from.is_some() || unit.to.is_some();
            if often == Often::Daily && merged {
                continue;
            }
            let further = often == Often::Monthly && has_dimensions(number);
            for dimension in std::iter::once("").chain(DIMENSIONS.into_iter().filter(|_| further)) {
                let mut on = unit.from.unwrap_or(day(FIRST));
                loop {
                    let period = often.period(on);
                    if period.2 > unit.to.unwrap_or(last) || period.2 > last {
                        break;
                    }
                    on = period.2 + Days::new(1);
                    writing.figure(&Figure { indicator, number, unit, dimension, period });
                }
            }
        }
        // A statement for each indicator, so that memory stays small.
        let columns = "id, indicator_id, area_id, period, period_start, period_end, period_inferred, value, qualifier, text, \
             dimension, methodology_version, status, state, sharing, source_id, revision, recorded_at, published_at, \
             superseded_at, revision_reason, version, recorded_by";
        self.sink.write("observation", columns, &mut std::mem::take(&mut writing.observations).into_iter())?;
        let columns = "id, observation_id, to_state, at, by";
        self.sink.write("observation_transition", columns, &mut std::mem::take(&mut writing.steps).into_iter())
    }
}
