//! Whatever is reported, in whichever order and however cut into reports: what is told is what a count of the records comes to.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, SecondsFormat, Timelike, Utc};
use lienthong::{
    kernel::{app::Settings, config::Config, op::Op, policy::Caller},
    traffic,
};
use proptest::{
    prelude::{Just, Strategy, any, prop, prop_oneof},
    sample::Index,
    strategy::ValueTree,
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use super::{DAY_MS, LINK, OTHER, call, counted, of_link, sent, system, with};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED => whatever_is_reported_the_counts_are_those_of_the_records }

/// A report that was drawn.
#[derive(Clone, Debug)]
struct Drawn {
    link: &'static str,
    provider: bool,
    message: u8,
    minutes: i64,
    outcome: &'static str,
    ms: i32,
    bytes: [u32; 2],
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let outcome = prop::sample::select(vec!["SUCCEEDED", "FAILED", "DENIED"]);
    let ms = prop_oneof![10 => 0..200_i32, 10 => 0..100_000, 1 => Just(DAY_MS)];
    // In few hours, at both ends of a month and of thirty days.
    let minutes = prop_oneof![0..300_i64, 21_700..22_100_i64, 43_000..43_200_i64];
    let link = prop::sample::select(vec![LINK, OTHER]);
    (link, any::<bool>(), 0..30_u8, minutes, outcome, ms, any::<[u32; 2]>()).prop_map(
        |(link, provider, message, minutes, outcome, ms, bytes)| Drawn {
            link,
            provider,
            message,
            minutes,
            outcome,
            // It has ended when it is reported.
            ms: if minutes > 40_000 { i32::min(ms, 100_000) } else { ms },
            bytes,
        },
    )
}

/// The records, and which of them count: as simply as it can be told.
#[derive(Default)]
struct Model<'a> {
    all: Vec<Row<'a>>,
    /// The hours, since the first, of which all are there.
    horizon: Option<i64>,
}

struct Row<'a> {
    report: &'a Drawn,
    counted: bool,
    kept: bool,
}

impl<'a> Model<'a> {
    /// Whether a report is taken (0), was known (1), or lies too far back (2).
    fn report(&mut self, report: &'a Drawn) -> usize {
        if self.horizon.is_some_and(|first| report.minutes / 60 < first + 24) {
            return 2;
        }
        let same = |row: &&mut Row| row.kept && (row.report.link, row.report.message) == (report.link, report.message);
        let (mut mine, mut theirs) = (false, false);
        for row in self.all.iter_mut().filter(same) {
            mine |= row.report.provider == report.provider;
            theirs |= row.report.provider != report.provider;
        }
        if mine {
            return 1;
        }
        if report.provider {
            self.all.iter_mut().filter(same).for_each(|row| row.counted = false);
        }
        self.all.push(Row { report, counted: report.provider || !theirs, kept: true });
        0
    }
    /// What lies before an hour is dropped.
    fn forget(&mut self, first: i64) {
        for row in self.all.iter_mut().filter(|row| row.kept && row.report.minutes / 60 < first) {
            row.kept = false;
            self.horizon = self.horizon.max(Some(first));
        }
    }
    fn counted(&self) -> impl Iterator<Item = &'a Drawn> {
        self.all.iter().filter(|row| row.counted).map(|row| row.report)
    }
}

/// When the bucket begins in which an instant lies.
fn beginning(at: DateTime<Utc>, bucket: &str) -> String {
    let viet_nam = Duration::hours(7);
    let there = (at + viet_nam).naive_utc();
    let day = there.date();
    let start = match bucket {
        "HOUR" => day.and_hms_opt(there.hour(), 0, 0),
        "DAY" => day.and_hms_opt(0, 0, 0),
        _ => day.with_day(1).and_then(|day| day.and_hms_opt(0, 0, 0)),
    };
    (start.expect("an instant").and_utc() - viet_nam).to_rfc3339_opts(SecondsFormat::Secs, true)
}

