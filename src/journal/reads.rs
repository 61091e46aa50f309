//! Reads under grants (đọc theo quyền được cấp), in the audit log: one entry for each request and grant, which tells of which indicators and
//! areas so many figures were read. It is written before the answer leaves, so that nothing is read that is not written down.

use std::collections::BTreeMap;

use entity::{ids::AccessGrantId, kinds::ChangeAction};

use crate::{
    kernel::{
        error::{Broken, Result},
        op::Op,
        policy::Action,
        tx::{Change, FieldChange, Outcome},
    },
    sharing::{
        granting::name,
        store::covering::{self, Covering},
    },
};

/// How many figures of an indicator and an area were read in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Of which indicator.
    pub indicator: i64,
    /// Of which area: the newest version of its unit.
    pub area: i64,
    /// How many.
    pub count: i32,
}

/// Writes down what an operation has read so far that only grants open.
///
/// # Errors
/// The database's; when there is no grant for what was read.
pub async fn record(op: &Op) -> Result<()> {
    let read = op.take_read();
    if read.is_empty() {
        return Ok(());
    }
    let permit = op.permit(Action::ReadGranted)?;
    let of: Vec<_> = read.keys().copied().collect();
    let covering = covering::visible_covering(op, &of).await?;
    let mut told: BTreeMap<AccessGrantId, Vec<FieldChange>> = BTreeMap::new();
    for (of, figures) in read {
        let grants = under(covering.get(&of).map(Vec::as_slice).unwrap_or_default());
        if grants.is_empty() {
            return Err(Broken::new("a figure was read that no grant opens").into());
        }
        for grant in grants {
            told.entry(grant.grant).or_default().push(FieldChange::new(&grant.name, figures.len().to_string()));
        }
    }
    let change = |(grant, fields): (AccessGrantId, Vec<FieldChange>)| {
        Change::audited(ChangeAction::Created, name(grant), grant).with(fields)
    };
    let changes: Vec<Change> = told.into_iter().map(change).collect();
    op.aside().write(permit, async |_, permit| Ok(Outcome::changed(permit.anywhere(), (), changes))).await
}

/// The grants under which something was read: all that open it. Where none does any more it was the one that was revoked last, after
/// it had been read.
fn under(covering: &[Covering]) -> Vec<&Covering> {
    let open: Vec<_> = covering.iter().filter(|grant| grant.revoked.is_none()).collect();
    match open.is_empty() {
        true => covering.iter().max_by_key(|grant| grant.revoked).into_iter().collect(),
        false => open,
    }
}
