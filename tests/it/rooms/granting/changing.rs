//! Agreements change while they hold, and are revoked.

use chrono::Duration;
use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    AGREEMENT, System, activate, admin, agreed, create, granted,
    opening::{INDICATOR, SCOPES, figure, put},
    registrar,
};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    rooms::{
        people::{Asker, sign_in, somebody},
        traces::{audited, faults, told},
    },
};

on_both! { SEEDED =>
    a_revoked_agreement_opens_nothing_from_that_instant,
    an_agreement_is_revoked_once_by_those_of_the_provider,
    an_agreement_is_prolonged_shortened_and_put_on_another_law,
    every_fault_of_a_change_is_told_at_once,
    what_is_granted_ends_with_its_agreement,
}

const REVOKED: &str = "{ agreement { number status revokedAt revokedBy revokeReason version } }";

fn revoke(agreement: &Value, rest: &str) -> String {
    format!("mutation {{ revokeAgreement(input: {{ id: {}, {rest} }}) {REVOKED} }}", agreement["id"])
}

fn update(agreement: &Value, version: i32, what: &str) -> String {
    format!(
        "mutation {{ updateAgreement(input: {{ id: {}, version: {version}, {what} }}) {AGREEMENT} }}",
        agreement["id"]
    )
}

async fn updated(asker: &Asker, agreement: &Value, version: i32, what: &str) -> Value {
    asker.ask(&update(agreement, version, what)).await["updateAgreement"]["agreement"].clone()
}

/// What a client sees of a figure, by its id, in a list, as a number.
async fn sees(asker: &Asker, figure: &str) -> [Value; 3] {
    let query = format!(
        r#"{{ node(id: "{figure}") {{ id }} observations(filter: {{ indicators: ["{INDICATOR}"], areas: ["25"] }}) {{ totalCount nodes {{ id }} }} }}"#
    );
    let answer = asker.ask(&query).await;
    let listed = answer["observations"]["nodes"].as_array().map(Vec::len);
    [json!(!answer["node"].is_null()), json!(listed), answer["observations"]["totalCount"].clone()]
}

