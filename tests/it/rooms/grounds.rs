//! What agreements and links rest on: laws that are in force, agreements that bind. What is lacking is found.

use serde_json::{Value, json};

use super::{
    granting::{activate, agreed, create as agree},
    life::{approve, to},
    linking::{self, created, lacking, registrar, rest_on, stand, two_systems, updated},
    people::Asker,
    traces::faults,
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_law_that_is_no_longer_in_force_is_no_ground_for_anything_new,
    an_agreement_begins_only_while_a_law_of_its_is_in_force,
    an_agreement_carries_a_link_only_while_a_law_of_its_is_in_force,
}

/// The codes and words of the bad fields of the one error that a mutation answers.
async fn said(asker: &Asker, query: &str) -> Vec<String> {
    let answer = asker.send(query).await.json();
    let fields = answer["errors"][0]["extensions"]["fields"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    fields
        .iter()
        .map(|field| format!("{} {}", field["code"].as_str().unwrap_or(""), field["message"].as_str().unwrap_or("")))
        .collect()
}

/// From when on a law is not in force any more.
async fn ends(db: &TestDb, law: &str, last_day: &str) {
    db.execute(&format!("UPDATE legal_document SET in_force_to = '{last_day}' WHERE code = '{law}'")).await;
}

async fn a_law_that_is_no_longer_in_force_is_no_ground_for_anything_new(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let law =
        |query: String, laws: &str| query.replace(r#"legalBasis: ["278-2025-nd-cp"]"#, &format!("legalBasis: {laws}"));
    // One not in force yet, one of which no first day is known, one that is in force until the middle of the year.
    let rest = r#"validFrom: "2026-01-01""#;
    let laws = r#"["148-2025-qh15", "194-2025-nd-cp", "67-2006-qh11"]"#;
    lan.ask(&law(agree("1/TT", rest), laws)).await;
    // The agreement begins when that has given way.
    let later = r#"validFrom: "2026-07-01""#;
    assert_eq!(lan.bad_fields(&law(agree("2/TT", later), laws)).await, faults(&[("legalBasis[2]", "NOT_IN_FORCE")]));
    lan.ask(&law(agree("2/TT", r#"validFrom: "2026-06-30""#), laws)).await;
    // It began long ago: what counts is today.
    let old =
        law(agree("3/TT", r#"validFrom: "2025-06-01""#), r#"["278-2025-nd-cp", "61-2018-nd-cp", "13-2023-nd-cp"]"#);
    assert_eq!(
        said(&lan, &old).await,
        [
            r#"NOT_IN_FORCE The legal document "61-2018-nd-cp" is no longer in force (2025-06-08); it gave way to "118-2025-nd-cp"."#,
            r#"NOT_IN_FORCE The legal document "13-2023-nd-cp" is no longer in force (2025-12-31); it gave way to "91-2025-qh15", "356-2025-nd-cp"."#,
        ]
    );
    db.execute("DELETE FROM legal_succession").await;
    let alone = r#"NOT_IN_FORCE The legal document "61-2018-nd-cp" is no longer in force (2025-06-08)."#;
    assert_eq!(said(&lan, &old).await[0], alone);
    // The same of links: created, changed, taken a step further.
    let basis = |laws: &str| format!(", legalBasis: {laws}");
    let expired = r#"["148-2025-qh15", "61-2018-nd-cp"]"#;
    let fault = faults(&[("legalBasis[1]", "NOT_IN_FORCE")]);
    assert_eq!(lan.bad_fields(&linking::create("x", ["pt-a", "hy-b"], &basis(expired))).await, fault);
    let mut link = created(&lan, &basis(r#"["67-2006-qh11"]"#)).await;
    assert_eq!(lan.bad_fields(&linking::update(&link, &format!("legalBasis: {expired}"))).await, fault);
    // What it rested on before goes on to say so.
    ends(&db, "67-2006-qh11", "2026-01-14").await;
    link = updated(&lan, &link, r#"legalBasis: ["67-2006-qh11", "278-2025-nd-cp"]"#).await;
    assert_eq!(link["legalBasis"].as_array().map(Vec::len), Some(2));
    stand(&db, &link, "UNDER_REVIEW").await;
    let refusal = format!(r#", reason: "x" {}"#, basis(expired));
    assert_eq!(lan.bad_fields(&to(&link, "REJECTED", &refusal)).await, fault);
    assert_eq!(lan.bad_fields(&to(&link, "APPROVED", &basis(expired))).await, fault);
}

async fn an_agreement_begins_only_while_a_law_of_its_is_in_force(db: TestDb) {
    let lan = registrar(&db).await;
    let made = |answer: Value| answer["createAgreement"]["agreement"].clone();
    let both = r#"legalBasis: ["278-2025-nd-cp", "118-2025-nd-cp"]"#;
    let of_both = |query: String| query.replace(r#"legalBasis: ["278-2025-nd-cp"]"#, both);
    let today = made(lan.ask(&of_both(agree("1/TT", r#"validFrom: "2026-01-01""#))).await);
    let later = made(lan.ask(&agree("2/TT", r#"validFrom: "2026-07-01""#)).await);
    // One of the two is in force to the end of its last day; the other begins after that.
    ends(&db, "118-2025-nd-cp", "2026-01-14").await;
    ends(&db, "278-2025-nd-cp", "2026-01-15").await;
    let dead = "None of the legal documents that the agreement rests on is in force any more.";
    assert_eq!(lan.refused(&activate(&later, 1)).await, ("CONFLICT".to_owned(), dead.to_owned()));
    let active = lan.ask(&activate(&today, 1)).await["activateAgreement"]["agreement"].clone();
    assert_eq!(active["status"], "ACTIVE");
    // It is in force when the agreement begins.
    ends(&db, "278-2025-nd-cp", "2026-07-01").await;
    lan.ask(&activate(&later, 1)).await;
}

async fn an_agreement_carries_a_link_only_while_a_law_of_its_is_in_force(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let agreement = agreed(&lan, "1/TT").await;
    let mut link = created(&lan, r#", expiresOn: "2026-06-30""#).await;
    link = updated(&lan, &link, &format!("agreement: {}", agreement["id"])).await;
    stand(&db, &link, "TESTING").await;
    let no_ground = faults(&[("legalBasis", "NO_GROUND")]);
    ends(&db, "278-2025-nd-cp", "2026-01-14").await;
    assert_eq!(lacking(&lan, &to(&link, "ACTIVE", "")).await, no_ground);
    ends(&db, "278-2025-nd-cp", "2026-01-15").await;
    // What it rests on itself is not taken away when that carries it no more.
    rest_on(&db, &link, "118-2025-nd-cp").await;
    stand(&db, &link, "ACTIVE").await;
    ends(&db, "278-2025-nd-cp", "2026-01-14").await;
    assert_eq!(lacking(&lan, &linking::update(&link, "legalBasis: null")).await, no_ground);
    ends(&db, "278-2025-nd-cp", "2026-01-15").await;
    let link = updated(&lan, &link, "legalBasis: null").await;
    assert_eq!(link["legalBasis"], json!([]));
}
