//! Notifies streams that any instance has committed something. A woken stream reads the changes from the change feed,
//! narrowed to its read scope; nothing is queued here for single streams.
//!
//! The same notice says which of the callers that streams have verified must be verified again. It is published
//! before the changes that were committed after it, so no stream delivers a change under a permission that had ended
//! before the change.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};

/// How far the commits of all instances are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The newest row of the change feed.
    pub newest: i64,
    /// A counter that increases whenever the verification of some caller is outdated.
    pub round: u64,
}

/// The callers whose verification is outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outdated {
    /// These callers, by their names in the audit log.
    Callers(Vec<String>),
    /// All callers.
    Everybody,
}

/// The most callers that are remembered by name. Beyond that, all callers are verified again once, and the list
/// starts empty.
const MOST_NAMES: usize = 10_000;

/// The last round in which the verification of each caller became outdated.
#[derive(Default)]
struct Rounds {
    everybody: u64,
    callers: HashMap<String, u64>,
}

/// How far the commits are known, and the streams to wake when that changes.
#[derive(Default)]
pub struct News {
    known: watch::Sender<Known>,
    committed: Notify,
    rounds: Mutex<Rounds>,
}

impl News {
    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Wakes the reader of the feed, because this process committed something or a stream began.
    pub fn look(&self) {
        self.committed.notify_one();
    }
    /// Waits until the feed should be read: until this process commits something, but at most `most`, because other
    /// instances commit too.
    pub async fn next(&self, most: Duration) {
        let _ = tokio::time::timeout(most, self.committed.notified()).await;
    }
    /// Whether any stream is listening.
    pub fn awaited(&self) -> bool {
        self.known.receiver_count() > 0
    }
    /// Publishes the newest row of the feed, and the callers whose verification the commits up to it made outdated.
    pub fn publish(&self, newest: i64, outdated: &Outdated) {
        let mut rounds = self.rounds();
        let Known { newest: before, round } = *self.known.borrow();
        let next = round + 1;
        let round = match outdated {
            Outdated::Callers(names) if names.is_empty() => round,
            Outdated::Callers(names) if rounds.callers.len() + names.len() <= MOST_NAMES => {
                rounds.callers.extend(names.iter().map(|name| (name.clone(), next)));
                next
            }
            Outdated::Callers(_) | Outdated::Everybody => {
                *rounds = Rounds { everybody: next, callers: HashMap::new() };
                next
            }
        };
        drop(rounds);
        let known = Known { newest: newest.max(before), round };
        self.known.send_if_modified(|before| std::mem::replace(before, known) != known);
    }
    /// How far the commits are known now.
    pub fn known(&self) -> Known {
        *self.known.borrow()
    }
    /// Whether a caller that was verified in a round must be verified again.
    pub fn outdated(&self, name: &str, verified: u64) -> bool {
        if self.known().round == verified {
            return false;
        }
        let rounds = self.rounds();
        rounds.everybody > verified || rounds.callers.get(name).is_some_and(|round| *round > verified)
    }
    /// Subscribes to what is published from now on.
    pub fn listen(&self) -> watch::Receiver<Known> {
        self.known.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callers(names: &[&str]) -> Outdated {
        Outdated::Callers(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn only_the_callers_that_are_named_are_verified_anew() {
        let news = News::default();
        news.publish(7, &callers(&[]));
        assert_eq!(news.known(), Known { newest: 7, round: 0 });
        news.publish(8, &callers(&["user:lan"]));
        assert_eq!(news.known(), Known { newest: 8, round: 1 });
        assert!(news.outdated("user:lan", 0) && !news.outdated("user:mai", 0));
        assert!(!news.outdated("user:lan", 1), "verified since");
        news.publish(8, &Outdated::Everybody);
        assert!(news.outdated("user:lan", 1) && news.outdated("user:mai", 1) && !news.outdated("user:mai", 2));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_nobody_is_forgotten() {
        let news = News::default();
        for n in 0..=MOST_NAMES {
            news.publish(1, &callers(&[&format!("user:{n}")]));
        }
        assert!(news.rounds().callers.len() <= MOST_NAMES);
        assert!(news.outdated("user:0", 0) && news.outdated("user:never-named", 0));
    }

    #[test]
    fn the_feed_never_goes_back() {
        let news = News::default();
        let mut listening = news.listen();
        news.publish(5, &callers(&[]));
        assert!(listening.has_changed().expect("it is there"));
        listening.mark_unchanged();
        news.publish(4, &callers(&[]));
        assert_eq!(news.known().newest, 5);
        assert!(!listening.has_changed().expect("it is there"));
    }
}
