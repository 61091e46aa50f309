//! Whether the machine's clock was set (đồng hồ của máy): by how far it ran ahead or behind since the program began, and, when that began,
//! how it stood to what was recorded last.
//!
//! Nobody else tells. A clock that is a year ahead for a minute makes every account look as if nobody had used it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    journal,
    kernel::{app::App, clock::Stopwatch, op::Op, policy::Caller},
};

/// How often it is looked at.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// By how far it may be off.
const OFF: TimeDelta = TimeDelta::hours(1);

/// After how long without a single entry in the audit log it is doubted that the program was really stopped for so long.
const SILENT: TimeDelta = TimeDelta::days(30);

/// Looks at the clock for as long as it is waited for.
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

/// Whether the clock cannot well say this, after what was recorded last.
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
