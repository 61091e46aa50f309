//! What a failure of the database means for the caller.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, error::DatabaseError},
};

/// The kinds of failure that are handled differently. Everything else is a fault of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection is gone, or leads to a server that does not take writes: another one may work.
    Lost,
    /// The database is there and cannot do this now: it is locked, full, out of memory or connections.
    Busy,
    /// The database ended the statement because it took too long.
    Canceled,
}

/// SQLite's primary result codes. An extended code carries the primary one in its low byte.
mod sqlite {
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const READONLY: i32 = 8;
    pub const INTERRUPT: i32 = 9;
    pub const IOERR: i32 = 10;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
}

impl Failure {
    /// What kind of failure an error of sea-orm is.
    pub fn of(error: &DbErr) -> Option<Failure> {
        match error {
            DbErr::ConnectionAcquire(_) => Some(Failure::Busy),
            // Whatever keeps it from connecting: another attempt may succeed, and no request is to blame.
            DbErr::Conn(_) => Some(Failure::Lost),
            DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
                Failure::of_driver(inner)
            }
            _ => None,
        }
    }
    /// What kind of failure an error of the driver is.
    pub fn of_driver(error: &sqlx::Error) -> Option<Failure> {
        match error {
            sqlx::Error::Database(error) => Failure::of_database(error.as_ref()),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Some(Failure::Lost),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Some(Failure::Busy),
            _ => None,
        }
    }
    fn of_database(error: &dyn DatabaseError) -> Option<Failure> {
        let code = error.code()?;
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            return match code.parse::<i32>().ok()? & 0xff {
                sqlite::BUSY | sqlite::LOCKED | sqlite::FULL | sqlite::IOERR => Some(Failure::Busy),
                sqlite::READONLY | sqlite::CANTOPEN => Some(Failure::Lost),
                sqlite::INTERRUPT => Some(Failure::Canceled),
                _ => None,
            };
        }
        match code.as_ref() {
            "57014" => Some(Failure::Canceled),
            // Read-only: a standby, or a primary that was demoted. Idle in a transaction for too long: the server hung up.
            "25006" | "25P03" => Some(Failure::Lost),
            "55P03" => Some(Failure::Busy),
            // 08 connection, 57P server shut down or starting, 53 out of resources, 40 rolled back by the server, 58 the
            // server's operating system.
            code if code.starts_with("08") || code.starts_with("57P") => Some(Failure::Lost),
            code if ["53", "40", "58"].iter().any(|class| code.starts_with(class)) => Some(Failure::Busy),
            _ => None,
        }
    }
    /// Whether nothing can be written until somebody frees space or repairs the storage.
    pub fn stops_writing(error: &DbErr) -> bool {
        let DbErr::Query(RuntimeErr::SqlxError(inner)) = error else {
            return false;
        };
        let Some(error) = inner.as_database_error() else { return false };
        let Some(code) = error.code() else { return false };
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            let storage = [sqlite::FULL, sqlite::IOERR, sqlite::READONLY, sqlite::CANTOPEN];
            return code.parse::<i32>().is_ok_and(|code| storage.contains(&(code & 0xff)));
        }
        code == "53100" || code == "25006" || code.starts_with("58")
    }
}
