//! Agencies are kept, by registrars of their area.

use entity::kinds::Role;
use serde_json::json;

use super::{
    people::somebody,
    traces::{audited, faults},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    an_agency_is_created_where_its_registrar_may,
    an_agency_is_changed_as_far_as_it_is_the_one_that_was_seen,
    every_field_of_an_agency_is_corrected,
    two_at_once_of_which_one_wins,
}

const FIELDS: &str = "{ agency { id code name en: name(locale: EN) area { code } parent { code } validTo successors { code } version } }";

fn create(code: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createAgency(input: {{ code: "{code}", nameVi: "Trung tâm Dữ liệu", kind: PUBLIC_SERVICE_UNIT {rest} }}) {FIELDS} }}"#
    )
}

async fn an_agency_is_created_where_its_registrar_may(db: TestDb) {
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let made =
        registrar.ask(&create("pt-ttdl", r#"area: "25", parent: "pt-skhcn""#)).await["createAgency"]["agency"].clone();
    assert_eq!((&made["name"], &made["en"]), (&json!("Trung tâm Dữ liệu"), &json!("Trung tâm Dữ liệu")));
    assert_eq!(
        (&made["area"]["code"], &made["parent"]["code"], &made["version"]),
        (&json!("25"), &json!("pt-skhcn"), &json!(1))
    );
    assert_eq!(
        registrar.bad_fields(&create("pt-ttdl", r#"area: "25""#)).await,
        [("code".to_owned(), "TAKEN".to_owned())]
    );
    assert_eq!(
        registrar.bad_fields(&create("Ủy ban", r#"area: "25""#)).await,
        [("code".to_owned(), "INVALID".to_owned())]
    );
    assert_eq!(
        registrar.bad_fields(&create("x", r#"area: "25", parent: "nobody""#)).await,
        [("parent".to_owned(), "UNKNOWN_AGENCY".to_owned())]
    );
    for area in [r#"area: "33""#, ""] {
        assert_eq!(registrar.refused(&create("elsewhere", area)).await.0, "FORBIDDEN", "{area}");
    }
    let found = super::ask(&db, r#"{ agencies(filter: { text: "trung tam du lieu" }) { nodes { code } } }"#).await;
    assert_eq!(found["agencies"]["nodes"], json!([{ "code": "pt-ttdl" }]));
}

async fn an_agency_is_changed_as_far_as_it_is_the_one_that_was_seen(db: TestDb) {
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let made = registrar.ask(&create("pt-ttdl", r#"area: "25""#)).await["createAgency"]["agency"].clone();
    let change = |version: i32, what: &str| {
        format!("mutation {{ updateAgency(input: {{ id: {}, version: {version}, {what} }}) {FIELDS} }}", made["id"])
    };
    let after =
        registrar.ask(&change(1, r#"nameVi: "Trung tâm khác", validTo: "2026-02", successors: ["pt-skhcn"]"#)).await;
    let after = after["updateAgency"]["agency"].clone();
    assert_eq!((&after["name"], &after["en"]), (&json!("Trung tâm khác"), &json!("Trung tâm Dữ liệu")));
    assert_eq!((&after["validTo"], &after["successors"]), (&json!("2026-02"), &json!([{ "code": "pt-skhcn" }])));
    assert_eq!(registrar.refused(&change(1, "validTo: null")).await.0, "PRECONDITION_FAILED");
    let after = registrar.ask(&change(2, "validTo: null, successors: []")).await["updateAgency"]["agency"].clone();
    assert_eq!((&after["validTo"], &after["successors"]), (&json!(null), &json!([])));
    assert_eq!(
        registrar.bad_fields(&change(3, r#"nameVi: " ""#)).await,
        [("nameVi".to_owned(), "REQUIRED".to_owned())]
    );
    assert_eq!(
        registrar.bad_fields(&change(3, r#"successors: ["pt-ttdl"]"#)).await,
        [("successors[0]".to_owned(), "ITSELF".to_owned())]
    );
    let other = super::ask(&db, r#"{ agency(code: "qn-stttt") { id version } }"#).await["agency"].clone();
    let query = format!(
        "mutation {{ updateAgency(input: {{ id: {}, version: {}, nameVi: \"x\" }}) {FIELDS} }}",
        other["id"], other["version"]
    );
    assert_eq!(registrar.refused(&query).await.0, "FORBIDDEN");
}

async fn every_field_of_an_agency_is_corrected(db: TestDb) {
    const ALL: &str = "{ agency { id kind area { code } parent { code } validFrom validTo source { title } version } }";
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let made = registrar.ask(&create("pt-ttdl", r#"area: "25", parent: "pt-skhcn""#)).await["createAgency"].clone();
    let change = |version: i32, what: &str| {
        let id = &made["agency"]["id"];
        format!("mutation {{ updateAgency(input: {{ id: {id}, version: {version}, {what} }}) {ALL} }}")
    };
    let query =
        change(1, r#"kind: PEOPLES_COMMITTEE, parent: "pt-ubnd", validFrom: "2025-07", source: { title: "Báo" }"#);
    let after = registrar.ask(&query).await["updateAgency"]["agency"].clone();
    let mut expected = json!({
        "id": made["agency"]["id"], "kind": "PEOPLES_COMMITTEE", "area": { "code": "25" }, "parent": { "code": "pt-ubnd" },
        "validFrom": "2025-07", "validTo": null, "source": { "title": "Báo" }, "version": 2,
    });
    assert_eq!(after, expected);
    let refused = [
        (r#"validTo: "2024""#, "validTo", "OUT_OF_ORDER"),
        (r#"area: "00""#, "area", "UNKNOWN_AREA"),
        (r#"parent: "none""#, "parent", "UNKNOWN_AGENCY"),
        (r#"parent: "pt-ttdl""#, "parent", "CIRCULAR"),
        (r#"source: { title: " " }"#, "source.title", "REQUIRED"),
    ];
    for (what, path, code) in refused {
        assert_eq!(registrar.bad_fields(&change(2, what)).await, faults(&[(path, code)]), "{what}");
    }
    let above = super::ask(&db, r#"{ agency(code: "pt-ubnd") { id version } }"#).await["agency"].clone();
    let circle = format!(
        r#"mutation {{ updateAgency(input: {{ id: {}, version: {}, parent: "pt-ttdl" }}) {ALL} }}"#,
        above["id"], above["version"]
    );
    assert_eq!(registrar.bad_fields(&circle).await, faults(&[("parent", "CIRCULAR")]));
    // Both the old and the new area must be the caller's, and so must the parents.
    for what in [r#"area: "33""#, "area: null", r#"parent: "qn-stttt""#] {
        assert_eq!(registrar.refused(&change(2, what)).await.0, "FORBIDDEN", "{what}");
    }
    let country = somebody(&db, "toan", &[Role::Registrar], Some("VN")).await;
    let moved = country.ask(&change(2, r#"area: "33", parent: null, validFrom: null, source: null"#)).await;
    expected["area"]["code"] = json!("33");
    for cleared in ["parent", "validFrom", "source"] {
        expected[cleared] = json!(null);
    }
    expected["version"] = json!(3);
    assert_eq!(moved["updateAgency"]["agency"], expected);
    assert_eq!(registrar.refused(&change(3, r#"nameVi: "x""#)).await.0, "FORBIDDEN");
    let log = audited(&db, "pt-ttdl").await;
    assert_eq!(
        log[1]["changes"],
        json!([
            { "field": "kind", "before": "PUBLIC_SERVICE_UNIT", "after": "PEOPLES_COMMITTEE" },
            { "field": "parent", "before": "pt-skhcn", "after": "pt-ubnd" },
            { "field": "validFrom", "before": null, "after": "2025-07" },
            { "field": "source", "before": null, "after": "Báo" },
        ])
    );
    let last = log.as_array().expect("entries").last().expect("an entry")["changes"].clone();
    assert_eq!(last[0], json!({ "field": "area", "before": "25; 2025-07-01", "after": "33; 2025-07-01" }));
}

async fn two_at_once_of_which_one_wins(db: TestDb) {
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let made = registrar.ask(&create("pt-ttdl", r#"area: "25""#)).await["createAgency"]["agency"].clone();
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..10 {
        let (registrar, id) = (registrar.clone(), made["id"].clone());
        tries.spawn(async move {
            let query =
                format!("mutation {{ updateAgency(input: {{ id: {id}, version: 1, nameVi: \"Tên {n}\" }}) {FIELDS} }}");
            registrar.send(&query).await.json()
        });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let stale =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "PRECONDITION_FAILED").count();
    assert_eq!((won, stale), (1, 9), "{answers:?}");
}
