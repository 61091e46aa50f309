//! The reads under grants that are not in the audit log yet. They are recorded in bulk, so no response waits for a
//! transaction of its own: see [`crate::journal::reads`].

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use entity::ids::{ApiClientId, IndicatorId, ObservationId, UnitId};

/// Observations by indicator and unit.
pub type Read = BTreeMap<(IndicatorId, UnitId), HashSet<ObservationId>>;

/// The observations that a request could read only under grants.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The client that read.
    pub client: ApiClientId,
    /// The name of the client in the audit log.
    pub by: String,
    /// The id of the request.
    pub request_id: Arc<str>,
    /// The time at which the request began.
    pub at: DateTime<Utc>,
    /// The observations that were read.
    pub read: Read,
}

/// The reads that are to be recorded, oldest first.
#[derive(Default)]
pub struct Unwritten {
    waiting: Mutex<Vec<Reading>>,
    writing: tokio::sync::Mutex<()>,
}

impl Unwritten {
    fn waiting(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Adds the reads of a request.
    pub fn add(&self, reading: Reading) {
        self.waiting().push(reading);
    }
    /// The number of requests whose reads are waiting.
    pub fn count(&self) -> usize {
        self.waiting().len()
    }
    /// Takes all waiting reads, to record them. One caller at a time: a caller that had to wait finds either all or
    /// nothing recorded.
    pub async fn take(&self) -> Taken<'_> {
        let turn = self.writing.lock().await;
        let readings = std::mem::take(&mut *self.waiting());
        Taken { unwritten: self, readings, _turn: turn }
    }
}

/// Reads that are being recorded. Unless they are marked as [`written`](Taken::written), dropping this puts them back
/// in front of newer ones, so an interrupted write loses none.
pub struct Taken<'a> {
    unwritten: &'a Unwritten,
    /// The reads to be recorded.
    pub readings: Vec<Reading>,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Taken<'_> {
    /// Marks the reads as recorded.
    pub fn written(mut self) {
        self.readings.clear();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.unwritten.waiting().splice(0..0, self.readings.drain(..));
    }
}
