//! The database: connecting, and everything in which SQLite and PostgreSQL differ. The only file that asks which it is.

use std::{path::Path, time::Duration};

use sea_orm::{
    AccessMode, Condition, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, IsolationLevel, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
    sea_query::{
        Alias, Expr, ExprTrait, Func, JoinType, LikeExpr, NullOrdering, Order as Dir, OrderedStatement, Query,
        SelectStatement, WindowStatement,
    },
};

use sea_orm::sqlx::Row as _;

use super::{
    error::{Broken, Error, Result},
    object::{Col, Key},
    text::literal,
};

/// The name of the column that tells, in a fetch for many parents, whose row it is.
pub const PARENT: &str = "parent";

/// The pools: readers, and the writers' way in. On SQLite that is one connection; on PostgreSQL both are one pool.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
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
    /// It knows migrations that this program does not.
    Newer,
}

fn options(url: &str, connections: u32, patience: Option<Duration>) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging(false)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        // Nothing sweeps the pool: sqlx's sweeper counts what is idle by a number that can be below zero for an instant, which is
        // 2^64, and then goes round for ever. A connection that is no good any more is found out when it is taken.
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("foreign_keys", "ON")
                .busy_timeout(Duration::from_secs(5))
        });
    if let Some(patience) = patience {
        options.statement_timeout(patience);
    }
    options
}

/// Opens a database. `connections` bounds the readers (on PostgreSQL: all). PostgreSQL ends a statement that takes longer than
/// `patience`; SQLite has nobody who could.
///
/// # Errors
/// When it cannot be reached, or is something else than a database; the message says which.
pub async fn connect(url: &str, connections: u32, patience: Option<Duration>) -> Result<Db> {
    let open =
        async |connections| Database::connect(options(url, connections, patience)).await.map_err(|e| explain(url, &e));
    if url.starts_with("sqlite:") {
        let write = open(1).await?;
        write.execute_unprepared("SELECT count(*) FROM sqlite_master").await.map_err(|e| explain(url, &e))?;
        Ok(Db { read: open(connections).await?, write })
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        let pool = open(connections).await?;
        Ok(Db { read: pool.clone(), write: pool })
    } else {
        Err(Broken::new("the database URL must begin with sqlite:// or postgres://").into())
    }
}

