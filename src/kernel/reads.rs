//! What clients have read that only grants open, and that is not written down yet. It is written down in bulk, so that no answer waits
//! for a transaction of its own: see [`crate::journal::reads`].

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use entity::ids::{ApiClientId, IndicatorId, ObservationId, UnitId};

/// Figures by the indicator and the unit that they are of.
pub type Read = BTreeMap<(IndicatorId, UnitId), HashSet<ObservationId>>;

/// What a request has read that only grants open.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The client that asked.
    pub client: ApiClientId,
    /// Its name in the audit chain.
    pub by: String,
    /// In which request.
    pub request_id: Arc<str>,
    /// When that began.
    pub at: DateTime<Utc>,
    /// What was read.
    pub read: Read,
}

/// What is to be written down, oldest first.
#[derive(Default)]
pub struct Unwritten {
    waiting: Mutex<Vec<Reading>>,
    writing: tokio::sync::Mutex<()>,
}

impl Unwritten {
    fn waiting(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// One more.
    pub fn add(&self, reading: Reading) {
        self.waiting().push(reading);
    }
    /// How many there are.
    pub fn count(&self) -> usize {
        self.waiting().len()
    }
    /// All of them, to be written down: by one at a time, so that whoever has waited for their turn finds nothing half done.
    pub async fn take(&self) -> Taken<'_> {
        let turn = self.writing.lock().await;
        let readings = std::mem::take(&mut *self.waiting());
        Taken { unwritten: self, readings, _turn: turn }
    }
}

/// What somebody writes down. Unless it is [`written`](Taken::written) it waits again, before what came since: however the writing
/// was broken off.
pub struct Taken<'a> {
    unwritten: &'a Unwritten,
    /// What there is to be written.
    pub readings: Vec<Reading>,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Taken<'_> {
    /// It is written down.
    pub fn written(mut self) {
        self.readings.clear();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.unwritten.waiting().splice(0..0, self.readings.drain(..));
    }
}
