//! The encoding and hashing of the audit chain. Each entry contains the hash of the previous one, so an entry that is
//! changed, removed or inserted breaks the hashes of all later entries. The functions are pure, so an export can be
//! verified without a database.
//!
//! A value that only some readers of the log may see is hashed as its commitment, SHA-256(salt ‖ value). The value
//! and the salt are stored outside the chain. They can be withheld from a reader or deleted, and the entry still
//! verifies.

use entity::kinds::AuditOutcome;
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{clock::random, error::Result};

/// The previous hash of the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The first version of the encoding: all values are in plain text.
pub const PLAIN: i32 = 1;

/// The version of the encoding that new entries use: a value may be replaced by its commitment.
pub const COMMITTED: i32 = 2;

/// The placeholder for a secret.
pub const SECRET: &str = "***";

/// The fields of an audit entry that are hashed.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The version of the encoding.
    pub version: i32,
    /// The sequence number: starts at 1, without gaps.
    pub sequence: i64,
    /// The time, in microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The name of the actor.
    pub actor: &'a str,
    /// The action.
    pub action: &'a str,
    /// The record that the action concerns.
    pub resource: Option<&'a str>,
    /// Whether the action was done, denied or failed.
    pub outcome: AuditOutcome,
    /// The reason of the action, or the code of the failure.
    pub reason: Option<&'a str>,
    /// The id of the request.
    pub request_id: Option<&'a str>,
    /// The field changes, as JSON.
    pub changes: &'a str,
    /// The hash of the previous entry.
    pub previous_hash: &'a str,
}

impl Link<'_> {
    /// SHA-256 over an unambiguous encoding: the version as one byte, the sequence and the time as eight bytes each,
    /// then each text after one byte that says whether it is present and four bytes with its length. All numbers are
    /// big-endian.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        // Only versions that fit a byte are ever written. Any other version gives a hash that no stored entry has.
        hasher.update([u8::try_from(self.version).unwrap_or_default()]);
        hasher.update(self.sequence.to_be_bytes());
        hasher.update(self.at.to_be_bytes());
        let outcome = self.outcome.to_value();
        let texts = [
            Some(self.actor),
            Some(self.action),
            self.resource,
            Some(outcome.as_str()),
            self.reason,
            self.request_id,
            Some(self.changes),
            Some(self.previous_hash),
        ];
        for text in texts {
            hasher.update([u8::from(text.is_some())]);
            let text = text.unwrap_or_default();
            hasher.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hasher.update(text);
        }
        hex(&hasher.finalize())
    }
}

/// A changed field, as an entry stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// The name of the field in the API.
    pub field: String,
    /// The value before the change.
    pub before: Option<ValueEntry>,
    /// The value after the change.
    pub after: Option<ValueEntry>,
}

/// A value of a field, as an entry stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValueEntry {
    /// The value in plain text.
    Plain(String),
    /// The commitment of a value that is stored outside the chain.
    Committed {
        /// SHA-256(salt ‖ value), in hexadecimal digits.
        sha256: String,
    },
}

impl FieldEntry {
    /// The commitments in this entry.
    pub fn commitments(&self) -> impl Iterator<Item = &str> {
        [&self.before, &self.after].into_iter().flatten().filter_map(|value| match value {
            ValueEntry::Plain(_) => None,
            ValueEntry::Committed { sha256 } => Some(sha256.as_str()),
        })
    }
}

/// The salt and the value behind a commitment. An export contains them only on request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 32 random bytes, in hexadecimal digits. Without a salt, a short number could be found by hashing all
    /// candidates.
    pub salt: String,
    /// The value.
    pub value: String,
}

impl Opening {
    /// Commits to a value with a new salt.
    ///
    /// # Errors
    /// When the machine has no random numbers.
    pub fn of(value: String) -> Result<Self> {
        Ok(Opening { salt: hex(&random::<32>()?), value })
    }
    /// SHA-256(salt ‖ value), in hexadecimal digits; none unless the salt is 32 bytes.
    pub fn commitment(&self) -> Option<String> {
        let mut hasher = Sha256::new();
        hasher.update(bytes(&self.salt).filter(|salt| salt.len() == 32)?);
        hasher.update(&self.value);
        Some(hex(&hasher.finalize()))
    }
}

/// Decodes hexadecimal digits.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.as_bytes().chunks(2).map(byte).collect()
}

/// Encodes bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(version: i32, changes: &str) -> Link<'_> {
        Link {
            version,
            sequence: 7,
            at: 1_764_000_000_123_456,
            actor: "user:lan",
            action: "observation.record",
            resource: Some("commune_fibre_pct/25/2025"),
            outcome: AuditOutcome::Ok,
            reason: None,
            request_id: Some("r"),
            changes,
            previous_hash: GENESIS,
        }
    }

    #[test]
    fn an_entry_has_the_hash_that_its_version_gives() {
        let changes = r#"[{"field":"value","before":"90.0","after":"91.0"}]"#;
        assert_eq!(link(PLAIN, changes).hash(), "a76ab1065a4690f0584b5a41478b09f02b99abdd6672041ccc337770eb87a4ea");
        assert_eq!(link(COMMITTED, changes).hash(), "342dce07c35ce7e1548b5d8ac918e42c9b975939c402ef2baa439af07af4fb2c");
    }

    #[test]
    fn a_commitment_is_opened_by_its_salt_and_value_only() {
        let salt = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let opening = |salt: &str, value: &str| Opening { salt: salt.to_owned(), value: value.to_owned() };
        let right = opening(salt, "90.5").commitment();
        assert_eq!(right.as_deref(), Some("480678c98ed8e8f476bba59e9ed5138213917352f0dc6655a6479b87c58bbae3"));
        assert_ne!(opening(salt, "90.6").commitment(), right);
        assert_ne!(opening(&salt.replace("1f", "20"), "90.5").commitment(), right);
        // The whole salt is checked, so a part of it cannot be moved into the value.
        for salt in ["", "0", &salt[..62], &format!("{salt}00"), &salt.replace("1f", "xy")] {
            assert_eq!(opening(salt, "90.5").commitment(), None, "{salt}");
        }
        let [one, other] = [(); 2].map(|()| Opening::of("90.5".to_owned()).expect("random numbers"));
        assert_ne!(one.commitment(), other.commitment());
    }
}
