//! Global ids, cursors and pages, on the real lists; and how many statements they cost.

use std::collections::BTreeSet;

use async_graphql::Request;
use lienthong::{
    graphql,
    kernel::{op::Op, policy::Caller},
};
use serde_json::{Value, json};

use super::{ask, send};
use crate::harness::{SEEDED, TestDb, every_field, on_both};

on_both! { SEEDED =>
    whatever_has_an_id_is_found_by_it,
    an_id_that_was_never_given_out_finds_nothing,
    the_viewer_is_a_stranger,
    pages_put_together_are_the_list_both_ways,
    statements_grow_with_depth_and_not_with_rows,
    every_field_of_every_type_can_be_asked_for,
}

async fn whatever_has_an_id_is_found_by_it(db: TestDb) {
    let query = r#"{ a: province(code: "25") { id __typename } b: legalDocument(code: "61-2018-nd-cp") { id __typename } c: agency(code: "pt-ubnd") { id __typename } d: indicator(code: "dti_rank") { id __typename } e: plan(code: "pt-3927") { id __typename targets(first: 1) { nodes { id __typename } } tasks(first: 1) { nodes { id __typename } } } f: informationSystem(code: "pt-lgsp") { id __typename } g: dataLink(code: "pt-lgsp--vn-ndxp") { id __typename } h: observations(first: 1) { nodes { id __typename } } i: province(code: "22") { shortcomings(first: 1) { nodes { id __typename } } } }"#;
    let answer = ask(&db, query).await;
    let mut found = vec![];
    collect(&answer, &mut found);
    assert_eq!(found.len(), 11, "{answer}");
    let ids: Vec<String> = found.iter().map(|(id, _)| id.clone()).collect();
    let query = format!("{{ nodes(ids: {}) {{ id __typename }} }}", serde_json::to_string(&ids).expect("JSON"));
    let nodes: Vec<Value> = found.iter().map(|(id, name)| json!({ "id": id, "__typename": name })).collect();
    assert_eq!(ask(&db, &query).await["nodes"], Value::from(nodes));
    for (id, name) in found {
        let query = format!(r#"{{ node(id: "{id}") {{ id __typename ... on Node {{ same: id }} }} }}"#);
        assert_eq!(ask(&db, &query).await["node"], json!({ "id": id, "__typename": name, "same": id }));
    }
}

fn collect(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            if let (Some(id), Some(name)) = (fields.get("id"), fields.get("__typename")) {
                found.push((id.as_str().unwrap_or_default().to_owned(), name.as_str().unwrap_or_default().to_owned()));
            }
            fields.values().for_each(|v| collect(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, found)),
        _ => {}
    }
}

