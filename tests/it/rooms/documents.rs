//! Legal documents are kept: created, changed as far as they have not changed since, and every fault is told.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    people::somebody,
    traces::{audited, faults},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_document_is_created_once,
    a_document_is_changed_as_far_as_it_is_the_one_that_was_seen,
    what_identifies_a_document_is_corrected,
    every_fault_of_a_document_is_told,
    what_changed_stands_in_the_log,
}

const FIELDS: &str =
    "{ legalDocument { id code number title inForceFrom inForceTo verified status supersededBy { code } version } }";

async fn a_document_is_created_once(db: TestDb) {
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let create = format!(
        r#"mutation {{ createLegalDocument(input: {{ code: "1-2026-qd-ubnd", number: " 1/2026/QĐ-UBND ", kind: "DECISION", title: "Về việc chia sẻ", issuedOn: "2026-01", inForceFrom: "2026-01-10" }}) {FIELDS} }}"#
    );
    let made = registrar.ask(&create).await["createLegalDocument"]["legalDocument"].clone();
    assert_eq!(made["number"], "1/2026/QĐ-UBND");
    assert_eq!((&made["status"], &made["verified"], &made["version"]), (&json!("IN_FORCE"), &json!(false), &json!(1)));
    assert_eq!(registrar.bad_fields(&create).await, [("code".to_owned(), "TAKEN".to_owned())]);
    let found = super::ask(
        &db,
        r#"{ legalDocuments(filter: { text: "chia se", numbers: ["1/2026/QĐ-UBND"] }) { nodes { code } } }"#,
    )
    .await;
    assert_eq!(found["legalDocuments"]["nodes"], json!([{ "code": "1-2026-qd-ubnd" }]));
}

