//! A common interface to read rows, by an operation or by its open transaction. A look-up that runs before the write
//! lock is taken, and again under it, is written only once.

use sea_orm::{EntityTrait, QueryResult, Select, sea_query::SelectStatement};

use super::{error::Result, op::Op, tx::Tx};

/// Reads rows.
pub trait Reader: Sync {
    /// The rows of a statement.
    fn rows(&self, query: &SelectStatement) -> impl Future<Output = Result<Vec<QueryResult>>> + Send;
    /// The rows of an entity.
    fn find<E: EntityTrait>(&self, select: Select<E>) -> impl Future<Output = Result<Vec<E::Model>>> + Send;
}

impl Reader for Op {
    async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        Op::rows(self, query).await
    }
    async fn find<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>> {
        Op::find(self, select).await
    }
}

impl Reader for Tx {
    async fn rows(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        Tx::rows(self, query).await
    }
    async fn find<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>> {
        Tx::find(self, select).await
    }
}