fn explain(url: &str, error: &DbErr) -> Error {
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
    fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }
    fn postgres(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }
    /// Whether the database is a file of this process alone, so that `serve` may set it up by itself.
    pub fn embedded(&self) -> bool {
        !self.postgres()
    }
    /// Whether it answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.read.execute_unprepared("SELECT 1").await.map(|_| ())?)
    }
    /// Reads outside any transaction.
    pub(super) async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        Ok(self.read.query_all(query).await?)
    }
    /// Begins a transaction that may write: on SQLite at once, so that two writers wait for each other instead of failing.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            isolation_level: self.postgres().then_some(IsolationLevel::ReadCommitted),
            access_mode: self.postgres().then_some(AccessMode::ReadWrite),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        Ok(self.write.begin_with_options(options).await?)
    }
    /// Waits until no other transaction writes, and keeps others from it until this one ends. On SQLite the transaction itself
    /// is the lock.
    pub(super) async fn lock_writers(&self, tx: &DatabaseTransaction) -> Result<()> {
        if self.postgres() {
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(7305427)").await?;
        }
        Ok(())
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
        let tx = self.begin().await?;
        if self.postgres() {
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(7305428)").await?;
        }
        let value = step(&tx).await?;
        tx.commit().await?;
        Ok(value)
    }
    /// Closes the pools, once nothing reads or writes any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn close(&self) -> Result<()> {
        self.read.close_by_ref().await?;
        Ok(self.write.close_by_ref().await?)
    }
    /// How the store's schema stands to this program's migrations, named oldest first.
    pub async fn schema_state(&self, ours: &[String]) -> Result<SchemaState> {
        let exists = if self.postgres() {
            "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations' AND schemaname = ANY(current_schemas(false))"
        } else {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        };
        if self.read.query_one_raw(Statement::from_string(self.backend(), exists)).await?.is_none() {
            // A database file is one program's; a PostgreSQL database may hold what an extension put there.
            let others = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
            let foreign = !self.postgres()
                && self.read.query_one_raw(Statement::from_string(self.backend(), others)).await?.is_some();
            return Ok(if foreign { SchemaState::Foreign } else { SchemaState::Empty });
        }
        let mut query = Query::select();
        query.column(Alias::new("version")).from(Alias::new("seaql_migrations"));
        let mut theirs = vec![];
        for row in self.rows(&query).await? {
            theirs.push(row.try_get_by_index::<String>(0)?);
        }
        Ok(match () {
            () if theirs.is_empty() => SchemaState::Empty,
            () if theirs.iter().any(|t| !ours.contains(t)) => SchemaState::Newer,
            () if ours.iter().any(|o| !theirs.contains(o)) => SchemaState::Older,
            () => SchemaState::Current,
        })
    }
    /// Rows of `table`'s `col` whose value is one of these keys. One parameter, whatever their number, so that the statement
    /// stays the same and prepared.
    pub fn among(&self, col: Col, keys: &[Key]) -> Expr {
        let name = format!("\"{}\".\"{}\"", col.table, col.name);
        match (self.postgres(), keys.first()) {
            (true, Some(Key::Text(_))) => Expr::cust_with_values(
                format!("{name} IN (SELECT json_array_elements_text(CAST($1 AS json)))"),
                [json(keys)],
            ),
            (true, _) => Expr::cust_with_values(format!("{name} = ANY(CAST($1 AS bigint[]))"), [array(keys)]),
            (false, _) => Expr::cust_with_values(format!("{name} IN (SELECT value FROM json_each(?))"), [json(keys)]),
        }
    }
    /// Rows whose `col`, which holds lines of folded text, has a text in it, wherever; by the index of trigrams that the column has.
    pub fn contains(&self, col: Col, text: &str) -> Expr {
        // SQLite's index is a table beside the column's, and knows nothing shorter than a trigram.
        if !self.postgres() && text.chars().count() >= 3 {
            let (table, index) = (col.table, format!("{}_{}", col.table, col.name));
            let phrase = format!("\"{}\"", text.replace('"', "\"\""));
            let rows = format!("\"{table}\".\"id\" IN (SELECT rowid FROM \"{index}\" WHERE \"{index}\" MATCH ?)");
            return Expr::cust_with_values(rows, [phrase]);
        }
        Expr::col(col.column()).like(LikeExpr::new(format!("%{}%", literal(text))).escape('\\'))
    }
    /// The first `limit` rows of each parent in an order. `query` selects `columns` columns named `c0`, `c1`, …; `link` tells the
    /// parent. The answer has the same columns and [`PARENT`] at the end, each parent's rows together and in order.
    pub fn first_of_each(
        &self,
        mut query: SelectStatement,
        columns: usize,
        link: Col,
        keys: &[Key],
        limit: u64,
        sorting: &[Sort],
    ) -> SelectStatement {
        let parent = || Alias::new(PARENT);
        if let [only] = keys {
            query.and_where(Expr::col(link.column()).eq(only.value()));
            query.expr_as(Expr::col(link.column()), parent());
            sort(&mut query, sorting);
            query.limit(limit);
            return query;
        }
        let mut each = Query::select();
        for n in 0..columns {
            each.column(Alias::new(format!("c{n}")));
        }
        each.column(parent()).order_by(parent(), Dir::Asc);
        if self.postgres() && !matches!(keys.first(), Some(Key::Text(_))) {
            // A probe of the index for each parent, which reads no more than the page.
            query.and_where(Expr::col(link.column()).equals((Alias::new("k"), Alias::new("k"))));
            query.expr_as(Expr::col((Alias::new("k"), Alias::new("k"))), parent());
            for (n, by) in sorting.iter().enumerate() {
                query.expr_as(Expr::col(by.col.column()), Alias::new(format!("s{n}")));
                each.order_by_with_nulls(Alias::new(format!("s{n}")), by.direction(), by.nulls());
            }
            sort(&mut query, sorting);
            query.limit(limit);
            let parents = Expr::cust_with_values("CAST($1 AS bigint[])", [array(keys)]);
            each.from_function(Func::cust(Alias::new("unnest")).arg(parents), Alias::new("k")).join_lateral(
                JoinType::InnerJoin,
                query,
                Alias::new("x"),
                Condition::all().add(Expr::cust("TRUE")),
            );
        } else {
            let mut place = WindowStatement::partition_by(link.column());
            sort(&mut place, sorting);
            query.and_where(self.among(link, keys));
            query.expr_as(Expr::col(link.column()), parent());
            query.expr_window_as(Func::cust(Alias::new("ROW_NUMBER")), place, Alias::new("place"));
            each.from_subquery(query, Alias::new("x"))
                .and_where(Expr::col(Alias::new("place")).lte(limit))
                .order_by(Alias::new("place"), Dir::Asc);
        }
        each
    }
}

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
    /// NULLs before everything else; otherwise after it.
    pub nulls_first: bool,
}

impl Sort {
    fn direction(&self) -> Dir {
        if self.descending { Dir::Desc } else { Dir::Asc }
    }
    fn nulls(&self) -> NullOrdering {
        if self.nulls_first { NullOrdering::First } else { NullOrdering::Last }
    }
}

/// Puts the rows of a statement or of a window in order.
pub fn sort(statement: &mut impl OrderedStatement, sorting: &[Sort]) {
    for by in sorting {
        statement.order_by_with_nulls(by.col.column(), by.direction(), by.nulls());
    }
}

fn json(keys: &[Key]) -> String {
    serde_json::Value::from_iter(keys.iter().map(Key::json)).to_string()
}

fn array(keys: &[Key]) -> String {
    let mut out = String::with_capacity(keys.len() * 6 + 2);
    out.push('{');
    for key in keys {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&key.to_string());
    }
    out.push('}');
    out
}
