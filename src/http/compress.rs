//! Response compression (RFC 9110, section 8.4): zstd, Brotli or gzip, each at its fastest level. A higher level takes
//! longer to compress than it saves in sending.
//!
//! Responses that may hold both a secret and text that the caller chose are never compressed: their compressed length
//! would let an attacker guess the secret (BREACH).

use axum::{
    body::HttpBody,
    http::{HeaderValue, Response as Any, header},
    response::Response,
};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{And, SizeAbove},
    },
};

/// The smallest response, in bytes, that is compressed. A shorter one fits into one packet anyway.
const LEAST: u64 = 1024;

/// Marks a response that may hold a secret beside text that the caller chose.
#[derive(Clone, Copy, Debug)]
struct Whole;

/// Marks a response so that it is never compressed.
pub(super) fn never(mut response: Response) -> Response {
    response.extensions_mut().insert(Whole);
    response
}

/// The layer that compresses responses, in the coding that the client prefers.
pub(super) fn layer() -> CompressionLayer<And<SizeAbove, Worth>> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(LEAST).and(Worth))
}

/// Compresses only text that holds no secret. Binary formats are compressed already and would grow; an event stream
/// would be held back in the encoder's buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth;

impl Predicate for Worth {
    fn should_compress<B: HttpBody>(&self, response: &Any<B>) -> bool {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        is_text(kind) && response.extensions().get::<Whole>().is_none()
    }
}

/// Whether a media type is worth compressing.
pub(super) fn is_text(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let text = kind.starts_with("text/") && kind != "text/event-stream";
    text || kind.ends_with("json") || ["image/svg+xml", "application/wasm"].contains(&kind)
}

/// Weakens the ETag of a compressed response. A strong ETag promises identical bytes, which compression does not keep.
pub(super) async fn mend_tag(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers.contains_key(header::CONTENT_ENCODING)
        && let Some(tag) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok())
        && !tag.starts_with("W/")
        && let Ok(weak) = HeaderValue::from_str(&format!("W/{tag}"))
    {
        headers.insert(header::ETAG, weak);
    }
    response
}
