//! Failures that anybody can cause again and again, such as a wrong secret: the first is recorded in the audit log at once, those of the
//! following minute together. Without this, each wrong guess of an anonymous caller is a write transaction and an audit entry.
//!
//! The counts live in this process: one that is killed loses at most a minute of them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use entity::kinds::AuditOutcome;

use super::policy::Action;

/// For how long failures are counted together.
const WINDOW: Duration = Duration::minutes(1);

/// Something that was tried and failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was tried.
    pub action: Action,
    /// On which record, by its key: one that exists, so that there are only so many.
    pub resource: Option<String>,
    /// Whether it was not allowed, or failed.
    pub outcome: AuditOutcome,
    /// Why, as a stable code.
    pub reason: &'static str,
}

type Key = (Action, Option<String>, &'static str);

struct Window {
    failure: Failure,
    since: DateTime<Utc>,
    more: u32,
}

impl Window {
    /// A clock that was set back ends it too.
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
    /// One more. Returns for how many an entry is to be recorded now: none while its window lasts.
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
    /// What is to be recorded of the windows that are over, or of all, each with how often it happened. It is counted no longer.
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
    /// Counts again what could not be recorded.
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
        // Where nobody came by to take them.
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
