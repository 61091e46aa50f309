//! GraphQL over HTTP: what is asked how, and what comes back.

mod answers;
mod caching;
mod compressing;
mod cors;
mod documents;
mod hardening;
pub mod limits;
mod load;
mod misbehaving;
mod points;
mod reading;
mod repeating;

use std::sync::LazyLock;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request},
};
use http_body_util::BodyExt;
use lienthong::{
    cli::migrate,
    graphql,
    http::{Server, router},
    kernel::app::App,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{Kind, MIGRATED, TestDb, on_both};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// How many bytes came: a body that is compressed is no text.
    pub bytes: usize,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
    /// The answer, but for what it cost: that is told by each, and depends on what was asked before.
    pub fn json(&self) -> Value {
        let mut answer = self.whole();
        if let Some(parts) = answer.as_object_mut() {
            parts.remove("extensions");
        }
        answer
    }
    /// All of the answer.
    pub fn whole(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{}: {e}", self.body))
    }
    pub fn code(&self) -> Value {
        self.json()["errors"][0]["extensions"]["code"].clone()
    }
    fn message(&self) -> Value {
        self.json()["errors"][0]["message"].clone()
    }
    /// Path and code of each bad field of the first error.
    fn fields(&self) -> Value {
        let fields = self.json()["errors"][0]["extensions"]["fields"].clone();
        fields.as_array().expect("fields").iter().map(|f| json!([f["path"], f["code"]])).collect()
    }
}

/// The service's routes on a database.
pub async fn service(db: &TestDb) -> Router {
    service_of(db.app().await)
}

/// The service's routes on what a test has put together.
pub fn service_of(app: App) -> Router {
    router(server_of(app))
}

fn server_of(app: App) -> Server<graphql::Schema> {
    // The schema is the same for all tests, and takes its time to build.
    static SCHEMA: LazyLock<(graphql::Schema, graphql::inputs::Inputs, String)> = LazyLock::new(|| {
        let schema = graphql::schema().expect("a schema");
        let sdl = schema.sdl();
        (schema, graphql::inputs(), sdl)
    });
    let (schema, inputs, sdl) = SCHEMA.clone();
    Server::new(app, schema, inputs, sdl, migrate::ours())
}

/// Sends a request.
pub async fn send(
    router: &Router,
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).expect("a request");
    let (parts, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    assert_eq!(parts.headers["x-content-type-options"], "nosniff", "{uri}");
    assert!(parts.headers.contains_key("x-request-id"), "{uri}");
    let text = String::from_utf8_lossy(&body).into_owned();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: text, bytes: body.len() }
}

pub async fn get(router: &Router, uri: &str) -> Answer {
    send(router, Method::GET, uri, &[], "").await
}

async fn post(router: &Router, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    send(router, Method::POST, "/graphql", &all, body.to_string()).await
}

/// Asks for a token, as a client.
pub async fn token(router: &Router, client_id: &str, secret: &str, scope: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}&scope={scope}");
    send(router, Method::POST, "/oauth/token", &[("content-type", "application/x-www-form-urlencoded")], form).await
}

/// Asks in English.
async fn ask(router: &Router, query: &str, variables: Value) -> Answer {
    post(router, &[("accept-language", "en")], &json!({ "query": query, "variables": variables })).await
}

async fn words_of_vocabularies_may_come_inside_variables(db: TestDb) {
    let router = service(&db).await;
    let query = "query($filter: PlanFilter, $order: PlanOrder, $figures: ObservationFilter) { \
                 plans(filter: $filter, orderBy: $order) { totalCount } observations(filter: $figures) { totalCount } }";
    let given = json!({
        "filter": { "kinds": ["PLAN", "SCHEME"], "statuses": "ISSUED" },
        "order": { "field": "TITLE", "direction": "DESC" },
        "figures": { "states": ["PUBLISHED"], "sharing": ["OPEN"] },
    });
    assert_eq!(
        ask(&router, query, given).await.json(),
        json!({ "data": { "plans": { "totalCount": 0 }, "observations": { "totalCount": 0 } } })
    );
    let wrong = json!({ "filter": { "kinds": ["PLANN"] }, "order": { "field": "TITLE", "direction": "UP" } });
    let answer = ask(&router, query, wrong).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    let told = answer.json()["errors"].to_string();
    assert!(told.contains("filter.kinds[0]") && told.contains("orderBy.direction"), "{told}");
    let literal = r#"{ plans(filter: { kinds: ["PLAN"] }) { totalCount } }"#;
    let answer = ask(&router, literal, json!({})).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT", "a document writes words without quotes");
}

// ---------------------------------------------------------------- how it is asked

