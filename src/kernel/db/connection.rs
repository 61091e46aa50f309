//! One open connection to either database, and the pools that hand connections out.
//!
//! The pools are deadpool's. sqlx's own pool tests a connection when it is given back, without a time limit: a server that
//! swallows packets then keeps every place in the pool for as long as TCP does.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult},
};
use sea_orm::{
    ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sea_query::Values,
    sqlx::{
        self, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, SqliteConnection,
        postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::{
    runtime::Handle,
    time::{error::Elapsed, sleep, timeout},
};

use super::{
    super::{
        clock::Stopwatch,
        error::{Broken, Result as Outcome},
    },
    failure::Failure,
};

/// How long one attempt to connect may take.
const CONNECTING: Duration = Duration::from_secs(3);

/// How long the test of an idle connection may take.
const TESTING: Duration = Duration::from_secs(1);

/// How long an abandoned statement may go on before its connection is closed.
const ABANDONED: Duration = Duration::from_secs(2);

/// A connection that was used less than this ago is used again without a test.
const FRESH: Duration = Duration::from_secs(1);

/// How long a caller waits for a connection.
pub(super) const WAITING: Duration = Duration::from_secs(5);

/// How often a statement that may be repeated is sent at most.
const ATTEMPTS: u32 = 3;

/// How many of SQLite's virtual-machine instructions run between two looks at whether anybody still waits.
const INSTRUCTIONS: i32 = 10_000;

/// An open connection.
pub(super) enum Connection {
    Sqlite { raw: SqliteConnection, interrupt: Arc<AtomicBool> },
    Postgres(PgConnection),
}

fn values(statement: &Statement) -> SqlxValues {
    SqlxValues(statement.values.clone().unwrap_or(Values(vec![])))
}

impl Connection {
    pub(super) async fn execute(&mut self, statement: &Statement) -> Result<ExecResult, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql.as_str());
        match self {
            Connection::Sqlite { raw, .. } => {
                sqlx::query_with(sql, values(statement)).execute(raw).await.map(ExecResult::from)
            }
            Connection::Postgres(raw) => {
                sqlx::query_with(sql, values(statement)).execute(raw).await.map(ExecResult::from)
            }
        }
    }
    pub(super) async fn run(&mut self, sql: &str) -> Result<ExecResult, sqlx::Error> {
        match self {
            Connection::Sqlite { raw, .. } => raw.execute(AssertSqlSafe(sql.to_owned())).await.map(ExecResult::from),
            Connection::Postgres(raw) => raw.execute(AssertSqlSafe(sql.to_owned())).await.map(ExecResult::from),
        }
    }
    async fn rows(&mut self, sql: &str) -> Result<Vec<QueryResult>, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Connection::Sqlite { raw, .. } => raw.fetch_all(sql).await?.into_iter().map(QueryResult::from).collect(),
            Connection::Postgres(raw) => raw.fetch_all(sql).await?.into_iter().map(QueryResult::from).collect(),
        })
    }
    pub(super) async fn all(&mut self, statement: &Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql.as_str());
        Ok(match self {
            Connection::Sqlite { raw, .. } => {
                let rows = sqlx::query_with(sql, values(statement)).fetch_all(raw).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
            Connection::Postgres(raw) => {
                let rows = sqlx::query_with(sql, values(statement)).fetch_all(raw).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
        })
    }
    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Connection::Sqlite { raw, interrupt } => {
                let answered = raw.ping().await;
                interrupt.store(false, Ordering::Relaxed);
                answered
            }
            Connection::Postgres(raw) => raw.ping().await,
        }
    }
    async fn close(self) {
        let closed = async {
            match self {
                Connection::Sqlite { raw, .. } => raw.close().await,
                Connection::Postgres(raw) => raw.close().await,
            }
        };
        // A server that does not say goodbye is left without one.
        let _ = timeout(TESTING, closed).await;
    }
    /// Ends the statement that runs on it. PostgreSQL ends it by its own time limit.
    fn interrupt(&self) {
        if let Connection::Sqlite { interrupt, .. } = self {
            interrupt.store(true, Ordering::Relaxed);
        }
    }
}

