//! Content negotiation as in the GraphQL-over-HTTP draft: the media type of the request, and the one of the response.

use axum::{
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::Response,
};

use super::observe::Context;
use crate::kernel::{
    error::{Code, Refusal},
    locale::Message,
};

/// The media type of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status says whether the request was executed.
    GraphQl,
    /// `application/json`: the status is 200 for every request that could be parsed, even if it failed.
    Json,
}

impl Media {
    /// The value of the `Content-Type` header.
    pub fn content_type(self) -> &'static str {
        match self {
            Media::GraphQl => "application/graphql-response+json; charset=utf-8",
            Media::Json => "application/json; charset=utf-8",
        }
    }
}

/// The media type of the response: the one with the highest weight in `Accept`, the one listed first among equals.
/// `None` if the client accepts neither. Without an `Accept` header it is `application/json`.
pub(super) fn answer(headers: &HeaderMap) -> Option<Media> {
    let given = accepted(headers, header::ACCEPT);
    if given.is_empty() {
        return Some(Media::Json);
    }
    let ranges: Vec<(&str, f32)> = given.split(',').filter_map(range).collect();
    let wanted = |exact: &str| wanted(&ranges, exact);
    match (wanted("application/json"), wanted("application/graphql-response+json")) {
        (None, None) => None,
        (None, Some(_)) => Some(Media::GraphQl),
        (Some(_), None) => Some(Media::Json),
        (Some((json, json_at)), Some((graphql, graphql_at))) => {
            match graphql > json || (graphql == json && graphql_at < json_at) {
                true => Some(Media::GraphQl),
                false => Some(Media::Json),
            }
        }
    }
}

fn accepted(headers: &HeaderMap, name: HeaderName) -> String {
    let given = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    given.collect::<Vec<_>>().join(",")
}

/// The weight of a media type in `Accept`, and its position there, from the most specific range that matches.
fn wanted(ranges: &[(&str, f32)], exact: &str) -> Option<(f32, usize)> {
    let place = |range: &str| ranges.iter().position(|(name, _)| name.eq_ignore_ascii_case(range));
    let kind = exact.split_once('/').map(|(kind, _)| format!("{kind}/*")).unwrap_or_default();
    let at = place(exact).or_else(|| place(&kind)).or_else(|| place("*/*"))?;
    let (_, weight) = ranges.get(at)?;
    (*weight > 0.0).then_some((*weight, at))
}

/// Whether the client accepts `text/event-stream`.
pub(super) fn takes_events(headers: &HeaderMap) -> bool {
    let given = accepted(headers, header::ACCEPT);
    let ranges: Vec<(&str, f32)> = given.split(',').filter_map(range).collect();
    wanted(&ranges, "text/event-stream").is_some()
}

/// Whether the client accepts gzip.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = accepted(headers, header::ACCEPT_ENCODING);
    let ranges: Vec<(&str, f32)> = given.split(',').filter_map(range).collect();
    let named = |name: &str| ranges.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    named("gzip").or_else(|| named("*")).is_some_and(|(_, weight)| *weight > 0.0)
}

fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((name, weight.map_or(Some(1.0), |weight| weight.parse().ok())?))
}

/// Whether the request body is JSON in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = given.split(';').map(str::trim);
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json")) && parts.all(is_utf8)
}

/// Whether a media-type parameter names no charset other than UTF-8. Many clients write `utf8`.
pub(super) fn is_utf8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    }
}

/// The response to a request body that is not JSON: 415.
pub(super) fn not_json(context: &Context) -> Response {
    let message = Message::new(
        "Thân yêu cầu phải là JSON: Content-Type: application/json.",
        "The request body must be JSON: Content-Type: application/json.",
    );
    let refusal = Refusal::new(Code::BadUserInput, message);
    context.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &refusal.into())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_answer_is_in_what_is_wanted_most() {
        assert_eq!(answer(&HeaderMap::new()), Some(Media::Json));
        for (accept, media) in [
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("application/graphql-response+json", Some(Media::GraphQl)),
            ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", Some(Media::GraphQl)),
            ("application/json, application/graphql-response+json", Some(Media::Json)),
            ("application/json;q=0.5, application/graphql-response+json", Some(Media::GraphQl)),
            ("application/graphql-response+json;q=0.5, */*;q=0.9", Some(Media::Json)),
            ("application/json;q=0, */*", Some(Media::GraphQl)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Media::Json)),
            ("APPLICATION/JSON", Some(Media::Json)),
            ("text/html", None),
            ("*/*;q=0", None),
            ("text/event-stream, multipart/mixed", None),
        ] {
            assert_eq!(answer(&headers(header::ACCEPT, accept)), media, "{accept}");
        }
    }

    #[test]
    fn an_answer_is_compressed_with_gzip_where_it_is_accepted() {
        for (accept, taken) in [
            ("gzip", true),
            ("br, GZIP;q=0.1", true),
            ("*", true),
            ("gzip;q=0, *", false),
            ("br;q=1, *;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            assert_eq!(takes_gzip(&headers(header::ACCEPT_ENCODING, accept)), taken, "{accept}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        for (given, json) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON;Charset=\"UTF-8\"", true),
            ("application/json; charset=utf8", true),
            ("application/json;charset=\"UTF8\"", true),
            ("application/json; charset=latin1", false),
            ("application/json; charset=utf-16", false),
            ("application/graphql", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("application/json-patch+json", false),
        ] {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, given)), json, "{given}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