async fn a_revoked_agreement_opens_nothing_from_that_instant(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let figure = figure(&db).await;
    put(&db, "PRIVATE").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let other = agreed(&registrar, "2/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    let here = client.asks(&db).await;
    // Another instance, whose clock is behind.
    let there = client.at(&db, noon("2026-01-15") - Duration::minutes(2)).await;
    let all = [json!(true), json!(1), json!(1)];
    assert_eq!([sees(&here, &figure).await, sees(&there, &figure).await], [all.clone(), all.clone()]);
    registrar.ask(&revoke(&agreement, r#"reason: "hết việc""#)).await;
    let nothing = [json!(false), json!(0), json!(0)];
    assert_eq!([sees(&here, &figure).await, sees(&there, &figure).await], [nothing.clone(), nothing]);
    // The grant stays known, as it was given; and it opened something until then.
    let query = r#"{ all: accessGrants { nodes { status revokedAt agreement { status } } } before: accessGrants(filter: { at: "2026-01-15T11:59:59Z" }) { totalCount } after: accessGrants(filter: { at: "2026-01-15T12:00:00Z" }) { totalCount } }"#;
    db.execute("UPDATE agreement SET activated_at = '2026-01-10T00:00:00+00:00'").await;
    let answer = registrar.ask(query).await;
    assert_eq!(
        answer["all"]["nodes"],
        json!([{ "status": "ACTIVE", "revokedAt": null, "agreement": { "status": "REVOKED" } }])
    );
    assert_eq!((&answer["before"]["totalCount"], &answer["after"]["totalCount"]), (&json!(1), &json!(0)));
    // Under another agreement it opens again.
    granted(&registrar, &other, &client.id, &[INDICATOR], &["25"]).await;
    assert_eq!(sees(&here, &figure).await, all);
}

async fn an_agreement_is_revoked_once_by_those_of_the_provider(db: TestDb) {
    let registrar = registrar(&db).await;
    let agreement = agreed(&registrar, "1/TT").await;
    let consumer = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    let elsewhere = somebody(&db, "mai", &[Role::Registrar], Some("22")).await;
    let editor = somebody(&db, "nga", &[Role::Editor], Some("25")).await;
    let because = r#"reason: "lạm dụng""#;
    for (asker, code) in [(&consumer, "FORBIDDEN"), (&elsewhere, "NOT_FOUND"), (&editor, "FORBIDDEN")] {
        assert_eq!(asker.refused(&revoke(&agreement, because)).await.0, code);
    }
    assert_eq!(registrar.bad_fields(&revoke(&agreement, r#"reason: " ""#)).await, faults(&[("reason", "REQUIRED")]));
    let stale = registrar.refused(&revoke(&agreement, r#"version: 1, reason: "x""#)).await;
    assert_eq!(stale.0, "PRECONDITION_FAILED");
    let officer = somebody(&db, "hung", &[Role::SecurityOfficer], Some("25")).await;
    let gone = officer.ask(&revoke(&agreement, r#"version: 2, reason: " lạm dụng""#)).await;
    let expected = json!({
        "number": "1/TT", "status": "REVOKED", "revokedAt": "2026-01-15T12:00:00Z", "revokedBy": "user:hung",
        "revokeReason": "lạm dụng", "version": 3,
    });
    assert_eq!(gone["revokeAgreement"]["agreement"], expected);
    // Once is enough: who did it and why stays.
    let again = registrar.ask(&revoke(&agreement, r#"reason: "nữa""#)).await;
    assert_eq!(again["revokeAgreement"]["agreement"], expected);
    assert_eq!(told(&db, "AGREEMENT", "1/TT").await, 3);
    let log = audited(&db, "1/TT").await;
    assert_eq!((&log[2]["action"], &log[2]["actor"]), (&json!("agreement.revoke"), &json!("user:hung")));
    assert_eq!(
        log[2]["changes"],
        json!([
            { "field": "revokedAt", "before": null, "after": "2026-01-15T12:00:00Z" },
            { "field": "revokeReason", "before": null, "after": "lạm dụng" },
        ])
    );
    // It does not begin again, nor change.
    for query in [activate(&agreement, 3), update(&agreement, 3, r#"purpose: "x""#)] {
        assert_eq!(registrar.refused(&query).await.0, "CONFLICT", "{query}");
    }
    // One that never began may be revoked too.
    let pending = registrar.ask(&create("2/TT", r#"validFrom: "2026-02-01""#)).await;
    let pending = pending["createAgreement"]["agreement"].clone();
    let gone = registrar.ask(&revoke(&pending, because)).await["revokeAgreement"]["agreement"].clone();
    assert_eq!((&gone["status"], &gone["version"]), (&json!("REVOKED"), &json!(2)));
}

async fn an_agreement_is_prolonged_shortened_and_put_on_another_law(db: TestDb) {
    let registrar = registrar(&db).await;
    let agreement = agreed(&registrar, "1/TT").await;
    let what = r#"purpose: " tra cứu ", legalBasis: ["118-2025-nd-cp", "148-2025-qh15"], validTo: "2027-06-30""#;
    let after = updated(&registrar, &agreement, 2, what).await;
    let mut expected = agreement.clone();
    expected["purpose"] = json!("tra cứu");
    expected["legalBasis"] = after["legalBasis"].clone();
    expected["validTo"] = json!("2027-06-30");
    expected["version"] = json!(3);
    assert_eq!(after, expected);
    let mut laws: Vec<String> = after["legalBasis"].as_array().expect("laws").iter().map(Value::to_string).collect();
    laws.sort();
    assert_eq!(
        laws,
        [r#"{"code":"118-2025-nd-cp"}"#, r#"{"code":"148-2025-qh15"}"#],
        "one of them is not in force yet"
    );
    // What is said again changes nothing.
    assert_eq!(updated(&registrar, &agreement, 3, what).await, expected);
    assert_eq!(registrar.refused(&update(&agreement, 2, what)).await.0, "PRECONDITION_FAILED");
    let endless = updated(&registrar, &agreement, 3, "validTo: null").await;
    assert_eq!((&endless["validTo"], &endless["version"]), (&json!(null), &json!(4)));
    let today = updated(&registrar, &agreement, 4, r#"validTo: "2026-01-15""#).await;
    assert_eq!((&today["status"], &today["version"]), (&json!("ACTIVE"), &json!(5)));
    assert_eq!(told(&db, "AGREEMENT", "1/TT").await, 5);
    let log = audited(&db, "1/TT").await;
    assert_eq!(log[2]["action"], "agreement.update");
    let changes = log[2]["changes"].as_array().expect("changes").clone();
    assert_eq!(changes[0], json!({ "field": "purpose", "before": "dùng chung", "after": "tra cứu" }));
    assert_eq!((&changes[1]["field"], &changes[1]["before"]), (&json!("legalBasis"), &json!("278-2025-nd-cp")));
    assert_eq!(changes[2], json!({ "field": "validTo", "before": "2026-12-31", "after": "2027-06-30" }));
    // The day after its last one it is over.
    let tomorrow = sign_in(&Asker::stranger(db.app_at(noon("2026-01-16")).await), "lan").await;
    assert_eq!(
        tomorrow.refused(&update(&agreement, 5, r#"validTo: "2026-12-31""#)).await,
        ("CONFLICT".to_owned(), "The agreement is over: it does not change any more.".to_owned())
    );
    let consumer = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    let officer = somebody(&db, "hung", &[Role::SecurityOfficer], Some("25")).await;
    let elsewhere = somebody(&db, "mai", &[Role::Registrar], Some("22")).await;
    for (asker, code) in [(&consumer, "FORBIDDEN"), (&officer, "FORBIDDEN"), (&elsewhere, "NOT_FOUND")] {
        assert_eq!(asker.refused(&update(&agreement, 5, r#"purpose: "x""#)).await.0, code);
    }
}

async fn every_fault_of_a_change_is_told_at_once(db: TestDb) {
    let registrar = registrar(&db).await;
    let agreement = agreed(&registrar, "1/TT").await;
    for (what, expected) in [
        (
            r#"purpose: " ", legalBasis: ["x", "47-2020-nd-cp"], validTo: "2025-12-31""#,
            &[
                ("purpose", "REQUIRED"),
                ("validTo", "ENDS_BEFORE_IT_BEGINS"),
                ("validTo", "PAST"),
                ("legalBasis[0]", "UNKNOWN_LEGAL_DOCUMENT"),
                ("legalBasis[1]", "NOT_IN_FORCE"),
            ][..],
        ),
        (
            r#"purpose: null, legalBasis: null, validTo: "2026-01-14""#,
            &[("purpose", "REQUIRED"), ("legalBasis", "REQUIRED"), ("validTo", "PAST")],
        ),
        ("legalBasis: []", &[("legalBasis", "REQUIRED")]),
    ] {
        assert_eq!(registrar.bad_fields(&update(&agreement, 2, what)).await, faults(expected), "{what}");
    }
    // It does not last longer on laws of which none is in force any more; it may end sooner, and be put on another.
    db.execute("UPDATE legal_document SET in_force_to = '2026-01-14' WHERE code = '278-2025-nd-cp'").await;
    let dead = "None of the legal documents that the agreement rests on is in force any more.";
    for what in [r#"validTo: "2027-01-01""#, "validTo: null"] {
        assert_eq!(registrar.refused(&update(&agreement, 2, what)).await, ("CONFLICT".to_owned(), dead.to_owned()));
    }
    updated(&registrar, &agreement, 2, r#"validTo: "2026-06-30""#).await;
    let what = r#"legalBasis: ["118-2025-nd-cp"], validTo: "2027-01-01""#;
    assert_eq!(updated(&registrar, &agreement, 3, what).await["validTo"], "2027-01-01");
}

async fn what_is_granted_ends_with_its_agreement(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let figure = figure(&db).await;
    put(&db, "PRIVATE").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    updated(&registrar, &agreement, 2, r#"validTo: "2026-01-20""#).await;
    for (day, opened) in [("2026-01-20", true), ("2026-01-21", false)] {
        assert_eq!(sees(&client.at(&db, noon(day)).await, &figure).await[0], opened, "{day}");
    }
    updated(&registrar, &agreement, 3, r#"validTo: "2026-12-31""#).await;
    for (day, opened) in [("2026-01-21", true), ("2026-02-02", false)] {
        assert_eq!(sees(&client.at(&db, noon(day)).await, &figure).await[0], opened, "{day}");
    }
}
