//! The database: connecting, and everything in which SQLite and PostgreSQL differ. The only file that asks which it is.

mod conditions;
mod connection;
mod each;
pub mod failure;
mod instance;
mod transaction;
mod version;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseTransaction, DbBackend, DbErr, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    sea_query::{Alias, IntoColumnRef, NullOrdering, Order as Dir, OrderedStatement, Query, SelectStatement},
    sqlx::{
        ConnectOptions as _, Row as _,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteSynchronous},
    },
};
use tokio::sync::Semaphore;

use self::{
    connection::{Connections, Target},
    version::Versions,
};
pub use self::{each::Cell, instance::Instance, transaction::Transaction, version::Version};
use super::{
    error::{Broken, Error, Refusal, Result},
    object::Col,
};

/// The name of the column that tells, in a fetch for many parents, whose row it is.
pub const PARENT: &str = "parent";

/// The ways to the database. Readers, the writer and the checks of readiness have connections of their own, so that none of them
/// can take the others' away.
#[derive(Clone)]
pub struct Db {
    url: Arc<str>,
    /// The newest migration that this program knows. Without one it is not asked whether it may write.
    version: Option<Arc<str>>,
    backend: DbBackend,
    readers: Connections,
    writer: Connections,
    /// For what is written before the lock of all writers is taken.
    ahead: Connections,
    reserve: Connections,
    versions: Arc<Versions>,
    /// Writers of this process wait here, first come, first served: SQLite's own lock and PostgreSQL's have no queue that a
    /// waiting connection could stand in without being taken from others.
    queue: Arc<Semaphore>,
    /// Why the last write failed, where nothing can be written until somebody repairs the storage.
    broken: Arc<Mutex<Option<String>>>,
}

/// How the store's schema stands to this program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// The same.
    Current,
    /// Nothing has been migrated yet.
    Empty,
    /// It is another program's.
    Foreign,
    /// Some migrations are missing.
    Older,
    /// It knows migrations that this program does not, and this program must not write under one of them.
    Newer,
}

/// How long a statement of a command may take, which has no deadline of its own.
const UNBOUNDED: Duration = Duration::from_secs(3600);

/// How long a writer waits for another process's transaction: a request, and a command.
const LOCKED: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// How long a check of readiness may take.
pub const READINESS: Duration = Duration::from_secs(2);

/// Whether what is opened is read only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn sqlite(url: &str, busy: Duration, access: Access) -> Result<SqliteConnectOptions> {
    let options: SqliteConnectOptions = url.parse().map_err(|error| explain(url, &error))?;
    let options = options.disable_statement_logging();
    if access == Access::Read {
        return Ok(options.read_only(true).create_if_missing(false).busy_timeout(busy));
    }
    Ok(options
        .pragma("journal_mode", "WAL")
        // What was acknowledged stays through a power cut. NORMAL may lose the last commits of a write-ahead log then.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(busy))
}

fn postgres(url: &str, patience: Option<Duration>, locked: Duration) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse().map_err(|error| explain(url, &error))?;
    let milliseconds = |time: Duration| time.as_millis().to_string();
    let options = options.disable_statement_logging().options([
        ("lock_timeout", milliseconds(locked)),
        // A program that stopped in the middle of a transaction, or lost its network, does not keep others from writing.
        ("idle_in_transaction_session_timeout", milliseconds(Duration::from_secs(60))),
        // A statement whose client has gone is ended, and its locks with it.
        ("client_connection_check_interval", milliseconds(Duration::from_secs(1))),
        // A statement that takes several cores would use up more than the time that is charged for it.
        ("max_parallel_workers_per_gather", "0".to_owned()),
        // Compiling a long statement takes half a second, which none of ours runs.
        ("jit", "off".to_owned()),
        ("tcp_keepalives_idle", "30".to_owned()),
        ("tcp_keepalives_interval", "5".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", milliseconds(Duration::from_secs(30))),
    ]);
    Ok(match patience {
        Some(patience) => options.options([("statement_timeout", milliseconds(patience))]),
        None => options,
    })
}

