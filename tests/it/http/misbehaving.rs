//! What the transport makes of a schema whose fields refuse, break and panic, and whose arguments have defaults.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use async_graphql::{EmptySubscription, InputObject, Object, Schema};
use axum::Router;
use lienthong::{
    graphql::inputs::Inputs,
    http::{Server, router},
    kernel::{
        error::{Broken, Code, Error, Refusal, Result},
        limits::{Limit, Limits},
        locale::Message,
    },
};
use serde_json::json;

use super::{GRAPHQL, JSON, ask, get, post};
use crate::harness::{Kind, MIGRATED, TestDb};

struct Queries;

#[Object]
impl Queries {
    async fn taken(&self, #[graphql(default = 5)] n: i32, on: Option<i32>) -> String {
        format!("{n} {on:?}")
    }
    async fn patch(&self, order: Patch) -> String {
        format!("{:?} {}", order.title, order.n)
    }
    async fn refused(&self) -> Result<i32> {
        Err(Refusal::field("n", "ODD", Message::new("Số lẻ.", "It is odd.")).into())
    }
    async fn conflicting(&self) -> Result<i32> {
        Err(Refusal::new(Code::Conflict, Message::new("Đã có.", "It exists.")).into())
    }
    async fn broken(&self) -> Option<Result<i32>> {
        Some(Err(Error::from(Broken::new("the disk said s3cret"))))
    }
    async fn foreign(&self) -> async_graphql::Result<i32> {
        Err(async_graphql::Error::new("a library said s3cret"))
    }
    async fn panicking(&self) -> i32 {
        if self.fine() { 1 } else { panic!("s3cret") }
    }
    async fn sleeping(&self) -> i32 {
        let _woken = Woken;
        tokio::time::sleep(Duration::from_secs(60)).await;
        1
    }
    #[graphql(skip)]
    fn fine(&self) -> bool {
        false
    }
}

/// How many sleepers were woken, or given up.
static WOKEN: AtomicUsize = AtomicUsize::new(0);

struct Woken;

