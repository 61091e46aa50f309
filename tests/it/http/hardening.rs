//! What scanners of GraphQL services look for, and what this one answers.

use serde_json::{Value, json};

use super::{ask, plain};

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
        assert!(messages(&answer.json()).contains(&"Unknown directive \"aa\""), "{query}: {}", answer.body);
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
