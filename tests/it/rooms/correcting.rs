//! What is wrong with an information system is corrected, by registrars of where it lies.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    agreements::agree,
    linking::{agreement, created, registrar, two_systems, updated},
    people::{Asker, somebody},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    everything_that_is_told_of_a_system_can_be_corrected,
    a_system_does_not_belong_to_itself,
    a_system_moves_only_between_areas_that_are_the_registrars,
    an_agreement_stays_when_an_owner_changes,
}

const FIELDS: &str = "{ informationSystem { id code name acronym aliases kind scope generic area { code validFrom } owner { code } operator { code } parent { code } version } }";

async fn seen(db: &TestDb, code: &str) -> Value {
    let query = format!(r#"{{ informationSystem(code: "{code}") {{ id version }} }}"#);
    super::ask(db, &query).await["informationSystem"].clone()
}

fn correction(system: &Value, what: &str) -> String {
    let (id, version) = (&system["id"], &system["version"]);
    format!("mutation {{ updateInformationSystem(input: {{ id: {id}, version: {version}, {what} }}) {FIELDS} }}")
}

/// Corrects a system as it is now.
async fn corrected(asker: &Asker, db: &TestDb, code: &str, what: &str) -> Value {
    let query = correction(&seen(db, code).await, what);
    asker.ask(&query).await["updateInformationSystem"]["informationSystem"].clone()
}

async fn everything_that_is_told_of_a_system_can_be_corrected(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let what = r#"acronym: " KDL ", aliases: ["Kho số ", "Kho"], kind: DATA_WAREHOUSE, scope: NATIONAL, generic: true, owner: "pt-skhcn", operator: "pt-ubnd", parent: "pt-lgsp""#;
    let after = corrected(&lan, &db, "pt-a", what).await;
    let expected = json!({
        "id": after["id"], "code": "pt-a", "name": "Hệ thống", "acronym": "KDL", "aliases": ["Kho số", "Kho"],
        "kind": "DATA_WAREHOUSE", "scope": "NATIONAL", "generic": true, "area": { "code": "25", "validFrom": "2025-07-01" },
        "owner": { "code": "pt-skhcn" }, "operator": { "code": "pt-ubnd" }, "parent": { "code": "pt-lgsp" }, "version": 2,
    });
    assert_eq!(after, expected);
    assert_eq!(corrected(&lan, &db, "pt-a", what).await, expected, "what is said again changes nothing");
    let found = super::ask(&db, r#"{ informationSystems(filter: { text: "kho so" }) { nodes { code } } }"#).await;
    assert_eq!(found["informationSystems"]["nodes"], json!([{ "code": "pt-a" }]));
    let cleared =
        corrected(&lan, &db, "pt-a", "acronym: null, aliases: null, owner: null, operator: null, parent: null").await;
    for (field, expected) in [
        ("acronym", json!(null)),
        ("aliases", json!([])),
        ("owner", json!(null)),
        ("operator", json!(null)),
        ("parent", json!(null)),
        ("version", json!(3)),
    ] {
        assert_eq!(cleared[field], expected, "{field}");
    }
    assert_eq!(told(&db, "INFORMATION_SYSTEM", "pt-a").await, 3);
    assert_eq!(
        audited(&db, "pt-a").await[1]["changes"],
        json!([
            { "field": "acronym", "before": null, "after": "KDL" },
            { "field": "aliases", "before": "[]", "after": r#"["Kho số","Kho"]"# },
            { "field": "kind", "before": "DATABASE", "after": "DATA_WAREHOUSE" },
            { "field": "scope", "before": "PROVINCE", "after": "NATIONAL" },
            { "field": "generic", "before": "false", "after": "true" },
            { "field": "owner", "before": "pt-ubnd", "after": "pt-skhcn" },
            { "field": "operator", "before": null, "after": "pt-ubnd" },
            { "field": "parent", "before": null, "after": "pt-lgsp" },
        ])
    );
    let what = r#"acronym: "a\nb", aliases: ["x", ""], kind: null, scope: null, generic: null, on: "2026-01-01", owner: "nobody", operator: "nobody", parent: "nothing""#;
    assert_eq!(
        lan.bad_fields(&correction(&cleared, what)).await,
        faults(&[
            ("kind", "REQUIRED"),
            ("scope", "REQUIRED"),
            ("generic", "REQUIRED"),
            ("acronym", "CONTROL_CHARACTER"),
            ("aliases[1]", "REQUIRED"),
            ("on", "NOT_APPLICABLE"),
            ("owner", "UNKNOWN_AGENCY"),
            ("operator", "UNKNOWN_AGENCY"),
            ("parent", "UNKNOWN_INFORMATION_SYSTEM"),
        ])
    );
    assert_eq!(
        lan.bad_fields(&correction(&cleared, r#"area: "26", on: "2026-01-15""#)).await,
        faults(&[("area", "UNKNOWN_AREA")]),
        "nobody holds that code any more"
    );
}

async fn a_system_does_not_belong_to_itself(db: TestDb) {
    let country = somebody(&db, "chi", &[Role::Registrar], Some("VN")).await;
    two_systems(&db).await;
    let itself = faults(&[("parent", "ITSELF")]);
    let query = correction(&seen(&db, "pt-a").await, r#"parent: "pt-a""#);
    assert_eq!(country.bad_fields(&query).await, itself);
    // Around two corners.
    corrected(&country, &db, "hy-b", r#"parent: "pt-a""#).await;
    corrected(&country, &db, "qn-wan", r#"parent: "hy-b""#).await;
    for parent in ["hy-b", "qn-wan"] {
        let query = correction(&seen(&db, "pt-a").await, &format!(r#"parent: "{parent}""#));
        assert_eq!(country.bad_fields(&query).await, itself, "{parent}");
    }
    assert_eq!(corrected(&country, &db, "qn-wan", r#"parent: "pt-a""#).await["parent"]["code"], "pt-a");
}

async fn a_system_moves_only_between_areas_that_are_the_registrars(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    created(&lan, r#", purpose: "tra cứu""#).await;
    for (code, area) in [("pt-a", r#""33""#), ("pt-a", "null"), ("hy-b", r#""25""#), ("vn-ndxp", r#""25""#)] {
        let query = correction(&seen(&db, code).await, &format!("area: {area}"));
        assert_eq!(lan.refused(&query).await.0, "FORBIDDEN", "{code} to {area}");
    }
    // A predecessor's code, on a day of its own, is theirs too.
    let after = corrected(&lan, &db, "pt-a", r#"area: "26", on: "2025-06-30""#).await;
    assert_eq!(after["area"]["code"], "26");
    let country = super::people::sign_in(&lan, "binh").await;
    // Its links lie where it lies.
    let purpose = async |asker: &Asker| {
        asker.ask(r#"{ dataLink(code: "pt-a--hy-b") { purpose } }"#).await["dataLink"]["purpose"].clone()
    };
    let there = somebody(&db, "xa-la", &[Role::Registrar], Some("22")).await;
    assert_eq!((purpose(&lan).await, purpose(&there).await), (json!("tra cứu"), json!(null)));
    let after = corrected(&country, &db, "pt-a", r#"area: "22""#).await;
    assert_eq!(after["area"]["code"], "22");
    assert_eq!((purpose(&lan).await, purpose(&there).await), (json!(null), json!("tra cứu")));
    let after = corrected(&country, &db, "pt-a", "area: null").await;
    assert_eq!(after["area"], json!(null));
    assert_eq!((purpose(&lan).await, purpose(&there).await), (json!(null), json!(null)));
    let moves: Vec<Value> = audited(&db, "pt-a").await.as_array().expect("entries")[1..]
        .iter()
        .map(|entry| entry["changes"][0].clone())
        .collect();
    assert_eq!(
        moves,
        [
            json!({ "field": "area", "before": "25 (2025-07-01)", "after": "26" }),
            json!({ "field": "area", "before": "26", "after": "22" }),
            json!({ "field": "area", "before": "22", "after": null }),
        ]
    );
}

async fn an_agreement_stays_when_an_owner_changes(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    agree(&db, "nobody").await;
    let link = created(&lan, "").await;
    let what = format!("agreement: {}", agreement(&lan, "1/TT").await);
    let link = updated(&lan, &link, &what).await;
    corrected(&lan, &db, "pt-a", r#"owner: "pt-skhcn""#).await;
    let link = updated(&lan, &link, r#"carries: "x""#).await;
    assert_eq!(link["agreement"]["number"], "1/TT", "what was agreed is not undone");
    let link = updated(&lan, &link, "agreement: null").await;
    let query = format!(
        "mutation {{ updateDataLink(input: {{ id: {}, version: {}, {what} }}) {{ dataLink {{ id }} }} }}",
        link["id"], link["version"]
    );
    assert_eq!(
        lan.bad_fields(&query).await,
        faults(&[("agreement", "NOT_A_PARTY")]),
        "it is asked when it is given one"
    );
}
