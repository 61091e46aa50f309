//! An authenticated caller, looked at again inside the write transaction.
//!
//! A caller is authenticated when its request begins; the write may wait for seconds after that, for the lock or for a password to be
//! hashed. Without this, a session that an administrator ended in between would still write once more. The kernel knows no account:
//! whoever authenticates a caller says by which one statement it is looked at again, and judges the row.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use sea_orm::{QueryResult, sea_query::SelectStatement};

use super::error::Result;

type Judge = dyn Fn(Option<&QueryResult>) -> Result<()> + Send + Sync;

/// How an authenticated caller is looked at again.
#[derive(Clone)]
pub struct Recheck {
    query: SelectStatement,
    judge: Arc<Judge>,
}

impl Recheck {
    /// By a statement, of which the first row, if there is one, is judged.
    pub fn new(
        query: SelectStatement,
        judge: impl Fn(Option<&QueryResult>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Recheck { query, judge: Arc::new(judge) }
    }
    /// The statement.
    pub fn query(&self) -> &SelectStatement {
        &self.query
    }
    /// Judges what the statement found.
    ///
    /// # Errors
    /// What has changed since the caller was authenticated.
    pub fn judge(&self, row: Option<&QueryResult>) -> Result<()> {
        (self.judge)(row)
    }
}

impl fmt::Debug for Recheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recheck")
    }
}

/// It says nothing of who a caller is: two callers are the same or not by everything else.
impl PartialEq for Recheck {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Recheck {}

impl Hash for Recheck {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
