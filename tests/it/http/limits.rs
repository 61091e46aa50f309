//! Requests that ask for too much: refused before anything of them runs, however they are built, and in no time.

use std::time::{Duration, Instant};

use axum::{Router, http::Method};
use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};

use super::{Answer, GRAPHQL, plain, post, send, service_of};
use crate::harness::TestDb;

/// What takes minutes where it is not refused takes less than this where it is.
const SOON: Duration = Duration::from_secs(2);

/// The query that every client begins with.
pub const INTROSPECTION: &str = "query IntrospectionQuery {
  __schema {
    description
    queryType { name kind } mutationType { name kind } subscriptionType { name kind }
    types { ...FullType }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) {
    name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
  }
  inputFields(includeDeprecated: true) { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
}";

/// A service that reads longer bodies of strangers than it would, so that it is the other limits that hold.
async fn roomy() -> (TestDb, Router) {
    let (db, _) = plain().await;
    let router = service_of(db.app_with(Limits::default().with(Limit::BodyBytesAnonymous, 1024 * 1024)).await);
    (db, router)
}

async fn sent(router: &Router, body: String) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/graphql-response+json"),
        ("accept-language", "en"),
    ];
    let begun = Instant::now();
    let answer = send(router, Method::POST, "/graphql", &headers, body).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(answer.header("content-type"), GRAPHQL);
    answer
}

async fn asked(router: &Router, query: &str, variables: Value) -> Answer {
    sent(router, json!({ "query": query, "variables": variables }).to_string()).await
}

/// The limit that a request exceeds, or what else it was answered with.
async fn limit(router: &Router, query: &str, variables: Value) -> String {
    let answer = asked(router, query, variables).await;
    if answer.code() != "QUERY_TOO_COMPLEX" {
        return format!("{} {}", answer.status, answer.body.chars().take(200).collect::<String>());
    }
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(1), "one reason");
    assert!(answer.json().get("data").is_none());
    let message = answer.message().as_str().expect("a message").to_owned();
    let (_, name) = message.split_once("(the limit `").unwrap_or_else(|| panic!("{message}"));
    name.trim_end_matches("`).").to_owned()
}

fn repeat(what: impl Fn(usize) -> String, times: usize) -> String {
    (0..times).map(what).collect()
}

/// Fragments, each of which spreads the next one several times.
fn bomb(levels: usize, times: usize) -> String {
    let spreads = |n: usize| format!("...F{n} ").repeat(times);
    let fragments = repeat(|n| format!("fragment F{n} on Query {{ {} }} ", spreads(n + 1)), levels);
    format!("{{ ...F0 }} {fragments} fragment F{levels} on Query {{ __typename }}")
}

