//! That something changed: what wakes whoever waits for it. What it was, everybody reads from the change feed, narrowed by what
//! they may see, from where they have read it to; so nothing is kept for anybody here.

use std::time::Duration;

use tokio::sync::{Notify, watch};

/// How far the change feed is known to go.
pub struct News {
    newest: watch::Sender<i64>,
    committed: Notify,
}

impl Default for News {
    fn default() -> Self {
        News { newest: watch::Sender::new(0), committed: Notify::new() }
    }
}

impl News {
    /// Something was committed by this process.
    pub fn committed(&self) {
        self.committed.notify_one();
    }
    /// Waits until this process commits something, but no longer than so long: others may have.
    pub async fn next(&self, most: Duration) {
        // Either way it is time to look.
        let _ = tokio::time::timeout(most, self.committed.notified()).await;
    }
    /// Whether anybody waits.
    pub fn awaited(&self) -> bool {
        self.newest.receiver_count() > 0
    }
    /// Tells how far the feed goes: whoever waits is woken, if that is farther than was known.
    pub fn tell(&self, newest: i64) {
        self.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
    }
    /// Waits for what comes from now on.
    pub fn listen(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }
}
