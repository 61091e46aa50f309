//! Drafts of data links are drawn anew, and nothing else is.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    agreements::agree,
    linking::{agreement, create, created, lacking, registrar, stand, two_systems, update, updated},
    people::somebody,
    traces::{audited, faults},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_draft_is_drawn_anew,
    what_was_asked_for_stays_as_it_was_drawn,
    through_what_a_link_runs_may_be_learned_later,
    a_draft_does_not_leave_the_registrars_area,
    every_fault_of_a_drawing_is_told,
    an_agreement_binds_the_new_ends_too,
}

const DRAWN: &str = r#"source: "hy-b", target: "pt-lgsp", intermediary: NDOP, via: "pt-tslcd", method: SYNC_FULL, direction: TWO_WAY, environment: TEST, evidence: { title: "Báo cáo" }"#;

/// What can be drawn of a link.
fn drawing(link: &Value) -> Value {
    let fields = ["source", "target", "intermediary", "via", "method", "direction", "environment", "evidence"];
    fields.into_iter().map(|field| (field.to_owned(), link[field].clone())).collect::<serde_json::Map<_, _>>().into()
}

async fn a_draft_is_drawn_anew(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let mut link = created(&lan, "").await;
    let drawn = json!({
        "source": { "code": "hy-b" }, "target": { "code": "pt-lgsp" }, "intermediary": "NDOP", "via": { "code": "pt-tslcd" },
        "method": "SYNC_FULL", "direction": "TWO_WAY", "environment": "TEST", "evidence": { "title": "Báo cáo" },
    });
    link = updated(&lan, &link, DRAWN).await;
    assert_eq!((drawing(&link), &link["version"]), (drawn.clone(), &json!(2)));
    assert_eq!(link["history"]["nodes"].as_array().map(Vec::len), Some(1), "a draft has no history but its beginning");
    link = updated(&lan, &link, DRAWN).await;
    assert_eq!((drawing(&link), &link["version"]), (drawn, &json!(2)), "what is said again changes nothing");
    stand(&db, &link, "PLANNED").await;
    link = updated(&lan, &link, "via: null, method: null, evidence: null").await;
    assert_eq!([&link["via"], &link["method"], &link["evidence"]], [&json!(null); 3]);
    let found = super::ask(&db, r#"{ informationSystem(code: "pt-a") { links { totalCount } } }"#).await;
    assert_eq!(found["informationSystem"]["links"]["totalCount"], 0, "it leads elsewhere now");
    let log = audited(&db, "pt-a--hy-b").await;
    let changes: Vec<&Value> = log[1]["changes"].as_array().expect("changes").iter().collect();
    assert_eq!(
        changes[..6],
        [
            &json!({ "field": "source", "before": "pt-a", "after": "hy-b" }),
            &json!({ "field": "target", "before": "hy-b", "after": "pt-lgsp" }),
            &json!({ "field": "via", "before": null, "after": "pt-tslcd" }),
            &json!({ "field": "method", "before": null, "after": "SYNC_FULL" }),
            &json!({ "field": "direction", "before": "ONE_WAY", "after": "TWO_WAY" }),
            &json!({ "field": "environment", "before": "PRODUCTION", "after": "TEST" }),
        ]
    );
    assert_eq!(changes[6]["field"], "evidence");
    assert_eq!(changes[7..], [&json!({ "field": "intermediary", "before": "NDXP", "after": "NDOP" })]);
}

async fn what_was_asked_for_stays_as_it_was_drawn(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, r#", evidence: { title: "Công báo" }"#).await;
    let all: Vec<(String, String)> =
        ["source", "target", "intermediary", "via", "method", "direction", "environment", "evidence"]
            .map(|field| (field.to_owned(), "NOT_A_DRAFT".to_owned()))
            .to_vec();
    for state in ["REQUESTED", "UNDER_REVIEW", "APPROVED", "TESTING", "ACTIVE", "SUSPENDED", "MIGRATING"] {
        stand(&db, &link, state).await;
        assert_eq!(lacking(&lan, &update(&link, DRAWN)).await, all, "{state}");
    }
    // What it is already may be said.
    let what = r#"source: "pt-a", target: "hy-b", intermediary: NDXP, via: null, method: null, direction: ONE_WAY, environment: PRODUCTION, evidence: { title: "Công báo" }, carries: "x""#;
    let after = updated(&lan, &link, what).await;
    assert_eq!((drawing(&after), &after["carries"]), (drawing(&link), &json!("x")));
}

async fn through_what_a_link_runs_may_be_learned_later(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let mut link = created(&lan, "").await;
    let fixed = faults(&[("intermediary", "NOT_A_DRAFT")]);
    for state in ["REQUESTED", "TESTING", "ACTIVE", "SUSPENDED", "MIGRATING"] {
        stand(&db, &link, state).await;
        db.execute("UPDATE data_link SET intermediary = 'UNKNOWN' WHERE code = 'pt-a--hy-b'").await;
        link = updated(&lan, &link, r#"intermediary: NDXP, reason: "theo báo cáo""#).await;
        assert_eq!((&link["status"], &link["intermediary"]), (&json!(state), &json!("NDXP")));
        let step = super::life::last(&link);
        assert_eq!(
            [&step["from"], &step["to"], &step["intermediary"], &step["reason"]],
            [&json!(state), &json!(state), &json!("NDXP"), &json!("theo báo cáo")]
        );
        // What is known changes by moving, and is not forgotten.
        for other in ["NDOP", "UNKNOWN"] {
            let query = update(&link, &format!("intermediary: {other}"));
            assert_eq!(lacking(&lan, &query).await, fixed, "{state} {other}");
        }
    }
    assert_eq!(link["history"]["nodes"].as_array().map(Vec::len), Some(6));
}

async fn a_draft_does_not_leave_the_registrars_area(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    assert_eq!(lan.refused(&update(&link, r#"source: "qn-lgsp""#)).await.0, "FORBIDDEN", "neither end would be theirs");
    let there = somebody(&db, "xa-la", &[Role::Registrar], Some("22")).await;
    assert_eq!(there.refused(&update(&link, r#"source: "qn-lgsp""#)).await.0, "FORBIDDEN", "neither end is theirs");
    // Who keeps the other end may take the first one away, and then it is another's to keep.
    let other = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    let link = updated(&other, &link, r#"source: "qn-lgsp""#).await;
    assert_eq!(lan.refused(&update(&link, r#"carries: "x""#)).await.0, "FORBIDDEN");
    assert_eq!(updated(&there, &link, r#"carries: "x""#).await["carries"], "x");
}

async fn every_fault_of_a_drawing_is_told(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    let what = r#"source: "nothing", target: null, intermediary: null, via: "nothing", direction: null, environment: null, evidence: { title: "" }"#;
    let unknown = "UNKNOWN_INFORMATION_SYSTEM";
    assert_eq!(
        lan.bad_fields(&update(&link, what)).await,
        faults(&[
            ("target", "REQUIRED"),
            ("intermediary", "REQUIRED"),
            ("direction", "REQUIRED"),
            ("environment", "REQUIRED"),
            ("evidence.title", "REQUIRED"),
            ("source", unknown),
            ("via", unknown),
        ])
    );
    let same = |field: &str| faults(&[(field, "SAME_SYSTEM")]);
    assert_eq!(lan.bad_fields(&update(&link, r#"source: "hy-b""#)).await, same("target"));
    assert_eq!(lan.bad_fields(&update(&link, r#"target: " pt-a""#)).await, same("target"));
    assert_eq!(lan.bad_fields(&update(&link, r#"via: "hy-b""#)).await, same("via"));
    let link =
        lan.ask(&create("other", ["pt-a", "hy-b"], r#", via: "pt-tslcd""#)).await["createDataLink"]["dataLink"].clone();
    assert_eq!(lan.bad_fields(&update(&link, r#"source: "pt-tslcd""#)).await, same("via"));
}

async fn an_agreement_binds_the_new_ends_too(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    agree(&db, "nobody").await;
    let link = created(&lan, "").await;
    let link = updated(&lan, &link, &format!("agreement: {}", agreement(&lan, "1/TT").await)).await;
    let not_a_party = faults(&[("agreement", "NOT_A_PARTY")]);
    assert_eq!(lan.bad_fields(&update(&link, r#"source: "pt-sectormaps""#)).await, not_a_party);
    let link = updated(&lan, &link, r#"source: "pt-sectormaps", agreement: null"#).await;
    assert_eq!((&link["source"]["code"], &link["agreement"]), (&json!("pt-sectormaps"), &json!(null)));
}
