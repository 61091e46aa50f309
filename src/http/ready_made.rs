//! Answers that are the same for everybody: made once, compressed once, and named by a tag. To make or compress one for each
//! request would cost a caller nothing and the service much.

use std::{io::Write, sync::OnceLock};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::{caching, compress, negotiate};

/// Such an answer.
pub(super) struct Made {
    kind: &'static str,
    bytes: Bytes,
    tag: String,
    packed: OnceLock<Option<Bytes>>,
}

impl Made {
    /// An answer of a media type.
    pub fn of(kind: &'static str, bytes: Vec<u8>) -> Self {
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        Made::tagged(kind, bytes.into(), &hash)
    }
    /// One whose SHA-256 is known.
    pub fn tagged(kind: &'static str, bytes: Bytes, hash: &[u8; 32]) -> Self {
        Made { kind, bytes, tag: caching::tag_of(hash), packed: OnceLock::new() }
    }
    /// The response: all of it, or 304 to a client that has it.
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

/// The bytes, compressed. A vector takes all of them: there is nothing that could fail.
fn packed(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