async fn a_query_is_answered_in_what_was_accepted(db: TestDb) {
    let router = service(&db).await;
    let body = json!({ "query": "{ provinces { totalCount } }" });
    for (accept, media) in [
        ("*/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
    ] {
        let answer = post(&router, &[("accept", accept)], &body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media), "{accept}");
        assert_eq!(answer.header("vary"), "Accept, Accept-Language, Accept-Encoding, Authorization");
        assert_eq!(answer.json(), json!({ "data": { "provinces": { "totalCount": 0 } } }));
    }
    let answer = post(&router, &[("accept", "text/html")], &body).await;
    assert_eq!((answer.status, answer.code()), (406, json!("BAD_USER_INPUT")));
}

async fn a_query_may_come_by_get(db: TestDb) {
    let router = service(&db).await;
    let uri = "/graphql?query=query%20A(%24n%3AInt)%7Bprovinces(first%3A%24n)%7BtotalCount%7D%7Dquery%20B%7B__typename%7D\
               &operationName=A&variables=%7B%22n%22%3A5%7D&extensions=";
    let answer = get(&router, uri).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "data": { "provinces": { "totalCount": 0 } } })));
    let answer = get(&router, "/graphql?query=%7B__typename%7D&variables=%5B1").await;
    assert_eq!((answer.status, answer.fields()), (400, json!([["variables", "INVALID"]])));
    let answer = get(&router, "/graphql").await;
    assert_eq!((answer.status, answer.fields()), (400, json!([["query", "REQUIRED"]])));
}

async fn what_a_caller_gets_wrong_is_refused_before_anything_runs(db: TestDb) {
    let router = service(&db).await;
    for (query, variables, fields) in [
        ("{ province(code: \"15\", on: \"2025-02-30\") { code } }", json!({}), json!([["on", "INVALID"]])),
        (
            "query($d: Date) { province(code: \"15\", on: $d) { code } }",
            json!({"d": "1/7/2025"}),
            json!([["on", "INVALID"]]),
        ),
        (
            "{ observations(filter: {periodFrom: \"2025-13\"}) { totalCount } }",
            json!({}),
            json!([["filter.periodFrom", "INVALID"]]),
        ),
        (
            "query($f: ObservationFilter) { observations(filter: $f) { totalCount } }",
            json!({"f": {"periodFrom": "2025-13", "periodTo": 5, "areas": ["25", 1, null], "states": ["GOOD"], "x": 1}}),
            json!([
                ["filter.areas[1]", "INVALID"],
                ["filter.areas[2]", "REQUIRED"],
                ["filter.periodFrom", "INVALID"],
                ["filter.periodTo", "INVALID"],
                ["filter.states[0]", "INVALID"],
                ["filter.x", "UNKNOWN"]
            ]),
        ),
        ("{ observations(filter: 5) { totalCount } }", json!({}), json!([["filter", "INVALID"]])),
        ("{ province { code } }", json!({}), json!([["code", "REQUIRED"]])),
        ("{ province(code: null) { code } }", json!({}), json!([["code", "REQUIRED"]])),
        ("query($c: String!) { province(code: $c) { code } }", json!({}), json!([["$c", "REQUIRED"]])),
        ("query($c: String!) { province(code: $c) { code } }", json!({"c": null}), json!([["$c", "REQUIRED"]])),
        ("{ provinces(first: 5000000000) { totalCount } }", json!({}), json!([["first", "INVALID"]])),
        ("{ provinces(first: 1, after: 5) { totalCount } }", json!({}), json!([["after", "INVALID"]])),
        ("query($n: String) { provinces(first: $n) { totalCount } }", json!({}), json!([["first", "INVALID"]])),
    ] {
        let body = json!({ "query": query, "variables": variables });
        let answer = post(&router, &[], &body).await;
        assert_eq!((answer.status, answer.code()), (200, json!("BAD_USER_INPUT")), "{query}: {}", answer.body);
        let mut found = answer.fields();
        if let Some(found) = found.as_array_mut() {
            found.sort_by_key(ToString::to_string);
        }
        assert_eq!(found, fields, "{query}: {}", answer.body);
        assert!(answer.json().get("data").is_none(), "{query}");
        let answer = post(&router, &[("accept", "application/graphql-response+json")], &body).await;
        assert_eq!(answer.status, 400, "{query}");
    }
}

