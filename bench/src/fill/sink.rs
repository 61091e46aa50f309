//! Where filled rows go: PostgreSQL by COPY, SQLite by prepared inserts in one transaction.

use std::io::Write as _;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use postgres::NoTls;
use rusqlite::types::Value;

use super::Unit;
use crate::failure::{Result, doing};

/// A value of a row.
#[derive(Clone, Debug)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number or an id.
    Int(i64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Text(String),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! cells {
    ($($of:ty => $cell:expr),+ $(,)?) => { $(
        impl From<$of> for Cell {
            fn from(value: $of) -> Cell {
                let made: fn($of) -> Cell = $cell;
                made(value)
            }
        }
    )+ };
}

cells! {
    i64 => Cell::Int,
    i32 => |n| Cell::Int(n.into()),
    f64 => Cell::Real,
    bool => Cell::Bool,
    String => Cell::Text,
    &str => |text| Cell::Text(text.to_owned()),
    NaiveDate => Cell::Day,
    DateTime<Utc> => Cell::Instant,
    Vec<u8> => Cell::Bytes,
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

/// A row, each value with its conversion.
#[macro_export]
macro_rules! row {
    ($($value:expr),+ $(,)?) => { vec![$($crate::fill::sink::Cell::from($value)),+] };
}

/// The rows of a table, one after another.
pub type Rows<'a> = &'a mut dyn Iterator<Item = Vec<Cell>>;

/// A database that is being filled.
pub trait Sink {
    /// The provinces that were seeded, former ones included.
    fn units(&mut self) -> Result<Vec<Unit>>;
    /// The highest id of a table.
    fn last_id(&mut self, table: &str) -> Result<i64>;
    /// Writes rows, whose values are in the order of the columns.
    fn write(&mut self, table: &str, columns: &str, rows: Rows<'_>) -> Result<()>;
    /// Ends the work: sequences, statistics.
    fn finish(&mut self) -> Result<()>;
}

const UNITS: &str = "SELECT u.id, u.code, v.name_vi, u.valid_from, u.valid_to, \
     COALESCE((SELECT s.successor_id FROM succession s WHERE s.predecessor_id = u.id ORDER BY s.id LIMIT 1), u.id) \
     FROM unit u JOIN unit_version v ON v.unit_id = u.id WHERE u.level = 'PROVINCE' \
     AND v.id = (SELECT MAX(w.id) FROM unit_version w WHERE w.unit_id = u.id) ORDER BY u.id";

/// The tables that are filled, and so have a sequence to set.
const FILLED: [&str; 13] = [
    "source",
    "agency",
    "indicator",
    "plan",
    "plan_target",
    "information_system",
    "data_link",
    "link_transition",
    "observation",
    "observation_transition",
    "exchange_tally",
    "change",
    "observation_series",
];

/// A PostgreSQL database.
pub struct Postgres(postgres::Client);

impl Postgres {
    /// Connects to it.
    pub fn open(url: &str) -> Result<Self> {
        Ok(Postgres(postgres::Client::connect(url, NoTls).map_err(doing("connecting to PostgreSQL"))?))
    }
}

fn copied(text: &mut Vec<u8>, cell: &Cell) {
    let _ = match cell {
        Cell::Null => write!(text, "\\N"),
        Cell::Int(number) => write!(text, "{number}"),
        Cell::Real(number) => write!(text, "{number}"),
        Cell::Bool(yes) => write!(text, "{}", if *yes { 't' } else { 'f' }),
        Cell::Day(day) => write!(text, "{day}"),
        Cell::Instant(at) => write!(text, "{}", at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        Cell::Bytes(bytes) => {
            let _ = write!(text, "\\\\x");
            bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        Cell::Text(of) => of.bytes().try_for_each(|byte| match byte {
            b'\n' => write!(text, "\\n"),
            b'\t' => write!(text, "\\t"),
            b'\\' => write!(text, "\\\\"),
            other => text.write_all(&[other]),
        }),
    };
}

impl Sink for Postgres {
    fn units(&mut self) -> Result<Vec<Unit>> {
        let unit = |row: postgres::Row| Unit {
            id: row.get(0),
            code: row.get(1),
            name: row.get(2),
            from: row.get(3),
            to: row.get(4),
            now: row.get(5),
        };
        Ok(self.0.query(UNITS, &[])?.into_iter().map(unit).collect())
    }
    fn last_id(&mut self, table: &str) -> Result<i64> {
        Ok(self.0.query_one(&format!("SELECT COALESCE(MAX(id), 0) FROM {table}"), &[])?.get(0))
    }
    fn write(&mut self, table: &str, columns: &str, rows: Rows<'_>) -> Result<()> {
        let mut copy = self.0.copy_in(&format!("COPY {table} ({columns}) FROM STDIN"))?;
        let mut text = Vec::with_capacity(1 << 17);
        for row in rows {
            for (n, cell) in row.iter().enumerate() {
                if n > 0 {
                    text.push(b'\t');
                }
                copied(&mut text, cell);
            }
            text.push(b'\n');
            if text.len() > 1 << 16 {
                copy.write_all(&text)?;
                text.clear();
            }
        }
        copy.write_all(&text)?;
        copy.finish().map_err(doing(format!("filling {table}")))?;
        Ok(())
    }
    fn finish(&mut self) -> Result<()> {
        for table in FILLED {
            let set = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))");
            self.0.batch_execute(&set)?;
        }
        Ok(self.0.batch_execute("VACUUM (ANALYZE)")?)
    }
}

/// An SQLite file.
pub struct Sqlite(rusqlite::Connection);

impl Sqlite {
    /// Opens it, and begins the one transaction in which it is filled.
    pub fn open(file: &std::path::Path) -> Result<Self> {
        let file = rusqlite::Connection::open(file).map_err(doing(format!("opening {}", file.display())))?;
        file.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -800000; PRAGMA foreign_keys = OFF; BEGIN",
        )?;
        Ok(Sqlite(file))
    }
}

fn stored(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => number.into(),
        Cell::Real(number) => number.into(),
        Cell::Bool(yes) => yes.into(),
        Cell::Text(text) => text.into(),
        Cell::Day(day) => day.to_string().into(),
        // As the driver of the service writes them.
        Cell::Instant(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, false).into(),
        Cell::Bytes(bytes) => bytes.into(),
    }
}

impl Sink for Sqlite {
    fn units(&mut self) -> Result<Vec<Unit>> {
        let day = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<Option<NaiveDate>> {
            Ok(row.get::<_, Option<String>>(at)?.and_then(|day| day.parse().ok()))
        };
        let mut query = self.0.prepare(UNITS)?;
        let units = query.query_map([], |row| {
            Ok(Unit {
                id: row.get(0)?,
                code: row.get(1)?,
                name: row.get(2)?,
                from: day(row, 3)?,
                to: day(row, 4)?,
                now: row.get(5)?,
            })
        })?;
        Ok(units.collect::<rusqlite::Result<_>>()?)
    }
    fn last_id(&mut self, table: &str) -> Result<i64> {
        Ok(self.0.query_row(&format!("SELECT COALESCE(MAX(id), 0) FROM {table}"), [], |row| row.get(0))?)
    }
    fn write(&mut self, table: &str, columns: &str, rows: Rows<'_>) -> Result<()> {
        let places = vec!["?"; columns.split(',').count()].join(", ");
        let mut insert = self.0.prepare(&format!("INSERT INTO {table} ({columns}) VALUES ({places})"))?;
        for row in rows {
            insert
                .execute(rusqlite::params_from_iter(row.into_iter().map(stored)))
                .map_err(doing(format!("filling {table}")))?;
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<()> {
        Ok(self.0.execute_batch("COMMIT; PRAGMA journal_mode = WAL; ANALYZE")?)
    }
}