#[tokio::test]
async fn what_asks_for_too_much_names_the_limit() {
    let (_db, router) = roomy().await;
    let plans = "plans { nodes { area { ".repeat(8);
    for (query, name) in [
        (bomb(30, 2), "root_fields"),
        (bomb(12, 50), "root_fields"),
        (bomb(30, 2).replace("{ ...F0 }", "{ viewer { ...F0 } }"), "fields"),
        (bomb(12, 50).replace("{ ...F0 }", "{ viewer { ...F0 } }"), "fields"),
        (format!("{{ {} }}", repeat(|n| format!("a{n}: viewer {{ kind }} "), 3_000)), "root_fields"),
        (format!("{{ {} }}", "viewer { kind } ".repeat(4_000)), "root_fields"),
        (
            format!("{{ ...F }} fragment F on Query {{ {} }}", repeat(|n| format!("a{n}: __typename "), 51)),
            "root_fields",
        ),
        (format!("{{ viewer {{ {} }} }}", repeat(|n| format!("a{n}: kind "), 201)), "aliases"),
        (format!("{{ viewer {{ {} }} }}", "kind ".repeat(10_000)), "repeated_fields"),
        (format!("{{ viewer {{ {} }} }}", "... { kind } ".repeat(102)), "repeated_fields"),
        (format!("{{ viewer {{ kind {} }} }}", "@include(if: true) ".repeat(2_000)), "directives"),
        (format!("{{ viewer {{ {} }} }}", "kind @a @b ".repeat(26)), "directives"),
        (format!("{{ {plans} id {} }}", " } } }".repeat(8)), "depth"),
        (format!("{{ province(code: \"25\") {{ {} id {} }} }}", "area { ".repeat(20), "}".repeat(20)), "depth"),
        (format!("{{ node(id: {}1{}) {{ id }} }}", "[".repeat(100_000), "]".repeat(100_000)), "tokens"),
        (format!("{{ node(id: {}1{}) {{ id }} }}", "[".repeat(5_000), "]".repeat(5_000)), "nesting"),
        (format!("{{ node(id: {}1{}) {{ id }} }}", "{a:".repeat(3_000), "}".repeat(3_000)), "nesting"),
        (format!("query($a: {}Int{}) {{ viewer {{ kind }} }}", "[".repeat(5_000), "]".repeat(5_000)), "nesting"),
        (format!("{}{}", "{ a ".repeat(3_000), "}".repeat(3_000)), "nesting"),
        ("{".repeat(10_000), "nesting"),
        (
            format!(
                "{{ ...F0 }} {} fragment F90 on Query {{ __typename }}",
                repeat(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1), 90)
            ),
            "nesting",
        ),
        (format!("{{ __typename }} # {}", "x".repeat(256 * 1024)), "document_bytes"),
        (format!("{{ {} }}", "[ ] ".repeat(10_000)), "tokens"),
        (
            format!(
                "{{ viewer {{ ...F }} }} fragment F on Viewer {{ {} }}",
                repeat(|n| format!("... on V{n} {{ kind }} "), 4_000)
            ),
            "tokens",
        ),
    ] {
        let told = limit(&router, &query, json!({})).await;
        assert_eq!(told, name, "{}", query.chars().take(80).collect::<String>());
    }
}

#[tokio::test]
async fn rows_are_counted_by_the_sizes_of_pages() {
    let (_db, router) = roomy().await;
    let deep = "query($n: Int, $m: Int = 50) { provinces(first: 34) { nodes { plans(first: $n) { edges { node { \
                targets(last: $m) { ...T } } } } } } } fragment T on PlanTargetConnection { nodes { id } }";
    for (n, m, told) in [
        (json!(20), json!(20), None),
        // 34 × (1 + n × (1 + m))
        (json!(57), json!(50), None),
        (json!(58), json!(50), Some("100606 rows")),
        (json!(200), json!(200), Some("1366834 rows")),
        (json!(200), json!(1), None),
    ] {
        let answer = asked(&router, deep, json!({ "n": n, "m": m })).await;
        match told {
            None => assert_eq!((answer.status, answer.json().get("errors")), (200, None), "{n} {m}"),
            Some(told) => {
                let said = format!("The request asks for too much: {told}, at most 100000 (the limit `nodes`).");
                assert_eq!((answer.status, answer.message()), (400, json!(said)));
            }
        }
    }
    // By default 20 a page; the default of the variable is 50.
    assert_eq!(asked(&router, deep, json!({})).await.status, 200);
    assert_eq!(limit(&router, deep, json!({ "n": 100 })).await, "nodes");
    // Only the operation that is executed counts.
    let two = "query A { provinces(first: 200) { nodes { plans(first: 200) { nodes { targets(first: 200) { nodes { id } } } } } } } \
               query B { __typename }";
    let body = |name: &str| json!({ "query": two, "operationName": name }).to_string();
    assert_eq!(sent(&router, body("B")).await.status, 200);
    assert_eq!(sent(&router, body("A")).await.code(), "QUERY_TOO_COMPLEX");
    let ids: Vec<&str> = vec!["UGxhbjox"; 200];
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Plan { targets(first: 200) { nodes { tasks { totalCount } value } } \
                 tasks(first: 200) { nodes { id } } area { id predecessors { id } } \
                 previous: targets(first: 200) { nodes { id } } } } }";
    assert_eq!(limit(&router, nodes, json!({ "ids": ids })).await, "nodes");
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_as_what_it_is() {
    let (_db, router) = roomy().await;
    for (first, shown) in [("0", "0"), ("-1", "-1"), ("201", "201"), ("4194304", "4194304")] {
        let query = format!(
            "{{ provinces(first: {first}) {{ nodes {{ plans(first: {first}) {{ nodes {{ targets(first: {first}) \
             {{ nodes {{ id }} }} }} }} }} }} }}"
        );
        let answer = asked(&router, &query, json!({})).await;
        assert_eq!((answer.status, answer.code()), (200, json!("BAD_USER_INPUT")), "{first}");
        assert_eq!(answer.message(), format!("`first` must be between 1 and 200, not {shown}."));
    }
}