/// Opens a database, for `connections` statements that read at one time. A statement may take `patience`; without one it is a
/// command's, which nobody waits for.
///
/// # Errors
/// When it cannot be reached, or is something else than a database; the message says which.
pub async fn connect(url: &str, connections: u32, patience: Option<Duration>) -> Result<Db> {
    open(url, connections, patience, Access::Write).await
}

/// Opens a database to read it: a file is not written, not even its log, and no writer is waited for.
///
/// # Errors
/// When it cannot be reached, is not there, or is something else than a database; the message says which.
pub async fn connect_to_read(url: &str) -> Result<Db> {
    if let Some(file) = file(url).filter(|file| !file.exists()) {
        let none = "there is no database yet: `lienthong serve`, or `lienthong migrate`, makes it";
        return Err(Broken::new(format!("{}: {none}", file.display())).into());
    }
    open(url, 1, None, Access::Read).await
}

/// The file that a URL names, as it is written; none where it is in memory, or written in escapes.
pub fn file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = path.split('?').next().unwrap_or_default();
    (!path.is_empty() && path != ":memory:" && !path.contains('%')).then(|| path.into())
}

async fn open(url: &str, connections: u32, patience: Option<Duration>, access: Access) -> Result<Db> {
    let (busy, limit) = match patience {
        // PostgreSQL ends it before; what is over this limit is a server that does not answer any more.
        Some(patience) => (LOCKED.0, patience + Duration::from_secs(1)),
        None => (LOCKED.1, UNBOUNDED),
    };
    let (target, backend) = if url.starts_with("sqlite:") {
        (Target::Sqlite(sqlite(url, busy, access)?), DbBackend::Sqlite)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        (Target::Postgres(postgres(url, patience, busy)?), DbBackend::Postgres)
    } else {
        return Err(Broken::new("the database URL must begin with sqlite:// or postgres://").into());
    };
    let readers = Connections::new(target.clone(), connections, limit)?;
    let db = Db {
        url: url.into(),
        version: None,
        backend,
        versions: Arc::new(Versions::new(&readers)?),
        readers,
        writer: Connections::new(target.clone(), 1, limit)?,
        ahead: Connections::new(target.clone(), 1, limit)?,
        reserve: Connections::new(target, 1, READINESS)?,
        queue: Arc::new(Semaphore::new(1)),
        broken: Arc::default(),
    };
    db.readers.all(&probe(backend)).await.map_err(|error| explain(url, &error))?;
    Ok(db)
}

/// A statement that fails where nothing answers, or a file is not a database.
fn probe(backend: DbBackend) -> Statement {
    let sql = match backend {
        DbBackend::Sqlite => "SELECT count(*) FROM sqlite_master",
        _ => "SELECT current_setting('transaction_read_only')",
    };
    Statement::from_string(backend, sql)
}

fn explain(url: &str, error: &impl ToString) -> Error {
    let text = error.to_string();
    let file = url.trim_start_matches("sqlite://").trim_start_matches("sqlite:").split('?').next().unwrap_or_default();
    let why = if text.contains("file is not a database") {
        format!("{file} is not an SQLite database; name another file, or move this one away")
    } else if text.contains("unable to open database file") || text.contains("attempt to write a readonly database") {
        let folder = Path::new(file).parent().map(|p| p.display().to_string()).unwrap_or_default();
        format!("cannot write the database file {file}: check that the folder {folder} exists and may be written to")
    } else {
        format!("cannot reach the database: {text}")
    };
    Broken::new(why).into()
}