/// Where connections lead.
#[derive(Clone)]
pub(super) enum Target {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// Opens connections, and tests those that were idle.
pub(super) struct Opener {
    target: Target,
    /// When one of its connections was last found dead. Those that were not used since are dropped without a test: where a server
    /// swallows packets, testing each of them would take a caller a second a connection.
    found_dead: Mutex<Option<Stopwatch>>,
}

impl Opener {
    fn dead(&self) {
        *self.found_dead.lock().unwrap_or_else(PoisonError::into_inner) = Some(Stopwatch::start());
    }
}

impl Manager for Opener {
    type Type = Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Connection, sqlx::Error> {
        Ok(match &self.target {
            Target::Postgres(options) => Connection::Postgres(options.connect().await?),
            Target::Sqlite(options) => {
                let mut raw = options.connect().await?;
                let interrupt = Arc::new(AtomicBool::new(false));
                let interrupted = interrupt.clone();
                raw.lock_handle()
                    .await?
                    .set_progress_handler(INSTRUCTIONS, move || !interrupted.load(Ordering::Relaxed));
                Connection::Sqlite { raw, interrupt }
            }
        })
    }
    async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        let idle = metrics.last_used();
        let found_dead = *self.found_dead.lock().unwrap_or_else(PoisonError::into_inner);
        if found_dead.is_some_and(|since| since.elapsed() <= idle) {
            return Err(RecycleError::message("another connection was found dead since it was used"));
        }
        // An embedded database does not go away while a connection to it is idle.
        if idle < FRESH || matches!(self.target, Target::Sqlite(_)) {
            return Ok(());
        }
        match timeout(TESTING, connection.ping()).await {
            Ok(Ok(())) => Ok(()),
            _ => {
                self.dead();
                Err(RecycleError::message("it does not answer"))
            }
        }
    }
}

/// A pool of connections.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool<Opener>,
    /// How long a statement may take before its connection is given up.
    limit: Duration,
}

