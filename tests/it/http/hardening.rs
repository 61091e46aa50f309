//! What scanners of GraphQL services look for, and what this one answers.

use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use super::{JSON, ask, get, plain, post, send};

/// The checks of graphql-cop by their names, each with the file and the test that tell what is answered. Two of them it reports, and
/// they are meant: queries come by GET, which can be kept and never writes, and the schema is public.
const CHECKS: [(&str, &str, &str); 14] = [
    ("Alias Overloading", "http/limits.rs", "what_asks_for_too_much_names_the_limit"),
    ("Array-based Query Batching", "http.rs", "a_body_of_the_wrong_shape_is_400_whatever_is_accepted"),
    ("Circular Fragment", "http/limits.rs", "a_fragment_that_contains_itself_is_refused_as_such"),
    ("Directive Overloading", "http/hardening.rs", "a_directive_is_checked_wherever_it_stands"),
    ("Field Duplication", "http/limits.rs", "what_asks_for_too_much_names_the_limit"),
    ("Field Suggestions", "http/hardening.rs", "a_misspelt_name_is_told_the_right_one_for_the_schema_is_public"),
    ("GET Method Query Support", "http.rs", "a_query_may_come_by_get"),
    ("GraphQL IDE", "http/hardening.rs", "a_browser_is_shown_no_page_where_queries_are_answered"),
    ("Introspection", "http/hardening.rs", "everybody_may_ask_for_the_schema"),
    ("Introspection-based Circular Query", "http/limits.rs", "introspection_may_be_deep_but_not_go_round"),
    ("Mutation is allowed over GET", "http/misbehaving.rs", "get_does_not_write"),
    ("POST based url-encoded query", "http/hardening.rs", "a_form_of_a_page_is_no_request"),
    ("Trace Mode", "http/hardening.rs", "nobody_can_ask_how_an_answer_was_made"),
    ("Unhandled Errors Detection", "http/hardening.rs", "a_refusal_tells_nothing_of_the_program"),
];

#[test]
fn each_check_has_its_test() {
    for (check, file, test) in CHECKS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{check}: {file}: {e}"));
        assert!(text.contains(&format!("async fn {test}(")), "{check}: {file} has no {test}");
    }
}

/// All messages of an answer.
fn messages(answer: &Value) -> Vec<&str> {
    answer["errors"].as_array().into_iter().flatten().filter_map(|error| error["message"].as_str()).collect()
}

