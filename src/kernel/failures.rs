//! Failures that anyone can cause repeatedly, such as a wrong secret: the first is recorded in the audit log
//! immediately, those of the following minute as one entry. Without this, each wrong guess of an anonymous caller
//! costs a write transaction and an audit entry.
//!
//! The counts are held in the memory of this process. A killed process loses at most one minute of them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use entity::kinds::AuditOutcome;

use super::policy::Action;

/// The time over which failures are counted together.
const WINDOW: Duration = Duration::minutes(1);

/// A failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The action that was attempted.
    pub action: Action,
    /// The key of the record that was the target. Only existing records are named, so the number of keys is bounded.
    pub resource: Option<String>,
    /// Whether the attempt was denied or failed.
    pub outcome: AuditOutcome,
    /// The reason, as a stable code.
    pub reason: &'static str,
}

type Key = (Action, Option<String>, &'static str);

struct Window {
    failure: Failure,
    since: DateTime<Utc>,
    more: u32,
}

impl Window {
    /// Whether the window has ended. A clock that was set back ends it too.
    fn over(&self, now: DateTime<Utc>) -> bool {
        (now - self.since).abs() >= WINDOW
    }
}

/// The failures of the last minute.
#[derive(Default)]
pub struct Failures {
    windows: Mutex<HashMap<Key, Window>>,
}

impl Failures {
    fn windows(&self) -> MutexGuard<'_, HashMap<Key, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Counts one failure. Returns how many failures the entry to be recorded now stands for; 0 while the window
    /// lasts.
    pub fn count(&self, failure: &Failure, now: DateTime<Utc>) -> u32 {
        let key = (failure.action, failure.resource.clone(), failure.reason);
        let mut windows = self.windows();
        match windows.get_mut(&key) {
            Some(window) if !window.over(now) => {
                window.more = window.more.saturating_add(1);
                0
            }
            over => {
                let times = over.map_or(0, |window| window.more).saturating_add(1);
                windows.insert(key, Window { failure: failure.clone(), since: now, more: 0 });
                times
            }
        }
    }
    /// Removes the windows that have ended, or all, and returns the failures to be recorded with their counts.
    pub fn take(&self, now: DateTime<Utc>, all: bool) -> Vec<(Failure, u32)> {
        let mut due = vec![];
        self.windows().retain(|_, window| {
            let over = all || window.over(now);
            if over && window.more > 0 {
                due.push((window.failure.clone(), window.more));
            }
            !over
        });
        due
    }
    /// Counts failures again that could not be recorded.
    pub fn put_back(&self, due: Vec<(Failure, u32)>, now: DateTime<Utc>) {
        let mut windows = self.windows();
        for (failure, times) in due {
            let key = (failure.action, failure.resource.clone(), failure.reason);
            windows.entry(key).or_insert(Window { failure, since: now, more: 0 }).more += times;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).expect("a time")
    }
    fn failure(resource: Option<&str>) -> Failure {
        let resource = resource.map(str::to_owned);
        Failure { action: Action::IssueToken, resource, outcome: AuditOutcome::Failed, reason: "WRONG_SECRET" }
    }

    #[test]
    fn the_first_is_recorded_at_once_and_the_rest_of_its_minute_together() {
        let failures = Failures::default();
        assert_eq!([0, 1, 59].map(|second| failures.count(&failure(None), at(second))), [1, 0, 0]);
        assert_eq!(failures.count(&failure(Some("client:c")), at(2)), 1, "another one");
        assert!(failures.take(at(59), false).is_empty());
        assert_eq!(failures.take(at(60), false), [(failure(None), 2)]);
        assert_eq!(failures.count(&failure(None), at(60)), 1);
        // The background worker did not take them.
        assert_eq!([61, 121].map(|second| failures.count(&failure(None), at(second))), [0, 2]);
        assert_eq!(failures.count(&failure(None), at(-9_999)), 1, "a clock that was set back");
    }

    #[test]
    fn what_could_not_be_recorded_is_counted_again() {
        let failures = Failures::default();
        for second in 0..5 {
            failures.count(&failure(None), at(second));
        }
        let due = failures.take(at(4), true);
        assert_eq!(due, [(failure(None), 4)]);
        failures.put_back(due, at(5));
        assert_eq!(failures.count(&failure(None), at(6)), 0);
        assert_eq!(failures.take(at(7), true), [(failure(None), 5)]);
    }
}