async fn whatever_is_reported_the_counts_are_those_of_the_records(db: TestDb) {
    let system = system(&db, None).await;
    let mut runner = TestRunner::default();
    let begin: DateTime<Utc> = "2025-12-16T12:00:00Z".parse().expect("an instant");
    let now = begin + Duration::hours(720);
    // Nothing is dropped, or what lies in the first hours, or half of all.
    let kept = prop_oneof![4 => Just(None), 1 => (691..=696_i64).prop_map(Some), 1 => (330..=336_i64).prop_map(Some)];
    for round in 0..20 {
        db.execute("DELETE FROM exchange_record").await;
        db.execute("DELETE FROM exchange_tally").await;
        db.execute("DELETE FROM exchange_horizon").await;
        let strategy = (prop::collection::vec(drawn(), 1..200), prop::collection::vec(any::<Index>(), 0..6));
        let (reports, cuts) = strategy.new_tree(&mut runner).expect("values can be drawn").current();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(reports.len() + 1)).collect();
        cuts.extend([0, reports.len()]);
        cuts.sort_unstable();
        let mut model = Model::default();
        for part in cuts.windows(2) {
            let part = &reports[part[0]..part[1]];
            let records: Vec<Value> = part
                .iter()
                .map(|it| {
                    let at = (begin + Duration::minutes(it.minutes)).to_rfc3339();
                    let side = if it.provider { "PROVIDER" } else { "CONSUMER" };
                    let record = call(it.link, side, &it.message.to_string(), &at, it.ms);
                    let record = with(record, "outcome", json!(it.outcome));
                    with(with(record, "bytesIn", json!(it.bytes[0])), "bytesOut", json!(it.bytes[1]))
                })
                .collect();
            let mut expected = [0; 3];
            for it in part {
                expected[model.report(it)] += 1;
            }
            let answer = sent(&system, &records).await;
            let payload = &answer["data"]["recordExchanges"];
            let errors = payload["errors"].as_array().expect("errors");
            assert!(errors.iter().all(|error| error["code"] == "TOO_OLD"), "{answer}");
            let told = [payload["accepted"].as_u64(), payload["duplicates"].as_u64(), Some(errors.len() as u64)];
            assert_eq!(told, expected.map(Some), "{round} {reports:?} {cuts:?}");
            // Somebody keeps them no longer than so, for now.
            let kept = kept.new_tree(&mut runner).expect("values can be drawn").current();
            if let Some(hours) = kept {
                let exchanges = Duration::hours(hours);
                let app = db.app_set(now, Settings { exchanges, ..Settings::from(&Config::default()) }).await;
                traffic::forget(&Op::new(&app, Caller::System, "test")).await.expect("they are dropped");
                model.forget(720 - hours - 24);
            }
        }
        // Of a time that begins and ends with whole hours, wherever.
        let span = (0..300_i64, 300..720_i64).new_tree(&mut runner).expect("values can be drawn").current();
        let (from, to) = (begin + Duration::hours(span.0), begin + Duration::hours(span.1));
        let within = |it: &&Drawn| (from..to).contains(&(begin + Duration::minutes(it.minutes)));
        let [first, last] = [from, to].map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        for bucket in ["HOUR", "DAY", "MONTH"] {
            for link in [LINK, OTHER] {
                let mut buckets: BTreeMap<String, Vec<&Drawn>> = BTreeMap::new();
                for it in model.counted().filter(|it| it.link == link).filter(within) {
                    buckets.entry(beginning(begin + Duration::minutes(it.minutes), bucket)).or_default().push(it);
                }
                let told = of_link(&db, link, &first, &last, bucket).await;
                let told = told.as_array().expect("buckets");
                assert_eq!(told.len(), buckets.len(), "{round} {reports:?} {cuts:?}");
                for (told, (start, mut calls)) in told.iter().zip(buckets) {
                    let ended = |how: &str| calls.iter().filter(|it| it.outcome == how).count() as i32;
                    let sum = |of: fn(&Drawn) -> f64| calls.iter().map(|it| of(it)).sum::<f64>();
                    let outcomes = [ended("SUCCEEDED"), ended("FAILED"), ended("DENIED")];
                    let bytes = [sum(|it| it.bytes[0].into()), sum(|it| it.bytes[1].into())];
                    let mean = sum(|it| it.ms.into()) / calls.len() as f64;
                    calls.sort_by_key(|it| it.ms);
                    let p95 = f64::from(calls[(95 * calls.len()).div_ceil(100) - 1].ms);
                    let max = f64::from(calls[calls.len() - 1].ms);
                    let near = told["latencyP95Ms"].as_f64().expect("a number");
                    assert!((near - p95).abs() <= p95 / 128.0, "{near} {p95}");
                    let told_mean = told["latencyAvgMs"].as_f64().expect("a number");
                    assert!((told_mean - mean).abs() <= mean * 1e-12, "{told_mean} {mean}");
                    let expected = counted(&start, outcomes, bytes, [told_mean, near, max]);
                    assert_eq!(*told, expected, "{round} {bucket} {reports:?} {cuts:?}");
                }
            }
        }
    }
}