async fn a_document_is_changed_as_far_as_it_is_the_one_that_was_seen(db: TestDb) {
    let registrar = somebody(&db, "binh", &[Role::Registrar], Some("VN")).await;
    let before = registrar
        .ask(r#"{ legalDocument(code: "61-2018-nd-cp") { id version title inForceTo supersededBy { code } } }"#)
        .await["legalDocument"]
        .clone();
    let change = |version: i64, what: &str| {
        format!(
            "mutation {{ updateLegalDocument(input: {{ id: {}, version: {version}, {what} }}) {FIELDS} }}",
            before["id"]
        )
    };
    let version = before["version"].as_i64().expect("a number");
    let ask = async |query: String| registrar.ask(&query).await["updateLegalDocument"]["legalDocument"].clone();
    let after = ask(change(
        version,
        r#"title: "Tên mới", supersededBy: ["278-2025-nd-cp", "118-2025-nd-cp", "278-2025-nd-cp"]"#,
    ))
    .await;
    assert_eq!((&after["title"], &after["version"]), (&json!("Tên mới"), &json!(version + 1)));
    assert_eq!(after["supersededBy"].as_array().map(Vec::len), Some(2));
    // What is left out stays.
    assert_eq!(after["inForceTo"], before["inForceTo"]);
    let (code, said) = registrar.refused(&change(version, "verified: true")).await;
    assert_eq!(code, "PRECONDITION_FAILED");
    assert!(said.ends_with(&format!("its version is {} now.", version + 1)), "{said}");
    // Null clears; nothing new is no change.
    let after = ask(change(version + 1, "title: null, inForceTo: null")).await;
    assert_eq!(
        (&after["title"], &after["inForceTo"], &after["version"]),
        (&Value::Null, &Value::Null, &json!(version + 2))
    );
    let same = ask(change(version + 2, "title: null")).await;
    assert_eq!(same["version"], version + 2);
}

async fn every_fault_of_a_document_is_told(db: TestDb) {
    let registrar = somebody(&db, "binh", &[Role::Registrar], Some("VN")).await;
    let query = r#"mutation { createLegalDocument(input: { code: "1/QĐ", number: " ", kind: "", inForceFrom: "2026-02-01", inForceTo: "2026-01-01" }) { legalDocument { id } } }"#;
    let bad = registrar.bad_fields(query).await;
    let bad: Vec<_> = bad.iter().map(|(path, code)| (path.as_str(), code.as_str())).collect();
    assert_eq!(
        bad,
        [("code", "INVALID"), ("number", "REQUIRED"), ("kind", "REQUIRED"), ("inForceTo", "ENDS_BEFORE_IT_BEGINS")]
    );
    let id = registrar.ask(r#"{ legalDocument(code: "61-2018-nd-cp") { id } }"#).await["legalDocument"]["id"].clone();
    let change =
        |what: &str| format!("mutation {{ updateLegalDocument(input: {{ id: {id}, version: 1, {what} }}) {FIELDS} }}");
    assert_eq!(
        registrar.bad_fields(&change(r#"supersededBy: ["nonsense"]"#)).await,
        [("supersededBy[0]".to_owned(), "UNKNOWN_LEGAL_DOCUMENT".to_owned())]
    );
    assert_eq!(
        registrar.bad_fields(&change(r#"supersededBy: ["61-2018-nd-cp"]"#)).await,
        [("supersededBy[0]".to_owned(), "ITSELF".to_owned())]
    );
    let nobody = r#"mutation { updateLegalDocument(input: { id: "UGxhbjox", version: 1 }) { legalDocument { id } } }"#;
    assert_eq!(registrar.refused(nobody).await.0, "NOT_FOUND");
}

async fn what_identifies_a_document_is_corrected(db: TestDb) {
    const ALL: &str = "{ legalDocument { id number kind issuer issuedOn issuingAgency { code } version } }";
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let create = format!(
        r#"mutation {{ createLegalDocument(input: {{ code: "1-2026-qd", number: "1/2026/QĐ-UBN", kind: "DECISIO", issuedOn: "2025" }}) {ALL} }}"#
    );
    let made = registrar.ask(&create).await["createLegalDocument"]["legalDocument"].clone();
    let change = |version: i32, what: &str| {
        let id = &made["id"];
        format!("mutation {{ updateLegalDocument(input: {{ id: {id}, version: {version}, {what} }}) {ALL} }}")
    };
    let query = change(
        1,
        r#"number: " 1/2026/QĐ-UBND ", kind: "DECISION", issuer: "UBND tỉnh", issuedOn: "2026-01-05", issuingAgency: "pt-ubnd""#,
    );
    let after = registrar.ask(&query).await["updateLegalDocument"]["legalDocument"].clone();
    let expected = json!({
        "id": made["id"], "number": "1/2026/QĐ-UBND", "kind": "DECISION", "issuer": "UBND tỉnh", "issuedOn": "2026-01-05",
        "issuingAgency": { "code": "pt-ubnd" }, "version": 2,
    });
    assert_eq!(after, expected);
    let found = super::ask(&db, r#"{ legalDocuments(filter: { text: "qd-ubnd" }) { nodes { code } } }"#).await;
    assert!(found["legalDocuments"]["nodes"].to_string().contains("1-2026-qd"), "{found}");
    assert_eq!(
        registrar.bad_fields(&change(2, r#"number: " ", kind: """#)).await,
        faults(&[("number", "REQUIRED"), ("kind", "REQUIRED")])
    );
    // An area does not turn its document into one of a national authority.
    for what in [r#"kind: "DECREE""#, r#"number: "1/2026/NĐ-CP""#] {
        assert_eq!(registrar.refused(&change(2, what)).await.0, "FORBIDDEN", "{what}");
    }
    let cleared = registrar.ask(&change(2, "issuer: null, issuedOn: null")).await;
    let cleared = &cleared["updateLegalDocument"]["legalDocument"];
    assert_eq!(
        (&cleared["issuer"], &cleared["issuedOn"], &cleared["version"]),
        (&json!(null), &json!(null), &json!(3))
    );
    let log = audited(&db, "1-2026-qd").await;
    assert_eq!(
        log[1]["changes"],
        json!([
            { "field": "number", "before": "1/2026/QĐ-UBN", "after": "1/2026/QĐ-UBND" },
            { "field": "kind", "before": "DECISIO", "after": "DECISION" },
            { "field": "issuer", "before": null, "after": "UBND tỉnh" },
            { "field": "issuedOn", "before": "2025", "after": "2026-01-05" },
            { "field": "issuingAgency", "before": null, "after": "pt-ubnd" },
            // The agency is recorded for the province that held this code before the merger.
            { "field": "area", "before": "25; 2025-07-01", "after": "25" },
        ])
    );
}

async fn what_changed_stands_in_the_log(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let found =
        admin.ask(r#"{ legalDocument(code: "61-2018-nd-cp") { id version title } }"#).await["legalDocument"].clone();
    admin.ask(&format!("mutation {{ updateLegalDocument(input: {{ id: {}, version: {}, title: \"Khác\" }}) {{ legalDocument {{ version }} }} }}", found["id"], found["version"])).await;
    let log = admin.ask("{ auditEntries(last: 1) { nodes { actor action resource outcome reason changes { field before after } } } }").await;
    // An administrator does this in an emergency only: others are there for it.
    assert_eq!(
        log["auditEntries"]["nodes"][0],
        json!({
            "actor": "user:chief", "action": "legalDocument.record", "resource": "61-2018-nd-cp", "outcome": "OK", "reason": "EMERGENCY",
            "changes": [{ "field": "title", "before": found["title"], "after": "Khác" }],
        })
    );
}
