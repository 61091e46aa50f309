//! Whether a chain of entries is one: pure, so that an export is verified without a database.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::kinds::AuditOutcome;
use serde::{Deserialize, Serialize};

use super::Verification;
use crate::kernel::{
    chain::{COMMITTED, FieldEntry, GENESIS, Link, Opening, PLAIN, SECRET, ValueEntry},
    policy::Action,
};

/// An entry as it is exported: a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exported {
    /// The version of the encoding that is hashed. Exports of older programs do not name it.
    #[serde(default = "plain")]
    pub hash_version: i32,
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
    /// What opens the commitments that stand in it, by commitment; none where they were not exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<BTreeMap<String, Opening>>,
    /// Whether values that it holds as they are were left out: its hash cannot be worked out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

fn plain() -> i32 {
    PLAIN
}

/// Whether the values that an entry of this action holds are those of an observation.
pub fn tells_of_an_observation(action: &str) -> bool {
    [
        Action::RecordObservation,
        Action::RecordPublishedObservation,
        Action::SubmitObservation,
        Action::PublishObservation,
        Action::ReturnObservation,
        Action::WithdrawObservation,
    ]
    .iter()
    .any(|of| of.name() == action)
}

/// Whether a field of an observation tells only which revision it is, and its state.
pub fn tells_no_value(field: &str) -> bool {
    matches!(field, "revision" | "state")
}

