//! The version of the data: two reads under equal versions see the same rows, whichever instance or program writes them.
//!
//! SQLite counts the commits of other connections (`PRAGMA data_version`), so one connection that never writes is kept for it.
//! PostgreSQL names the transactions that a snapshot sees (`pg_current_snapshot`); every commit changes that name.

use sea_orm::Statement;
use tokio::sync::Mutex;

use super::{
    super::{clock::Stopwatch, error::Result},
    Db, READINESS,
    connection::{Connections, Lease},
};

/// A version of the data. It can only be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// SQLite counts anew on each connection.
    connection: u64,
    name: String,
}

/// Reads the version, for many callers at once.
pub(super) struct Versions {
    pool: Connections,
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    lease: Option<Lease>,
    connection: u64,
    last: Option<(Stopwatch, Version)>,
}

impl Versions {
    pub(super) fn new(connections: &Connections) -> Result<Self> {
        Ok(Versions { pool: connections.alone(READINESS)?, reading: Mutex::default() })
    }
    pub(super) async fn close(&self) {
        self.reading.lock().await.lease = None;
        self.pool.close().await;
    }
}

impl Db {
    /// The version of the data at some moment after `since`. Callers that wait at the same time share one statement.
    ///
    /// # Errors
    /// The database's.
    pub async fn version(&self, since: Stopwatch) -> Result<Version> {
        let mut reading = self.versions.reading.lock().await;
        // In this order: the time between the two makes the last reading look older than it is, never younger.
        let waited = since.elapsed();
        if let Some((_, version)) = reading.last.as_ref().filter(|(begun, _)| begun.elapsed() <= waited) {
            return Ok(version.clone());
        }
        let begun = Stopwatch::start();
        // Taken out, so that a connection whose statement was abandoned is not used again.
        let mut lease = match reading.lease.take() {
            Some(lease) => lease,
            None => {
                reading.connection += 1;
                self.versions.pool.lease().await?
            }
        };
        let sql = if self.postgres() { "SELECT CAST(pg_current_snapshot() AS text)" } else { "PRAGMA data_version" };
        let rows = Box::pin(lease.all(&Statement::from_string(self.backend, sql))).await?;
        let name = match rows.first() {
            Some(row) if self.postgres() => row.try_get_by_index::<String>(0)?,
            Some(row) => row.try_get_by_index::<i64>(0)?.to_string(),
            None => String::new(),
        };
        let version = Version { connection: reading.connection, name };
        reading.lease = Some(lease);
        reading.last = Some((begun, version.clone()));
        Ok(version)
    }
}
