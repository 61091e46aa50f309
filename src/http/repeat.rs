//! The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): a client may retry a mutation with the
//! same key, and gets the first response again without a second execution.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{
    answer, caching, digest,
    observe::{Context, Told},
};
use crate::kernel::{
    error::{Broken, Code, Error, Refusal, Result},
    locale::Message,
    op::Op,
    policy::Caller,
    repeat::{self, Begun},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Marks a response as the replay of an earlier one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Transient errors: a retry may succeed, so responses with them are not stored.
const PASSING: [Code; 5] = [Code::Internal, Code::Unavailable, Code::Timeout, Code::RateLimited, Code::Unauthenticated];

#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    kind: String,
    body: String,
}

/// Executes a request once per key. `asked` identifies the request: its path and its content.
pub(super) async fn once<F, R>(context: &Context, op: Op, headers: &HeaderMap, asked: &[&[u8]], run: F) -> Response
where
    F: FnOnce(Op) -> R + Send + 'static,
    R: Future<Output = Response> + Send + 'static,
{
    let key = match key(headers) {
        // Anonymous callers can only sign in and out, which needs no key; and they must not fill the store.
        Ok(Some(key)) if *op.caller() != Caller::Anonymous => key,
        Ok(_) => return run(op).await,
        Err(refusal) => return context.refuse(StatusCode::BAD_REQUEST, &refusal.into()),
    };
    let work = answered(op, key, digest::of_parts(asked), run);
    // The work goes on if the client disconnects: its retry will ask for the result. The request deadline still ends it.
    #[allow(clippy::disallowed_methods)]
    let answered = tokio::spawn(work).await;
    match answered.map_err(Broken::new).map_err(Error::from).and_then(|answered| answered) {
        Ok(response) => response,
        Err(error) => context.refuse(answer::status(error.code()), &error),
    }
}

/// Executes a request unless its key was already used, and stores the response.
async fn answered<F, R>(op: Op, key: String, fingerprint: [u8; 32], run: F) -> Result<Response>
where
    F: FnOnce(Op) -> R,
    R: Future<Output = Response>,
{
    let ticket = match repeat::begin(&op, &key, &fingerprint).await? {
        Begun::Before(kept) => return replay(&kept),
        Begun::First(ticket) => ticket,
    };
    let response = run(op.under(ticket.clone())).await;
    let told = response.extensions().get::<Told>();
    let passing = PASSING.into_iter().find(|passing| {
        told.is_some_and(|told| told.codes.contains(&passing.as_str())) || answer::status(*passing) == response.status()
    });
    let (kept, response) = keep(response).await?;
    let rolled_back = repeat::end(&op, &ticket, passing.is_none().then_some(&kept)).await?;
    match passing {
        // The response would report records that were rolled back.
        Some(code) if rolled_back => Err(nothing_done(code).into()),
        _ => Ok(response),
    }
}

fn nothing_done(code: Code) -> Refusal {
    Refusal::new(
        code,
        Message::new(
            "Một phần của yêu cầu bị lỗi ở phía dịch vụ, nên không phần nào được thực hiện: hãy gửi lại với cùng khoá.",
            "The service failed in a part of this request, so nothing of it was carried out: send it again with the same key.",
        ),
    )
}

/// The key of a request: a quoted string or a bare one, 1 to 255 printable characters.
fn key(headers: &HeaderMap) -> std::result::Result<Option<String>, Refusal> {
    let mut given = headers.get_all(KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let sane =
        (1..=255).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'));
    if !sane || given.next().is_some() {
        return Err(Refusal::new(
            Code::BadUserInput,
            Message::new(
                "Idempotency-Key là một chuỗi 1 đến 255 ký tự in được, ví dụ một UUID.",
                "An Idempotency-Key is one text of 1 to 255 printable characters, such as a UUID.",
            ),
        ));
    }
    Ok(Some(bare.to_owned()))
}

/// Serialises a response for storage; returns it together with the response.
async fn keep(response: Response) -> Result<(String, Response)> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(Broken::new)?;
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = String::from_utf8(bytes.to_vec()).map_err(Broken::new)?;
    let kept = Kept { status: parts.status.as_u16(), kind, body: text };
    Ok((serde_json::to_string(&kept).map_err(Broken::new)?, Response::from_parts(parts, Body::from(bytes))))
}

fn replay(kept: &str) -> Result<Response> {
    let kept: Kept = serde_json::from_str(kept).map_err(Broken::new)?;
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(kept.status).map_err(Broken::new)?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&kept.kind).map_err(Broken::new)?);
    caching::forbid(headers);
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
