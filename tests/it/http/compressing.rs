//! Answers that are made smaller for their way, and those that must not be.

use axum::http::Method;
use entity::kinds::Role;
use serde_json::json;

use super::{post, send, service, service_of};
use crate::{
    harness::{Kind, MIGRATED, SEEDED, TestDb},
    rooms::people,
};

const LONG: &str = "/graphql?query=%7Bprovinces(first:34)%7Bnodes%7Bcode,fullName%7D%7D%7D";

#[tokio::test]
async fn what_is_long_is_compressed_as_its_reader_likes() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let router = service(&db).await;
    let plain = send(&router, Method::GET, LONG, &[], "").await;
    let length = plain.body.len();
    assert!(length > 1024 && plain.header("content-encoding").is_empty());
    for (accepted, coding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1, br;q=0.5", "gzip"),
    ] {
        let answer = send(&router, Method::GET, LONG, &[("accept-encoding", accepted)], "").await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{accepted}");
        assert!(answer.bytes < length, "{accepted}");
        // It tells the same, in other bytes; and is known again by its tag.
        assert_eq!(answer.header("etag"), format!("W/{}", plain.header("etag")), "{accepted}");
        assert!(answer.header("vary").contains("Accept-Encoding"));
        let headers = [("accept-encoding", accepted), ("if-none-match", answer.header("etag"))];
        let again = send(&router, Method::GET, LONG, &headers, "").await;
        assert_eq!((again.status, again.header("etag")), (304, answer.header("etag")), "{accepted}");
    }
    for (uri, accepted) in [(LONG, "identity"), (LONG, "zstd;q=0"), ("/graphql?query=%7B__typename%7D", "gzip")] {
        let answer = send(&router, Method::GET, uri, &[("accept-encoding", accepted)], "").await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, ""), "{uri} {accepted}");
    }
    // What is the same for everybody was compressed once, in the coding that every client takes.
    for (accepted, coding) in [("br, gzip", "gzip"), ("br", "")] {
        let schema = send(&router, Method::GET, "/schema.graphql", &[("accept-encoding", accepted)], "").await;
        assert_eq!(schema.header("content-encoding"), coding);
    }
}

#[tokio::test]
async fn what_may_hold_a_secret_is_never_compressed() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let app = db.app().await;
    people::create(&app, "chief", &[Role::Admin], None).await;
    let router = service_of(app);
    let login = people::login("chief", people::PASSWORD);
    let fields: String = (0..20).map(|n| format!("t{n}: __typename ")).collect();
    let mutation = login.replace("viewer {", &format!("viewer {{ {fields}")).replacen(
        "mutation {",
        &format!("mutation {{ {fields} {}: __typename ", "x".repeat(900)),
        1,
    );
    let answer = post(&router, &[("accept-encoding", "gzip, br, zstd")], &json!({ "query": mutation })).await;
    assert!(answer.json()["data"]["login"]["accessToken"].is_string(), "{}", answer.body);
    assert!(answer.body.len() > 1024);
    assert_eq!(answer.header("content-encoding"), "");
}
