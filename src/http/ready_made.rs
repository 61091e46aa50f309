//! Responses that are the same for every caller: built once, compressed once, and identified by an ETag. Building or
//! compressing one per request would let a caller spend the server's CPU at no cost to itself.

use std::{io::Write, sync::OnceLock};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::{caching, compress, negotiate};

/// A cached response.
pub(super) struct Made {
    kind: &'static str,
    bytes: Bytes,
    tag: String,
    packed: OnceLock<Option<Bytes>>,
}

impl Made {
    /// A response of this media type; its ETag is the SHA-256 of the bytes.
    pub fn of(kind: &'static str, bytes: Vec<u8>) -> Self {
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        Made::tagged(kind, bytes.into(), &hash)
    }
    /// A response whose SHA-256 is already known.
    pub fn tagged(kind: &'static str, bytes: Bytes, hash: &[u8; 32]) -> Self {
        Made { kind, bytes, tag: caching::tag_of(hash), packed: OnceLock::new() }
    }
    /// The response: the whole content, or 304 if the client's copy is current.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        let wanted = compress::is_text(self.kind) && negotiate::takes_gzip(headers);
        let packed = wanted.then(|| self.packed.get_or_init(|| packed(&self.bytes)).clone()).flatten();
        let compressed = packed.is_some();
        let mut response = Response::new(Body::from(packed.unwrap_or_else(|| self.bytes.clone())));
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        out.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if compressed {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        caching::allow(out, &self.tag);
        compress::never(caching::unless_had(headers, response))
    }
}

/// The bytes, compressed with gzip. Writing to a vector cannot fail, so `None` does not occur.
fn packed(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