impl Db {
    /// The same, for a program of this version: the name of the newest migration that it knows.
    pub fn at_version(self, version: &str) -> Self {
        Db { version: Some(version.into()), ..self }
    }
    fn postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }
    /// Whether the database is a file of this process alone, so that `serve` may set it up by itself.
    pub fn embedded(&self) -> bool {
        !self.postgres()
    }
    /// Reads outside any transaction.
    pub(super) async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        let statement = self.backend.build(query);
        // The text alone: no value is ever logged.
        tracing::trace!(target: "lienthong::statement", sql = statement.sql.as_str());
        // Boxed: the futures of requests are large as they are, and live on the stack until they are spawned.
        Ok(Box::pin(self.readers.all(&statement)).await?)
    }
    /// Begins a transaction that may write, once no other transaction writes, and keeps others from it until this one ends. Answers
    /// with a row of what is asked for, from its second column on: it is sent along, for each message to the database keeps other
    /// writers waiting.
    ///
    /// # Errors
    /// UNAVAILABLE, too, where the schema has moved on and this program must not write any more.
    pub(super) async fn begin(&self, columns: &str) -> Result<(Transaction, QueryResult)> {
        let (tx, rows) = Box::pin(Transaction::begin(self, &self.asked_first(columns))).await?;
        Ok((tx, self.checked(rows)?))
    }
    /// Begins a transaction that may write rows before it takes the lock of all writers, where the database lets others write
    /// meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn begin_ahead(&self) -> Result<Option<Transaction>> {
        match self.postgres() {
            true => Ok(Some(Box::pin(Transaction::begin_ahead(self)).await?)),
            false => Ok(None),
        }
    }
    /// Takes the lock of all writers for a transaction that was begun ahead of it, and answers as [`Db::begin`].
    ///
    /// # Errors
    /// As [`Db::begin`], and where the lock is not free in time.
    pub(super) async fn lock(&self, tx: &Transaction, columns: &str) -> Result<QueryResult> {
        self.checked(tx.lock(&self.asked_first(columns)).await?)
    }
    /// What is asked under the lock, for a migration takes it, too.
    fn asked_first(&self, columns: &str) -> String {
        format!("SELECT {}, {columns}", if self.version.is_some() { MINIMUM_VERSION } else { "NULL" })
    }
    fn checked(&self, rows: Vec<QueryResult>) -> Result<QueryResult> {
        let row = rows.into_iter().next_back().ok_or_else(|| Broken::new("a statement without a row"))?;
        let Some(version) = &self.version else { return Ok(row) };
        match row.try_get_by_index::<Option<String>>(0)? {
            Some(minimum) if minimum.as_str() > version.as_ref() => {
                tracing::error!(%minimum, "this program is too old to write");
                Err(Refusal::unavailable().into())
            }
            _ => Ok(row),
        }
    }
    /// Why the database cannot be written, in a few words for whoever watches; none where it can.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn unwritable(&self) -> Result<Option<String>> {
        let rows = self.reserve.all(&probe(self.backend)).await?;
        if self.postgres() {
            let read_only = rows.first().map(|row| row.try_get_by_index::<String>(0)).transpose()?;
            if read_only.as_deref() == Some("on") {
                return Ok(Some("the database takes no writes: it is a standby, or set to read only".to_owned()));
            }
        }
        let Some(reason) = self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return Ok(None) };
        // It may have been repaired, and nobody writes while this says no: so it is tried here.
        match Transaction::begin(self, "").await {
            Ok((tx, _)) => Ok(tx.try_writing().await.err().map(|_| reason)),
            Err(_) => Ok(Some(reason)),
        }
    }
    fn note_write(&self, failed: Option<&DbErr>) {
        let broken = match failed {
            None => None,
            Some(error) if failure::Failure::stops_writing(error) => {
                Some(format!("the database cannot be written: {error}"))
            }
            Some(_) => return,
        };
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = broken;
    }
    /// Runs one step of setting the store up, as one transaction, while nobody else runs one: the only way to the schema.
    /// A step that fails, or is interrupted, leaves nothing.
    ///
    /// # Errors
    /// The step's own, and the database's.
    pub async fn set_up<T>(
        &self,
        step: impl AsyncFnOnce(&DatabaseTransaction) -> std::result::Result<T, DbErr>,
    ) -> Result<T> {
        let mut options = ConnectOptions::new(self.url.as_ref());
        // Nothing sweeps the pool: sqlx's sweeper counts what is idle by a number that can be below zero for an instant, which
        // is 2^64, and then goes round for ever.
        options.sqlx_logging(false).max_connections(1).idle_timeout(None).max_lifetime(None).map_sqlx_sqlite_opts(
            |sqlite| sqlite.pragma("journal_mode", "WAL").foreign_keys(true).busy_timeout(LOCKED.1),
        );
        let alone = Database::connect(options).await?;
        let tx = alone
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await?;
        if self.postgres() {
            // The writers' lock as well, so that nobody writes under a schema that is about to change.
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(7305428), pg_advisory_xact_lock(7305427)").await?;
        }
        let value = step(&tx).await?;
        tx.commit().await?;
        alone.close().await?;
        Ok(value)
    }
    /// Closes the pools, once nothing reads or writes any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(&self) -> Result<()> {
        self.versions.close().await;
        for pool in [&self.readers, &self.reserve, &self.ahead, &self.writer] {
            pool.close().await;
        }
        Ok(())
    }
    /// How the store's schema stands to this program's migrations, named oldest first.
    pub async fn schema_state(&self, ours: &[String]) -> Result<SchemaState> {
        let exists = if self.postgres() {
            "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations' AND schemaname = ANY(current_schemas(false))"
        } else {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        };
        if self.none(exists).await? {
            // A database file is one program's; a PostgreSQL database may hold what an extension put there.
            // In one statement: another process may be setting it up meanwhile.
            let others = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                 AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations')";
            let foreign = !self.postgres() && !self.none(others).await?;
            return Ok(if foreign { SchemaState::Foreign } else { SchemaState::Empty });
        }
        let mut query = Query::select();
        query.column(Alias::new("version")).from(Alias::new("seaql_migrations"));
        let mut theirs = vec![];
        for row in self.reserved(self.backend.build(&query)).await? {
            theirs.push(row.try_get_by_index::<String>(0)?);
        }
        if !theirs.is_empty() && theirs.iter().any(|t| !ours.contains(t)) {
            let minimum = Statement::from_string(self.backend, format!("SELECT {MINIMUM_VERSION}"));
            let minimum = self.reserved(minimum).await?;
            let minimum = minimum.first().map(|row| row.try_get_by_index::<Option<String>>(0)).transpose()?.flatten();
            if minimum.is_none_or(|minimum| ours.last().is_none_or(|newest| minimum > *newest)) {
                return Ok(SchemaState::Newer);
            }
        }
        Ok(match () {
            () if theirs.is_empty() => SchemaState::Empty,
            () if ours.iter().any(|o| !theirs.contains(o)) => SchemaState::Older,
            () => SchemaState::Current,
        })
    }
    async fn none(&self, sql: &str) -> Result<bool> {
        Ok(self.reserved(Statement::from_string(self.backend, sql)).await?.is_empty())
    }
    async fn reserved(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        Ok(Box::pin(self.reserve.all(&statement)).await?)
    }
}

