//! A common interface to read rows, by an operation or by its open transaction. A look-up that runs before the write
//! lock is taken, and again under it, is written only once.

use sea_orm::{EntityTrait, Select};

use super::{error::Result, op::Op, tx::Tx};

/// Reads rows.
pub trait Reader: Sync {
    /// The rows that a query finds.
    fn find<E: EntityTrait>(&self, select: Select<E>) -> impl Future<Output = Result<Vec<E::Model>>> + Send;
}

impl Reader for Op {
    async fn find<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>> {
        Op::find(self, select).await
    }
}

impl Reader for Tx {
    async fn find<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>> {
        Tx::find(self, select).await
    }
}
