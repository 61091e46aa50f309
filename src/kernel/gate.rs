//! A fair, bounded queue in front of the database connections that read.
//!
//! One caller never holds more than half of the connections, and the last free one is kept for a caller that holds
//! none. Of the callers with waiting statements, the one with the fewest connections is next. Statements of one
//! caller run in the order of arrival. A statement that would wait too long is rejected immediately.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    clock::Stopwatch,
    error::{Code, Refusal},
    locale::Message,
    quota::Holder,
};

/// The most statements of one caller that may wait.
const WAITING: usize = 1_000;

/// The most statements of all callers that may wait.
const WAITING_IN_ALL: usize = 5_000;

/// The longest acceptable wait. A statement is rejected immediately if the recent run times of its caller predict a
/// longer one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The queue; clones share it.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    readers: usize,
    share: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    busy: usize,
    waiting: usize,
    tickets: u64,
    callers: HashMap<Holder, Queue>,
}

/// The running and waiting statements of one caller.
#[derive(Default)]
struct Queue {
    busy: usize,
    /// The moving average of the caller's run times, in seconds.
    mean: f64,
    waiting: VecDeque<(u64, oneshot::Sender<Turn>)>,
}

/// The right to use one connection. Dropping it passes the connection to the next statement.
#[must_use]
pub struct Turn {
    gate: Gate,
    holder: Holder,
    began: Stopwatch,
    beside: usize,
}

impl Turn {
    /// How long the statement has held the connection, and how many statements ran at the same time, itself included:
    /// the mean of the number at its start and now.
    pub fn so_far(&self) -> (Duration, f64) {
        let at_its_ends = self.beside + self.gate.line().busy;
        (self.began.elapsed(), f64::from(u32::try_from(at_its_ends).unwrap_or(u32::MAX)) / 2.0)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.gate.leave(self.holder, self.began.elapsed());
    }
}

impl Gate {
    /// A queue in front of this number of connections.
    pub fn new(readers: usize) -> Self {
        let readers = readers.max(1);
        Gate { inner: Arc::new(Inner { readers, share: (readers / 2).max(1), line: Mutex::default() }) }
    }
    fn line(&self) -> MutexGuard<'_, Line> {
        self.inner.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn turn(&self, holder: Holder, beside: usize) -> Turn {
        Turn { gate: self.clone(), holder, began: Stopwatch::start(), beside }
    }
    /// Waits for a connection.
    ///
    /// # Errors
    /// UNAVAILABLE, immediately, when too many statements are waiting.
    pub async fn enter(&self, holder: Holder) -> Result<Turn, Refusal> {
        let next = {
            let mut line = self.line();
            let free = self.inner.readers.saturating_sub(line.busy);
            let (share, in_all) = (self.inner.share, line.waiting);
            let queue = line.callers.entry(holder).or_default();
            if queue.waiting.is_empty() && queue.may_have_one_of(free, share) {
                queue.busy += 1;
                line.busy += 1;
                return Ok(self.turn(holder, line.busy));
            }
            if in_all >= WAITING_IN_ALL || queue.full(share) {
                return Err(full());
            }
            let (sender, receiver) = oneshot::channel();
            line.tickets += 1;
            line.waiting += 1;
            let ticket = line.tickets;
            if let Some(queue) = line.callers.get_mut(&holder) {
                queue.waiting.push_back((ticket, sender));
            }
            receiver
        };
        // A sender is dropped only together with the queue.
        next.await.map_err(|_| full())
    }
    fn leave(&self, holder: Holder, took: Duration) {
        let next = {
            let mut line = self.line();
            line.busy = line.busy.saturating_sub(1);
            if let Some(queue) = line.callers.get_mut(&holder) {
                queue.busy = queue.busy.saturating_sub(1);
                queue.mean += (took.as_secs_f64() - queue.mean) / 5.0;
            }
            let free = self.inner.readers.saturating_sub(line.busy);
            let next = line.next(free, self.inner.share);
            let idle = line.callers.get(&holder).is_some_and(|queue| queue.busy == 0 && queue.waiting.is_empty());
            if idle {
                line.callers.remove(&holder);
            }
            next.map(|(holder, sender)| (holder, sender, line.busy))
        };
        if let Some((holder, sender, busy)) = next {
            // If the receiver is gone, dropping the turn passes it to the next statement.
            drop(sender.send(self.turn(holder, busy)));
        }
    }
}

impl Queue {
    fn may_have_one_of(&self, free: usize, share: usize) -> bool {
        match self.busy {
            0 => free > 0,
            busy => free > 1 && busy < share,
        }
    }
    fn full(&self, share: usize) -> bool {
        let waiting = self.waiting.len();
        let rounds = f64::from(u32::try_from(waiting / share).unwrap_or(u32::MAX));
        waiting >= WAITING || rounds * self.mean > PATIENCE.as_secs_f64()
    }
}