async fn an_id_that_was_never_given_out_finds_nothing(db: TestDb) {
    let unit = ask(&db, r#"{ province(code: "25") { unitId } }"#).await["province"]["unitId"].clone();
    for id in ["", "nonsense", "UGxhbjo5OTk5OTk", "UGxhbjow", "Plan:1", unit.as_str().expect("an id")] {
        let query = format!(r#"{{ node(id: "{id}") {{ id }} nodes(ids: ["{id}"]) {{ id }} }}"#);
        assert_eq!(ask(&db, &query).await, json!({ "node": null, "nodes": [null] }), "{id}");
    }
}

async fn the_viewer_is_a_stranger(db: TestDb) {
    let query = "{ viewer { kind username roles area { name } scopes permissions } }";
    assert_eq!(
        ask(&db, query).await["viewer"],
        json!({ "kind": "ANONYMOUS", "username": null, "roles": [], "area": null, "scopes": [], "permissions": [] })
    );
}

async fn pages_put_together_are_the_list_both_ways(db: TestDb) {
    for (list, order) in [
        ("provinces", "orderBy: { field: NAME, direction: DESC }"),
        ("plans", "orderBy: { field: ISSUED_ON, direction: ASC }"),
        ("plans", "orderBy: { field: NUMBER, direction: DESC }"),
        ("observations", "orderBy: { field: VALUE, direction: DESC }"),
        ("observations", "orderBy: { field: PERIOD, direction: ASC }"),
        ("dataLinks", "orderBy: { field: EXPIRES_ON, direction: ASC }"),
        ("indicators", "orderBy: { field: NAME, direction: ASC }"),
        ("agencies", ""),
    ] {
        let whole = ids(&ask(&db, &format!("{{ {list}(first: 200, {order}) {{ nodes {{ id }} }} }}")).await[list]);
        assert!(whole.len() > 10, "{list}");
        for forward in [true, false] {
            let (mut together, mut from) = (vec![], String::new());
            loop {
                let page = if forward { format!("first: 7, {from}") } else { format!("last: 7, {from}") };
                let query = format!(
                    "{{ {list}({page} {order}) {{ nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
                );
                let answer = ask(&db, &query).await[list].clone();
                let page = ids(&answer);
                let info = &answer["pageInfo"];
                let (more, cursor) = match forward {
                    true => (&info["hasNextPage"], &info["endCursor"]),
                    false => (&info["hasPreviousPage"], &info["startCursor"]),
                };
                together = if forward { [together, page].concat() } else { [page, together].concat() };
                if more == false {
                    break;
                }
                let cursor = cursor.as_str().expect("a cursor");
                from = if forward { format!(r#"after: "{cursor}","#) } else { format!(r#"before: "{cursor}","#) };
            }
            assert_eq!(together, whole, "{list} {order} {forward}");
        }
    }
}

fn ids(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().expect("nodes");
    nodes.iter().map(|n| n["id"].as_str().expect("an id").to_owned()).collect()
}

async fn statements_grow_with_depth_and_not_with_rows(db: TestDb) {
    let app = db.app().await;
    let schema = graphql::schema().expect("a schema");
    let cost = async |query: String| {
        let op = Op::new(&app, Caller::Anonymous, "test");
        let response = schema.execute(Request::new(query).data(op.clone())).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        op.statements()
    };
    let nested = |which: &str| {
        format!(
            "{{ provinces(on: \"2025-06-30\", first: 63{which}) {{ nodes {{ code name plans(first: 20) {{ nodes {{ code targets(first: 20) {{ nodes {{ value indicator {{ code name }} }} }} }} }} }} }} }}"
        )
    };
    assert_eq!((cost(nested(", filter: { codes: [\"25\"] }")).await, cost(nested("")).await), (4, 4));
    let table = |first: i32| {
        format!(
            "{{ observations(first: {first}, filter: {{ latest: true }}) {{ nodes {{ value indicator {{ code }} area {{ code name }} source {{ quote }} }} }} }}"
        )
    };
    assert_eq!((cost(table(1)).await, cost(table(200)).await), (4, 4));
    assert_eq!(cost("{ provinces { nodes { code } } }".to_owned()).await, 1);
    assert_eq!(cost("{ provinces { totalCount } }".to_owned()).await, 1);
    assert_eq!(cost("{ provinces { totalCount nodes { code } } }".to_owned()).await, 2);
}

async fn every_field_of_every_type_can_be_asked_for(db: TestDb) {
    let schema = every_field::Schema::read(&ask(&db, every_field::INTROSPECTION).await);
    let value = |_: &str, field: &str, argument: &str| {
        let value = match (field, argument) {
            ("node", _) => r#""UGxhbjox""#,
            ("nodes", _) => r#"["UGxhbjox"]"#,
            ("province" | "codeHistory", "code") => r#""22""#,
            ("indicator" | "series", _) => r#""dti_rank""#,
            ("plan", _) => r#""pt-3927""#,
            ("legalDocument", _) => r#""61-2018-nd-cp""#,
            ("agency", _) => r#""qn-stttt""#,
            ("informationSystem", _) => r#""qn-wan""#,
            ("dataLink", _) => r#""qn-lgsp--vn-ndxp""#,
            (_, "from") => r#""2026-01-01T00:00:00Z""#,
            (_, "to") => r#""2026-01-02T00:00:00Z""#,
            _ => panic!("{field}({argument}:) must be given something"),
        };
        value.to_owned()
    };
    let mut answered = BTreeSet::new();
    for (root, query) in schema.queries(value) {
        let answer = send(&db, "vi", &query).await.json();
        assert_eq!(answer.get("errors"), None, "{root}: {query}");
        every_field::answered(&answer, &mut answered);
    }
    // What the data have none of: a connection's history begins with transitions, statistics with exchanges.
    let nowhere = ["LinkTransition", "ExchangeStatistics"];
    let all = schema.all();
    let missed: Vec<&String> =
        all.difference(&answered).filter(|field| !nowhere.iter().any(|of| field.starts_with(of))).collect();
    assert!(missed.is_empty(), "never answered: {missed:?}");
}
