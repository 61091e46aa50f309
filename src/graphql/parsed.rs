//! A cache of parsed documents. Clients repeat the same documents, and parsing one takes longer than copying it.

use std::sync::Arc;

use async_graphql::{
    ServerError,
    parser::{parse_query, types::ExecutableDocument},
};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{escapes, limits::check_document, request::refused, typename};
use crate::kernel::limits::Limits;

/// The cache's approximate size in bytes.
const KEPT: u64 = 64 * 1024 * 1024;

/// The approximate memory of a parsed document, in multiples of its length.
const TIMES: usize = 24;

/// The memory of an entry beside its document. Without it, short documents would weigh almost nothing and their number
/// would be unlimited.
const EACH: usize = 1024;

/// Parsed documents by the SHA-256 of their text. A cached document has passed the limits, which do not change while
/// the process runs. Cheap to clone.
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
    /// Returns the parsed document.
    ///
    /// # Errors
    /// If the document is too long, nested too deeply, or not valid GraphQL.
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