impl Drop for Woken {
    fn drop(&mut self) {
        WOKEN.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(InputObject)]
struct Patch {
    title: async_graphql::MaybeUndefined<String>,
    #[graphql(default = 7)]
    n: i32,
}

struct Mutations;

#[Object]
impl Mutations {
    async fn write(&self) -> i32 {
        1
    }
}

async fn misbehaving() -> (TestDb, Router) {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = misbehaving_on(&db, Limits::default()).await;
    (db, router)
}

async fn misbehaving_on(db: &TestDb, limits: Limits) -> Router {
    let schema = Schema::new(Queries, Mutations, EmptySubscription);
    let sdl = schema.sdl();
    router(Server::new(
        db.app_with(limits).await,
        schema,
        Inputs::of::<Queries, Mutations, EmptySubscription>(),
        sdl,
        vec![],
    ))
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = misbehaving_on(&db, Limits::default().with(Limit::DeadlineSeconds, 1)).await;
    let (begun, before) = (Instant::now(), WOKEN.load(Ordering::Relaxed));
    for (accept, media) in [("application/json", JSON), ("application/graphql-response+json", GRAPHQL)] {
        let headers = [("accept-language", "en"), ("accept", accept)];
        let answer = post(&router, &headers, &json!({ "query": "{ taken sleeping }" })).await;
        assert_eq!((answer.status, answer.code()), (504, json!("TIMEOUT")));
        assert_eq!((answer.message(), answer.header("content-type")), (json!("Answering this took too long."), media));
        assert!(answer.json().get("data").is_none());
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(WOKEN.load(Ordering::Relaxed) - before, 2, "the work goes on");
    assert_eq!(ask(&router, "{ taken }", json!({})).await.status, 200);
}

#[tokio::test]
async fn an_omitted_variable_is_an_omitted_argument() {
    let (_db, router) = misbehaving().await;
    for (query, variables, data) in [
        ("query($n: Int) { taken(n: $n) }", json!({}), json!("5 None")),
        ("query($n: Int, $o: Int) { taken(n: $n, on: $o) }", json!({"o": null}), json!("5 None")),
        ("query($n: Int = 3) { taken(n: $n) }", json!({}), json!("3 None")),
        ("query($n: Int) { ...F } fragment F on Queries { taken(n: $n) }", json!({}), json!("5 None")),
        ("query($o: Int, $s: Boolean! = false) { taken(on: $o) @skip(if: $s) }", json!({"o": 2}), json!("5 Some(2)")),
    ] {
        let answer = ask(&router, query, variables).await;
        assert_eq!(answer.json(), json!({ "data": { "taken": data } }), "{query}");
    }
    for (query, variables, data) in [
        ("query($p: Patch!) { patch(order: $p) }", json!({"p": {}}), json!("Undefined 7")),
        ("query($t: String) { patch(order: {title: $t}) }", json!({}), json!("Undefined 7")),
        ("query($t: String) { patch(order: {title: $t}) }", json!({"t": null}), json!("Null 7")),
        ("query($n: Int) { patch(order: {n: $n, title: \"x\"}) }", json!({}), json!("Value(\"x\") 7")),
    ] {
        let answer = ask(&router, query, variables).await;
        assert_eq!(answer.json(), json!({ "data": { "patch": data } }), "{query}");
    }
    let two = "query A($n: Int) { ...F } query B($n: Int) { ...F } fragment F on Queries { taken(n: $n) }";
    let answer = post(&router, &[], &json!({ "query": two, "operationName": "B" })).await;
    assert_eq!(answer.json(), json!({ "data": { "taken": "5 None" } }));
    let answer = ask(&router, "query($unused: Int) { taken }", json!({})).await;
    assert_eq!(answer.message(), "Variable \"$unused\" is not used");
    let answer = ask(&router, "query($n: [Int]) { taken(n: $n) }", json!({})).await;
    assert_eq!(answer.message(), "`n` takes Int!, but the variable `$n` is [Int].");
}

#[tokio::test]
async fn defaults_of_variables_count_for_skip_and_include() {
    let (_db, router) = misbehaving().await;
    for (query, data) in [
        ("query($s: Boolean = true) { a: taken @skip(if: $s) b: taken }", json!({ "b": "5 None" })),
        ("query($i: Boolean! = true) { a: taken @include(if: $i) }", json!({ "a": "5 None" })),
    ] {
        assert_eq!(ask(&router, query, json!({})).await.json()["data"], data, "{query}");
    }
}

#[tokio::test]
async fn errors_of_fields_have_codes_and_our_faults_tell_nothing() {
    let (_db, router) = misbehaving().await;
    let broken = "The service failed to answer this; please try again later.";
    for (field, code, message) in [
        ("refused", "BAD_USER_INPUT", "It is odd."),
        ("conflicting", "CONFLICT", "It exists."),
        ("broken", "INTERNAL", broken),
        ("foreign", "INTERNAL", broken),
    ] {
        let answer = ask(&router, &format!("{{ {field} }}"), json!({})).await;
        assert_eq!((answer.status, answer.code()), (200, json!(code)), "{field}");
        assert_eq!(answer.message(), message);
        assert_eq!(answer.json()["errors"][0]["path"], json!([field]));
        assert!(!answer.body.contains("s3cret"));
    }
    let answer = post(&router, &[], &json!({ "query": "{ refused }" })).await;
    assert_eq!(answer.message(), "Số lẻ.");
    assert_eq!(
        answer.json()["errors"][0]["extensions"]["fields"],
        json!([{"path": "n", "code": "ODD", "message": "Số lẻ."}])
    );
    assert_eq!(
        ask(&router, "{ broken taken }", json!({})).await.json()["data"],
        json!({ "broken": null, "taken": "5 None" })
    );
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_next_request_is_answered() {
    let (_db, router) = misbehaving().await;
    let answer = ask(&router, "{ panicking }", json!({})).await;
    assert_eq!((answer.status, answer.code()), (500, json!("INTERNAL")));
    assert_eq!(answer.header("content-type"), JSON);
    assert!(!answer.body.contains("s3cret"));
    assert_eq!(ask(&router, "{ taken }", json!({})).await.status, 200);
}

#[tokio::test]
async fn get_does_not_write() {
    let (_db, router) = misbehaving().await;
    let answer = get(&router, "/graphql?query=mutation%7Bwrite%7D").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    let both = "/graphql?query=query%20Q%7Btaken%7D%20mutation%20M%7Bwrite%7D&operationName=";
    assert_eq!(get(&router, &format!("{both}Q")).await.status, 200);
    assert_eq!(get(&router, &format!("{both}M")).await.status, 405);
    let answer = ask(&router, "mutation { write }", json!({})).await;
    assert_eq!(answer.json(), json!({ "data": { "write": 1 } }));
}
