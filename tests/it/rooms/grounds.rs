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
    what_rests_on_a_law_that_has_expired_is_found_by_its_agreement_too,
    what_a_link_that_operates_lacks_is_told_and_found,
    of_every_link_the_field_and_the_filter_tell_the_same,
    links_are_found_by_their_agreement,
    decisions_that_are_overdue_are_found,
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

/// The codes of the links that a filter finds.
async fn found(asker: &Asker, filter: &str) -> Vec<String> {
    let query = format!("{{ dataLinks(first: 200, filter: {{ {filter} }}) {{ totalCount nodes {{ code }} }} }}");
    let links = asker.ask(&query).await["dataLinks"].clone();
    let nodes = links["nodes"].as_array().expect("links");
    assert_eq!(links["totalCount"], nodes.len(), "{filter}");
    nodes.iter().map(|link| link["code"].as_str().expect("a code").to_owned()).collect()
}

/// Whether a link that is known by its code is among those that a filter finds.
async fn finds(asker: &Asker, filter: &str) -> bool {
    found(asker, filter).await.contains(&"pt-a--hy-b".to_owned())
}

async fn what_rests_on_a_law_that_has_expired_is_found_by_its_agreement_too(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let agreement = agreed(&lan, "1/TT").await;
    let what = r#"legalBasis: ["278-2025-nd-cp", "118-2025-nd-cp"]"#;
    let put = format!(
        "mutation {{ updateAgreement(input: {{ id: {}, version: 2, {what} }}) {{ agreement {{ restsOnExpired }} }} }}",
        agreement["id"]
    );
    assert_eq!(lan.ask(&put).await["updateAgreement"]["agreement"]["restsOnExpired"], false);
    let link = created(&lan, r#", legalBasis: ["194-2025-nd-cp"]"#).await;
    let link = updated(&lan, &link, &format!("agreement: {}", agreement["id"])).await;
    let stranger = Asker::stranger(db.app().await);
    let query = r#"{ dataLink(code: "pt-a--hy-b") { restsOnExpired agreement { restsOnExpired } } yes: agreements(filter: { restsOnExpired: true }) { nodes { number } } no: agreements(filter: { restsOnExpired: false }) { nodes { number } } }"#;
    let told = async |asker: &Asker, yes: bool, agreement: Value, agreements: [Value; 2]| {
        let answer = asker.ask(query).await;
        assert_eq!(answer["dataLink"], json!({ "restsOnExpired": yes, "agreement": agreement }));
        assert_eq!([answer["yes"]["nodes"].clone(), answer["no"]["nodes"].clone()], agreements);
        assert_eq!(finds(asker, "restsOnExpired: true").await, yes);
        assert_eq!(finds(asker, "restsOnExpired: false").await, !yes);
    };
    let (one, none) = (json!([{ "number": "1/TT" }]), json!([]));
    told(&lan, false, json!({ "restsOnExpired": false }), [none.clone(), one.clone()]).await;
    // Any of them is enough, though another is in force.
    ends(&db, "118-2025-nd-cp", "2026-01-14").await;
    told(&lan, true, json!({ "restsOnExpired": true }), [one.clone(), none.clone()]).await;
    // Whoever does not see the agreement is not told what it rests on.
    told(&stranger, false, Value::Null, [none.clone(), none.clone()]).await;
    ends(&db, "118-2025-nd-cp", "2026-01-15").await;
    told(&lan, false, json!({ "restsOnExpired": false }), [none.clone(), one.clone()]).await;
    // What a link rests on itself everybody sees.
    rest_on(&db, &link, "61-2018-nd-cp").await;
    told(&lan, true, json!({ "restsOnExpired": false }), [none.clone(), one]).await;
    told(&stranger, true, Value::Null, [none.clone(), none]).await;
}

const NEEDS: [&str; 4] = ["GROUND", "SOURCE_APPROVAL", "TARGET_APPROVAL", "LAST_DAY"];

async fn what_a_link_that_operates_lacks_is_told_and_found(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let agreement = agreed(&lan, "1/TT").await;
    let link = created(&lan, "").await;
    let link = updated(&lan, &link, &format!("agreement: {}", agreement["id"])).await;
    let states = ["DRAFT", "TESTING", "ACTIVE", "MIGRATING", "SUSPENDED", "RETIRED"];
    let told = async |expected: &[&str]| {
        for state in states {
            let expected = if ["ACTIVE", "MIGRATING"].contains(&state) { expected } else { &[] };
            stand(&db, &link, state).await;
            let answer = lan.ask(r#"{ dataLink(code: "pt-a--hy-b") { lacking } }"#).await;
            assert_eq!(answer["dataLink"]["lacking"], json!(expected), "{state}");
            for need in NEEDS {
                let filter = format!("lacking: [{need}]");
                assert_eq!(finds(&lan, &filter).await, expected.contains(&need), "{state} {need}");
            }
            assert_eq!(
                finds(&lan, "lacking: [GROUND, LAST_DAY]").await,
                expected.iter().any(|need| { ["GROUND", "LAST_DAY"].contains(need) })
            );
            assert!(!finds(&lan, "lacking: []").await);
        }
        // It is what a step to ACTIVE would lack.
        stand(&db, &link, "SUSPENDED").await;
        let step = to(&link, "ACTIVE", "");
        let codes = [
            ("GROUND", "NO_GROUND"),
            ("SOURCE_APPROVAL", "SOURCE_NOT_APPROVED"),
            ("TARGET_APPROVAL", "TARGET_NOT_APPROVED"),
        ];
        let answer = lan.send(&step).await.json();
        let fields = answer["errors"][0]["extensions"]["fields"].as_array().cloned().unwrap_or_default();
        let of =
            |field: &Value| codes.iter().find(|(_, code)| field["code"] == *code).map_or("LAST_DAY", |(need, _)| need);
        assert_eq!(fields.iter().map(of).collect::<Vec<_>>(), expected, "{answer}");
    };
    told(&["SOURCE_APPROVAL", "TARGET_APPROVAL", "LAST_DAY"]).await;
    db.execute("UPDATE information_system SET security_level_approved = TRUE WHERE code = 'pt-a'").await;
    db.execute("UPDATE data_link SET no_expiry_reason = 'x' WHERE code = 'pt-a--hy-b'").await;
    told(&["TARGET_APPROVAL"]).await;
    db.execute("UPDATE information_system SET security_level_approved = FALSE WHERE code = 'pt-a'").await;
    approve(&db).await;
    for (set, lacking) in [
        ("valid_to = '2026-01-14'", true),
        ("valid_to = '2026-01-15'", false),
        ("activated_at = NULL", true),
        ("activated_at = '2026-01-01 00:00:00+00:00'", false),
        ("valid_from = '2026-01-16'", true),
        ("valid_from = '2026-01-15'", false),
    ] {
        db.execute(&format!("UPDATE agreement SET {set}")).await;
        if lacking {
            told(&["GROUND"]).await;
        } else {
            stand(&db, &link, "ACTIVE").await;
            assert!(!finds(&lan, "lacking: [GROUND, SOURCE_APPROVAL, TARGET_APPROVAL, LAST_DAY]").await, "{set}");
        }
    }
    ends(&db, "278-2025-nd-cp", "2026-01-14").await;
    told(&["GROUND"]).await;
    ends(&db, "278-2025-nd-cp", "2026-01-15").await;
    lan.ask(&format!(
        r#"mutation {{ revokeAgreement(input: {{ id: {}, reason: "x" }}) {{ agreement {{ id }} }} }}"#,
        agreement["id"]
    ))
    .await;
    told(&["GROUND"]).await;
    // A law of its own carries it as well: one in force, not one that is not yet.
    rest_on(&db, &link, "148-2025-qh15").await;
    told(&["GROUND"]).await;
    rest_on(&db, &link, "118-2025-nd-cp").await;
    stand(&db, &link, "ACTIVE").await;
    assert!(!finds(&lan, "lacking: [GROUND]").await);
    // What migrates does not end by itself when its last day is over.
    db.execute("UPDATE data_link SET status = 'MIGRATING', no_expiry_reason = NULL, expires_on = '2026-01-14' WHERE code = 'pt-a--hy-b'").await;
    assert!(finds(&lan, "lacking: [LAST_DAY]").await);
    db.execute("UPDATE data_link SET expires_on = '2026-01-15' WHERE code = 'pt-a--hy-b'").await;
    assert!(!finds(&lan, "lacking: [LAST_DAY]").await);
}

async fn of_every_link_the_field_and_the_filter_tell_the_same(db: TestDb) {
    let admin = super::granting::admin(&db).await;
    db.execute("UPDATE information_system SET security_level_approved = TRUE WHERE id % 3 = 0").await;
    db.execute("UPDATE data_link SET no_expiry_reason = 'x' WHERE id % 2 = 0").await;
    let query = "{ dataLinks(first: 200) { nodes { code status lacking } } }";
    let all = admin.ask(query).await["dataLinks"]["nodes"].as_array().expect("links").clone();
    for need in NEEDS {
        let lacks = |link: &&Value| link["lacking"].as_array().is_some_and(|needs| needs.contains(&json!(need)));
        let codes: Vec<String> =
            all.iter().filter(lacks).map(|link| link["code"].as_str().expect("a code").to_owned()).collect();
        assert_eq!(found(&admin, &format!("lacking: [{need}]")).await, codes, "{need}");
        assert!(!codes.is_empty() && codes.len() < all.len(), "{need}: {}", codes.len());
    }
    // Those who do not see the details of a link are not told what it lacks.
    let any = "lacking: [GROUND, SOURCE_APPROVAL, TARGET_APPROVAL, LAST_DAY]";
    let lan = registrar(&db).await;
    for (asker, places) in [(Asker::stranger(db.app().await), &[][..]), (lan, &["pt-", "vp-", "hb-"])] {
        let told = asker.ask(query).await["dataLinks"]["nodes"].as_array().expect("links").clone();
        let mut lacking = vec![];
        for link in &told {
            let code = link["code"].as_str().expect("a code");
            if link["lacking"] != json!([]) {
                assert!(places.iter().any(|place| code.contains(place)), "{code}");
                lacking.push(code.to_owned());
            }
        }
        assert_eq!(lacking.is_empty(), places.is_empty());
        assert_eq!(found(&asker, any).await, lacking);
    }
}

async fn links_are_found_by_their_agreement(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let (one, other) = (agreed(&lan, "1/TT").await, agreed(&lan, "2/TT").await);
    let link = created(&lan, "").await;
    updated(&lan, &link, &format!("agreement: {}", one["id"])).await;
    let of = |id: &Value| format!("agreement: {id}");
    assert_eq!(found(&lan, &of(&one["id"])).await, ["pt-a--hy-b"]);
    for nothing in [&other["id"], &json!("UGxhbjox"), &json!("x")] {
        assert_eq!(found(&lan, &of(nothing)).await, [] as [&str; 0], "{nothing}");
    }
    assert_eq!(found(&Asker::stranger(db.app().await), &of(&one["id"])).await, [] as [&str; 0]);
}

async fn decisions_that_are_overdue_are_found(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    let stranger = Asker::stranger(db.app().await);
    for (state, due, overdue) in [
        ("REQUESTED", "'2026-01-14'", true),
        ("UNDER_REVIEW", "'2026-01-14'", true),
        ("REQUESTED", "'2026-01-15'", false),
        ("REQUESTED", "NULL", false),
        ("APPROVED", "'2026-01-14'", false),
        ("DRAFT", "'2026-01-14'", false),
    ] {
        stand(&db, &link, state).await;
        db.execute(&format!("UPDATE data_link SET decision_due_on = {due} WHERE code = 'pt-a--hy-b'")).await;
        assert_eq!(finds(&lan, "decisionOverdue: true").await, overdue, "{state} {due}");
        assert_eq!(finds(&lan, "decisionOverdue: false").await, !overdue, "{state} {due}");
        // By when it is to be decided is not for everybody.
        assert_eq!(found(&stranger, "decisionOverdue: true").await, [] as [&str; 0]);
        assert_eq!(found(&stranger, "decisionOverdue: false").await, [] as [&str; 0]);
    }
}
