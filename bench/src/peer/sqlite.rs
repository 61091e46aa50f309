//! The peer on SQLite: each thread of the server has a connection, and runs its statements itself.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Mutex,
};

use chrono::{SecondsFormat, Utc};
use rusqlite::{
    Connection,
    types::{Value as Stored, ValueRef},
};
use serde_json::Value;

use super::{
    Recorded,
    flat::{Level, Read, Table, answer, ids, levels, own_column},
    missing, today,
};
use crate::{
    failure::Result,
    shapes::{Bind, Shape},
};

/// The file, and the turn to write.
pub struct Store {
    file: PathBuf,
    today: String,
    writing: Mutex<()>,
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(100);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; \
         PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456; CREATE TEMP TABLE staging (indicator TEXT, area TEXT, \
         period TEXT, dimension TEXT, value REAL)",
    )?;
    Ok(connection)
}

fn bound(binds: &[Bind], body: &Value, today: &str, above: &[i64]) -> Result<Vec<Stored>> {
    let given = |name: &str| body.get(name).ok_or_else(|| missing(name));
    let bind = |bind: &Bind| -> Result<Stored> {
        Ok(match bind {
            Bind::Text(name) => given(name)?.as_str().ok_or_else(|| missing(name))?.to_owned().into(),
            Bind::Int(name) => given(name)?.as_i64().ok_or_else(|| missing(name))?.into(),
            Bind::Texts(name) => given(name)?.to_string().into(),
            Bind::Today => today.to_owned().into(),
            Bind::Above => serde_json::to_string(above)?.into(),
        })
    };
    binds.iter().map(bind).collect()
}

enum Cell {
    Null,
    Int(i64),
    Real(f64),
    /// A range of the texts.
    Text(usize, usize),
}

/// Rows that were read: their texts in one piece.
struct Rows {
    cells: Vec<Cell>,
    texts: String,
    columns: usize,
}

impl Rows {
    fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        self.cells.get(row * self.columns + column)
    }
}

impl Table for Rows {
    fn rows(&self) -> usize {
        self.cells.len() / self.columns
    }
    fn text(&self, row: usize, column: usize) -> Option<&str> {
        match self.cell(row, column)? {
            Cell::Text(from, to) => self.texts.get(*from..*to),
            _ => None,
        }
    }
    fn int(&self, row: usize, column: usize) -> Option<i64> {
        match self.cell(row, column)? {
            Cell::Int(number) => Some(*number),
            _ => None,
        }
    }
    fn real(&self, row: usize, column: usize) -> Option<f64> {
        match self.cell(row, column)? {
            Cell::Real(number) => Some(*number),
            Cell::Int(number) => Some(*number as f64),
            _ => None,
        }
    }
    fn bool(&self, row: usize, column: usize) -> bool {
        self.int(row, column) == Some(1)
    }
}

fn rows(connection: &Connection, sql: &str, bound: Vec<Stored>) -> Result<Rows> {
    // `$1` would be a name, given numbers in the order in which names come.
    let mut statement = connection.prepare_cached(&sql.replace('$', "?"))?;
    let columns = statement.column_count();
    let mut found = Rows { cells: vec![], texts: String::new(), columns };
    let mut rows = statement.query(rusqlite::params_from_iter(bound))?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            found.cells.push(match row.get_ref(column)? {
                ValueRef::Integer(number) => Cell::Int(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => {
                    let from = found.texts.len();
                    found.texts.push_str(std::str::from_utf8(text)?);
                    Cell::Text(from, found.texts.len())
                }
                ValueRef::Null | ValueRef::Blob(_) => Cell::Null,
            });
        }
    }
    Ok(found)
}

