//! Documents that a request names by their hash instead of sending them: `documentId`, after the appendix on persisted documents of
//! GraphQL over HTTP, and `extensions.persistedQuery`, as Apollo's clients send it.
//!
//! A document is known by its hash once it was sent with it, until others take its place; or because it was trusted from the start.
//! Where some are trusted, no others run.

use std::{collections::HashMap, path::Path, sync::Arc};

use moka::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::params;
use crate::kernel::{
    error::{Broken, Code, FieldFault, Refusal, Result},
    locale::Message,
};

/// How many bytes of documents are remembered.
const REMEMBERED: u64 = 32 * 1024 * 1024;

/// What a document counts beside its bytes: so their number is bounded too.
const EACH: usize = 1024;

/// SHA-256 of a document.
pub(super) type Hash = [u8; 32];

/// How a request names its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By itself.
    Text(String),
    /// By itself and its hash, to be remembered.
    Both(String, Hash),
    /// By its hash, as `documentId`.
    Id(Hash),
    /// By its hash, as Apollo's clients do.
    Apollo(Hash),
}

/// A document that was found.
pub(super) struct Found {
    /// Its text.
    pub text: String,
    /// Whether it may run where only trusted ones may.
    pub trusted: bool,
    /// The hash to remember it by, once it has proved to be one.
    pub remember: Option<Hash>,
}

/// The documents that are known by their hash.
pub(super) struct Documents {
    remembered: Cache<Hash, Arc<str>>,
    trusted: Option<Trusted>,
}

/// The documents that alone may run.
#[derive(Clone, Debug)]
pub struct Trusted(HashMap<Hash, Arc<str>>);

impl Trusted {
    /// Reads the file: a JSON object of hashes and the documents of these hashes.
    ///
    /// # Errors
    /// Names the file, and what of it is wrong.
    pub fn read(file: &Path) -> Result<Self> {
        let broken = |why: String| Broken::new(format!("the trusted documents in {}: {why}", file.display()));
        let text = std::fs::read(file).map_err(|e| broken(e.to_string()))?;
        let given: HashMap<String, String> = serde_json::from_slice(params::unmarked(&text))
            .map_err(|e| broken(format!("not a JSON object of hashes and documents ({e})")))?;
        let mut read = HashMap::with_capacity(given.len());
        for (name, document) in given {
            let hash = hash(&name).ok_or_else(|| broken(format!("`{name}` is no SHA-256 in hexadecimal digits")))?;
            if hash_of(&document) != hash {
                return Err(broken(format!("`{name}` is not the hash of its document")).into());
            }
            read.insert(hash, document.into());
        }
        Ok(Trusted(read))
    }
}

impl Documents {
    /// None yet; with these, no others will run.
    pub fn new(trusted: Option<Trusted>) -> Self {
        let weight = |_: &Hash, text: &Arc<str>| u32::try_from(text.len().saturating_add(EACH)).unwrap_or(u32::MAX);
        Documents { remembered: Cache::builder().max_capacity(REMEMBERED).weigher(weight).build(), trusted }
    }
    /// The document that a request names.
    ///
    /// # Errors
    /// PERSISTED_QUERY_NOT_FOUND for a hash that is not known, BAD_USER_INPUT for one that is another document's.
    pub fn find(&self, named: Named) -> std::result::Result<Found, Refusal> {
        match named {
            Named::Text(text) => {
                let trusted = match &self.trusted {
                    None => true,
                    Some(trusted) => trusted.0.contains_key(&hash_of(&text)),
                };
                Ok(Found { text, trusted, remember: None })
            }
            Named::Both(text, hash) if hash_of(&text) == hash => {
                let trusted = self.trusted.as_ref().is_none_or(|trusted| trusted.0.contains_key(&hash));
                Ok(Found { text, trusted, remember: trusted.then_some(hash) })
            }
            Named::Both(..) => Err(Refusal::field(
                "query",
                "HASH_MISMATCH",
                Message::new(
                    "Mã băm không phải của `query` đã gửi.",
                    "The hash is not that of the `query` sent with it.",
                ),
            )),
            Named::Id(hash) => self.known(&hash).ok_or_else(|| {
                not_found(Message::new(
                    "Không biết truy vấn có `documentId` này: hãy gửi kèm `query`.",
                    "No document of this `documentId` is known: send `query` with it.",
                ))
            }),
            // Clients know it by these words, in every language.
            Named::Apollo(hash) => self.known(&hash).ok_or_else(|| not_found(Message::same("PersistedQueryNotFound"))),
        }
    }
    fn known(&self, hash: &Hash) -> Option<Found> {
        let text = match &self.trusted {
            Some(trusted) => trusted.0.get(hash).cloned(),
            None => self.remembered.get(hash),
        };
        text.map(|text| Found { text: text.to_string(), trusted: true, remember: None })
    }
    /// Remembers a document by its hash.
    pub fn remember(&self, hash: Hash, text: &str) {
        if self.trusted.is_none() {
            self.remembered.insert(hash, text.into());
        }
    }
}

