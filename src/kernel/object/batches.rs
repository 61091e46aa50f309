//! Events that are read once for all streams that would be shown the same.
//!
//! Streams with one [`Group`] that have come to the same place of the feed take the same [`Batch`]: the first of them reads it, the
//! others wait for that. A batch is read as the group's reader, who has nothing of a caller but what reads depend on, so that nothing
//! of one read scope can reach another. It is shared for a moment only ([`Batches::turn`]): a stream that is slower reads on from its
//! own place, by itself or with whoever is there.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use async_graphql::{ServerError, Value};
use tokio::sync::OnceCell;

use crate::kernel::{error::Result, policy::Caller, reads::Read, spending::Used};

/// Streams that are shown the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// Whose read scope it is: see [`Caller::reader`].
    pub reader: Caller,
    /// The digest of the document and its variables.
    pub document: [u8; 32],
    /// Where in the document the field stands: its response key.
    pub field: String,
}

/// An event, as it is delivered.
pub struct Rendered {
    /// Its place in the feed.
    pub place: i64,
    /// The value of the field.
    pub value: Value,
    /// What went wrong below it.
    pub errors: Vec<ServerError>,
    /// How many values were written.
    pub values: usize,
}

/// Events that were read together.
pub struct Batch {
    /// In their order.
    pub events: Vec<Rendered>,
    /// The place up to which the feed was read.
    pub to: i64,
    /// What it took of the database.
    pub used: Used,
    /// The observations among them that only a grant opens.
    pub read: Read,
    /// When it was read, in turns.
    turn: u64,
}

/// Which batch: of whom, after which place, and whether of a single event.
type Key = (Arc<Group>, i64, bool);

type Outcome = Arc<OnceCell<Result<Arc<Batch>>>>;

struct Cell {
    turn: u64,
    outcome: Outcome,
}

/// The batches of the moment.
#[derive(Default)]
pub struct Batches {
    turn: AtomicU64,
    cells: Mutex<HashMap<Key, Cell>>,
}

impl Batches {
    /// Passes a turn: what was read more than one turn ago is shared no more. Called at a fixed interval.
    pub fn pass_turn(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) + 1;
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.retain(|_, cell| turn - cell.turn.min(turn) <= 1);
    }
    /// Whether a batch is recent enough to be delivered from.
    pub fn recent(&self, batch: &Batch) -> bool {
        self.now().saturating_sub(batch.turn) <= 1
    }
    fn now(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }
    /// The batch of a group after a place; whether it was read for this caller.
    ///
    /// # Errors
    /// That of the read. Everybody who waited for it gets the same, and the next one who comes reads again.
    pub async fn get(
        &self,
        key: Key,
        read: impl AsyncFnOnce() -> Result<(Vec<Rendered>, i64, Used, Read)>,
    ) -> Result<(Arc<Batch>, bool)> {
        let outcome = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = cells.entry(key.clone());
            cell.or_insert_with(|| Cell { turn: self.now(), outcome: Outcome::default() }).outcome.clone()
        };
        let own = AtomicBool::new(false);
        let found = outcome.get_or_init(async || {
            own.store(true, Ordering::Relaxed);
            let (events, to, used, read) = read().await?;
            // From now on: a slow read must not be outdated before anybody could take it.
            Ok(Arc::new(Batch { events, to, used, read, turn: self.now() }))
        });
        let found = found.await.clone();
        if found.is_err() {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            if cells.get(&key).is_some_and(|cell| Arc::ptr_eq(&cell.outcome, &outcome)) {
                cells.remove(&key);
            }
        }
        Ok((found?, own.into_inner()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::error::{Broken, Refusal};

    fn group(document: u8) -> Arc<Group> {
        Arc::new(Group { reader: Caller::Anonymous, document: [document; 32], field: "changes".to_owned() })
    }
    async fn get(batches: &Batches, document: u8, place: i64) -> (i64, bool) {
        let read = async || Ok((vec![], place + 1, Used::default(), Read::new()));
        let (batch, own) = batches.get((group(document), place, false), read).await.expect("it is read");
        (batch.to, own)
    }

    #[tokio::test]
    async fn what_is_read_is_shared_for_a_moment_by_one_group_at_one_place() {
        let batches = Batches::default();
        assert_eq!(get(&batches, 1, 7).await, (8, true));
        assert_eq!(get(&batches, 1, 7).await, (8, false));
        assert_eq!(get(&batches, 2, 7).await, (8, true), "another group");
        assert_eq!(get(&batches, 1, 8).await, (9, true), "another place");
        batches.pass_turn();
        assert_eq!(get(&batches, 1, 7).await, (8, false));
        batches.pass_turn();
        assert_eq!(get(&batches, 1, 7).await, (8, true), "it is read anew");
        assert_eq!(batches.cells.lock().expect("a lock").len(), 1, "nothing else is kept");
    }

    #[tokio::test]
    async fn those_who_wait_share_one_read_and_its_failure() {
        let batches = Batches::default();
        let reads = &AtomicU64::new(0);
        let failing = || async move {
            reads.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Err(Refusal::timeout().into())
        };
        let key = || (group(1), 7, false);
        let (one, two) = tokio::join!(batches.get(key(), failing), batches.get(key(), failing));
        assert!(one.is_err() && two.is_err());
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        assert_eq!(get(&batches, 1, 7).await, (8, true), "a failure is not kept");
    }

    #[tokio::test]
    async fn a_reader_who_leaves_is_followed_by_the_next() {
        let batches = Batches::default();
        let leaving = batches.get((group(1), 7, false), async || {
            std::future::pending::<()>().await;
            Err(Broken::new("nobody waits so long").into())
        });
        let left = tokio::time::timeout(std::time::Duration::from_millis(10), leaving).await;
        assert!(left.is_err());
        assert_eq!(get(&batches, 1, 7).await, (8, true));
    }
}