fn read(
    connection: &Connection,
    level: &'static Level,
    body: &Value,
    today: &str,
    above: &[i64],
    depth: usize,
) -> Result<Read<Rows>> {
    let table = rows(connection, level.sqlite.sql, bound(level.sqlite.binds, body, today, above)?)?;
    let below = levels(level.parts).into_iter().map(|next| {
        let ids = ids(&table, own_column(depth));
        read(connection, next, body, today, &ids, depth + 1)
    });
    let below = below.collect::<Result<Vec<_>>>()?;
    Ok(Read::new(table, depth, below))
}

const INSERT: &str = "INSERT INTO observation (indicator_id, area_id, period, period_start, period_end, period_inferred, \
     value, qualifier, dimension, methodology_version, status, state, sharing, source_id, revision, recorded_at, version, \
     recorded_by) SELECT i.id, u.id, '2026-10', '2026-10-01', '2026-10-31', FALSE, ?4, 'EXACT', ?3, 1, 'OFFICIAL', 'DRAFT', \
     'OPEN', (SELECT MIN(id) FROM source), 1, ?5, 1, 'operator' FROM indicator i, unit u WHERE i.code = ?1 AND u.code = ?2 \
     AND u.valid_to IS NULL";

const FROM_STAGE: &str = "INSERT INTO observation (indicator_id, area_id, period, period_start, period_end, \
     period_inferred, value, qualifier, dimension, methodology_version, status, state, sharing, source_id, revision, \
     recorded_at, version, recorded_by) SELECT i.id, u.id, s.period, s.period || '-01', \
     date(s.period || '-01', '+1 month', '-1 day'), FALSE, s.value, 'EXACT', s.dimension, 1, 'OFFICIAL', 'DRAFT', 'OPEN', \
     (SELECT MIN(id) FROM source), 1, ?1, 1, 'operator' FROM staging s JOIN indicator i ON i.code = s.indicator \
     JOIN unit u ON u.code = s.area AND u.valid_to IS NULL";

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Micros, false)
}

impl Store {
    /// Over a file.
    pub fn new(file: PathBuf) -> Self {
        Store { file, today: today().to_string(), writing: Mutex::new(()) }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        CONNECTION.with_borrow_mut(|connection| {
            if connection.is_none() {
                *connection = Some(open(&self.file)?);
            }
            work(connection.as_mut().ok_or("no connection")?)
        })
    }

    /// The answer to a shape.
    pub fn read(&self, shape: &'static Shape, body: &Value) -> Result<Vec<u8>> {
        self.with(|connection| {
            let roots = levels(shape.flat).into_iter().map(|level| read(connection, level, body, &self.today, &[], 0));
            Ok(answer(shape.flat, roots.collect::<Result<_>>()?))
        })
    }

    /// One row in a transaction.
    pub fn record(&self, of: &Recorded<'_>) -> Result<()> {
        let _turn = self.writing.lock().map_err(|_| "a writer panicked")?;
        self.with(|connection| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let written = transaction.prepare_cached(INSERT)?.execute(rusqlite::params![
                of.indicator,
                of.area,
                of.dimension,
                of.value,
                now()
            ])?;
            transaction.commit()?;
            if written == 1 { Ok(()) } else { Err(format!("{written} rows were written").into()) }
        })
    }

    /// Rows of a CSV file without quotes, by a staging table and one INSERT.
    pub fn import(&self, csv: &[u8]) -> Result<u64> {
        let _turn = self.writing.lock().map_err(|_| "a writer panicked")?;
        self.with(|connection| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            {
                let mut stage = transaction.prepare_cached("INSERT INTO staging VALUES (?1, ?2, ?3, ?4, ?5)")?;
                for line in std::str::from_utf8(csv)?.lines().skip(1) {
                    stage.execute(rusqlite::params_from_iter(line.split(',').take(5)))?;
                }
            }
            let written = transaction.prepare_cached(FROM_STAGE)?.execute([now()])?;
            transaction.execute("DELETE FROM staging", [])?;
            transaction.commit()?;
            Ok(written as u64)
        })
    }
}
