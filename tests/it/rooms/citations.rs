//! Legal documents with their validity, and bodies with their successors.

use serde_json::json;

use super::ask;
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_legal_document_stands_as_of_the_day,
    a_document_names_what_took_its_place,
    documents_are_found_by_how_they_stand_today,
    a_body_names_the_body_that_it_became,
}

async fn a_legal_document_stands_as_of_the_day(db: TestDb) {
    let query = r#"{ legalDocument(code: "47-2020-nd-cp") { number verified before: status(on: "2025-10-21") after: status(on: "2025-10-22") today: status inForceTo } next: legalDocument(code: "331-2026-nd-cp") { status inForceFrom } }"#;
    let answer = ask(&db, query).await;
    let decree = &answer["legalDocument"];
    assert_eq!([&decree["after"], &decree["today"]], ["EXPIRED", "EXPIRED"]);
    assert_eq!([&decree["number"], &decree["inForceTo"]], ["47/2020/NĐ-CP", "2025-10-21"]);
    assert_eq!(decree["verified"], false);
    assert_eq!([&answer["next"]["status"], &answer["next"]["inForceFrom"]], ["NOT_YET", "2026-08-19"]);
}

async fn a_document_names_what_took_its_place(db: TestDb) {
    let query = r#"{ legalDocument(code: "13-2023-nd-cp") { supersededBy { number status } } }"#;
    assert_eq!(
        ask(&db, query).await["legalDocument"]["supersededBy"],
        json!([
            { "number": "91/2025/QH15", "status": "IN_FORCE" },
            { "number": "356/2025/NĐ-CP", "status": "IN_FORCE" },
        ])
    );
}

async fn documents_are_found_by_how_they_stand_today(db: TestDb) {
    let query = r#"{ all: legalDocuments(first: 200) { totalCount nodes { status } } notYet: legalDocuments(filter: { statuses: [NOT_YET] }, first: 200) { totalCount } inForce: legalDocuments(filter: { statuses: [IN_FORCE] }, first: 200) { totalCount } expired: legalDocuments(filter: { statuses: [EXPIRED] }, first: 200) { totalCount } unknown: legalDocuments(filter: { statuses: [UNKNOWN, PARTLY_EXPIRED] }, first: 200) { totalCount } }"#;
    let answer = ask(&db, query).await;
    for (alias, status) in
        [("notYet", "NOT_YET"), ("inForce", "IN_FORCE"), ("expired", "EXPIRED"), ("unknown", "UNKNOWN")]
    {
        let told = answer["all"]["nodes"].as_array().expect("nodes").iter().filter(|n| n["status"] == status).count();
        assert_eq!(answer[alias]["totalCount"], told, "{status}");
        assert_ne!(told, 0, "{status}");
    }
}

async fn a_body_names_the_body_that_it_became(db: TestDb) {
    let query = r#"{ agency(code: "qn-stttt") { kind validTo area { name } successors { code name validFrom } } unknown: agency(code: "none") { code } }"#;
    assert_eq!(
        ask(&db, query).await,
        json!({
            "agency": {
                "kind": "DEPARTMENT", "validTo": "2025", "area": { "name": "Quảng Ninh" },
                "successors": [{ "code": "qn-skhcn", "name": "Sở Khoa học và Công nghệ tỉnh Quảng Ninh", "validFrom": "2025" }],
            },
            "unknown": null,
        })
    );
}
