//! What clients have read that only grants open, and that is not written down yet. It is written down in bulk, so that no answer waits
//! for a transaction of its own: see [`crate::journal::reads`].

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
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
pub struct Unwritten(Mutex<Vec<Reading>>);

impl Unwritten {
    /// One more; answers how many there are.
    pub fn add(&self, reading: Reading) -> usize {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(reading);
        waiting.len()
    }
    /// All of them, which do not wait any more.
    pub fn take(&self) -> Vec<Reading> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// What could not be written down waits again, before what came since.
    pub fn put_back(&self, readings: Vec<Reading>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.splice(0..0, readings);
    }
}
