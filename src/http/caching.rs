//! What may be kept of an answer (RFC 9111), and how whoever kept one learns that it is still good (RFC 9110, 13).
//!
//! An answer depends on who asks, in which language and for which form of it; so all of that is told. Only what a stranger asked by
//! GET, and was answered without an error, may be kept by anybody, and is asked for again before it is used: figures change.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use sha2::{Digest, Sha256};

use crate::kernel::chain::hex;

/// Tells that an answer is for whoever asked, and for this once.
pub(super) fn forbid(headers: &mut HeaderMap) {
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language, Accept-Encoding, Authorization"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
}

/// Tells that an answer may be kept by anybody, under its tag.
pub(super) fn allow(headers: &mut HeaderMap, tag: &str) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
}

/// The tag of an answer: another for all other bytes.
pub(super) fn tag(bytes: &[u8]) -> String {
    tag_of(&Sha256::digest(bytes).into())
}

/// The same, where the SHA-256 of the bytes is known.
pub(super) fn tag_of(hash: &[u8; 32]) -> String {
    let half: String = hex(hash).chars().take(32).collect();
    format!("\"{half}\"")
}

/// The answer itself, or 304 to who has it: in whichever coding, for their tags differ in nothing but `W/`.
pub(super) fn unless_had(asked: &HeaderMap, mut response: Response<Body>) -> Response<Body> {
    let Some(tag) = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()) else { return response };
    let given = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|given| given.to_str().ok());
    let mut given = given.flat_map(|given| given.split(',')).map(str::trim);
    let Some(had) = given.find(|had| *had == "*" || had.strip_prefix("W/").unwrap_or(had) == tag) else {
        return response;
    };
    // The tag of what they have, as it was told them.
    let had = (had != "*").then(|| HeaderValue::from_str(had).ok()).flatten();
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    if let Some(had) = had {
        response.headers_mut().insert(header::ETAG, had);
    }
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}
