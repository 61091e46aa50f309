//! Checks an authenticated caller again inside the write transaction.
//!
//! A caller is authenticated when its request begins. The write can wait for seconds after that, for the lock or for
//! a password hash. Without this check, a session that an administrator ended in between could still write once. The
//! kernel has no accounts: the authenticating module supplies the statement and judges the row.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use sea_orm::{QueryResult, sea_query::SelectStatement};

use super::error::Result;

type Judge = dyn Fn(Option<&QueryResult>) -> Result<()> + Send + Sync;

/// How an authenticated caller is checked again.
#[derive(Clone)]
pub struct Recheck {
    query: SelectStatement,
    judge: Arc<Judge>,
}

impl Recheck {
    /// A check by a statement. The judge gets its first row, or none.
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
    /// Judges the row that the statement found.
    ///
    /// # Errors
    /// The change since the caller was authenticated that makes it invalid.
    pub fn judge(&self, row: Option<&QueryResult>) -> Result<()> {
        (self.judge)(row)
    }
}

impl fmt::Debug for Recheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recheck")
    }
}

/// A `Recheck` is not part of a caller's identity, so all are equal.
impl PartialEq for Recheck {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Recheck {}

impl Hash for Recheck {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
