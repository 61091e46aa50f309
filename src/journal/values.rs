//! The values that stand in the audit log, as a reader sees them: those of an observation only where the reader sees the revision.
//!
//! Entries hold commitments to such values, which stand beside the chain. Entries of older programs hold them as they are: they are
//! masked when they are read, for a hash covers them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{audit_entry, ids::AuditEntryId};

use super::{rules, store};
use crate::kernel::{
    chain::{FieldEntry, PLAIN, SECRET, ValueEntry},
    error::{Broken, Result},
    op::Op,
};

/// A field that changed, as a reader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownChange {
    /// Which field.
    pub field: String,
    /// What it said.
    pub before: Option<String>,
    /// What it says.
    pub after: Option<String>,
    /// Whether a value is withheld.
    pub masked: bool,
}

/// What the caller sees of the values of some entries.
#[derive(Default)]
struct Sight {
    /// Values of commitments.
    opened: HashMap<(AuditEntryId, String), String>,
    /// Revisions of observations.
    revisions: HashSet<(String, i32)>,
    /// Steps of the review of observations, by the instant and the state that they led to.
    steps: HashSet<(String, DateTime<Utc>, String)>,
}

/// What changed in some entries, as the caller sees it.
///
/// # Errors
/// The database's; for entries that are none.
pub async fn shown(op: &Op, entries: &[audit_entry::Model]) -> Result<HashMap<i64, Vec<ShownChange>>> {
    let mut fields: Vec<(&audit_entry::Model, Vec<FieldEntry>)> = vec![];
    for entry in entries {
        fields.push((entry, serde_json::from_str(&entry.changes).map_err(Broken::new)?));
    }
    let sight = sight(op, &fields).await?;
    let shown = |(entry, fields): (&audit_entry::Model, Vec<FieldEntry>)| {
        // The first field tells which revisions, or which step of the review, the others are of.
        let first = fields.first();
        let before = first.and_then(|field| plain(&field.before)).unwrap_or_default();
        let after = first.and_then(|field| plain(&field.after)).unwrap_or_default();
        let one =
            |field: &FieldEntry| ShownChange { field: field.field.clone(), ..sight.of(entry, field, before, after) };
        (entry.id.0, fields.iter().map(one).collect())
    };
    Ok(fields.into_iter().map(shown).collect())
}

/// Whether an entry may hold values of an observation as they are.
fn holds_plain(entry: &audit_entry::Model) -> bool {
    entry.hash_version == PLAIN && rules::tells_of_an_observation(&entry.action)
}

async fn sight(op: &Op, entries: &[(&audit_entry::Model, Vec<FieldEntry>)]) -> Result<Sight> {
    let mut sight = Sight::default();
    let committed = entries.iter().filter(|(_, fields)| fields.iter().any(|f| f.commitments().next().is_some()));
    let committed: Vec<AuditEntryId> = committed.map(|(entry, _)| entry.id).collect();
    if !committed.is_empty() {
        let values = store::values(op, committed).await?;
        sight.opened = values.into_iter().map(|row| ((row.entry_id, row.sha256), row.value)).collect();
    }
    let plain = entries.iter().filter(|(entry, fields)| holds_plain(entry) && !fields.is_empty());
    let (mut indicators, mut areas, mut periods) = (vec![], vec![], vec![]);
    for key in plain.filter_map(|(entry, _)| entry.resource.as_deref()) {
        let mut parts = key.splitn(4, '/').map(str::to_owned);
        indicators.extend(parts.next());
        areas.extend(parts.next());
        periods.extend(parts.next());
    }
    if !periods.is_empty() {
        for seen in store::seen(op, &indicators, &areas, &periods).await? {
            sight.steps.extend(seen.step.map(|(at, to)| (seen.key.clone(), at, to.word())));
            sight.revisions.insert((seen.key, seen.revision));
        }
    }
    Ok(sight)
}

fn plain(value: &Option<ValueEntry>) -> Option<&str> {
    match value {
        Some(ValueEntry::Plain(text)) => Some(text),
        _ => None,
    }
}

impl Sight {
    /// The values of a field of an entry, which revises one revision by another or takes a step of the review.
    fn of(&self, entry: &audit_entry::Model, field: &FieldEntry, before: &str, after: &str) -> ShownChange {
        let plain = holds_plain(entry) && !rules::tells_no_value(&field.field);
        let mut shown = ShownChange::default();
        let sides = [(&field.before, before, &mut shown.before), (&field.after, after, &mut shown.after)];
        for (value, of, side) in sides {
            let Some(value) = value else { continue };
            *side = match value {
                ValueEntry::Plain(text) => (!plain || self.sees(entry, of)).then(|| text.clone()),
                ValueEntry::Committed { sha256 } => self.opened.get(&(entry.id, sha256.clone())).cloned(),
            };
            let secret = !rules::tells_of_an_observation(&entry.action) && side.as_deref() == Some(SECRET);
            shown.masked |= side.is_none() || secret;
        }
        shown
    }
    /// Whether the caller sees the revision of which an entry of an older program tells: it names the revision, or the state to which
    /// a step of the review led at the same instant.
    fn sees(&self, entry: &audit_entry::Model, of: &str) -> bool {
        let Some(key) = entry.resource.clone() else { return false };
        match of.parse::<i32>() {
            Ok(revision) => self.revisions.contains(&(key, revision)),
            Err(_) => self.steps.contains(&(key, entry.at, of.to_owned())),
        }
    }
}