#[tokio::test]
async fn introspection_may_be_deep_but_not_go_round() {
    let (_db, router) = roomy().await;
    let answer = asked(&router, INTROSPECTION, json!({})).await;
    assert_eq!((answer.status, answer.json().get("errors")), (200, None));
    assert!(answer.json()["data"]["__schema"]["types"].as_array().expect("types").len() > 50);
    for levels in [4, 9] {
        let round = format!(
            "{{ __schema {{ types {{ {} name {} }} }} }}",
            "fields { type { ".repeat(levels),
            "} } ".repeat(levels)
        );
        assert_eq!(limit(&router, &round, json!({})).await, "nodes");
    }
    let wide = format!("{{ __schema {{ {} }} }}", repeat(|n| format!("a{n}: types {{ fields {{ name }} }} "), 190));
    assert_eq!(limit(&router, &wide, json!({})).await, "nodes");
}

#[tokio::test]
async fn json_that_is_too_much_to_parse_is_refused_before_it_is_parsed() {
    let (db, router) = roomy().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let answer = sent(&router, format!("{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{deep}}}}}")).await;
        assert_eq!((answer.status, answer.code()), (400, json!("QUERY_TOO_COMPLEX")));
        assert!(answer.message().as_str().expect("a message").contains("`nesting`"));
        let answer = sent(&router, deep).await;
        assert_eq!((answer.status, answer.code()), (400, json!("QUERY_TOO_COMPLEX")));
    }
    let wide = |numbers: usize| {
        let numbers = vec![0; numbers];
        json!({ "query": "{__typename}", "variables": { "a": numbers } }).to_string()
    };
    assert_eq!(sent(&router, wide(400_000)).await.status, 200);
    let few = service_of(db.app_with(Limits::default().with(Limit::BodyTokens, 1_000)).await);
    let answer = sent(&few, wide(2_000)).await;
    assert_eq!((answer.status, answer.code()), (400, json!("QUERY_TOO_COMPLEX")));
    assert!(answer.message().as_str().expect("a message").contains("`body_tokens`"));
    let quoted = json!({ "query": format!("{{ __typename }} # {}", "[{(".repeat(1_000)) });
    assert_eq!(sent(&router, quoted.to_string()).await.status, 200);
    let uri = format!("/graphql?query=%7B__typename%7D&variables={}", "%5B".repeat(5_000));
    assert_eq!(super::get(&router, &uri).await.code(), "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn errors_are_capped_and_the_rest_is_counted() {
    let (_db, router) = roomy().await;
    let wrong = |many: usize| format!("{{ viewer {{ {} }} }}", repeat(|n| format!("qwertz{n} "), many));
    let errors = async |query: &str, variables: Value| {
        let answer = asked(&router, query, variables).await;
        assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")));
        answer.json()["errors"].as_array().expect("errors").clone()
    };
    assert_eq!(errors(&wrong(100), json!({})).await.len(), 100);
    // More are not even looked for.
    let told = errors(&wrong(4_900), json!({})).await;
    assert_eq!(told.len(), 101);
    assert_eq!(told[0]["message"], "Unknown field \"qwertz0\" on type \"Viewer\".");
    assert_eq!(told[100]["message"], "1 more errors are not told.");
    assert_eq!(told[100]["extensions"]["code"], "BAD_USER_INPUT");
    let ids = vec![json!({}); 400];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } again: nodes(ids: [[], []]) { id } }";
    let told = errors(query, json!({ "ids": ids })).await;
    assert_eq!(told.len(), 1, "no more is looked at in the whole request");
    let fields = told[0]["extensions"]["fields"].as_array().expect("fields");
    assert_eq!(fields.len(), 101);
    assert_eq!(fields[100], json!({ "path": "", "code": "AND_MORE", "message": "1 more errors are not told." }));
}

