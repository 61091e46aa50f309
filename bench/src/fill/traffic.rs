//! What was counted of calls: of busy links by hour, day and month, of the others by day and month.

use chrono::{Datelike, NaiveDate};

use super::{Fill, day, sharing::Link};
use crate::{durations::Durations, failure::Result, row};

/// The year that is counted by day, and the days at its end that are counted by hour.
const FROM: (i32, u32, u32) = (2025, 11, 1);
const HOURS_FROM: (i32, u32, u32) = (2026, 10, 20);

/// Rows of a link that is counted by hour too, and of any other.
const BUSY_ROWS: usize = 385 + 31 * 24 + 13;
const QUIET_ROWS: usize = 385 + 13;

/// Calls, counted.
#[derive(Clone, Default)]
struct Tally {
    succeeded: i64,
    failed: i64,
    denied: i64,
    bytes_in: i64,
    bytes_out: i64,
    duration_ms: i64,
    longest_ms: i64,
    durations: Durations,
}

impl Tally {
    fn of_calls(random: &mut fastrand::Rng, calls: i64) -> Self {
        let mut tally = Tally::default();
        // Few durations stand for all, so that a histogram has as many bins as one of a day.
        let sample = calls.min(12);
        for n in 0..sample {
            let count = calls / sample + i64::from(n < calls % sample);
            let ms = 20 + (random.f64().powi(3) * 900.0) as u32;
            (0..count).for_each(|_| tally.durations.add(ms));
            tally.duration_ms += i64::from(ms) * count;
            tally.longest_ms = tally.longest_ms.max(ms.into());
        }
        tally.failed = calls / 50;
        tally.denied = calls / 200;
        tally.succeeded = calls - tally.failed - tally.denied;
        (tally.bytes_in, tally.bytes_out) = (calls * 412, calls * 2_950);
        tally
    }
    fn merge(&mut self, other: &Tally) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.denied += other.denied;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.duration_ms += other.duration_ms;
        self.longest_ms = self.longest_ms.max(other.longest_ms);
        self.durations.merge(&other.durations);
    }
}

/// The hour in which a day in Việt Nam begins, counted from 1970-01-01T00:00Z.
fn hour_of(on: NaiveDate) -> i64 {
    on.signed_duration_since(NaiveDate::default()).num_hours() - 7
}

impl Fill<'_> {
    /// Tallies of the links that operate: the busiest first, until there are enough.
    pub fn tallies(&mut self, links: &[Link]) -> Result<()> {
        let operating: Vec<&Link> = links.iter().filter(|link| link.operates).collect();
        let busy = self.sizes.tallies * 11 / 20 / BUSY_ROWS;
        let quiet = (self.sizes.tallies - busy * BUSY_ROWS) / QUIET_ROWS;
        let mut id = self.sink.last_id("exchange_tally")? + 1;
        for (rank, link) in operating.iter().take(busy + quiet).enumerate() {
            let mut rows = vec![];
            let calls = (1_000.0 / (1.0 + rank as f64).sqrt()) as i64 + 2;
            let mut write = |span: &str, hour: i64, tally: &Tally| {
                rows.push(row![
                    id,
                    link.id,
                    span,
                    hour,
                    "PROVIDER",
                    false,
                    tally.succeeded,
                    tally.failed,
                    tally.denied,
                    tally.bytes_in,
                    tally.bytes_out,
                    tally.duration_ms,
                    tally.longest_ms,
                    tally.durations.encode()
                ]);
                id += 1;
            };
            let (mut on, mut month) = (day(FROM), (hour_of(day(FROM)), Tally::default()));
            while on <= day(super::LAST_DAY) {
                if on.day() == 1 && on != day(FROM) {
                    write("MONTH", month.0, &month.1);
                    month = (hour_of(on), Tally::default());
                }
                let count = calls / 2 + self.random.i64(..calls);
                let counted = if rank < busy && on >= day(HOURS_FROM) {
                    let mut sum = Tally::default();
                    for hour in 0..24 {
                        let of_hour = Tally::of_calls(&mut self.random, (count / 24).max(1));
                        write("HOUR", hour_of(on) + hour, &of_hour);
                        sum.merge(&of_hour);
                    }
                    sum
                } else {
                    Tally::of_calls(&mut self.random, count.max(1))
                };
                write("DAY", hour_of(on), &counted);
                month.1.merge(&counted);
                on = on.succ_opt().unwrap_or(NaiveDate::MAX);
            }
            write("MONTH", month.0, &month.1);
            let columns = "id, link_id, span, hour, side, trial, succeeded, failed, denied, bytes_in, bytes_out, \
                 duration_ms, longest_ms, durations";
            self.sink.write("exchange_tally", columns, &mut rows.into_iter())?;
        }
        Ok(())
    }
}
