//! What a list names: no more than is looked up in one go, each thing once, and what is wrong with it in its order.

use serde_json::{Value, json};

use super::{
    granting,
    life::to,
    linking::{create, created, registrar, stand, two_systems, update},
    people::{Asker, sign_in},
    traces::faults,
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_list_of_legal_documents_is_no_longer_than_a_hundred,
    what_is_wrong_with_a_list_is_told_in_its_order,
    a_system_has_each_other_name_once,
}

/// A list of so many codes, or names.
fn many(count: usize) -> String {
    json!((0..count).map(|n| format!("x{n}")).collect::<Vec<_>>()).to_string()
}

async fn document(asker: &Asker) -> Value {
    let query = r#"{ legalDocument(code: "61-2018-nd-cp") { id version supersededBy { code } } }"#;
    asker.ask(query).await["legalDocument"].clone()
}

fn superseded(document: &Value, by: &str) -> String {
    let (id, version) = (&document["id"], &document["version"]);
    format!(
        "mutation {{ updateLegalDocument(input: {{ id: {id}, version: {version}, supersededBy: {by} }}) {{ legalDocument {{ version supersededBy {{ code }} }} }} }}"
    )
}

async fn a_list_of_legal_documents_is_no_longer_than_a_hundred(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let too_many = faults(&[("legalBasis", "TOO_MANY")]);
    let agreement = granting::agreed(&lan, "1/TT").await;
    let link = created(&lan, "").await;
    let long = many(101);
    let law = format!(", legalBasis: {long}");
    let agree = granting::create("2/TT", r#"validFrom: "2026-01-01""#)
        .replace(r#"legalBasis: ["278-2025-nd-cp"]"#, &format!("legalBasis: {long}"));
    let change = format!(
        "mutation {{ updateAgreement(input: {{ id: {}, version: {}, legalBasis: {long} }}) {{ agreement {{ version }} }} }}",
        agreement["id"], agreement["version"]
    );
    for query in [
        create("other", ["pt-a", "hy-b"], &law),
        update(&link, &format!("legalBasis: {long}")),
        to(&link, "REQUESTED", &law),
        agree,
        change,
    ] {
        assert_eq!(lan.bad_fields(&query).await, too_many, "{}", &query[..60]);
    }
    let old = document(&lan).await;
    let country = sign_in(&lan, "binh").await;
    assert_eq!(country.bad_fields(&superseded(&old, &long)).await, faults(&[("supersededBy", "TOO_MANY")]));
    // A hundred are looked up, each once.
    let law = format!("legalBasis: {}", many(100));
    let unknown = lan.bad_fields(&update(&link, &law)).await;
    assert_eq!((unknown.len(), unknown[99].0.as_str()), (100, "legalBasis[99]"));
    let same = json!(vec!["278-2025-nd-cp"; 100]);
    let after = lan.ask(&update(&link, &format!("legalBasis: {same}"))).await["updateDataLink"]["dataLink"].clone();
    assert_eq!(after["legalBasis"], json!([{ "code": "278-2025-nd-cp" }]));
}

async fn what_is_wrong_with_a_list_is_told_in_its_order(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    stand(&db, &link, "REQUESTED").await;
    let laws =
        r#", legalBasis: ["61-2018-nd-cp", "x", "278-2025-nd-cp", "13-2023-nd-cp", " x ", "61-2018-nd-cp", "y"]"#;
    assert_eq!(
        lan.bad_fields(&to(&link, "UNDER_REVIEW", laws)).await,
        faults(&[
            ("legalBasis[0]", "NOT_IN_FORCE"),
            ("legalBasis[1]", "UNKNOWN_LEGAL_DOCUMENT"),
            ("legalBasis[3]", "NOT_IN_FORCE"),
            ("legalBasis[6]", "UNKNOWN_LEGAL_DOCUMENT"),
        ])
    );
    let old = document(&lan).await;
    let by = r#"["278-2025-nd-cp", "x", "61-2018-nd-cp", "y", "x"]"#;
    let country = sign_in(&lan, "binh").await;
    assert_eq!(
        country.bad_fields(&superseded(&old, by)).await,
        faults(&[
            ("supersededBy[1]", "UNKNOWN_LEGAL_DOCUMENT"),
            ("supersededBy[2]", "ITSELF"),
            ("supersededBy[3]", "UNKNOWN_LEGAL_DOCUMENT"),
        ])
    );
    let by = r#"["278-2025-nd-cp", " 278-2025-nd-cp "]"#;
    let after = country.ask(&superseded(&old, by)).await["updateLegalDocument"]["legalDocument"].clone();
    assert_eq!(after["supersededBy"], json!([{ "code": "278-2025-nd-cp" }]));
}

async fn a_system_has_each_other_name_once(db: TestDb) {
    let lan = registrar(&db).await;
    let create = |code: &str, aliases: &str| {
        format!(
            r#"mutation {{ createInformationSystem(input: {{ code: "{code}", nameVi: "Kho", aliases: {aliases}, kind: DATABASE, status: OPERATING, scope: PROVINCE, area: "25", source: {{ title: "Công báo" }} }}) {{ informationSystem {{ id version aliases }} }} }}"#
        )
    };
    let too_many = faults(&[("aliases", "TOO_MANY")]);
    assert_eq!(lan.bad_fields(&create("pt-x", &many(51))).await, too_many);
    let query = create("pt-x", r#"["Kho số", "b", " Kho số ", "b"]"#);
    let made = lan.ask(&query).await["createInformationSystem"]["informationSystem"].clone();
    assert_eq!(made["aliases"], json!(["Kho số", "b"]));
    let correct = |aliases: &str| {
        let (id, version) = (&made["id"], &made["version"]);
        format!(
            "mutation {{ updateInformationSystem(input: {{ id: {id}, version: {version}, aliases: {aliases} }}) {{ informationSystem {{ version aliases }} }} }}"
        )
    };
    assert_eq!(lan.bad_fields(&correct(&many(51))).await, too_many);
    let same = lan.ask(&correct(r#"["Kho số", "Kho số", "b"]"#)).await["updateInformationSystem"].clone();
    assert_eq!(same["informationSystem"], json!({ "version": 1, "aliases": ["Kho số", "b"] }));
    let all = lan.ask(&correct(&many(50))).await["updateInformationSystem"]["informationSystem"]["aliases"].clone();
    assert_eq!(all.as_array().map(Vec::len), Some(50));
}
