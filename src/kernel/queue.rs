//! A bounded queue: a fixed number of jobs run at once, a fixed number wait, all others are rejected immediately.
//!
//! A turn belongs to the job, not to the request: it moves into the blocking closure and ends with it. If it ended
//! with a request that the client dropped, the next job would start beside one that cannot be stopped.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    error::{Broken, Code, Refusal, Result},
    locale::Message,
};

/// A bounded queue.
pub struct Queue {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    most: usize,
}

/// A place in the queue. Dropping it frees the place, however the wait ends.
struct Waiting<'a>(&'a Queue);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queue {
    /// A queue for `at_once` running jobs and `waiting` jobs that wait.
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Queue { turns: Arc::new(Semaphore::new(at_once)), waiting: AtomicUsize::new(0), most: waiting }
    }
    /// Runs a blocking job when it is its turn.
    ///
    /// # Errors
    /// UNAVAILABLE, immediately, when too many jobs wait.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.turn().await?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        Ok(working.await.map_err(Broken::new)?)
    }
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(self);
        if before >= self.most {
            let message = Message::new(
                "Quá nhiều yêu cầu đang chờ kiểm tra mật khẩu; xin thử lại sau ít giây.",
                "Too many requests are waiting for a password to be checked; please try again in a few seconds.",
            );
            return Err(Refusal::new(Code::Unavailable, message).into());
        }
        Ok(self.turns.clone().acquire_owned().await.map_err(Broken::new)?)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc::{Sender, channel},
        time::Duration,
    };

    use super::*;

    /// A job that runs until the sender is dropped.
    fn lasting() -> (Sender<()>, impl FnOnce() + Send + 'static) {
        let (end, ended) = channel::<()>();
        (end, move || {
            let _ = ended.recv();
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_finds_the_queue_full_is_rejected_at_once() {
        let queue = Arc::new(Queue::new(1, 2));
        let (end, work) = lasting();
        let mut done = tokio::task::JoinSet::new();
        let first = queue.clone();
        done.spawn(async move { first.run(work).await.is_ok() });
        while queue.turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..2 {
            let queue = queue.clone();
            done.spawn(async move { queue.run(|| ()).await.is_ok() });
        }
        while queue.waiting.load(Ordering::Relaxed) < 2 {
            tokio::task::yield_now().await;
        }
        let refused = queue.run(|| ()).await.expect_err("it is full");
        assert_eq!(refused.code(), Code::Unavailable);
        drop(end);
        assert_eq!(done.join_all().await, [true; 3]);
        assert_eq!(queue.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_keeps_its_turn_when_nobody_waits_for_it_any_more() {
        let queue = Queue::new(1, 1);
        let (end, work) = lasting();
        let dropped = tokio::time::timeout(Duration::from_millis(50), queue.run(work)).await;
        assert!(dropped.is_err() && queue.turns.available_permits() == 0, "it goes on");
        let given_up = tokio::time::timeout(Duration::from_millis(50), queue.run(|| ())).await;
        assert!(given_up.is_err() && queue.waiting.load(Ordering::Relaxed) == 0, "a place in the queue is given back");
        drop(end);
        assert!(queue.run(|| ()).await.is_ok());
    }
}
