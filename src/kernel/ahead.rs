//! Writing much without keeping others waiting: rows are written before the lock of all writers is taken, where the database lets others
//! write meanwhile, and committed under it with their audit entries and the feed's rows. Until then nobody sees them.

use super::{
    error::Result,
    op::Op,
    policy::Permit,
    tx::{Outcome, Tx},
};

impl Op {
    /// As [`Op::write`], in two steps: `ahead` writes rows before the lock is taken; `work` finds out, under the lock, whether what they
    /// rest on is still so. None, and nothing was written, where it is not, where the lock was not free in time, or where the database
    /// or the request does not allow it: then it is to be written under the lock, which reports what stands in the way.
    ///
    /// # Errors
    /// The database's, once it is committed.
    pub async fn write_ahead<A, T>(
        &self,
        permit: &Permit,
        ahead: impl AsyncFnOnce(&Tx) -> Result<A>,
        work: impl AsyncFnOnce(&Tx, A) -> Result<Option<Outcome<T>>>,
    ) -> Result<Option<T>> {
        let Some(op) = self.alone() else { return Ok(None) };
        let Ok(Some(tx)) = Tx::begin_ahead(op).await else { return Ok(None) };
        let written: Result<Option<T>> = Box::pin(async {
            let written = ahead(&tx).await?;
            tx.lock().await?;
            match work(&tx, written).await? {
                Some(outcome) => Ok(Some(tx.record(permit, outcome).await?)),
                None => Ok(None),
            }
        })
        .await;
        match written {
            Ok(Some(value)) => {
                tx.commit().await?;
                self.app().news().look();
                Ok(Some(value))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::debug!(%error, "not written ahead of the lock");
                Ok(None)
            }
        }
    }
}