#[tokio::test]
async fn a_directive_is_checked_wherever_it_stands() {
    let (_db, router) = plain().await;
    let ten = "@aa".repeat(10);
    for query in [
        format!("{{ __typename {ten} }}"),
        format!("{{ viewer {{ kind {ten} }} }}"),
        format!("query {ten} {{ __typename }}"),
    ] {
        let answer = ask(&router, &query, json!({})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{query}");
        let told = answer.json();
        assert_eq!(messages(&told), ["Unknown directive \"aa\""], "{query}: told once, not ten times");
        assert_eq!(told["errors"][0]["locations"].as_array().map(Vec::len), Some(10), "{query}");
    }
    for (query, message) in [
        ("{ __typename @skip }", "if"),
        ("{ viewer { kind __typename @include(if: 5) } }", "if"),
        ("{ __typename @skip(if: true) @skip(if: true) }", "Duplicate directive \"skip\""),
        ("{ ...F } fragment F on Query { x: __typename @aa }", "Unknown directive \"aa\""),
        ("{ viewer { ... { __typename @aa } } }", "Unknown directive \"aa\""),
    ] {
        let answer = ask(&router, query, json!({})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{query}: {}", answer.body);
        let told = answer.json();
        assert!(messages(&told).iter().any(|told| told.contains(message)), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_directive_of_a_types_name_decides_and_uses_its_variable() {
    let (_db, router) = plain().await;
    let query =
        "query($with: Boolean!) { type: __typename @include(if: $with) viewer { kind __typename @skip(if: $with) } }";
    let with = ask(&router, query, json!({ "with": true })).await;
    assert_eq!(with.json(), json!({ "data": { "type": "Query", "viewer": { "kind": "ANONYMOUS" } } }));
    let without = ask(&router, query, json!({ "with": false })).await;
    assert_eq!(without.json(), json!({ "data": { "viewer": { "kind": "ANONYMOUS", "__typename": "Viewer" } } }));
}

#[tokio::test]
async fn a_misspelt_name_is_told_the_right_one_for_the_schema_is_public() {
    let (_db, router) = plain().await;
    let query = "{ provincse { totalCount } viewer { knd } __schema { directive { name } } }";
    let answer = ask(&router, query, json!({})).await.json();
    assert_eq!(
        messages(&answer),
        [
            "Unknown field \"provincse\" on type \"Query\". Did you mean \"province\", \"provinces\"?",
            "Unknown field \"knd\" on type \"Viewer\". Did you mean \"kind\"?",
            "Unknown field \"directive\" on type \"__Schema\". Did you mean \"directives\"?",
        ]
    );
}

#[tokio::test]
async fn everybody_may_ask_for_the_schema() {
    let (_db, router) = plain().await;
    let answer = ask(&router, "{ __schema { types { name fields { name } } } }", json!({})).await;
    let answer = answer.json();
    let types = answer["data"]["__schema"]["types"].as_array().expect("types");
    let file = get(&router, "/schema.graphql").await;
    assert_eq!(file.status, 200);
    let named = |of: &Value| of["name"].as_str().expect("a name").to_owned();
    for (kind, name) in file.body.lines().filter_map(|line| line.split_once(' ')).filter(|(kind, _)| *kind == "type") {
        let name = name.split(' ').next().expect("a name");
        assert!(types.iter().any(|of| named(of) == name), "{kind} {name} is in the file alone");
    }
}

#[tokio::test]
async fn a_browser_is_shown_no_page_where_queries_are_answered() {
    let (_db, router) = plain().await;
    let accept = [("accept", "text/html,application/xhtml+xml;q=0.9")];
    for uri in ["/graphql", "/graphql?query=%7B__typename%7D"] {
        let answer = send(&router, Method::GET, uri, &accept, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (406, JSON), "{uri}");
        assert!(!answer.body.contains('<'), "{uri}: {}", answer.body);
    }
    for uri in ["/graphiql", "/altair", "/console", "/voyager", "/graphql/playground"] {
        assert_eq!(send(&router, Method::GET, uri, &accept, "").await.status, 404, "{uri}");
    }
}

#[tokio::test]
async fn a_form_of_a_page_is_no_request() {
    let (_db, router) = plain().await;
    let part = "--x\r\ncontent-disposition: form-data; name=\"query\"\r\n\r\n{__typename}\r\n--x--\r\n";
    // What a page of another origin can send without asking first.
    for (media, body) in [
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
        ("multipart/form-data; boundary=x", part),
        ("text/plain", r#"{"query":"{__typename}","x":"="}"#),
    ] {
        for uri in ["/graphql", "/graphql?query=%7B__typename%7D"] {
            let answer = send(&router, Method::POST, uri, &[("content-type", media)], body).await;
            assert_eq!((answer.status, answer.code()), (415, json!("BAD_USER_INPUT")), "{media} {uri}");
            assert!(answer.json().get("data").is_none(), "{media} {uri}");
        }
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = send(&router, Method::GET, "/graphql", &form, "query=%7B__typename%7D").await;
    assert_eq!((answer.status, answer.fields()), (400, json!([["query", "REQUIRED"]])));
}

#[tokio::test]
async fn nobody_can_ask_how_an_answer_was_made() {
    let (_db, router) = plain().await;
    let headers =
        [("x-apollo-tracing", "1"), ("apollo-federation-include-trace", "ftv1"), ("x-debug", "1"), ("accept", "*/*")];
    let body = json!({ "query": "{ viewer { kind } }", "extensions": { "tracing": true, "debug": true } });
    let answer = post(&router, &headers, &body).await;
    let whole = answer.whole();
    assert_eq!(whole["data"], json!({ "viewer": { "kind": "ANONYMOUS" } }));
    let told: Vec<&String> = whole["extensions"].as_object().expect("extensions").keys().collect();
    assert_eq!(told, ["cost"]);
    for name in ["server", "x-powered-by", "server-timing", "x-runtime"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
}

#[tokio::test]
async fn a_refusal_tells_nothing_of_the_program() {
    let (_db, router) = plain().await;
    let bodies = [
        json!({ "query": "qwerty cop { abc }" }).to_string(),
        json!({ "query": "query cop { province(code: {a: [1]}) { id } }" }).to_string(),
        json!({ "query": "query($a: Nothing!) { __typename @skip(if: $a) }" }).to_string(),
        json!({ "query": "{ provinces(after: \"AAAA\") { totalCount } }" }).to_string(),
        json!({ "query": "mutation { logout(input: {refreshToken: \"a\"}) revokeUserSessions }" }).to_string(),
        json!({ "query": "{__typename}", "extensions": { "persistedQuery": { "version": 9 } } }).to_string(),
        "{\"query\":\"\\ud800\"}".to_owned(),
        "{\"query\":".to_owned(),
    ];
    for body in bodies {
        let headers = [("content-type", "application/json"), ("accept-language", "en")];
        let answer = send(&router, Method::POST, "/graphql", &headers, body.clone()).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{body}: {}", answer.body);
        assert!(answer.status < 500, "{body}");
        let told = answer.body.to_lowercase();
        for word in
            ["panic", ".rs", "stack", "exception", "async_graphql", "serde", "sqlx", "sea_orm", "select ", "/src/"]
        {
            assert!(!told.contains(word), "{body}: {word} in {}", answer.body);
        }
    }
}
