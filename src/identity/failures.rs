//! Failures of those who authenticate, or fail to: recorded in the audit log, repeated ones summed. See [`crate::kernel::failures`].

use crate::kernel::{
    error::Result,
    failures::Failure,
    op::Op,
    policy::Caller,
    tx::{Attempt, Outcome},
};

fn attempt(failure: Failure) -> Attempt {
    let Failure { action, resource, outcome, reason } = failure;
    Attempt { action, resource, outcome, reason }
}

/// What a write that failed so comes to.
pub fn outcome<T>(op: &Op, value: T, failure: Failure) -> Outcome<T> {
    match op.app().failures().count(&failure, op.now()) {
        0 => Outcome::unchanged(value),
        times => Outcome::tried(value, attempt(failure), times),
    }
}

/// Records a failure that writes nothing else: mostly without a transaction.
///
/// # Errors
/// The database's.
pub async fn record(op: &Op, failure: Failure) -> Result<()> {
    let permit = op.permit(failure.action)?;
    match op.app().failures().count(&failure, op.now()) {
        0 => Ok(()),
        times => op.write(permit, async |_, _| Ok(Outcome::tried((), attempt(failure), times))).await,
    }
}

/// Records the repeated failures whose minute is over, or all of them; returns how many entries that took.
///
/// # Errors
/// The database's; then they are counted on.
pub async fn write_down(op: &Op, all: bool) -> Result<u64> {
    let due = op.app().failures().take(op.now(), all);
    if due.is_empty() {
        return Ok(0);
    }
    // In the name of those who failed.
    let anonymous = Op::new(op.app(), Caller::Anonymous, op.request_id());
    let written = anonymous.together(async |op| {
        for (failure, times) in due.clone() {
            let permit = op.permit(failure.action)?;
            op.write(permit, async |_, _| Ok(Outcome::tried((), attempt(failure), times))).await?;
        }
        Ok(())
    });
    match written.await {
        Ok(()) => Ok(due.len() as u64),
        Err(error) => {
            op.app().failures().put_back(due, op.now());
            Err(error)
        }
    }
}
