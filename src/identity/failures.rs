//! Failed authentication, recorded in the audit log with repeated failures summed. See [`crate::kernel::failures`].

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

/// The outcome of a write transaction that ends in a failure.
pub fn outcome<T>(op: &Op, value: T, failure: Failure) -> Outcome<T> {
    match op.app().failures().count(&failure, op.now()) {
        0 => Outcome::unchanged(value),
        times => Outcome::tried(value, attempt(failure), times),
    }
}

/// Records a failure that writes nothing else. Summed failures need no transaction.
///
/// # Errors
/// Database errors.
pub async fn record(op: &Op, failure: Failure) -> Result<()> {
    let permit = op.permit(failure.action)?;
    match op.app().failures().count(&failure, op.now()) {
        0 => Ok(()),
        times => op.write(permit, async |_, _| Ok(Outcome::tried((), attempt(failure), times))).await,
    }
}

/// Records the summed failures whose minute has passed, or all of them. Returns the number of audit entries.
///
/// # Errors
/// Database errors. The failures are then kept and recorded by a later call.
pub async fn write_down(op: &Op, all: bool) -> Result<u64> {
    let due = op.app().failures().take(op.now(), all);
    if due.is_empty() {
        return Ok(0);
    }
    // The callers who failed were anonymous, so the entries name an anonymous actor.
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
