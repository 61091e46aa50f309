//! The journal (nhật ký): the audit chain as it is read, verified, signed and archived. What writes it is the kernel's door.

pub mod feed;
pub mod graphql;
pub mod reads;
pub mod rules;
pub mod store;
pub mod values;

use std::collections::{BTreeMap, HashMap};

use entity::{audit_checkpoint, audit_entry, ids::AuditEntryId};
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};

use self::rules::{Exported, Verifier};
use crate::kernel::{
    chain::{GENESIS, Opening},
    error::{Broken, Result},
    op::Op,
    policy::Action,
    token::{self, Fault},
    tx::{Change, Outcome},
};

/// The type of checkpoints.
const CHECKPOINT: &str = "audit-checkpoint+jwt";

/// What a checkpoint says: so many entries there were, and the last had this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose chain.
    pub iss: String,
    /// When, in seconds since 1970.
    pub iat: i64,
    /// The number of the last entry, which is how many there were.
    pub sequence: i64,
    /// Its hash.
    pub head: String,
}

/// How long a checkpoint is the newest one, whatever is written meanwhile: asking for it must not be a way to fill the store.
const AT_MOST_EVERY: chrono::Duration = chrono::Duration::minutes(1);

/// The newest checkpoint, signed. Another one is made when the chain has grown.
///
/// # Errors
/// When there are no keys to sign with.
pub async fn checkpoint(op: &Op) -> Result<String> {
    let permit = op.permit(Action::SignCheckpoint)?;
    op.write(permit, async |tx, _| {
        let latest = store::latest_checkpoint(tx).await?;
        let head = store::head(tx).await?;
        let (sequence, hash) = head.map_or((0, GENESIS.to_owned()), |entry| (entry.id.0, entry.hash));
        if let Some(latest) = latest
            && (latest.sequence == sequence || op.now() < latest.at + AT_MOST_EVERY)
        {
            return Ok(Outcome::unchanged(latest.jws));
        }
        let jws = sign(op, sequence, &hash)?;
        store::insert_checkpoint(tx, sequence, &hash, &jws).await?;
        Ok(Outcome::unchanged(jws))
    })
    .await
}

fn sign(op: &Op, sequence: i64, hash: &str) -> Result<String> {
    let says = Checkpoint {
        iss: op.app().settings().public_url.clone(),
        iat: op.now().timestamp(),
        sequence,
        head: hash.to_owned(),
    };
    op.app().keys()?.sign(CHECKPOINT, &says)
}

/// When the newest entry of the audit log was recorded, whoever may read it.
///
/// # Errors
/// The database's.
pub async fn last_recorded(op: &Op) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
    Ok(store::visible_head(op).await?.map(|entry| entry.at))
}

/// Has the keys turned, one process at a time, and writes down which key signs from now on.
///
/// # Errors
/// FORBIDDEN; those of the turn.
pub async fn rotate_keys(op: &Op, turn: impl FnOnce() -> Result<String>) -> Result<()> {
    let permit = op.permit(Action::RotateKeys)?;
    op.write(permit, async |_, permit| {
        let key = turn()?;
        let change = Change::audited(entity::kinds::ChangeAction::Updated, format!("key:{key}"), 0);
        Ok(Outcome::changed(permit.at(None)?, (), vec![change]))
    })
    .await
}

/// What a checkpoint says, if one of these keys signed it.
///
/// # Errors
/// Why not.
pub fn open_checkpoint(keys: &JwkSet, jws: &str) -> std::result::Result<Checkpoint, Fault> {
    token::open_by_set(keys, CHECKPOINT, jws.trim())
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How many entries were looked at.
    pub entries: i64,
    /// Of how many the values were withheld, so that they were checked by their place in the chain alone.
    pub withheld: i64,
    /// The hash of the last of them.
    pub head_hash: String,
    /// The first number at which the chain is not what it was.
    pub first_invalid: Option<i64>,
}

/// Entries that are read at once.
const BATCH: u64 = 1000;

