//! Persisted documents, which a request names by hash: `documentId`, as in the appendix on persisted documents of
//! GraphQL over HTTP, and `extensions.persistedQuery`, as Apollo clients send it.
//!
//! The server learns a document when a client sends it together with its hash, and keeps it in a bounded cache. If a
//! file of trusted documents is configured, only those run.

use std::{collections::HashMap, path::Path, sync::Arc};

use moka::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::params;
use crate::kernel::{
    error::{Broken, Code, FieldFault, Refusal, Result},
    locale::Message,
};

/// The size of the document cache, in bytes.
const REMEMBERED: u64 = 32 * 1024 * 1024;

/// The overhead that each cached document counts, in bytes, so that many tiny documents cannot fill the memory.
const EACH: usize = 1024;

/// SHA-256 of a document.
pub(super) type Hash = [u8; 32];

/// How a request names its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By its text alone.
    Text(String),
    /// By its text and its hash, to be cached.
    Both(String, Hash),
    /// By `documentId`.
    Id(Hash),
    /// By Apollo's `persistedQuery`.
    Apollo(Hash),
}

/// A document that was found.
pub(super) struct Found {
    /// Its text.
    pub text: String,
    /// Whether it may run when only trusted documents may.
    pub trusted: bool,
    /// The hash to cache it under, once it has been parsed.
    pub remember: Option<Hash>,
}

/// The documents that the server knows by hash.
pub(super) struct Documents {
    remembered: Cache<Hash, Arc<str>>,
    trusted: Option<Trusted>,
}

/// The trusted documents: if set, no others may run.
#[derive(Clone, Debug)]
pub struct Trusted(HashMap<Hash, Arc<str>>);

impl Trusted {
    /// Reads the file: a JSON object that maps hashes to documents.
    ///
    /// # Errors
    /// If the file is invalid; the message names the file and the fault.
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
    /// An empty cache. If `trusted` is set, only those documents will run.
    pub fn new(trusted: Option<Trusted>) -> Self {
        let weight = |_: &Hash, text: &Arc<str>| u32::try_from(text.len().saturating_add(EACH)).unwrap_or(u32::MAX);
        Documents { remembered: Cache::builder().max_capacity(REMEMBERED).weigher(weight).build(), trusted }
    }
    /// The document that a request names.
    ///
    /// # Errors
    /// PERSISTED_QUERY_NOT_FOUND for an unknown hash; BAD_USER_INPUT if the hash does not match the document sent with
    /// it.
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
            // Apollo clients match this exact text, so it is not translated.
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
    /// Caches a document under its hash.
    pub fn remember(&self, hash: Hash, text: &str) {
        if self.trusted.is_none() {
            self.remembered.insert(hash, text.into());
        }
    }
}

/// The error for a document that is not trusted.
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

/// How the parameters of a request name its document. `None` if they name none; invalid parameters are added to `faults`.
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

/// Parses a hash: 64 hexadecimal digits, with or without the prefix `sha256:`.
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