impl Exported {
    /// Leaves values out that stand in it as they are, and are those of an observation: older programs wrote them so.
    ///
    /// # Errors
    /// For changes that are none.
    pub fn withhold(&mut self) -> serde_json::Result<()> {
        if self.hash_version != PLAIN || !tells_of_an_observation(&self.action) {
            return Ok(());
        }
        let mut fields: Vec<FieldEntry> = serde_json::from_str(&self.changes)?;
        for field in fields.iter_mut().filter(|field| !tells_no_value(&field.field)) {
            for value in [&mut field.before, &mut field.after].into_iter().flatten() {
                *value = ValueEntry::Plain(SECRET.to_owned());
                self.withheld = true;
            }
        }
        if self.withheld {
            self.changes = serde_json::to_string(&fields)?;
        }
        Ok(())
    }
    /// Whether its content is what was hashed, and what opens its commitments is right.
    fn is_what_was_written(&self) -> bool {
        if self.withheld {
            // Nothing else is ever left out: who claims so hides a change.
            return self.hash_version == PLAIN && tells_of_an_observation(&self.action);
        }
        (PLAIN..=COMMITTED).contains(&self.hash_version) && self.hash == self.worked_out() && self.is_opened()
    }
    /// Whether, where values were exported, each commitment has its own.
    fn is_opened(&self) -> bool {
        let Some(values) = &self.values else { return true };
        let Ok(fields) = serde_json::from_str::<Vec<FieldEntry>>(&self.changes) else { return false };
        let opens = |sha256: &str| values.get(sha256).and_then(Opening::commitment).is_some_and(|made| made == sha256);
        fields.iter().flat_map(FieldEntry::commitments).all(opens)
    }
    /// The hash that it ought to have.
    fn worked_out(&self) -> String {
        Link {
            version: self.hash_version,
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
    withheld: i64,
    /// Number and hash of the last one.
    last: Option<(i64, String)>,
    first_invalid: Option<i64>,
}

impl Verifier {
    /// With what is known from checkpoints: numbers, and the hashes that the entries had.
    pub fn new(checkpoints: impl IntoIterator<Item = (i64, String)>) -> Self {
        let checkpoints: HashMap<i64, String> = checkpoints.into_iter().collect();
        let furthest = checkpoints.keys().copied().max().unwrap_or_default();
        Verifier { checkpoints, furthest, entries: 0, withheld: 0, last: None, first_invalid: None }
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
        if !(follows && known && entry.is_what_was_written()) {
            let expected = self.last.as_ref().map_or(entry.sequence, |(sequence, _)| sequence + 1);
            self.first_invalid.get_or_insert(expected.min(entry.sequence));
        }
        self.entries += 1;
        self.withheld += i64::from(entry.withheld);
        self.last = Some((entry.sequence, entry.hash.clone()));
    }
    /// What was found, when there are no more.
    pub fn finish(self) -> Verification {
        let (reached, head_hash) = self.last.unwrap_or((0, GENESIS.to_owned()));
        // A checkpoint knows of more: the tail was cut.
        let cut = (self.furthest > reached).then_some(reached + 1);
        let (entries, withheld) = (self.entries, self.withheld);
        Verification { entries, withheld, head_hash, first_invalid: self.first_invalid.or(cut) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Exported> {
        let mut previous = GENESIS.to_owned();
        let entry = |sequence: i64| {
            let mut entry = Exported {
                hash_version: COMMITTED,
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
                values: None,
                withheld: false,
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
        let changes: [fn(&mut Exported); 13] = [
            |e| e.hash_version = PLAIN,
            |e| e.hash_version = 3,
            |e| e.hash_version = 256 + 2,
            |e| e.withheld = true,
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

    /// A chain of one entry, with a change of an observation.
    fn revision(hash_version: i32, changes: &str, values: Option<BTreeMap<String, Opening>>) -> Exported {
        let mut entry = chain(1).remove(0);
        entry.action = "observation.record".to_owned();
        entry.changes = changes.to_owned();
        entry.hash_version = hash_version;
        entry.values = values;
        entry.hash = entry.worked_out();
        entry
    }

    #[test]
    fn a_commitment_holds_whether_or_not_its_value_is_there() {
        let opening = Opening { salt: "0a".repeat(32), value: "90.5".to_owned() };
        let sha256 = opening.commitment().expect("a commitment");
        let changes = format!(r#"[{{"field":"value","before":null,"after":{{"sha256":"{sha256}"}}}}]"#);
        let with = |values| found(&[revision(COMMITTED, &changes, values)], &[]);
        let opened = |opening: &Opening| Some(BTreeMap::from([(sha256.clone(), opening.clone())]));
        assert_eq!(with(None), None);
        assert_eq!(with(opened(&opening)), None);
        assert_eq!(with(Some(BTreeMap::new())), Some(1), "the value was taken away");
        assert_eq!(with(opened(&Opening { value: "91.5".to_owned(), ..opening.clone() })), Some(1));
        assert_eq!(with(opened(&Opening { salt: "0b".repeat(32), ..opening.clone() })), Some(1));
        assert_eq!(with(opened(&Opening { salt: "none".to_owned(), ..opening.clone() })), Some(1));
        let other = changes.replace(&sha256, &"0".repeat(64));
        let bent = Exported { changes: other, ..revision(COMMITTED, &changes, None) };
        assert_eq!(found(&[bent], &[]), Some(1));
    }

    #[test]
    fn values_of_an_older_entry_are_left_out_and_it_is_known_by_its_place() {
        let changes =
            r#"[{"field":"revision","before":"1","after":"2"},{"field":"value","before":"90.5","after":null}]"#;
        let whole = revision(PLAIN, changes, None);
        assert_eq!(found(std::slice::from_ref(&whole), &[]), None);
        let mut without = whole.clone();
        without.withhold().expect("changes");
        assert!(without.withheld);
        assert_eq!(
            without.changes,
            r#"[{"field":"revision","before":"1","after":"2"},{"field":"value","before":"***","after":null}]"#
        );
        assert_eq!(found(std::slice::from_ref(&without), &[]), None);
        assert_eq!(
            found(std::slice::from_ref(&without), &[(1, GENESIS.to_owned())]),
            Some(1),
            "it is not the one that was signed"
        );
        let mut verifier = Verifier::new([]);
        verifier.next(&without);
        assert_eq!(verifier.finish().withheld, 1);
        // Nothing else may be left out.
        for other in [
            Exported { action: "user.update".to_owned(), ..without.clone() },
            Exported { hash_version: COMMITTED, ..without.clone() },
        ] {
            assert_eq!(found(&[other], &[]), Some(1));
        }
        // Nothing is left out where there is nothing, or where it stands as a commitment.
        for (version, action, changes) in [
            (PLAIN, "observation.record", "[]"),
            (PLAIN, "observation.submit", r#"[{"field":"state","before":"DRAFT","after":"SUBMITTED"}]"#),
            (PLAIN, "plan.record", changes),
            (COMMITTED, "observation.record", changes),
        ] {
            let before = Exported { action: action.to_owned(), ..revision(version, changes, None) };
            let mut after = before.clone();
            after.withhold().expect("changes");
            assert_eq!(after, before);
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