/// Lists of 25,000 numbers, one for each use of the variable, would be gigabytes of faults.
#[tokio::test]
async fn a_list_that_is_too_long_is_one_fault_however_often_it_is_given() {
    let (_db, router) = plain().await;
    let provinces = repeat(|n| format!("b{n}:provinces(filter:{{codes:$x}},first:1){{totalCount}} "), 48);
    let plans = repeat(|n| format!("c{n}:plans(first:1,filter:{{numbers:$x}}){{totalCount}} "), 102);
    let query = format!(
        "query($x:[String!],$y:[String!]){{ {provinces} z:provinces(first:1){{nodes{{ {plans} d:plans(filter:{{numbers:$y}}){{totalCount}} }} }} }}"
    );
    let refused = async |given: Vec<Value>| {
        let answer = asked(&router, &query, json!({ "x": given, "y": [1] })).await;
        assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")));
        let errors = answer.json()["errors"].as_array().expect("errors").clone();
        errors.iter().map(|error| error["extensions"]["fields"].clone()).collect::<Vec<_>>()
    };
    let wrong =
        json!([{ "path": "filter.numbers[0]", "code": "INVALID", "message": "`filter.numbers[0]` must be a string." }]);
    let long = |many: usize| {
        let message = format!("`filter.codes` has {many} values, at most 500 (the limit `list_values`).");
        json!([{ "path": "filter.codes", "code": "TOO_MANY", "message": message }])
    };
    // Another variable of the same type is told of too.
    for many in [501, 25_000] {
        assert_eq!(refused(vec![json!(1); many]).await, [long(many), wrong.clone()]);
    }
    assert_eq!(refused(vec![json!("25"); 500]).await, [wrong]);
    let told = refused(vec![json!(1); 500]).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].as_array().map(Vec::len), Some(101));
    // Each list has its own length, and one within another too; in the document as beside it.
    let codes = |many: usize| "\"25\" ".repeat(many);
    let two = format!(
        "{{ provinces(filter: {{ codes: [{}], unitTypes: [{}] }}) {{ totalCount }} }}",
        codes(501),
        "PROVINCE ".repeat(502)
    );
    let answer = asked(&router, &two, json!({})).await;
    let fields = answer.json()["errors"][0]["extensions"]["fields"].clone();
    assert_eq!((&fields[0]["code"], &fields[1]["code"]), (&json!("TOO_MANY"), &json!("TOO_MANY")), "{fields}");
}

#[tokio::test]
async fn a_list_of_records_is_as_long_as_the_limit_says() {
    let (db, _) = plain().await;
    let router = service_of(db.app_with(Limits::default().with(Limit::ListRecords, 3)).await);
    let query =
        "mutation ($records: [ExchangeRecordInput!]!) { recordExchanges(input: { records: $records }) { accepted } }";
    let fields = async |many: usize| {
        let answer = asked(&router, query, json!({ "records": vec![json!(1); many] })).await;
        answer.json()["errors"][0]["extensions"]["fields"].clone()
    };
    assert_eq!(
        fields(4).await,
        json!([{
            "path": "input.records", "code": "TOO_MANY_ROWS",
            "message": "`input.records` has 4 records, at most 3 (the limit `list_records`)."
        }])
    );
    assert_eq!(fields(3).await[2]["path"], "input.records[2]");
}

#[tokio::test]
async fn a_fragment_that_contains_itself_is_refused_as_such() {
    let (_db, router) = roomy().await;
    for query in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { viewer { kind } ...A }",
        "{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }",
    ] {
        let answer = asked(&router, query, json!({})).await;
        assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")), "{query}");
        assert!(answer.message().as_str().expect("a message").starts_with("Cannot spread fragment"), "{query}");
    }
    let answer = asked(&router, "{ __typename } fragment A on Query { viewer { kind } }", json!({})).await;
    assert_eq!(answer.message(), "Fragment \"A\" is never used");
}

