//! Hashes that identify requests.

use async_graphql::Request;
use sha2::{Digest, Sha256};

use crate::kernel::error::{Broken, Result};

/// SHA-256 of several parts. Each is preceded by its length, so that no two lists of parts have the same bytes.
pub(super) fn of_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// SHA-256 of what is executed: document, operation name and variables.
///
/// # Errors
/// When the variables cannot be written as JSON.
pub(super) fn of_request(request: &Request) -> Result<[u8; 32]> {
    let variables = serde_json::to_vec(&request.variables).map_err(Broken::new)?;
    let name = request.operation_name.as_deref().unwrap_or_default();
    Ok(of_parts(&[request.query.as_bytes(), name.as_bytes(), &variables]))
}