/// The newest migration that a program must know to write.
const MINIMUM_VERSION: &str = "(SELECT max(minimum_version) FROM schema_requirement)";

/// Lends a text column of a row, without copying it.
pub fn with_text<T>(row: &QueryResult, at: usize, f: impl FnOnce(Option<&str>) -> T) -> Result<T> {
    let broken = |e: sea_orm::sqlx::Error| Broken::new(e);
    let text: Option<&str> = if let Some(row) = row.try_as_sqlite_row() {
        row.try_get(at).map_err(broken)?
    } else if let Some(row) = row.try_as_pg_row() {
        row.try_get(at).map_err(broken)?
    } else {
        return Err(Broken::new("a row of another database").into());
    };
    Ok(f(text))
}

/// One column that rows are put in order by.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    /// The column.
    pub col: Col,
    /// Downwards.
    pub descending: bool,
    /// Where NULLs stand; none where the column is never NULL, because neither database uses its index for an order that says so.
    pub nulls: Option<NullOrdering>,
}

impl Sort {
    fn direction(&self) -> Dir {
        if self.descending { Dir::Desc } else { Dir::Asc }
    }
    fn put(&self, statement: &mut impl OrderedStatement, column: impl IntoColumnRef) {
        match self.nulls {
            Some(nulls) => statement.order_by_with_nulls(column, self.direction(), nulls),
            None => statement.order_by(column, self.direction()),
        };
    }
}

/// Puts the rows of a statement or of a window in order.
pub fn sort(statement: &mut impl OrderedStatement, sorting: &[Sort]) {
    for by in sorting {
        by.put(statement, by.col.column());
    }
}
