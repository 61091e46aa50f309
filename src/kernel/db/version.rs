//! The version of the data: two reads under equal versions see the same rows, whichever instance or program writes them.
//!
//! SQLite counts the commits of other connections (`PRAGMA data_version`), so one connection that never writes is kept for it.
//! PostgreSQL names the transactions that a snapshot sees (`pg_current_snapshot`); every commit changes that name.

use std::time::Duration;

use sea_orm::Statement;
use tokio::sync::Mutex;

use super::{
    super::{
        clock::Stopwatch,
        error::{Broken, Refusal, Result},
    },
    Db,
    connection::{Connections, Lease},
};

/// How long the database may take to tell its version. Without it, queries are executed.
const ANSWERING: Duration = Duration::from_secs(1);

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
    /// The last version and when reading it began; none where that failed.
    last: Option<(Stopwatch, Option<Version>)>,
}

impl Versions {
    pub(super) fn new(connections: &Connections) -> Result<Self> {
        Ok(Versions { pool: connections.alone(ANSWERING)?, reading: Mutex::default() })
    }
    pub(super) async fn close(&self) {
        self.reading.lock().await.lease = None;
        self.pool.close().await;
    }
}

impl Db {
    /// The version of the data at some moment after `since`. Callers that wait at the same time share one statement, and its
    /// failure: one after the other, each would wait for a database that does not answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn version(&self, since: Stopwatch) -> Result<Version> {
        let mut reading = self.versions.reading.lock().await;
        // In this order: the time between the two makes the last reading look older than it is, never younger.
        let waited = since.elapsed();
        if let Some((_, version)) = reading.last.as_ref().filter(|(begun, _)| begun.elapsed() <= waited) {
            return version.clone().ok_or_else(|| Refusal::unavailable().into());
        }
        let begun = Stopwatch::start();
        let version = self.read_version(&mut reading).await;
        reading.last = Some((begun, version.as_ref().ok().cloned()));
        version
    }
    async fn read_version(&self, reading: &mut Reading) -> Result<Version> {
        // Taken out, so that a connection whose statement failed or was abandoned is not used again.
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
            None => return Err(Broken::new("the database does not tell the version of its data").into()),
        };
        reading.lease = Some(lease);
        Ok(Version { connection: reading.connection, name })
    }
}
