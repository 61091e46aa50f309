//! Request bodies: read completely before processing begins, decompressed, and limited in size (by kind of caller) and
//! in time.

use std::{io::Read, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::observe::Context;
use crate::kernel::{
    app::App,
    error::{Code, Refusal},
    limits::Limit,
    locale::Message,
    policy::Caller,
};

/// The supported `Content-Encoding` of requests. The windows of Brotli and zstd can take many MiB before the first byte
/// comes out; gzip's takes 32 KiB.
const CODINGS: &str = "gzip";

/// Why a request body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It has more bytes than this limit, compressed or decompressed.
    TooLong(u32),
    /// It did not arrive within the time limit.
    TooSlow,
    /// It ended early, or its chunks are malformed.
    Broken,
    /// Its coding is not one of [`CODINGS`].
    Coding,
    /// It is not valid gzip.
    NotGzip,
}

impl Unread {
    /// The HTTP status for this error.
    pub fn status(self) -> StatusCode {
        match self {
            Unread::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Unread::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Unread::Broken | Unread::NotGzip => StatusCode::BAD_REQUEST,
            Unread::Coding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
    /// The error message.
    pub fn message(self) -> Message {
        match self {
            Unread::TooLong(most) => Message::new(
                format!("Thân yêu cầu dài hơn {most} byte."),
                format!("The request body is longer than {most} bytes."),
            ),
            Unread::TooSlow => Message::new("Thân yêu cầu đến quá chậm.", "The request body came too slowly."),
            Unread::Broken => Message::new(
                "Thân yêu cầu bị ngắt giữa chừng hoặc chia khối sai.",
                "The request body ended early, or its chunks are malformed.",
            ),
            Unread::Coding => Message::new(
                format!("Content-Encoding này không được hỗ trợ; hãy dùng {CODINGS} hoặc không nén."),
                format!("This Content-Encoding is not supported: use {CODINGS}, or none."),
            ),
            Unread::NotGzip => Message::new(
                "Thân yêu cầu không phải gzip, dù Content-Encoding ghi như vậy.",
                "The request body is not gzip, though its Content-Encoding says so.",
            ),
        }
    }
    /// Adds the headers that the error needs: `Accept-Encoding` with the supported codings (RFC 9110, section 15.5.16).
    pub fn tell(self, headers: &mut HeaderMap) {
        if self == Unread::Coding {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
        }
    }
}

/// Reads the whole request body, within the size limit for this caller.
///
/// # Errors
/// The response for a body that cannot be read: see [`Unread`].
pub(super) async fn read(
    app: &App,
    context: &Context,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Box<Response>> {
    let limits = &app.settings().limits;
    let most = limits.of(match caller {
        Caller::Anonymous => Limit::BodyBytesAnonymous,
        Caller::User(_) | Caller::Client(_) | Caller::Operator | Caller::System => Limit::BodyBytes,
    });
    whole(context, headers, body, most, limits.time(Limit::BodySeconds)).await.map_err(|unread| {
        let refusal = Refusal::new(Code::BadUserInput, unread.message());
        let mut response = context.refuse(unread.status(), &refusal.into());
        unread.tell(response.headers_mut());
        Box::new(response)
    })
}

/// Reads and decompresses the whole request body.
///
/// # Errors
/// Why it cannot be read. If `Content-Length` or `Content-Encoding` already rules the body out, the server does not
/// wait for it.
pub(super) async fn whole(
    context: &Context,
    headers: &HeaderMap,
    body: Body,
    most: u32,
    patience: Duration,
) -> Result<Bytes, Unread> {
    let packed = packed(headers)?;
    let long = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if long.is_some_and(|long| long > most.into()) {
        return Err(Unread::TooLong(most));
    }
    let limited = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX));
    let bytes = match context.deadline.reading(tokio::time::timeout(patience, limited.collect())).await {
        Ok(Ok(read)) => read.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Unread::TooLong(most)),
        Ok(Err(_)) => return Err(Unread::Broken),
        Err(_) => return Err(Unread::TooSlow),
    };
    if !packed {
        return Ok(bytes);
    }
    // Decompression is CPU-bound: on an async worker it would stall other requests.
    let unpacking = tokio::task::spawn_blocking(move || unpacked(&bytes, most));
    unpacking.await.map_err(|_| Unread::NotGzip)?
}

/// Whether the request body is compressed.
fn packed(headers: &HeaderMap) -> Result<bool, Unread> {
    let mut packed = false;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for coding in value.to_str().map_err(|_| Unread::Coding)?.split(',').map(str::trim) {
            match coding.to_ascii_lowercase().as_str() {
                "" | "identity" => {}
                "gzip" | "x-gzip" if !packed => packed = true,
                _ => return Err(Unread::Coding),
            }
        }
    }
    Ok(packed)
}

/// Decompresses the bytes. Stops at the size limit, whatever size the data claim, so that a zip bomb cannot exhaust
/// memory.
fn unpacked(bytes: &[u8], most: u32) -> Result<Bytes, Unread> {
    let mut out = vec![];
    let mut decoder = MultiGzDecoder::new(bytes).take(u64::from(most) + 1);
    decoder.read_to_end(&mut out).map_err(|_| Unread::NotGzip)?;
    match u32::try_from(out.len()).is_ok_and(|long| long <= most) {
        true => Ok(out.into()),
        false => Err(Unread::TooLong(most)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(vec![], Compression::fast());
        encoder.write_all(bytes).expect("a vector takes all");
        encoder.finish().expect("a vector takes all")
    }

    #[test]
    fn no_more_is_unpacked_than_is_allowed() {
        let small = gzip(b"{}");
        assert_eq!(unpacked(&small, 2).expect("unpacked"), "{}");
        assert_eq!(unpacked(&small, 1), Err(Unread::TooLong(1)));
        assert_eq!(unpacked(&[small.clone(), small.clone()].concat(), 9).expect("unpacked"), "{}{}");
        let bomb = gzip(&vec![b' '; 1 << 20]);
        assert!(bomb.len() < 1 << 17);
        assert_eq!(unpacked(&bomb, 1 << 16), Err(Unread::TooLong(1 << 16)));
        let (half, _) = small.split_at(small.len() / 2);
        for wrong in [&b""[..], b"{}", half] {
            assert_eq!(unpacked(wrong, 9), Err(Unread::NotGzip));
        }
        assert_eq!(unpacked(&[small, b"{}".to_vec()].concat(), 9), Err(Unread::NotGzip));
    }

    #[test]
    fn other_codings_are_not_supported() {
        let of = |given: &[&'static str]| {
            let named = given.iter().map(|given| (header::CONTENT_ENCODING, HeaderValue::from_static(given)));
            packed(&named.collect::<HeaderMap>())
        };
        for (given, packed) in [
            (&[][..], Ok(false)),
            (&["identity"], Ok(false)),
            (&["GZIP"], Ok(true)),
            (&["x-gzip, identity"], Ok(true)),
            (&["br"], Err(Unread::Coding)),
            (&["zstd"], Err(Unread::Coding)),
            (&["deflate"], Err(Unread::Coding)),
            (&["gzip, gzip"], Err(Unread::Coding)),
            (&["gzip", "gzip"], Err(Unread::Coding)),
        ] {
            assert_eq!(of(given), packed, "{given:?}");
        }
    }
}
