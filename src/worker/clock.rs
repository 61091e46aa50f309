//! Detects that the machine's clock (đồng hồ của máy) was set: the worker compares it with the time that passed since
//! the start, and at the start with the last audit entry.
//!
//! Nothing else reports this. Without it, a clock that is a year ahead for a minute would make every account look
//! idle, so accounts would be disabled at their next sign-in.
//! idle.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    journal,
    kernel::{app::App, clock::Stopwatch, op::Op, policy::Caller},
};

/// How often the clock is checked.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// The tolerated difference.
const OFF: TimeDelta = TimeDelta::hours(1);

/// If the last audit entry is older than this at the start, the clock is doubted.
const SILENT: TimeDelta = TimeDelta::days(30);

/// Checks the clock until the future is dropped.
pub(super) async fn watch(app: &App) {
    let (begun, beginning) = (app.clock().now(), Stopwatch::start());
    let unlikely = match journal::last_recorded(&Op::new(app, Caller::System, super::WORKER)).await {
        Ok(Some(last)) => is_unlikely(begun, last),
        Ok(None) | Err(_) => false,
    };
    if unlikely {
        app.doubt_clock(true);
        tracing::warn!(now = %begun, "the clock is far from what was recorded last: until the next start no account is disabled for being idle; check the machine's clock");
    }
    let mut times = tokio::time::interval(LOOKED_AT);
    loop {
        times.tick().await;
        let passed = TimeDelta::from_std(beginning.elapsed()).unwrap_or_default();
        let off = app.clock().now() - begun - passed;
        let doubted = unlikely || off.abs() > OFF;
        if app.doubt_clock(doubted) != doubted {
            match doubted {
                true => tracing::warn!(
                    seconds = off.num_seconds(),
                    "the clock was set while the program ran: as long as it is, no account is disabled for being idle"
                ),
                false => tracing::info!("the clock stands as it did before it was set"),
            }
        }
    }
}

/// Whether the current time is implausible, given the time of the last audit entry.
fn is_unlikely(now: DateTime<Utc>, last: DateTime<Utc>) -> bool {
    now - last > SILENT || last - now > OFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_doubted_that_jumped_since_the_last_entry() {
        let last = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        for (days, unlikely) in [(0, false), (29, false), (31, true), (400, true), (-1, true)] {
            assert_eq!(is_unlikely(last + TimeDelta::days(days), last), unlikely, "{days}");
        }
    }
}