/// Goes through the chain in the store, and compares it with its checkpoints.
///
/// # Errors
/// FORBIDDEN; the database's.
pub async fn verify(op: &Op) -> Result<Verification> {
    op.may(Action::ReadAudit)?;
    let checkpoints = store::checkpoints(op).await?;
    let keys = op.app().keys()?.ever();
    // What a checkpoint says is what was signed; one whose row says something else was bent.
    let signed = |known: &audit_checkpoint::Model| match open_checkpoint(&keys, &known.jws) {
        Ok(says) if says.sequence == known.sequence && says.head == known.hash => known.hash.clone(),
        _ => String::new(),
    };
    let mut verifier = Verifier::new(checkpoints.iter().map(|known| (known.sequence, signed(known))));
    let mut after = 0;
    loop {
        let entries = entries(op, after).await?;
        let Some(last) = entries.last() else { break };
        after = last.sequence;
        entries.iter().for_each(|entry| verifier.next(entry));
    }
    Ok(verifier.finish())
}

/// The next entries after a number, whole.
async fn entries(op: &Op, after: i64) -> Result<Vec<Exported>> {
    let entries = store::after(op, after, BATCH).await?;
    let mut values: HashMap<AuditEntryId, BTreeMap<String, Opening>> = HashMap::new();
    if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
        for row in store::visible_openings(op, first.id, last.id).await? {
            let opening = Opening { salt: row.salt, value: row.value };
            values.entry(row.entry_id).or_default().insert(row.sha256, opening);
        }
    }
    let whole = |entry: &audit_entry::Model| Exported {
        values: Some(values.remove(&entry.id).unwrap_or_default()),
        ..Exported::from(entry)
    };
    Ok(entries.iter().map(whole).collect())
}

/// The entries after a number, as they are exported: without values of observations, or with them.
///
/// # Errors
/// FORBIDDEN; the database's.
pub async fn export(op: &Op, after: i64, with_values: bool) -> Result<Vec<Exported>> {
    op.may(Action::ReadAudit)?;
    let mut entries = entries(op, after).await?;
    for entry in &mut entries {
        if !with_values {
            entry.values = None;
            entry.withhold().map_err(Broken::new)?;
        } else if entry.values.as_ref().is_some_and(BTreeMap::is_empty) {
            entry.values = None;
        }
    }
    Ok(entries)
}

/// Deletes the entries before a time, once they have been put somewhere else: a checkpoint stays in their place, so that the rest
/// can still be verified. The newest entry always stays.
///
/// # Errors
/// FORBIDDEN; when they are not what was put elsewhere.
pub async fn forget(op: &Op, up_to: i64, hash: &str) -> Result<u64> {
    let permit = op.permit(Action::ArchiveAudit)?;
    let jws = sign(op, up_to, hash)?;
    op.write(permit, async |tx, permit| {
        let last = store::entry(tx, up_to).await?.filter(|entry| entry.hash == hash);
        if last.is_none() || store::head(tx).await?.is_none_or(|head| head.id.0 <= up_to) {
            return Err(Broken::new("the entries are not those that were put into the archive").into());
        }
        store::insert_checkpoint(tx, up_to, hash, &jws).await?;
        let gone = store::delete_up_to(tx, up_to).await?;
        let change = Change::audited(entity::kinds::ChangeAction::Deleted, format!("audit:1-{up_to}"), up_to);
        Ok(Outcome::changed(permit.at(None)?, gone, vec![change]))
    })
    .await
}

impl From<&audit_entry::Model> for Exported {
    fn from(entry: &audit_entry::Model) -> Self {
        Exported {
            hash_version: entry.hash_version,
            sequence: entry.id.0,
            at: entry.at,
            actor: entry.actor.clone(),
            action: entry.action.clone(),
            resource: entry.resource.clone(),
            outcome: entry.outcome,
            reason: entry.reason.clone(),
            request_id: entry.request_id.clone(),
            changes: entry.changes.clone(),
            previous_hash: entry.previous_hash.clone(),
            hash: entry.hash.clone(),
            values: None,
            withheld: false,
        }
    }
}

/// The signed checkpoints of the store, oldest first, as they are exported.
///
/// # Errors
/// FORBIDDEN; the database's.
pub async fn checkpoints(op: &Op) -> Result<Vec<String>> {
    op.may(Action::ReadAudit)?;
    Ok(store::checkpoints(op).await?.into_iter().map(|known: audit_checkpoint::Model| known.jws).collect())
}
