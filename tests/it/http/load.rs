//! What a caller can do to the service by the way in which it sends and waits.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use async_graphql::futures_util::{StreamExt, stream};
use axum::{
    Router,
    body::{Body, Bytes},
    http::Method,
};
use entity::kinds::Role;
use lienthong::kernel::{
    db,
    limits::{Limit, Limits},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;

use super::{Answer, plain, post, send, service_of};
use crate::{
    harness::{Kind, MIGRATED, SEEDED, TestDb, on_both},
    rooms::people::somebody,
};

const MIB: usize = 1024 * 1024;

/// A request's body, so long.
fn long(bytes: usize) -> String {
    let short = r#"{"query":"{__typename}"}"#;
    format!("{short}{}", " ".repeat(bytes - short.len()))
}

async fn sent(router: &Router, token: Option<&str>, body: impl Into<Body>) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json"), ("accept-language", "en")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    send(router, Method::POST, "/graphql", &headers, body).await
}

/// A body that does not say how long it is.
fn chunked(text: String) -> Body {
    Body::from_stream(stream::iter([Ok::<_, Infallible>(Bytes::from(text))]))
}

async fn a_body_may_be_longer_for_somebody_who_is_signed_in(db: TestDb) {
    let reader = somebody(&db, "reader", &[Role::Viewer], Some("25")).await;
    let token = reader.token.as_deref();
    let router = &reader.service;
    let too_long = |answer: Answer, most: usize| {
        assert_eq!((answer.status, answer.code()), (413, json!("BAD_USER_INPUT")));
        assert_eq!(answer.message(), format!("The request body is longer than {most} bytes."));
    };
    let little = 64 * 1024;
    assert_eq!(sent(router, None, long(little)).await.status, 200);
    too_long(sent(router, None, long(little + 1)).await, little);
    too_long(sent(router, None, chunked(long(little + 1))).await, little);
    assert_eq!(sent(router, token, chunked(long(little + 1))).await.status, 200);
    assert_eq!(sent(router, token, long(16 * MIB)).await.status, 200);
    too_long(sent(router, token, long(16 * MIB + 1)).await, 16 * MIB);
}

on_both!(SEEDED => a_body_may_be_longer_for_somebody_who_is_signed_in);

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_not_waited_for() {
    let (_db, router) = plain().await;
    let long = (MIB + 1).to_string();
    let headers = [("content-type", "application/json"), ("content-length", long.as_str())];
    let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    assert_eq!(send(&router, Method::POST, "/graphql", &headers, never).await.status, 413);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service_of(db.app_with(Limits::default().with(Limit::BodySeconds, 1)).await);
    let begun = Instant::now();
    let half = stream::iter([Ok::<_, Infallible>(Bytes::from("{\"query\":"))]).chain(stream::pending());
    let answer = sent(&router, None, Body::from_stream(half)).await;
    assert_eq!((answer.status, answer.message()), (408, json!("The request body came too slowly.")));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// Holds a table of a PostgreSQL database, so that whoever reads it waits.
async fn hold(db: &TestDb) -> sea_orm::DatabaseTransaction {
    let raw = db.raw().await;
    let held = raw.begin().await.expect("a transaction");
    held.execute_unprepared("LOCK TABLE plan IN ACCESS EXCLUSIVE MODE").await.expect("locked");
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_ended_by_the_database() {
    let db = TestDb::new(Kind::Postgres, &MIGRATED).await;
    let way = db::connect(db.url(), 1, Some(Duration::from_millis(500))).await.expect("a database");
    let router = service_of(TestDb::app_of(way, Limits::default()));
    let held = hold(&db).await;
    let answer = sent(&router, None, r#"{"query":"{ plans { totalCount } }"}"#).await;
    assert_eq!((answer.code(), answer.message()), (json!("TIMEOUT"), json!("Answering this took too long.")));
    // The only connection is free again.
    assert_eq!(
        sent(&router, None, r#"{"query":"{ provinces { totalCount } }"}"#).await.json()["data"]["provinces"]["totalCount"],
        0
    );
    held.rollback().await.expect("ended");
    db.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_connections_are_taken_the_service_is_unavailable() {
    let db = TestDb::new(Kind::Postgres, &MIGRATED).await;
    let way = db::connect(db.url(), 1, None).await.expect("a database");
    let router = service_of(TestDb::app_of(way, Limits::default()));
    let held = hold(&db).await;
    let waiting = sent(&router, None, r#"{"query":"{ plans { totalCount } }"}"#);
    let others = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        for query in ["{ provinces { totalCount } }", "{ viewer { kind } province(code: \"25\") { name } }"] {
            let answer = post(&router, &[], &json!({ "query": query })).await;
            assert_eq!((answer.status, answer.code()), (503, json!("UNAVAILABLE")), "{query}");
            assert_eq!(answer.header("retry-after"), "5");
        }
    };
    // What waited had until the deadline.
    let (answer, ()) = tokio::join!(waiting, others);
    assert_eq!((answer.status, answer.code()), (504, json!("TIMEOUT")));
    held.rollback().await.expect("ended");
    db.end().await;
}