async fn what_is_refused_while_it_runs_is_an_error_beside_the_data(db: TestDb) {
    let router = service(&db).await;
    for (query, path) in [
        ("{ provinces(first: 0) { totalCount } }", "first"),
        ("{ provinces(first: -1) { totalCount } }", "first"),
        ("{ provinces(first: 201) { totalCount } }", "first"),
        ("{ provinces(first: 1, last: 1) { totalCount } }", "last"),
        ("{ provinces(after: \"nonsense\") { totalCount } }", "after"),
    ] {
        for accept in ["application/json", "application/graphql-response+json"] {
            let answer = post(&router, &[("accept", accept)], &json!({ "query": query })).await;
            let json = answer.json();
            assert_eq!((answer.status, answer.code()), (200, json!("BAD_USER_INPUT")), "{query}: {}", answer.body);
            assert_eq!(json["data"], Value::Null);
            assert!(json.as_object().expect("an object").contains_key("data"), "{query}");
            assert_eq!(json["errors"][0]["path"], json!(["provinces"]), "{query}");
            assert_eq!(answer.fields()[0][0], path, "{query}");
        }
    }
    for query in ["{ node(id: \"nonsense\") { id } }", "{ agency(code: \"nonsense\") { code } }"] {
        let answer = ask(&router, query, json!({})).await;
        let (_, found) = answer.json()["data"]
            .as_object()
            .and_then(|d| d.iter().next())
            .map(|(k, v)| (k.clone(), v.clone()))
            .expect("a field");
        assert_eq!(found, Value::Null, "{query}: {}", answer.body);
    }
}

async fn readiness_tells_what_the_database_lacks(db: TestDb) {
    let router = service(&db).await;
    assert_eq!(get(&router, "/healthz").await.body, "ok");
    let ready = async || {
        let answer = get(&router, "/readyz").await;
        assert_eq!(answer.header("content-type"), "application/json");
        (answer.status, answer.json())
    };
    let not = |reason: &str| (503, json!({ "ready": false, "reason": reason }));
    assert_eq!(ready().await, (200, json!({ "ready": true })));
    db.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)").await;
    assert_eq!(ready().await, (200, json!({ "ready": true })), "it may go on under what does not concern it");
    db.execute("UPDATE schema_requirement SET minimum_version = 'm20991231_000001_future'").await;
    assert_eq!(ready().await, not("the database's schema is newer than this program's"));
    db.execute("UPDATE schema_requirement SET minimum_version = ''").await;
    let newest = migrate::ours().pop().expect("a migration");
    db.execute(&format!("DELETE FROM seaql_migrations WHERE version IN ('m20991231_000001_future', '{newest}')")).await;
    assert_eq!(ready().await, not("the database's schema is older than this program's"));
    db.execute("DELETE FROM seaql_migrations").await;
    assert_eq!(ready().await, not("the database has not been set up"));
}

on_both!(MIGRATED =>
    a_query_is_answered_in_what_was_accepted,
    a_query_may_come_by_get,
    what_a_caller_gets_wrong_is_refused_before_anything_runs,
    what_is_refused_while_it_runs_is_an_error_beside_the_data,
    words_of_vocabularies_may_come_inside_variables,
    readiness_tells_what_the_database_lacks,
);

#[tokio::test]
async fn readiness_tells_that_the_database_is_gone() {
    let db = TestDb::new(Kind::Postgres, &MIGRATED).await;
    let router = service(&db).await;
    db.end().await;
    let answer = get(&router, "/readyz").await;
    assert_eq!((answer.status, &answer.json()["reason"]), (503, &json!("the database does not answer")));
    assert_eq!(get(&router, "/healthz").await.status, 200);
    let answer = ask(&router, "{ provinces { totalCount } }", json!({})).await;
    assert_eq!((answer.status, answer.code()), (503, json!("UNAVAILABLE")));
    assert_eq!(answer.header("retry-after"), "5");
}

async fn plain() -> (TestDb, Router) {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service(&db).await;
    (db, router)
}

