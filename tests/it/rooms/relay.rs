//! Global ids on the real types, and every field of them.

use std::collections::BTreeSet;

use entity::kinds::Role;
use lienthong::kernel::limits::{Limit, Limits};
use sea_orm::Iterable;
use serde_json::{Value, json};

use super::{
    agreements::{agree, client},
    ask,
    people::{Asker, somebody},
};
use crate::{
    harness::{SEEDED, TestDb, every_field, on_both},
    http,
};

on_both! { SEEDED =>
    whatever_has_an_id_is_found_by_it,
    an_id_that_was_never_given_out_finds_nothing,
    the_viewer_is_a_stranger,
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
        json!({ "kind": "ANONYMOUS", "username": null, "roles": [], "area": null, "scopes": [], "permissions": ["session.signIn", "session.refresh", "session.signOut", "token.issue", "token.revoke", "token.use", "audit.checkpoint"] })
    );
}

async fn every_field_of_every_type_can_be_asked_for(db: TestDb) {
    let everybody: Vec<Role> = Role::iter().collect();
    let admin = somebody(&db, "chief", &everybody, Some("VN")).await;
    agree(&db, &client(&admin).await.0).await;
    let law = ask(&db, r#"{ legalDocument(code: "61-2018-nd-cp") { id version } }"#).await["legalDocument"].clone();
    let proposal = format!(
        r#"mutation {{ proposeLegalDocument(input: {{ change: {{ id: {}, version: {}, title: "x" }}, reason: "x" }}) {{ proposal {{ id }} }} }}"#,
        law["id"], law["version"]
    );
    admin.ask(&proposal).await;
    // Which fields are answered is looked at here, not how many at once.
    let limits = Limits::default().with(Limit::Nodes, u32::MAX).with(Limit::PointsAdmin, u32::MAX);
    let service = http::service_of(db.app_with(limits).await);
    let admin = Asker { service, ..admin };
    let schema = every_field::Schema::read(&admin.ask(every_field::INTROSPECTION).await);
    let value = |_: &str, field: &str, argument: &str| {
        let value = match (field, argument) {
            ("node", _) => r#""UGxhbjox""#,
            ("nodes", _) => r#"["UGxhbjox"]"#,
            ("province" | "codeHistory", "code") => r#""22""#,
            ("indicator" | "series", _) => r#""dti_rank""#,
            ("plan", _) => r#""pt-3927""#,
            ("legalDocument", _) => r#""61-2018-nd-cp""#,
            ("search", _) => r#""phu tho""#,
            ("agency", _) => r#""qn-stttt""#,
            ("informationSystem", _) => r#""qn-wan""#,
            ("dataLink", _) => r#""qn-lgsp--vn-ndxp""#,
            ("sharingBulletin", _) => r#""2025-Q4""#,
            (_, "from") => r#""2026-01-01T00:00:00Z""#,
            (_, "to") => r#""2026-01-02T00:00:00Z""#,
            _ => panic!("{field}({argument}:) must be given something"),
        };
        value.to_owned()
    };
    let mut answered = BTreeSet::new();
    for (root, query) in schema.queries(value) {
        let answer = admin.send(&query).await.json();
        assert_eq!(answer.get("errors"), None, "{root}: {query}");
        every_field::answered(&answer, &mut answered);
    }
    // What the data have none of: a connection's history begins with transitions, statistics with exchanges, checks with an endpoint.
    // What mutations alone answer is asked for elsewhere.
    let nowhere = [
        "LinkTransition",
        "LinkCheck",
        "ExchangeStatistics",
        "Mutation.",
        "AuthPayload.",
        "UserPayload.",
        "ApiClientPayload.",
        "ApiClientSecretPayload.",
        "FieldChange.",
        "LegalDocumentPayload.",
        "LegalDocumentProposalPayload.",
        "AgencyPayload.",
        "IndicatorPayload.",
        "ObservationPayload.",
        "ImportPayload.",
        "ImportError.",
        "ImportWarning.",
        "TransitionsPayload.",
        "PlanPayload.",
        "PlanTargetPayload.",
        "PlanTaskPayload.",
        "InformationSystemPayload.",
        "DataLinkPayload.",
        "RecordExchangesPayload.",
        "AgreementPayload.",
        "AccessGrantPayload.",
        "GrantRead.",
        "GrantReadEdge.",
        "GrantReadFigures.",
        // Nor what is followed.
        "Subscription.",
    ];
    let all = schema.all();
    let missed: Vec<&String> =
        all.difference(&answered).filter(|field| !nowhere.iter().any(|of| field.starts_with(of))).collect();
    assert!(missed.is_empty(), "never answered: {missed:?}");
}
