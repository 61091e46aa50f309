//! Documents that were read already: clients send the same ones again and again, and to read one takes longer than to copy it.

use std::sync::Arc;

use async_graphql::{
    ServerError,
    parser::{parse_query, types::ExecutableDocument},
};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{escapes, limits::check_document, request::refused, typename};
use crate::kernel::limits::Limits;

/// How much memory they may take, about.
const KEPT: u64 = 64 * 1024 * 1024;

/// How many times its length a document takes when it is parsed, about.
const TIMES: usize = 24;

/// What each takes beside that: so their number is bounded too.
const EACH: usize = 1024;

/// The documents by the hash of their text. What is kept passed the limits, which are the same as long as the process lives. Cheap
/// to clone.
#[derive(Clone)]
pub struct Parsed(Cache<[u8; 32], Kept>);

#[derive(Clone)]
struct Kept {
    weight: u32,
    document: Arc<ExecutableDocument>,
}

impl Default for Parsed {
    fn default() -> Self {
        Parsed(Cache::builder().max_capacity(KEPT).weigher(|_: &[u8; 32], kept: &Kept| kept.weight).build())
    }
}

impl Parsed {
    /// The document of a text.
    ///
    /// # Errors
    /// What is wrong with it: too long, too deeply nested, no document.
    pub fn read(&self, text: &str, limits: &Limits) -> Result<Arc<ExecutableDocument>, Vec<ServerError>> {
        let hash = Sha256::digest(text.as_bytes()).into();
        if let Some(kept) = self.0.get(&hash) {
            return Ok(kept.document);
        }
        check_document(text, limits).map_err(|refusal| vec![refused(refusal)])?;
        let mut document = parse_query(escapes::readable(text)).map_err(|e| vec![e.into()])?;
        typename::wrap(&mut document);
        let document = Arc::new(document);
        let weight = u32::try_from(text.len().saturating_mul(TIMES).saturating_add(EACH)).unwrap_or(u32::MAX);
        self.0.insert(hash, Kept { weight, document: document.clone() });
        Ok(document)
    }
}
