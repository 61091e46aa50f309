//! The audit chain as it is hashed: every entry names the hash of the one before, so that none can be changed, left out or put in
//! between without all that follow telling of it. Pure, so that an export is verified without a database.

use entity::kinds::AuditOutcome;
use sea_orm::ActiveEnum;
use sha2::{Digest, Sha256};

/// The hash that the first entry names as the one before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The version of the encoding that is hashed.
const ENCODING: u8 = 1;

/// An entry as it is hashed.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
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
    /// SHA-256 over a version byte, the sequence and the microsecond as eight bytes each, and every text after a byte that
    /// tells whether there is one and its length in four bytes (all big-endian), so that no two entries are ever encoded alike.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update([ENCODING]);
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

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
