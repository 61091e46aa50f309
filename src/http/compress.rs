//! Answers made smaller for their way (RFC 9110, 8.4): zstd, Brotli or gzip, each at its fastest: what they would save beyond that takes
//! longer than to send it.
//!
//! Whoever chooses a part of an answer, and sees how long it is when compressed, can guess the rest (BREACH): what holds a secret
//! beside what its caller chose goes out as it is.

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

/// What is shorter goes in one packet as it is.
const LEAST: u64 = 1024;

/// Marks an answer that may hold a secret, beside what its caller chose.
#[derive(Clone, Copy, Debug)]
struct Whole;

/// The answer, which goes out as it is.
pub(super) fn never(mut response: Response) -> Response {
    response.extensions_mut().insert(Whole);
    response
}

/// Compresses what is worth it, in the coding that is wanted most.
pub(super) fn layer() -> CompressionLayer<And<SizeAbove, Worth>> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(LEAST).and(Worth))
}

/// Texts that hold no secret. What is compressed already grows; of what comes piece by piece, none may be held back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth;

impl Predicate for Worth {
    fn should_compress<B: HttpBody>(&self, response: &Any<B>) -> bool {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        is_text(kind) && response.extensions().get::<Whole>().is_none()
    }
}

/// Is a media type worth compressing?
pub(super) fn is_text(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let text = kind.starts_with("text/") && kind != "text/event-stream";
    text || kind.ends_with("json") || ["image/svg+xml", "application/wasm"].contains(&kind)
}

/// A tag stands for bytes: that of an answer which was compressed says only that it tells the same.
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
