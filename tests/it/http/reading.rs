//! How requests are written: numbers, escapes, marks, charsets, compression; each way that a client may have of its own.

use std::io::Write;

use axum::{Router, http::Method};
use entity::kinds::Role;
use flate2::{Compression, write::GzEncoder};
use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};

use super::{Answer, ask, get, plain, post, send, service, service_of};
use crate::{
    harness::{Kind, SEEDED, TestDb, on_both},
    rooms::people::somebody,
};

on_both! { SEEDED =>
    a_whole_number_of_json_is_an_int_with_or_without_a_fraction,
    escapes_of_a_document_are_read_and_move_no_error,
}

async fn a_whole_number_of_json_is_an_int_with_or_without_a_fraction(db: TestDb) {
    let router = service(&db).await;
    let query = "query($n: Int) { provinces(first: $n) { nodes { code } } }";
    let many = |answer: &Answer| answer.json()["data"]["provinces"]["nodes"].as_array().map(Vec::len);
    for n in ["2", "2.0", "2.000", "2e0", "0.2E1", "20e-1"] {
        let body = format!(r#"{{"query":"{query}","variables":{{"n":{n}}}}}"#);
        let answer = send(&router, Method::POST, "/graphql", &[("content-type", "application/json")], body).await;
        assert_eq!(many(&answer), Some(2), "{n}: {}", answer.body);
        let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let answer = get(&router, &format!("/graphql?query={encoded}&variables=%7B%22n%22:{n}%7D")).await;
        assert_eq!(many(&answer), Some(2), "{n}: {}", answer.body);
    }
    for n in [json!(2.5), json!(2_147_483_648.0), json!(1e300), json!("2.0"), json!([2.0, 2.5]), json!(true)] {
        let answer = ask(&router, query, json!({ "n": n })).await;
        assert_eq!((answer.code(), answer.fields()), (json!("BAD_USER_INPUT"), json!([["first", "INVALID"]])), "{n}");
    }
    // A document tells 2 from 2.0.
    for query in
        ["{ provinces(first: 2.0) { totalCount } }", "query($n: Int = 2.0) { provinces(first: $n) { totalCount } }"]
    {
        assert_eq!(ask(&router, query, json!({})).await.code(), "BAD_USER_INPUT", "{query}");
    }
    // Within lists of records.
    let query = "mutation($input: RecordExchangesInput!) { recordExchanges(input: $input) { __typename } }";
    let record = |ms: Value| {
        json!({ "link": "x", "side": "CONSUMER", "at": "2026-01-15T10:00:00Z", "outcome": "SUCCEEDED", "durationMs": ms,
                "messageId": "1" })
    };
    let given = |ms: Value| json!({ "input": { "records": [record(json!(1)), record(ms)] } });
    let answer = ask(&router, query, given(json!(12.5))).await;
    assert_eq!(answer.fields(), json!([["input.records[1].durationMs", "INVALID"]]), "{}", answer.body);
    let answer = ask(&router, query, given(json!(12.0))).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED", "{}", answer.body);
    // A number with a fraction stays one where it may have one.
    let query = "query($code: String!) { province(code: $code) { code } }";
    assert_eq!(ask(&router, query, json!({ "code": 25.0 })).await.fields(), json!([["code", "INVALID"]]));
}

async fn escapes_of_a_document_are_read_and_move_no_error(db: TestDb) {
    let router = service(&db).await;
    for (query, data) in [
        (r#"{ province(code: "\u{32}\u{000035}") { code } }"#, json!({ "province": { "code": "25" } })),
        (r#"{ province(code: "\u00325") { code } }"#, json!({ "province": { "code": "25" } })),
        (r#"{ search(text: "\ud83d\ude00") { score } }"#, json!({ "search": [] })),
        (r#"{ search(text: "\u{1F600}", first: 1) { score } }"#, json!({ "search": [] })),
    ] {
        let answer = ask(&router, query, json!({})).await;
        assert_eq!(answer.json(), json!({ "data": data }), "{query}");
    }
    for query in [
        r#"{ search(text: "\ud83d\ude00 \u{1F600}") { score } nothing }"#,
        r#"{ search(text: """ \""" """) { score } nothing }"#,
        "{ search(text: \"\\u{1F600}\") { score }\n  nothing }",
    ] {
        let answer = ask(&router, query, json!({})).await.json();
        let before = query.split("nothing").next().expect("what is before").split('\n').collect::<Vec<_>>();
        let column = before.last().expect("a line").chars().count() + 1;
        assert_eq!(answer["errors"][0]["locations"], json!([{ "line": before.len(), "column": column }]), "{query}");
    }
    for query in [r#"{ search(text: "\ud83d") { score } }"#, r#"{ search(text: "\u{110000}") { score } }"#] {
        let answer = ask(&router, query, json!({})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{query}");
        assert_eq!(answer.json()["errors"][0]["locations"], json!([{ "line": 1, "column": 16 }]), "{query}");
    }
}

#[tokio::test]
async fn a_mark_before_json_is_skipped() {
    let (_db, router) = plain().await;
    let body = "\u{feff}{\"query\":\"{__typename}\"}";
    for kind in ["application/json", "application/json; charset=utf8", "application/json;charset=\"UTF8\""] {
        let answer = send(&router, Method::POST, "/graphql", &[("content-type", kind)], body).await;
        assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" } }), "{kind}");
    }
    let answer = get(&router, "/graphql?query=%7B__typename%7D&variables=%EF%BB%BF%7B%7D").await;
    assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" } }));
    // One only, and of UTF-8.
    let twice = format!("\u{feff}{body}").into_bytes();
    let utf_16: Vec<u8> = body.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for wrong in [twice, utf_16] {
        let answer = send(&router, Method::POST, "/graphql", &[("content-type", "application/json")], wrong).await;
        assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")));
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(text.as_bytes()).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// Sends a request body in a coding to one of the addresses that take one.
async fn packed(router: &Router, to: (&str, &str), more: &[(&str, &str)], coding: &str, body: Vec<u8>) -> Answer {
    let mut headers = vec![("content-type", to.1), ("content-encoding", coding), ("accept-language", "en")];
    headers.extend(more);
    send(router, Method::POST, to.0, &headers, body).await
}

#[tokio::test]
async fn a_request_body_may_be_compressed_wherever_there_is_one() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let editor = somebody(&db, "editor", &[Role::Editor], Some("VN")).await;
    let router = &editor.service;
    let bearer = format!("Bearer {}", editor.token.as_deref().expect("a token"));
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    let events = [("accept", "text/event-stream")];
    let mine = [("authorization", bearer.as_str())];
    let query = r#"{"query":"{__typename}"}"#;
    let table = "indicator\tarea\tperiod\tvalue\tsource.title\nfibre_route_km\t25\t2030\t5\tx\n";
    let secret = "grant_type=client_credentials&client_id=x&client_secret=y";
    let all: [(&str, &str, &[(&str, &str)], &str, u16, &str); 6] = [
        ("/graphql", json, &[], query, 200, "\"Query\""),
        ("/graphql/stream", json, &events, query, 200, "event: complete"),
        ("/import/observations?dryRun=true", "text/tab-separated-values", &mine, table, 200, "\"accepted\":1"),
        (
            "/import/observations?dryRun=true",
            "Text/Tab-Separated-Values; charset=utf8",
            &mine,
            table,
            200,
            "\"accepted\":1",
        ),
        ("/oauth/token", form, &[], secret, 401, "invalid_client"),
        ("/oauth/revoke", form, &[], "token=x&client_id=x&client_secret=y", 401, "invalid_client"),
    ];
    for (uri, kind, more, body, status, said) in all {
        for (coding, bytes) in [("gzip", gzip(body)), ("X-GZip", gzip(body)), ("identity", body.as_bytes().to_vec())] {
            let answer = packed(router, (uri, kind), more, coding, bytes).await;
            assert_eq!(answer.status, status, "{uri} {coding}: {}", answer.body);
            assert!(answer.body.contains(said), "{uri} {coding}: {}", answer.body);
        }
        for coding in ["br", "zstd", "deflate", "gzip, gzip", "unknown"] {
            let answer = packed(router, (uri, kind), more, coding, gzip(body)).await;
            assert_eq!((answer.status, answer.header("accept-encoding")), (415, "gzip"), "{uri} {coding}");
        }
        let half = gzip(body).len() / 2;
        for wrong in [body.as_bytes().to_vec(), gzip(body)[..half].to_vec(), vec![]] {
            let answer = packed(router, (uri, kind), more, "gzip", wrong).await;
            assert_eq!(answer.status, 400, "{uri}: {}", answer.body);
            assert!(answer.body.contains("gzip"), "{uri}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_compressed_request_body_is_as_long_as_it_is_unpacked() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let editor = somebody(&db, "editor", &[Role::Editor], Some("VN")).await;
    let bearer = format!("Bearer {}", editor.token.as_deref().expect("a token"));
    let long = |bytes: usize| gzip(&format!("{{\"query\":\"{{__typename}}\"}}{}", " ".repeat(bytes - 24)));
    let to = ("/graphql", "application/json");
    let signed_in: &[_] = &[("authorization", bearer.as_str())];
    for (more, most) in [(&[][..], 65_536), (signed_in, 16_777_216)] {
        assert_eq!(packed(&editor.service, to, more, "gzip", long(most)).await.status, 200, "{most}");
        let answer = packed(&editor.service, to, more, "gzip", long(most + 1)).await;
        let told = format!("The request body is longer than {most} bytes.");
        assert_eq!((answer.status, answer.message()), (413, json!(told)));
    }
    let form = ("/oauth/token", "application/x-www-form-urlencoded");
    let answer = packed(&editor.service, form, &[], "gzip", gzip(&"a".repeat(16_385))).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (413, Some("invalid_request")));
}

#[tokio::test]
async fn a_compressed_request_is_the_same_request_when_it_is_repeated() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let bearer = format!("Bearer {}", chief.token.as_deref().expect("a token"));
    let query = r#"mutation { createAgency(input: { code: "moi", nameVi: "Sở mới", kind: DEPARTMENT, area: "25" }) { agency { code } } }"#;
    let body = json!({ "query": query }).to_string();
    let more = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let to = ("/graphql", "application/json");
    let first = packed(&chief.service, to, &more, "gzip", gzip(&body)).await;
    let again = packed(&chief.service, to, &more, "identity", body.into_bytes()).await;
    assert_eq!(first.json()["data"]["createAgency"]["agency"]["code"], "moi", "{}", first.body);
    assert_eq!((again.json(), again.header("idempotency-replayed")), (first.json(), "true"));
}

#[tokio::test]
async fn what_is_the_same_for_everybody_is_made_once() {
    let (_db, router) = plain().await;
    for (uri, coding) in [("/schema.graphql", "gzip"), ("/import/template.xlsx", "")] {
        let first = get(&router, uri).await;
        let tag = first.header("etag").to_owned();
        assert_eq!((first.status, first.header("cache-control")), (200, "public, no-cache"), "{uri}");
        let again = send(&router, Method::GET, uri, &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status, again.header("etag"), again.bytes), (304, tag.as_str(), 0), "{uri}");
        let small = send(&router, Method::GET, uri, &[("accept-encoding", "br, gzip, zstd")], "").await;
        assert_eq!((small.status, small.header("content-encoding")), (200, coding), "{uri}");
        assert_eq!(small.header("etag"), if coding.is_empty() { tag.clone() } else { format!("W/{tag}") });
        assert!(small.bytes <= first.bytes, "{uri}");
    }
}

#[tokio::test]
async fn a_document_is_paid_by_its_length_before_it_is_parsed() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let router = service_of(db.app_with(Limits::default().with(Limit::PointsAnonymous, 1_500)).await);
    let left = async || {
        let answer = ask(&router, "{ rateLimit { remaining } }", json!({})).await;
        answer.json()["data"]["rateLimit"]["remaining"].as_i64().expect("a number")
    };
    let (english, graphql) = (("accept-language", "en"), ("accept", "application/graphql-response+json"));
    let before = left().await;
    // A comment makes it another document each time.
    let document = |bytes: usize| {
        let fields = "nothing ".repeat(bytes.saturating_sub(10) / 8);
        format!("{{ {fields}}}#{}", " ".repeat(bytes - fields.len() - 4))
    };
    assert_eq!(document(1_024).len(), 1_024);
    assert_eq!(post(&router, &[graphql], &json!({ "query": document(1_024) })).await.status, 400);
    let after = left().await;
    assert_eq!(before - after, 2, "the question itself, and no more");
    // 64 KiB of JSON with 62 KiB of a document.
    for n in 0..2 {
        let answer = post(&router, &[english, graphql], &json!({ "query": document(62 * 1_024) })).await;
        match n {
            0 => assert_eq!(answer.status, 400, "it is paid, and rejected"),
            _ => {
                assert_eq!((answer.status, answer.code()), (429, json!("RATE_LIMITED")), "{}", answer.body);
                let message = answer.message();
                let message = message.as_str().expect("a message");
                assert!(message.starts_with("Out of points: to parse this document needs 976, and "), "{message}");
                assert_ne!(answer.header("retry-after"), "");
            }
        }
    }
    assert_eq!(after - left().await, 976 + 2);
}

#[tokio::test]
async fn variables_are_paid_by_their_length() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let router = service_of(db.app_with(Limits::default().with(Limit::PointsAnonymous, 1_500)).await);
    let left = async |bytes: usize| {
        let answer = ask(&router, "{ rateLimit { remaining } }", json!({ "unused": "x".repeat(bytes) })).await;
        answer.json()["data"]["rateLimit"]["remaining"].as_i64().expect("a number")
    };
    let first = left(900).await;
    let second = left(900).await;
    let of_short_ones = first - second;
    let third = left(51 * 1_024).await;
    assert_eq!(second - third - of_short_ones, 51, "50 KiB beyond the first, and what stands around them");
}