impl Line {
    /// The next caller: of those with the fewest connections, the one whose statement has waited longest.
    fn next(&mut self, free: usize, share: usize) -> Option<(Holder, oneshot::Sender<Turn>)> {
        let mut gone = 0;
        for queue in self.callers.values_mut() {
            while queue.waiting.front().is_some_and(|(_, sender)| sender.is_closed()) {
                queue.waiting.pop_front();
                gone += 1;
            }
        }
        self.waiting = self.waiting.saturating_sub(gone);
        self.callers.retain(|_, queue| queue.busy > 0 || !queue.waiting.is_empty());
        let ready = self.callers.iter().filter(|(_, queue)| queue.may_have_one_of(free, share));
        let first = ready
            .filter_map(|(holder, queue)| Some((queue.busy, queue.waiting.front()?.0, *holder)))
            .min_by_key(|(busy, ticket, _)| (*busy, *ticket));
        let (_, _, holder) = first?;
        let queue = self.callers.get_mut(&holder)?;
        let (_, sender) = queue.waiting.pop_front()?;
        queue.busy += 1;
        self.busy += 1;
        self.waiting = self.waiting.saturating_sub(1);
        Some((holder, sender))
    }
}

fn full() -> Refusal {
    Refusal::new(
        Code::Unavailable,
        Message::new(
            "Quá nhiều yêu cầu của bạn đang chờ cơ sở dữ liệu; xin thử lại sau.",
            "Too many of your requests are waiting for the database; please try again later.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn caller(n: u8) -> Holder {
        Holder::at(IpAddr::from([192, 0, 2, n]))
    }
    /// Asks for a connection. Returns the turn if there was one immediately, else the task that waits.
    async fn asks(gate: &Gate, holder: Holder) -> Result<Turn, tokio::task::JoinHandle<Result<Turn, Refusal>>> {
        let gate = gate.clone();
        #[allow(clippy::disallowed_methods)] // a test has no worker
        let waiting = tokio::spawn(async move { gate.enter(holder).await });
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        match waiting.is_finished() {
            true => Ok(waiting.await.expect("it ends").expect("a reader")),
            false => Err(waiting),
        }
    }

    #[tokio::test]
    async fn one_caller_never_holds_more_than_half_of_the_readers() {
        let gate = Gate::new(4);
        let (first, second) = (asks(&gate, caller(1)).await, asks(&gate, caller(1)).await);
        assert!(first.is_ok() && second.is_ok());
        let third = asks(&gate, caller(1)).await.err().expect("the third waits");
        let other = asks(&gate, caller(2)).await.ok().expect("another caller does not");
        drop(other);
        assert!(!third.is_finished(), "what another caller gives back is not for this one");
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn the_caller_with_the_fewest_readers_comes_first() {
        let gate = Gate::new(4);
        let many: Vec<_> = vec![asks(&gate, caller(1)).await, asks(&gate, caller(1)).await];
        let more = asks(&gate, caller(1)).await.err().expect("it waits");
        let (one, two) = (asks(&gate, caller(2)).await, asks(&gate, caller(3)).await);
        assert!(one.is_ok() && two.is_ok(), "there are four");
        let greedy = asks(&gate, caller(2)).await.err().expect("all four are taken");
        drop(two);
        assert!(!greedy.is_finished(), "the last one is for whoever has none");
        let two = asks(&gate, caller(3)).await;
        assert!(two.is_ok());
        greedy.abort();
        drop(greedy.await);
        let late = asks(&gate, caller(4)).await.err().expect("all four are taken");
        drop(many);
        let (late, more) = (late.await, more.await);
        assert!(late.is_ok() && more.is_ok());
        let line = gate.line();
        assert_eq!((line.busy, line.waiting, line.callers.len()), (4, 0, 4));
    }

    #[tokio::test]
    async fn whoever_does_not_wait_any_more_takes_nobodys_place() {
        let gate = Gate::new(1);
        let first = asks(&gate, caller(1)).await.ok().expect("a reader");
        let gone = asks(&gate, caller(2)).await.err().expect("it waits");
        let stays = asks(&gate, caller(3)).await.err().expect("it waits");
        gone.abort();
        drop(gone.await);
        drop(first);
        drop(stays.await.expect("it ends").expect("a reader"));
        let line = gate.line();
        assert_eq!((line.busy, line.waiting, line.callers.len()), (0, 0, 0));
    }

    #[tokio::test]
    async fn whoever_would_wait_in_vain_is_rejected_at_once() {
        let gate = Gate::new(2);
        let first = asks(&gate, caller(1)).await.ok().expect("a reader");
        let waiting = asks(&gate, caller(1)).await.err().expect("it waits");
        gate.line().callers.get_mut(&caller(1)).expect("a queue").mean = 6.0;
        let refused = gate.enter(caller(1)).await.err().expect("no more wait");
        assert_eq!(refused.code, Code::Unavailable);
        assert!(gate.enter(caller(2)).await.is_ok(), "others are not concerned");
        drop((first, waiting));
        let gate = Gate::new(2);
        let first = asks(&gate, caller(1)).await.ok().expect("a reader");
        let mut all = vec![];
        for _ in 0..WAITING {
            all.push(asks(&gate, caller(1)).await.err().expect("it waits"));
        }
        assert!(gate.enter(caller(1)).await.is_err(), "the queue is full");
        drop(first);
    }
}