#[tokio::test]
async fn what_is_within_all_limits_is_answered_soon() {
    let (_db, router) = roomy().await;
    let fields = "... on Plan { code title kind status } ".repeat(24);
    let level = |n: usize| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1);
    for query in [
        format!("{{ {} }}", repeat(|n| format!("a{n}: viewer {{ kind }} "), 50)),
        format!("{{ viewer {{ {} }} }}", repeat(|n| format!("a{n}: kind "), 200)),
        format!("{{ viewer {{ {} }} }}", "kind ".repeat(100)),
        format!("{{ plans {{ nodes {{ {fields} }} }} }}"),
        format!("{{ viewer {{ kind {} }} }}", "... @include(if: true) { kind } ".repeat(50)),
        format!("{{ ...F0 }} {} fragment F50 on Query {{ __typename }}", repeat(level, 50)),
        format!(
            "{{ {} }}",
            repeat(
                |n| format!("a{n}: provinces(filter: {{ codes: [{}] }}) {{ totalCount }} ", "\"25\" ".repeat(500)),
                30
            )
        ),
    ] {
        let what: String = query.chars().take(80).collect();
        let answer = asked(&router, &query, json!({})).await;
        assert_eq!((answer.status, answer.json().get("errors")), (200, None), "{what}: {}", answer.body);
    }
    // The documents that cost the parser and the validation most.
    for query in [
        format!("query({}) {{ __typename }}", repeat(|n| format!("$a{n}: Int "), 3_300)),
        format!("{{ province({}) {{ id }} }}", repeat(|n| format!("a{n}: 1 "), 4_900)),
        format!("{{ province(code: {{ {} }}) {{ id }} }}", repeat(|n| format!("a{n}: 1 "), 4_900)),
        format!("{{ __typename }} {}", repeat(|n| format!("fragment F{n} on Query {{ __typename }} "), 2_400)),
        format!("{{ __typename }} {}", repeat(|n| format!("fragment F{n} on Q{n} {{ __typename }} "), 2_400)),
        repeat(|n| format!("query Q{n} {{ __typename }} "), 3_900),
        format!("{{ {} }}", "x".repeat(250_000)),
        format!("{{ a(b: {}) }}", "1".repeat(250_000)),
        format!("{{ a(b: \"{}\") }}", "\\u0041".repeat(40_000)),
        format!("{{ a(b: \"\"\"{}", "\\\"\"\"".repeat(60_000)),
        format!("{{ {} }}", "#\n".repeat(120_000)),
        format!("{{ viewer {{ {} }} }}", repeat(|n| format!("...F{n} "), 4_900)),
    ] {
        let what: String = query.chars().take(80).collect();
        let answer = asked(&router, &query, json!({})).await;
        assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")), "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_refusal_is_in_the_callers_language() {
    let (_db, router) = roomy().await;
    let query = format!("{{ {} }}", "viewer { kind } ".repeat(51));
    let answer = post(&router, &[], &json!({ "query": query })).await;
    assert_eq!(answer.message(), "Yêu cầu quá lớn: 51 trường gốc, nhiều nhất là 50 (giới hạn `root_fields`).");
}

#[tokio::test]
async fn a_second_sign_in_is_refused_before_the_first() {
    let (_db, router) = roomy().await;
    let login = "login(input: { username: \"a\", password: \"b\" }) { accessToken }";
    for query in [
        format!("mutation {{ a: {login} b: {login} }}"),
        format!("mutation {{ {login} {login} }}"),
        format!("mutation {{ ...F ... {{ b: {login} }} }} fragment F on Mutation {{ a: {login} }}"),
    ] {
        let answer = asked(&router, &query, json!({})).await;
        assert_eq!((answer.status, answer.code()), (400, json!("BAD_USER_INPUT")), "{query}");
        assert_eq!(answer.message(), "One sign-in a request.");
        assert!(answer.json().get("data").is_none());
    }
    let once = asked(&router, &format!("mutation {{ {login} }}"), json!({})).await;
    assert_eq!(once.code(), "UNAUTHENTICATED");
    let two = format!("mutation A {{ {login} }} mutation B {{ {login} }}");
    let answer = sent(&router, json!({ "query": two, "operationName": "B" }).to_string()).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
}
