//! Answers to anonymous callers that are kept for others who send the same query.
//!
//! A kept answer is used while no transaction was committed since it was read, on any instance, so an acknowledged write is never
//! missing from a later answer. It is used for one second at most, because some fields depend on the time. Callers who send the
//! same query at the same time wait for one execution: a dashboard that many open at once costs as much as one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_graphql::Request;
use axum::body::Bytes;
use moka::sync::Cache;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use super::{caching, digest};
use crate::kernel::{
    app::App,
    clock::Stopwatch,
    db::Version,
    limits::{Limit, Limits},
    locale::Locale,
};

/// How long an answer is kept at most.
const KEPT: Duration = Duration::from_secs(1);

/// What an answer takes in memory beside its bytes.
const EACH: usize = 1024;

/// An answer from the cache costs the caller this share of what it cost to make.
const SHARE: u32 = 100;

/// What an answer to an anonymous caller depends on, except for the data and the time: what is executed, and the language.
type Key = ([u8; 32], Locale);

/// A kept answer.
pub(super) struct Kept {
    version: Version,
    begun: Stopwatch,
    /// The answer in JSON, without its cost.
    pub json: Bytes,
    tag: OnceLock<String>,
    /// The query cost of the execution.
    cost: u32,
}

impl Kept {
    /// The ETag of the answer. Only answers to GET have one, so it is made when one is asked for.
    pub fn tag(&self) -> &str {
        self.tag.get_or_init(|| caching::tag(&self.json))
    }
    /// The query cost of using it.
    pub fn cost(&self) -> u32 {
        self.cost.div_ceil(SHARE).max(1)
    }
    /// Whether the data are still those that it was read from; it was, if it was read after the caller had arrived.
    fn holds(&self, version: &Version, arrived: Stopwatch) -> bool {
        // In this order: the time between the two makes it look older than it is.
        let waited = arrived.elapsed();
        let age = self.begun.elapsed();
        age <= waited || (age < KEPT && self.version == *version)
    }
}

/// One query that is being executed, and those who wait for it.
#[derive(Default)]
struct Flight {
    turn: Arc<Turn<()>>,
    /// Its answer cannot be kept, so nobody waits for another's.
    alone: AtomicBool,
}

/// The kept answers.
pub(super) struct Answers {
    kept: Option<Cache<Key, Arc<Kept>>>,
    largest: usize,
    flights: Mutex<HashMap<Key, Weak<Flight>>>,
}

/// What the cache says to a query.
pub(super) enum Lookup {
    /// There is an answer.
    Hit(Arc<Kept>),
    /// The query is to be executed; its answer may be kept.
    Miss(Execution),
}

/// The execution of a query whose answer may be kept. Others wait until it is dropped.
pub(super) struct Execution {
    key: Key,
    version: Version,
    begun: Stopwatch,
    kept: bool,
    flight: Arc<Flight>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Drop for Execution {
    /// Without an answer that is kept, those who wait would execute the query one after the other.
    fn drop(&mut self) {
        self.flight.alone.store(!self.kept, Ordering::Relaxed);
    }
}

impl Answers {
    /// None yet.
    pub fn new(limits: &Limits) -> Self {
        let bytes = u64::from(limits.of(Limit::AnswerCacheMib)) * 1024 * 1024;
        let weight = |_: &Key, kept: &Arc<Kept>| u32::try_from(kept.json.len() + EACH).unwrap_or(u32::MAX);
        let cache = || Cache::builder().max_capacity(bytes).weigher(weight).time_to_live(KEPT).build();
        Answers {
            kept: (bytes > 0).then(cache),
            largest: usize::try_from(bytes / 8).unwrap_or(usize::MAX),
            flights: Mutex::default(),
        }
    }
    /// Looks an answer up, or waits for another caller who is about to have it. None where nothing is kept, or the database does
    /// not tell the version of its data.
    pub async fn find(&self, app: &App, request: &Request, locale: Locale) -> Option<Lookup> {
        let cache = self.kept.as_ref()?;
        let (key, arrived) = ((digest::of_request(request).ok()?, locale), Stopwatch::start());
        let version = app.db().version(arrived).await.ok()?;
        let find = || cache.get(&key).filter(|kept| kept.holds(&version, arrived));
        if let Some(kept) = find() {
            return Some(Lookup::Hit(kept));
        }
        let flight = self.flight(key);
        let turn = flight.turn.clone().lock_owned().await;
        if let Some(kept) = find() {
            return Some(Lookup::Hit(kept));
        }
        let turn = Some(turn).filter(|_| !flight.alone.load(Ordering::Relaxed));
        Some(Lookup::Miss(Execution { key, version, begun: Stopwatch::start(), kept: false, flight, _turn: turn }))
    }
    fn flight(&self, key: Key) -> Arc<Flight> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new(Flight::default());
        flights.retain(|_, flight| flight.strong_count() > 0);
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
    /// Keeps the answer of an execution for the callers who wait and those to come, unless it is too large.
    pub fn keep(&self, mut execution: Execution, json: &Bytes, cost: u32) {
        if let Some(cache) = self.kept.as_ref().filter(|_| json.len() <= self.largest) {
            let Execution { key, begun, .. } = execution;
            let version = execution.version.clone();
            cache.insert(key, Arc::new(Kept { version, begun, json: json.clone(), tag: OnceLock::new(), cost }));
            execution.kept = true;
        }
    }
}