#[tokio::test]
async fn only_json_in_utf_8_is_read() {
    let (_db, router) = plain().await;
    let body = r#"{"query":"{__typename}"}"#;
    for (given, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json; charset=latin1", 415),
        ("application/graphql", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let answer = send(&router, Method::POST, "/graphql", &[("content-type", given)], body).await;
        assert_eq!(answer.status, status, "{given}");
        if status == 415 {
            assert_eq!(answer.code(), "BAD_USER_INPUT");
        }
    }
    assert_eq!(send(&router, Method::POST, "/graphql", &[], body).await.status, 415);
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_400_whatever_is_accepted() {
    let (_db, router) = plain().await;
    for (body, message, fields) in [
        ("{", "The request body is not JSON (line 1, column 1).", json!([])),
        ("", "The request body is not JSON (line 1, column 0).", json!([])),
        ("[{\"query\":\"{__typename}\"}]", "A request is one operation; a batch is not taken.", json!([])),
        ("\"{__typename}\"", "The request body must be a JSON object.", json!([])),
        ("{}", "`query` is missing.", json!([["query", "REQUIRED"]])),
        (
            "{\"query\":1,\"operationName\":2,\"variables\":[],\"extensions\":\"x\"}",
            "`query` must be a string.",
            json!([
                ["query", "INVALID"],
                ["operationName", "INVALID"],
                ["variables", "INVALID"],
                ["extensions", "INVALID"]
            ]),
        ),
    ] {
        for accept in ["application/json", "application/graphql-response+json"] {
            let headers = [("content-type", "application/json"), ("accept", accept), ("accept-language", "en")];
            let answer = send(&router, Method::POST, "/graphql", &headers, body).await;
            assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")), "{body}");
            assert_eq!((answer.message(), answer.fields()), (json!(message), fields.clone()), "{body}");
            assert!(answer.json().get("data").is_none());
        }
    }
    let nulls = json!({ "query": "{__typename}", "operationName": null, "variables": null, "extensions": null });
    assert_eq!(post(&router, &[], &nulls).await.status, 200);
}

#[tokio::test]
async fn a_document_that_is_wrong_is_refused_in_the_callers_language() {
    let (_db, router) = plain().await;
    for (query, vi, en) in [
        ("{ a(", "Sai cú pháp ở dòng 1, cột 5: expected name.", "Syntax error in line 1, column 5: expected name."),
        (
            "{ plans(first: 1e400) { totalCount } }",
            "Số ở dòng 1, cột 16 quá lớn.",
            "The number in line 1, column 16 is out of range.",
        ),
        ("{ qwerty }", "Kiểu \"Query\" không có trường \"qwerty\".", "Unknown field \"qwerty\" on type \"Query\"."),
        (
            "{ provinces }",
            "Trường \"provinces\" kiểu AdministrativeUnitConnection: cần chọn trường con.",
            "Field \"provinces\" of type \"AdministrativeUnitConnection\" must have a selection of subfields",
        ),
        (
            "subscription { a }",
            "Theo dõi trực tiếp ở /graphql/ws (WebSocket) hoặc /graphql/stream (sự kiện từ máy chủ).",
            "Follow at /graphql/ws (WebSocket) or /graphql/stream (server-sent events).",
        ),
        (
            "query A { __typename } query B { __typename }",
            "Truy vấn có nhiều thao tác: `operationName` phải nêu một trong số đó.",
            "The document has several operations: `operationName` must name one of them.",
        ),
    ] {
        for (language, message) in [("", vi), ("fr", vi), ("en-GB,en;q=0.8", en)] {
            let headers = [("accept-language", language), ("accept", "application/graphql-response+json")];
            let answer = post(&router, &headers, &json!({ "query": query })).await;
            assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")), "{query}");
            assert_eq!(answer.message(), message, "{query}");
            assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(1), "{query}");
            assert!(answer.json().get("data").is_none());
            assert!(answer.json()["errors"][0]["extensions"]["requestId"].is_string());
        }
    }
    let deep = format!(
        "{{ province(code: \"25\") {{ {} id {} }} }}",
        "predecessors { predecessor {".repeat(20),
        "}}".repeat(20)
    );
    assert_eq!(ask(&router, &deep, json!({})).await.code(), "QUERY_TOO_COMPLEX");
    let many: String = (0..1000).map(|n| format!("x{n} ")).collect();
    let answer = ask(&router, &format!("{{ {many} }}"), json!({})).await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(101));
}

#[tokio::test]
async fn other_addresses_and_methods_are_refused_as_errors() {
    let (_db, router) = plain().await;
    for (method, uri, status, allow) in [
        (Method::GET, "/nope", 404, ""),
        (Method::POST, "/graphql/x", 404, ""),
        (Method::PUT, "/graphql", 405, "GET,HEAD,POST"),
        (Method::OPTIONS, "/graphql", 405, "GET,HEAD,POST"),
        (Method::POST, "/healthz", 405, "GET,HEAD"),
        (Method::DELETE, "/playground", 405, "GET,HEAD"),
    ] {
        let answer = send(&router, method.clone(), uri, &[("accept-language", "en")], "").await;
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{method} {uri}");
        assert_eq!(answer.header("content-type"), JSON);
        assert!(answer.message().is_string());
    }
    let answer = get(&router, "/").await;
    assert_eq!((answer.status, answer.header("location")), (307, "/playground"));
}

#[tokio::test]
async fn the_schema_is_served_as_it_is_committed() {
    let (_db, router) = plain().await;
    let answer = get(&router, "/schema.graphql").await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.body, graphql::sdl().expect("a schema"));
}

#[tokio::test]
async fn the_request_id_comes_back_in_the_header_and_in_each_error() {
    let (_db, router) = plain().await;
    let answer = post(&router, &[("x-request-id", "proxy-1")], &json!({ "query": "{ a b }" })).await;
    assert_eq!(answer.header("x-request-id"), "proxy-1");
    for error in answer.json()["errors"].as_array().expect("errors") {
        assert_eq!(error["extensions"]["requestId"], "proxy-1");
    }
}
