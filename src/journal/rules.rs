//! Whether a chain of entries is one: pure, so that an export is verified without a database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::kinds::AuditOutcome;
use serde::{Deserialize, Serialize};

use super::Verification;
use crate::kernel::chain::{GENESIS, Link};

/// An entry as it is exported: a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exported {
    /// Its number.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// On which record.
    pub resource: Option<String>,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// Why, or why not.
    pub reason: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What changed, field by field, as JSON.
    pub changes: String,
    /// The hash of the entry before.
    pub previous_hash: String,
    /// Its own.
    pub hash: String,
}

impl Exported {
    /// The hash that it ought to have.
    fn worked_out(&self) -> String {
        Link {
            sequence: self.sequence,
            at: self.at.timestamp_micros(),
            actor: &self.actor,
            action: &self.action,
            resource: self.resource.as_deref(),
            outcome: self.outcome,
            reason: self.reason.as_deref(),
            request_id: self.request_id.as_deref(),
            changes: &self.changes,
            previous_hash: &self.previous_hash,
        }
        .hash()
    }
}

/// Looks at entries one after the other.
pub struct Verifier {
    checkpoints: HashMap<i64, String>,
    furthest: i64,
    entries: i64,
    /// Number and hash of the last one.
    last: Option<(i64, String)>,
    first_invalid: Option<i64>,
}

impl Verifier {
    /// With what is known from checkpoints: numbers, and the hashes that the entries had.
    pub fn new(checkpoints: impl IntoIterator<Item = (i64, String)>) -> Self {
        let checkpoints: HashMap<i64, String> = checkpoints.into_iter().collect();
        let furthest = checkpoints.keys().copied().max().unwrap_or_default();
        Verifier { checkpoints, furthest, entries: 0, last: None, first_invalid: None }
    }
    /// The next entry.
    pub fn next(&mut self, entry: &Exported) {
        let follows = match &self.last {
            Some((sequence, hash)) => entry.sequence == sequence + 1 && entry.previous_hash == *hash,
            None if entry.sequence == 1 => entry.previous_hash == GENESIS,
            // The beginning is in an archive: a checkpoint stands in its place.
            None => self.checkpoints.get(&(entry.sequence - 1)).is_some_and(|hash| *hash == entry.previous_hash),
        };
        let known = self.checkpoints.get(&entry.sequence).is_none_or(|hash| *hash == entry.hash);
        if !(follows && known && entry.hash == entry.worked_out()) {
            let expected = self.last.as_ref().map_or(entry.sequence, |(sequence, _)| sequence + 1);
            self.first_invalid.get_or_insert(expected.min(entry.sequence));
        }
        self.entries += 1;
        self.last = Some((entry.sequence, entry.hash.clone()));
    }
    /// What was found, when there are no more.
    pub fn finish(self) -> Verification {
        let (reached, head_hash) = self.last.unwrap_or((0, GENESIS.to_owned()));
        // A checkpoint knows of more: the tail was cut.
        let cut = (self.furthest > reached).then_some(reached + 1);
        Verification { entries: self.entries, head_hash, first_invalid: self.first_invalid.or(cut) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Exported> {
        let mut previous = GENESIS.to_owned();
        let entry = |sequence: i64| {
            let mut entry = Exported {
                sequence,
                at: DateTime::from_timestamp_micros(sequence * 1000).expect("a time"),
                actor: "operator".to_owned(),
                action: "plan.record".to_owned(),
                resource: Some(format!("p{sequence}")),
                outcome: AuditOutcome::Ok,
                reason: None,
                request_id: Some("r".to_owned()),
                changes: "[]".to_owned(),
                previous_hash: previous.clone(),
                hash: String::new(),
            };
            entry.hash = entry.worked_out();
            previous.clone_from(&entry.hash);
            entry
        };
        (1..=length).map(entry).collect()
    }

    fn found(entries: &[Exported], checkpoints: &[(i64, String)]) -> Option<i64> {
        let mut verifier = Verifier::new(checkpoints.iter().cloned());
        entries.iter().for_each(|entry| verifier.next(entry));
        verifier.finish().first_invalid
    }

    #[test]
    fn a_chain_is_one() {
        assert_eq!(found(&chain(5), &[]), None);
        assert_eq!(found(&[], &[]), None);
    }

    #[test]
    fn whatever_is_changed_is_found_by_its_number() {
        let changes: [fn(&mut Exported); 9] = [
            |e| e.actor.push('x'),
            |e| e.action.push('x'),
            |e| e.resource = None,
            |e| e.outcome = AuditOutcome::Denied,
            |e| e.reason = Some(String::new()),
            |e| e.request_id = None,
            |e| e.changes = "[ ]".to_owned(),
            |e| e.at += chrono::Duration::microseconds(1),
            |e| e.hash = GENESIS.to_owned(),
        ];
        for change in changes {
            let mut entries = chain(5);
            change(&mut entries[2]);
            assert_eq!(found(&entries, &[]), Some(3));
        }
    }

    #[test]
    fn what_is_left_out_put_in_or_cut_off_is_found() {
        let entries = chain(5);
        let checkpoint = (5, entries[4].hash.clone());
        let mut without = entries.clone();
        without.remove(2);
        assert_eq!(found(&without, &[]), Some(3));
        let mut twice = entries.clone();
        twice.insert(2, entries[1].clone());
        assert_eq!(found(&twice, &[]), Some(2));
        assert_eq!(found(&entries[..3], &[]), None, "nobody knows that there were more");
        assert_eq!(found(&entries[..3], &[checkpoint]), Some(4));
        // A chain that was made anew from somewhere on is one, but not the one that was signed.
        let other = chain(6);
        assert_eq!(found(&other[..5], &[(3, GENESIS.to_owned())]), Some(3));
    }

    #[test]
    fn a_chain_may_begin_where_a_checkpoint_says() {
        let entries = chain(5);
        let checkpoint = (2, entries[1].hash.clone());
        assert_eq!(found(&entries[2..], &[checkpoint]), None);
        assert_eq!(found(&entries[2..], &[]), Some(3));
        assert_eq!(found(&entries[2..], &[(2, GENESIS.to_owned())]), Some(3));
    }
}