/// The refusal of a document that is not trusted.
pub(super) fn only_trusted() -> Refusal {
    Refusal::new(
        Code::PersistedQueryOnly,
        Message::new(
            "Ở đây chỉ thực hiện các truy vấn đã được duyệt trước.",
            "Only documents that were registered beforehand are executed here.",
        ),
    )
}

fn not_found(message: Message) -> Refusal {
    Refusal::new(Code::PersistedQueryNotFound, message)
}

/// How the parameters of a request name its document. `None` where they do not, or wrongly: then the faults tell.
pub(super) fn named(
    query: Option<String>,
    id: Option<Value>,
    extensions: &Map<String, Value>,
    faults: &mut Vec<FieldFault>,
) -> Option<Named> {
    let before = faults.len();
    let id = match id {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => hash(&id).or_else(|| wrong(faults, "documentId")),
        Some(_) => wrong(faults, "documentId"),
    };
    let apollo = match extensions.get("persistedQuery") {
        None | Some(Value::Null) => None,
        Some(given) => {
            if given.get("version").and_then(Value::as_u64) != Some(1) {
                faults.push(FieldFault {
                    path: "extensions.persistedQuery.version".to_owned(),
                    code: "INVALID",
                    message: Message::new(
                        "`extensions.persistedQuery.version` phải là 1.",
                        "`extensions.persistedQuery.version` must be 1.",
                    ),
                });
            }
            let given = given.get("sha256Hash").and_then(Value::as_str).and_then(hash);
            given.or_else(|| wrong(faults, "extensions.persistedQuery.sha256Hash"))
        }
    };
    if let (Some(one), Some(other)) = (id, apollo)
        && one != other
    {
        wrong(faults, "documentId");
    }
    if faults.len() > before {
        return None;
    }
    match (query, id, apollo) {
        (Some(text), None, None) => Some(Named::Text(text)),
        (Some(text), Some(hash), _) | (Some(text), None, Some(hash)) => Some(Named::Both(text, hash)),
        (None, Some(hash), _) => Some(Named::Id(hash)),
        (None, None, Some(hash)) => Some(Named::Apollo(hash)),
        (None, None, None) => None,
    }
}

fn wrong(faults: &mut Vec<FieldFault>, path: &str) -> Option<Hash> {
    faults.push(FieldFault {
        path: path.to_owned(),
        code: "INVALID",
        message: Message::new(
            format!("`{path}` phải là SHA-256 của truy vấn, gồm 64 chữ số thập lục phân."),
            format!("`{path}` must be the SHA-256 of the document, in 64 hexadecimal digits."),
        ),
    });
    None
}

fn hash_of(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// A hash as it is written: `sha256:` and its digits, or these alone.
fn hash(text: &str) -> Option<Hash> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = Hash::default();
    for (n, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(hash)
}
