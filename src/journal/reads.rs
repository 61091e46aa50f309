//! Reads under grants (đọc theo quyền được cấp), in the audit log: one entry for each request and grant, which tells of which indicators and
//! areas so many figures were read.
//!
//! They are written down in bulk, a moment after the answer: a transaction of its own would cost a small read as much again as
//! itself. What waits is bounded, and is written before the program ends. The log tells of each read at once, so that a program
//! that was killed leaves a trace of its last moment too.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use entity::{ids::AccessGrantId, kinds::ChangeAction};

use crate::{
    kernel::{
        error::{Broken, Result},
        op::Op,
        policy::{Action, Caller},
        reads::{Read, Reading},
        tx::{Change, Deed, FieldChange, Outcome},
    },
    sharing::{
        granting::name,
        store::covering::{self, Covering, Coverings},
    },
};

/// How many requests may wait to be written down. Whoever asks beyond waits until they are, and is not answered where they cannot be.
const MOST_WAITING: usize = 5_000;

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

/// Notes what an operation has read so far that only grants open, to be written down.
///
/// # Errors
/// The database's, where so much waits that it must be written down first.
pub async fn note(op: &Op) -> Result<()> {
    if !op.has_read() {
        return Ok(());
    }
    let Caller::Client(client) = op.caller() else {
        return Err(Broken::new("somebody read under a grant who can have none").into());
    };
    let by = op.caller().name();
    let unwritten = op.app().unwritten();
    if unwritten.count() >= MOST_WAITING && !op.is_writing() {
        write_down(&Op::new(op.app(), Caller::System, op.request_id())).await?;
    }
    let read = op.take_read();
    tracing::info!(request_id = op.request_id(), %by, figures = told(&read)?, "read under a grant");
    unwritten.add(Reading { client: client.id, by, request_id: op.request_id().into(), at: op.now(), read });
    Ok(())
}

/// What was read, for the log: indicators and units by their ids, and how many figures.
fn told(read: &Read) -> Result<String> {
    let mut told = String::new();
    for ((indicator, unit), figures) in read {
        write!(told, "{}/{}={} ", indicator.0, unit.0, figures.len()).map_err(Broken::new)?;
    }
    Ok(told)
}

/// Writes down all that waits, each request as an entry for each grant under which it read; answers how many requests. What cannot be
/// written down waits on.
///
/// # Errors
/// FORBIDDEN for whoever is not the program itself; the database's.
pub async fn write_down(op: &Op) -> Result<u64> {
    let permit = op.permit(Action::ReadGranted)?;
    let taken = op.app().unwritten().take().await;
    if taken.readings.is_empty() {
        return Ok(0);
    }
    let coverings = coverings(op, &taken.readings).await?;
    let deeds: Vec<Deed> = taken.readings.iter().flat_map(|reading| deeds_of(reading, &coverings)).collect();
    op.write(permit, async |_, permit| Ok(Outcome::written_down(permit.anywhere(), (), deeds))).await?;
    let count = taken.readings.len() as u64;
    taken.written();
    Ok(count)
}

/// The grants that may have opened what was read.
async fn coverings(op: &Op, readings: &[Reading]) -> Result<Coverings> {
    let clients: BTreeSet<_> = readings.iter().map(|reading| reading.client).collect();
    let of: BTreeSet<_> = readings.iter().flat_map(|reading| reading.read.keys().copied()).collect();
    let times = readings.iter().map(|reading| reading.at);
    match times.clone().min().zip(times.max()) {
        Some(times) => covering::visible_covering(op, &clients, &of, times).await,
        None => Ok(Coverings::new()),
    }
}

/// The entries of a request: one for each grant that opened something of what it read.
fn deeds_of(reading: &Reading, coverings: &Coverings) -> Vec<Deed> {
    let mut told: BTreeMap<AccessGrantId, Vec<FieldChange>> = BTreeMap::new();
    for ((indicator, unit), figures) in &reading.read {
        let known = coverings.get(&(reading.client, *indicator, *unit)).map(Vec::as_slice).unwrap_or_default();
        let grants = under(known, reading);
        if grants.is_empty() {
            // The line of the log that was written with the answer remains.
            tracing::error!(request_id = %reading.request_id, by = %reading.by, "a figure was read that no grant opens");
        }
        for grant in grants {
            told.entry(grant.grant).or_default().push(FieldChange::new(&grant.name, figures.len().to_string()));
        }
    }
    let deed = |(grant, fields): (AccessGrantId, Vec<FieldChange>)| Deed {
        by: reading.by.clone(),
        request_id: reading.request_id.clone(),
        at: reading.at,
        change: Change::audited(ChangeAction::Created, name(grant), grant).with(fields),
    };
    told.into_iter().map(deed).collect()
}

/// The grants under which something was read: all that opened it when the request began. Where none did then, it was something of
/// the same moment: those that began just after, or else those that were revoked last.
fn under<'a>(known: &'a [Covering], reading: &Reading) -> Vec<&'a Covering> {
    let open: Vec<_> = known.iter().filter(|grant| grant.opens_at(reading.at)).collect();
    if !open.is_empty() {
        return open;
    }
    let good = known.iter().any(|grant| grant.revoked().is_none());
    let last = known.iter().filter_map(Covering::revoked).max();
    known.iter().filter(|grant| grant.revoked() == if good { None } else { last }).collect()
}