impl Connections {
    pub(super) fn new(target: Target, most: u32, limit: Duration) -> Outcome<Self> {
        let opener = Opener { target, found_dead: Mutex::new(None) };
        let pool = Pool::builder(opener)
            .max_size(usize::try_from(most).unwrap_or(usize::MAX))
            .wait_timeout(Some(WAITING))
            .create_timeout(Some(CONNECTING))
            // What was used last is tested least.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(Broken::new)?;
        Ok(Connections { pool, limit })
    }
    /// A pool of one connection to the same place, which nobody else takes.
    pub(super) fn alone(&self, limit: Duration) -> Outcome<Self> {
        Connections::new(self.pool.manager().target.clone(), 1, limit)
    }
    /// Takes a connection, opening one where none is free. While a database starts, it is asked again and again.
    pub(super) async fn lease(&self) -> Result<Lease, DbErr> {
        let begun = Stopwatch::start();
        let mut pause = Duration::from_millis(20);
        loop {
            let error = match self.pool.get().await {
                Ok(object) => {
                    let reused = Object::metrics(&object).recycle_count > 0;
                    return Ok(Lease { held: Some(object), reused, clean: true, failed: false, limit: self.limit });
                }
                Err(PoolError::Backend(error)) if starting(&error) && begun.elapsed() + pause < WAITING => error,
                Err(PoolError::Backend(error)) => return Err(DbErr::Conn(RuntimeErr::SqlxError(error.into()))),
                Err(PoolError::Closed) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
                Err(_) => return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
            };
            tracing::debug!(%error, "cannot connect yet");
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }
    /// Reads rows. A statement that was sent into a dead connection is sent again on another.
    pub(super) async fn all(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut attempts = ATTEMPTS;
        loop {
            let mut lease = self.lease().await?;
            attempts -= 1;
            match lease.all(statement).await {
                Err(error) if attempts > 0 && lease.died_idle() => tracing::debug!(%error, "sent again"),
                result => return result,
            }
        }
    }
    /// Closes all that are idle, and those that are in use when they are given back.
    pub(super) async fn close(&self) {
        // So long as any other task may still give a connection back: a rollback, say.
        let begun = Stopwatch::start();
        loop {
            for connection in self.pool.retain(|_, _| false).removed {
                connection.close().await;
            }
            if self.pool.status().size == 0 || begun.elapsed() > WAITING {
                return self.pool.close();
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Whether a server may take connections in a moment.
fn starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Starting or shutting down, or out of places for connections.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P") || code == "53300"),
        _ => false,
    }
}

/// A connection that one caller has. It goes back to the pool only where it is known to be between two statements; else it is
/// recovered within a time limit, or closed.
pub(super) struct Lease {
    held: Option<Object<Opener>>,
    reused: bool,
    clean: bool,
    failed: bool,
    limit: Duration,
}

impl Lease {
    /// Whether a statement was begun on it and has not ended: nobody waits for it any more.
    pub(super) fn busy(&self) -> bool {
        !self.clean
    }
    /// Whether a statement on it has failed.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }
    /// Whether it turned out to be dead, and may have been before the statement was sent.
    pub(super) fn died_idle(&self) -> bool {
        self.reused && self.held.is_none()
    }
    /// Runs a statement, and answers how many rows it concerned.
    pub(super) async fn execute(&mut self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let limit = self.limit;
        let done = timeout(limit, self.connection()?.execute(statement)).await;
        self.ended(done)
    }
    /// Runs statements that are not prepared.
    pub(super) async fn run(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let limit = self.limit;
        let done = timeout(limit, self.connection()?.run(sql)).await;
        self.ended(done)
    }
    /// Runs statements that are not prepared, as one message, and answers with the rows of all of them.
    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        let limit = self.limit;
        let done = timeout(limit, self.connection()?.rows(sql)).await;
        self.ended(done)
    }
    /// Reads rows.
    pub(super) async fn all(&mut self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let limit = self.limit;
        let done = timeout(limit, self.connection()?.all(statement)).await;
        self.ended(done)
    }
    /// The connection, on which a statement is running until [`Lease::ended`] says that it is not. A future that is dropped on the
    /// way leaves it so.
    fn connection(&mut self) -> Result<&mut Connection, DbErr> {
        let given_up = || DbErr::Conn(RuntimeErr::Internal("the connection was given up".to_owned()));
        let connection = self.held.as_mut().ok_or_else(given_up)?;
        self.clean = false;
        Ok(connection)
    }
    fn ended<T>(&mut self, done: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, DbErr> {
        match done {
            Ok(Ok(value)) => {
                self.clean = true;
                Ok(value)
            }
            Ok(Err(error)) => {
                self.failed = true;
                self.clean = true;
                if Failure::of_driver(&error) == Some(Failure::Lost) {
                    self.discard();
                }
                Err(DbErr::Query(RuntimeErr::SqlxError(error.into())))
            }
            Err(_) => {
                self.failed = true;
                let words = format!("the database did not answer within {} s", self.limit.as_secs());
                Err(DbErr::Conn(RuntimeErr::Internal(words)))
            }
        }
    }
    /// Closes the connection, without a goodbye.
    pub(super) fn discard(&mut self) {
        if let Some(object) = self.held.take() {
            object.interrupt();
            forget(object);
        }
    }
}

/// Closes a connection that is dead, or whose state is not known.
fn forget(object: Object<Opener>) {
    if let Some(pool) = Object::pool(&object) {
        pool.manager().dead();
    }
    drop(Object::take(object));
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.clean {
            return;
        }
        let Some(mut object) = self.held.take() else { return };
        object.interrupt();
        let Ok(runtime) = Handle::try_current() else { return forget(object) };
        // The place stays taken while the statement goes on: so what was abandoned still counts as work of the database.
        runtime.spawn(async move {
            if !timeout(ABANDONED, object.ping()).await.is_ok_and(|answered| answered.is_ok()) {
                forget(object);
            }
        });
    }
}
