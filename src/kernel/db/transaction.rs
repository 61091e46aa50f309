//! A transaction that may write.
//!
//! It is begun and ended by statements of its own, not by sqlx's counter of transactions. After SQLITE_FULL or an I/O error SQLite
//! has rolled back by itself; sqlx's ROLLBACK then fails, its counter stays at 1, and every later BEGIN becomes a SAVEPOINT that
//! is never committed. Here the database says what holds: a BEGIN inside a transaction and a COMMIT outside of one are errors, and
//! a connection on which anything failed is closed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use tokio::{
    runtime::Handle,
    sync::{MappedMutexGuard, Mutex, MutexGuard, OwnedSemaphorePermit},
    time::timeout,
};

use super::{
    super::clock::Stopwatch,
    Db,
    connection::{Lease, WAITING},
};

/// How long a transaction that was given up may take to be rolled back.
const ROLLING_BACK: Duration = Duration::from_secs(2);

/// How PostgreSQL's transactions begin.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// What PostgreSQL's writers wait for, so that one writes at a time.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7305427)";

/// How long a transaction that wrote ahead of the lock waits for it, or for a row. The holder of the lock may wait for one of its rows:
/// so it gives up before PostgreSQL ends one of the two.
const PATIENCE: Duration = Duration::from_millis(900);

/// An open transaction, which no other transaction writes beside, unless it was begun ahead of the lock. Dropped, it is rolled back.
pub struct Transaction {
    db: Db,
    open: Mutex<Option<Open>>,
    micros: AtomicU64,
}

/// Counts the time of a statement, also of one whose future is dropped.
struct Running<'a>(&'a AtomicU64, Stopwatch);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(u64::try_from(self.1.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

struct Open {
    lease: Lease,
    /// The next writer begins when this one has ended. None while it does not hold the lock.
    turn: Option<OwnedSemaphorePermit>,
}

impl Transaction {
    /// Begins, and answers with the rows of a statement that is sent along: a message to the database less.
    pub(super) async fn begin(db: &Db, first: &str) -> Result<(Self, Vec<QueryResult>), DbErr> {
        let turn = timeout(WAITING, db.queue.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) };
        let sql = match db.postgres() {
            true => format!("{BEGIN}; {LOCK}; {first}"),
            false => format!("BEGIN IMMEDIATE; {first}"),
        };
        let mut tx = Transaction::of(db, db.writer.lease().await?, Some(turn));
        let mut begun = tx.start(&sql).await;
        if begun.is_err() && tx.open()?.lease.died_idle() {
            // Nothing was written: the connection had died while nobody used it.
            tx.open()?.lease = db.writer.lease().await?;
            begun = tx.start(&sql).await;
        }
        if let Err(error) = &begun {
            tx.open()?.lease.discard();
            db.note_write(Some(error));
        }
        begun.map(|rows| (tx, rows))
    }
    /// Begins without the lock, on PostgreSQL: others write meanwhile. [`Transaction::lock`] takes it.
    pub(super) async fn begin_ahead(db: &Db) -> Result<Self, DbErr> {
        let mut tx = Transaction::of(db, db.ahead.lease().await?, None);
        tx.start(&format!("{BEGIN}; SET LOCAL lock_timeout = {}", PATIENCE.as_millis())).await?;
        Ok(tx)
    }
    /// A transaction that is about to begin. It has the connection from now on: without that, a connection whose BEGIN was
    /// abandoned would go back to the pool inside a transaction, with the lock of all writers of all instances.
    fn of(db: &Db, lease: Lease, turn: Option<OwnedSemaphorePermit>) -> Self {
        Transaction { db: db.clone(), open: Mutex::new(Some(Open { lease, turn })), micros: AtomicU64::new(0) }
    }
    fn open(&mut self) -> Result<&mut Open, DbErr> {
        self.open.get_mut().as_mut().ok_or_else(ended)
    }
    async fn start(&mut self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        self.open()?.lease.rows(sql).await
    }
    /// Takes the lock of all writers, and answers with the rows of a statement that is sent along.
    ///
    /// # Errors
    /// Where it is not free in time.
    pub(super) async fn lock(&self, first: &str) -> Result<Vec<QueryResult>, DbErr> {
        let turn = timeout(PATIENCE, self.db.queue.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) };
        let mut open = self.open.lock().await;
        let open = open.as_mut().ok_or_else(ended)?;
        let locked = open.lease.rows(&format!("{LOCK}; {first}")).await?;
        open.turn = Some(turn);
        Ok(locked)
    }
    /// Commits.
    ///
    /// # Errors
    /// The database's. One that lost its connection on the way does not tell whether it committed.
    pub(in super::super) async fn commit(&self) -> Result<(), DbErr> {
        let _running = self.running();
        let Some(mut open) = self.open.lock().await.take() else { return Err(ended()) };
        // PostgreSQL answers a COMMIT of a transaction in which a statement failed with ROLLBACK, and no error.
        if open.lease.failed() {
            open.lease.discard();
            return Err(DbErr::Query(RuntimeErr::Internal("a statement of the transaction has failed".to_owned())));
        }
        let committed = open.lease.run("COMMIT").await;
        self.db.note_write(committed.as_ref().err());
        if committed.is_err() {
            open.lease.discard();
        }
        committed.map(drop)
    }
    /// Writes something that changes nothing, and commits: proof that the storage takes writes.
    pub(super) async fn try_writing(&self) -> Result<(), DbErr> {
        let sql = if self.db.postgres() { "SELECT pg_current_xact_id()" } else { "PRAGMA user_version = 0" };
        self.execute_unprepared(sql).await?;
        self.commit().await
    }
    /// Microseconds that its statements have taken so far. Waiting for the lock is not counted.
    pub(in super::super) fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }
    fn running(&self) -> Running<'_> {
        Running(&self.micros, Stopwatch::start())
    }
    /// The connection, for one statement.
    async fn lease(&self) -> Result<MappedMutexGuard<'_, Lease>, DbErr> {
        MutexGuard::try_map(self.open.lock().await, |open| open.as_mut().map(|open| &mut open.lease))
            .map_err(|_| ended())
    }
    /// What became of a statement. Where it failed nothing of the transaction can be committed, whatever state it is in.
    fn after<T>(&self, lease: &mut Lease, done: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &done {
            self.db.note_write(Some(error));
            lease.discard();
        }
        done
    }
}

fn ended() -> DbErr {
    DbErr::Query(RuntimeErr::Internal("the transaction has ended".to_owned()))
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(mut open) = self.open.get_mut().take() else { return };
        let Ok(runtime) = Handle::try_current() else { return open.lease.discard() };
        if open.lease.busy() {
            return open.lease.discard();
        }
        runtime.spawn(async move {
            let rolled_back = open.lease.run("ROLLBACK");
            if !timeout(ROLLING_BACK, rolled_back).await.is_ok_and(|done| done.is_ok()) {
                open.lease.discard();
            }
        });
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.db.backend
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut lease = self.lease().await?;
        let _running = self.running();
        let done = lease.execute(&statement).await;
        self.after(&mut lease, done)
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut lease = self.lease().await?;
        let _running = self.running();
        let done = lease.run(sql).await;
        self.after(&mut lease, done)
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lease = self.lease().await?;
        let _running = self.running();
        let done = lease.all(&statement).await;
        self.after(&mut lease, done)
    }
}
