//! What lives as long as the process: shared by every request and every command.

use std::sync::Arc;

use super::{clock::Clock, db::Db};

/// The database, the clock. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
}

impl App {
    /// Puts it together.
    pub fn new(db: Db, clock: Clock) -> Self {
        App { inner: Arc::new(Inner { db, clock }) }
    }
    /// The database: its state, not its rows.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }
    /// The clock.
    pub fn clock(&self) -> Clock {
        self.inner.clock
    }
}
