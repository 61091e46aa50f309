//! The time within which an answer begins: authentication, execution, and the recording of what was rejected together. The time in
//! which a request body arrives has a limit of its own and does not count.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::kernel::clock::Stopwatch;

/// How much later than the execution the whole request is ended: what was spent is settled in between.
const SETTLING: Duration = Duration::from_millis(500);

/// The time that one request has.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    limit: Duration,
    begun: Stopwatch,
    reading: Arc<Mutex<Reading>>,
}

#[derive(Debug, Default)]
struct Reading {
    /// Since when the request body is being read.
    since: Option<Stopwatch>,
    /// How long it was read before.
    total: Duration,
}

impl Deadline {
    /// One that begins now.
    pub fn new(limit: Duration) -> Self {
        Deadline { limit, begun: Stopwatch::start(), reading: Arc::default() }
    }
    /// One of the same length that begins now.
    pub fn again(&self) -> Self {
        Deadline::new(self.limit)
    }
    /// How much time is left to execute something.
    pub fn left(&self) -> Duration {
        let reading = self.lock();
        let read = reading.total + reading.since.map(Stopwatch::elapsed).unwrap_or_default();
        self.limit.saturating_add(read).saturating_sub(self.begun.elapsed())
    }
    /// Waits until the time is over, and what was executed has been settled.
    pub async fn over(&self) {
        loop {
            let left = self.left();
            if left.is_zero() {
                return tokio::time::sleep(SETTLING).await;
            }
            tokio::time::sleep(left).await;
        }
    }
    /// Reads a request body, whose time does not count.
    pub async fn reading<T>(&self, body: impl Future<Output = T>) -> T {
        self.lock().since = Some(Stopwatch::start());
        let read = body.await;
        let mut reading = self.lock();
        let took = reading.since.take().map(Stopwatch::elapsed).unwrap_or_default();
        reading.total += took;
        read
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_time_of_a_request_body_does_not_count() {
        let deadline = Deadline::new(Duration::from_millis(50));
        deadline.reading(tokio::time::sleep(Duration::from_millis(200))).await;
        assert!(deadline.left() > Duration::ZERO);
        deadline.over().await;
        assert_eq!(deadline.left(), Duration::ZERO);
    }
}
