//! The time limit until a response begins: authentication, execution and the auditing of rejections together. Receiving
//! the request body has a limit of its own and does not count.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::kernel::clock::Stopwatch;

/// The time between the end of execution and the end of the request, in which the query cost is settled.
const SETTLING: Duration = Duration::from_millis(500);

/// The deadline of one request.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    limit: Duration,
    begun: Stopwatch,
    reading: Arc<Mutex<Reading>>,
}

#[derive(Debug, Default)]
struct Reading {
    /// When the current read of the request body began.
    since: Option<Stopwatch>,
    /// The total time of earlier reads.
    total: Duration,
}

impl Deadline {
    /// A deadline that begins now.
    pub fn new(limit: Duration) -> Self {
        Deadline { limit, begun: Stopwatch::start(), reading: Arc::default() }
    }
    /// A deadline of the same length that begins now.
    pub fn again(&self) -> Self {
        Deadline::new(self.limit)
    }
    /// The time left for execution.
    pub fn left(&self) -> Duration {
        let reading = self.lock();
        let read = reading.total + reading.since.map(Stopwatch::elapsed).unwrap_or_default();
        self.limit.saturating_add(read).saturating_sub(self.begun.elapsed())
    }
    /// Waits until the deadline has passed, plus the time to settle the query cost.
    pub async fn over(&self) {
        loop {
            let left = self.left();
            if left.is_zero() {
                return tokio::time::sleep(SETTLING).await;
            }
            tokio::time::sleep(left).await;
        }
    }
    /// Reads a request body; the time that this takes does not count.
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
