//! The audit chain as it is hashed: every entry names the hash of the one before, so that none can be changed, left out or put in
//! between without all that follow telling of it. Pure, so that an export is verified without a database.
//!
//! A value that not every reader of the log may see is hashed by its commitment, SHA-256(salt ‖ value). Value and salt are kept beside
//! the chain, so that they can be withheld from a reader, or be gone, and the entry still verifies.

use entity::kinds::AuditOutcome;
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{clock::random, error::Result};

/// The hash that the first entry names as the one before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The version of the encoding of entries in which every value stood as it was.
pub const PLAIN: i32 = 1;

/// The version of the encoding of new entries: a value may stand as its commitment.
pub const COMMITTED: i32 = 2;

/// What stands in place of a secret.
pub const SECRET: &str = "***";

/// An entry as it is hashed.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The version of its encoding.
    pub version: i32,
    /// Its number, from 1, without gaps.
    pub sequence: i64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: &'a str,
    /// What.
    pub action: &'a str,
    /// On which record.
    pub resource: Option<&'a str>,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// Why, or why not.
    pub reason: Option<&'a str>,
    /// In which request.
    pub request_id: Option<&'a str>,
    /// What changed, field by field, as JSON.
    pub changes: &'a str,
    /// The hash of the entry before.
    pub previous_hash: &'a str,
}

impl Link<'_> {
    /// SHA-256 over the version as a byte, the sequence and the microsecond as eight bytes each, and every text after a byte that
    /// tells whether there is one and its length in four bytes (all big-endian), so that no two entries are ever encoded alike.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        // No version but those that fit is ever written: another one gives a hash that no entry has.
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

/// A field that changed, as it stands in an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// Which field, as the API names it.
    pub field: String,
    /// What it said.
    pub before: Option<ValueEntry>,
    /// What it says.
    pub after: Option<ValueEntry>,
}

/// A value of a field, as it stands in an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValueEntry {
    /// As it is.
    Plain(String),
    /// As its commitment.
    Committed {
        /// SHA-256(salt ‖ value), in hexadecimal digits.
        sha256: String,
    },
}

impl FieldEntry {
    /// The commitments that stand in it.
    pub fn commitments(&self) -> impl Iterator<Item = &str> {
        [&self.before, &self.after].into_iter().flatten().filter_map(|value| match value {
            ValueEntry::Plain(_) => None,
            ValueEntry::Committed { sha256 } => Some(sha256.as_str()),
        })
    }
}

/// What opens a commitment. An export holds it only where it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 32 random bytes, in hexadecimal digits: without it, a value of a few digits is found by trying them all.
    pub salt: String,
    /// The value.
    pub value: String,
}

impl Opening {
    /// A value under a new salt.
    ///
    /// # Errors
    /// When the machine has no random numbers.
    pub fn of(value: String) -> Result<Self> {
        Ok(Opening { salt: hex(&random::<32>()?), value })
    }
    /// SHA-256(salt ‖ value), in hexadecimal digits; none for a salt that is not one.
    pub fn commitment(&self) -> Option<String> {
        let mut hasher = Sha256::new();
        hasher.update(bytes(&self.salt).filter(|salt| salt.len() == 32)?);
        hasher.update(&self.value);
        Some(hex(&hasher.finalize()))
    }
}

/// The bytes that hexadecimal digits stand for.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.as_bytes().chunks(2).map(byte).collect()
}

/// Bytes as hexadecimal digits.
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
        // A part of the salt does not become a part of the value.
        for salt in ["", "0", &salt[..62], &format!("{salt}00"), &salt.replace("1f", "xy")] {
            assert_eq!(opening(salt, "90.5").commitment(), None, "{salt}");
        }
        let [one, other] = [(); 2].map(|()| Opening::of("90.5".to_owned()).expect("random numbers"));
        assert_ne!(one.commitment(), other.commitment());
    }
}
