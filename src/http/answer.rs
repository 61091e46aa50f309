//! Serialises responses. JSON that the kernel has already written is copied as it is: `serde_json` would parse it again.

use async_graphql::Value;
use async_graphql_value::RAW_VALUE_TOKEN;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Response, StatusCode, header},
};

use super::{caching, negotiate::Media, observe::Told};
use crate::{
    graphql::errors::{Answer, Spent},
    kernel::error::Code,
};

/// The HTTP status of a response that is only an error.
pub(super) fn status(code: Code) -> StatusCode {
    match code {
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Code::CursorExpired => StatusCode::GONE,
        Code::BadUserInput | Code::QueryTooComplex | Code::PersistedQueryNotFound | Code::PersistedQueryOnly => {
            StatusCode::BAD_REQUEST
        }
    }
}

/// The response to a request, with its log fields.
pub(super) fn respond(status: StatusCode, media: Media, answer: Answer, told: Told) -> Response<Body> {
    let mut out = Vec::with_capacity(512);
    write_answer(&answer, &mut out);
    of_bytes(status, media, out, &answer, told)
}

/// An answer without errors that anybody may keep under its tag: JSON without its cost, which the headers tell.
pub(super) fn respond_publicly(media: Media, json: Bytes, tag: &str, told: Told) -> Response<Body> {
    let mut response = of_body(StatusCode::OK, media, Body::from(json), told);
    caching::allow(response.headers_mut(), tag);
    response
}

/// The same answer to one caller, with what it cost them.
pub(super) fn respond_with_cost(media: Media, json: &Bytes, spent: &Spent, told: Told) -> Response<Body> {
    let mut out = Vec::with_capacity(json.len() + 128);
    out.extend_from_slice(json.strip_suffix(b"}").unwrap_or(json));
    write_cost(spent, &mut out);
    out.push(b'}');
    of_body(StatusCode::OK, media, Body::from(out), told)
}

fn of_bytes(status: StatusCode, media: Media, out: Vec<u8>, answer: &Answer, told: Told) -> Response<Body> {
    of_body(status, media, Body::from(out), Told { codes: answer.codes(), ..told })
}

fn of_body(status: StatusCode, media: Media, body: Body, told: Told) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // A request waits only a few seconds for a database connection, so a retry after 5 seconds is likely to succeed.
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    caching::forbid(headers);
    response.extensions_mut().insert(told);
    response
}

/// An answer in JSON, without what it cost.
pub(super) fn json_without_cost(answer: &Answer) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    write_parts(answer, None, &mut out);
    out
}

/// An answer as JSON text, to be embedded in a larger message.
pub(super) fn json_of(answer: &Answer) -> String {
    let mut out = Vec::with_capacity(512);
    write_answer(answer, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn write_answer(answer: &Answer, out: &mut Vec<u8>) {
    write_parts(answer, answer.spent.as_ref(), out);
}

fn write_parts(answer: &Answer, spent: Option<&Spent>, out: &mut Vec<u8>) {
    out.push(b'{');
    if !answer.errors.is_empty() {
        out.extend_from_slice(b"\"errors\":");
        json(&answer.errors, out);
    }
    if let Some(data) = &answer.data {
        if !answer.errors.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(b"\"data\":");
        write(data, out);
    }
    if let Some(spent) = spent {
        write_cost(spent, out);
    }
    out.push(b'}');
}

fn write_cost(spent: &Spent, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"extensions\":{\"cost\":");
    json(spent, out);
    out.push(b'}');
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            if fields.len() == 1
                && let Some(Value::String(written)) = fields.get(RAW_VALUE_TOKEN)
            {
                return out.extend_from_slice(written.as_bytes());
            }
            out.push(b'{');
            for (n, (name, value)) in fields.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                json(name.as_str(), out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Value::List(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        leaf => json(leaf, out),
    }
}

/// Appends a value as JSON. Strings, numbers and lists always serialise, and writing to a vector cannot fail; should it
/// fail all the same, `null` keeps the document valid.
fn json<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, indexmap::IndexMap, value};

    use super::*;

    #[test]
    fn what_was_written_already_goes_out_as_it_is() {
        let raw = Value::Object(IndexMap::from_iter([(
            Name::new(RAW_VALUE_TOKEN),
            Value::String("{\"b\": 1.50,\"a\":[]}".to_owned()),
        )]));
        let data = value!({"z": 1, "list": [true, null, "ô\"\n"], "empty": {}});
        let Value::Object(mut data) = data else { panic!("an object") };
        data.insert(Name::new("raw"), raw);
        let mut out = vec![];
        write_answer(&Answer { data: Some(Value::Object(data)), ..Answer::default() }, &mut out);
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "{\"data\":{\"z\":1,\"list\":[true,null,\"ô\\\"\\n\"],\"empty\":{},\"raw\":{\"b\": 1.50,\"a\":[]}}}"
        );
    }
}
