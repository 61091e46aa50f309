//! Agreements and grants: who makes them, and what they open for whom.

mod changing;
mod model;
mod opening;
mod reading;

use axum::{middleware::map_response, response::Response};
use chrono::{DateTime, Utc};
use entity::kinds::Role;
use lienthong::{kernel::app::App, worker};
use serde_json::{Value, json};

use super::{
    linking::succeeded,
    people::{Asker, somebody},
    traces::{audited, faults, told},
};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http,
};

on_both! { SEEDED =>
    an_agreement_is_made_and_then_activated,
    every_fault_of_an_agreement_is_told_at_once,
    a_grant_is_given_and_revoked_by_those_of_the_provider,
    every_fault_of_a_grant_is_told_at_once,
    a_client_of_what_the_consumer_became_is_the_consumers,
    nothing_is_granted_under_an_agreement_that_is_over,
    the_days_of_an_agreement_are_told_as_they_are,
}

/// A client, with its secret.
#[derive(Clone)]
pub struct System {
    /// The name by which it authenticates.
    pub id: String,
    secret: String,
}

impl System {
    /// A client of a body, whose tokens allow something.
    pub async fn of(admin: &Asker, agency: Option<&str>, scopes: &[&str]) -> Self {
        let agency = agency.map(|code| format!(r#"agency: "{code}","#)).unwrap_or_default();
        let made = admin
            .ask(&format!(
                "mutation {{ createApiClient(input: {{ name: \"Sở\", {agency} scopes: {scopes:?} }}) {{ clientSecret apiClient {{ clientId }} }} }}"
            ))
            .await["createApiClient"]
            .clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        System { id: text(&made["apiClient"]["clientId"]), secret: text(&made["clientSecret"]) }
    }
    /// The client asking an instance at a time. What it reads is written down with each answer, as the program does a moment later.
    pub async fn at(&self, db: &TestDb, now: DateTime<Utc>) -> Asker {
        let app = db.app_at(now).await;
        let asker = self.asks_of(&app).await;
        let written_down = map_response(move |response: Response| {
            let app = app.clone();
            async move {
                worker::finish(&app).await.expect("it is written down");
                response
            }
        });
        Asker { service: asker.service.layer(written_down), ..asker }
    }
    /// The client asking an instance.
    pub async fn asks_of(&self, app: &App) -> Asker {
        let stranger = Asker::stranger(app.clone());
        let token = http::token(&stranger.service, &self.id, &self.secret, "").await.json();
        stranger.with(token["access_token"].as_str().expect("a token"))
    }
    /// The client asking on the day of all tests.
    pub async fn asks(&self, db: &TestDb) -> Asker {
        self.at(db, noon("2026-01-15")).await
    }
}

/// A registrar of Phú Thọ.
pub async fn registrar(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Registrar], Some("25")).await
}

/// An administrator of the country.
pub async fn admin(db: &TestDb) -> Asker {
    somebody(db, "root", &[Role::Admin], None).await
}

pub const AGREEMENT: &str = "{ agreement { id number status provider { code } consumer { code } purpose legalBasis { code } validFrom validTo version } }";

pub fn create(number: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createAgreement(input: {{ number: "{number}", provider: "pt-ubnd", consumer: "hy-ubnd", purpose: "dùng chung", legalBasis: ["278-2025-nd-cp"], {rest} }}) {AGREEMENT} }}"#
    )
}

pub fn activate(agreement: &Value, version: i32) -> String {
    format!(
        r#"mutation {{ activateAgreement(input: {{ id: {}, version: {version}, reason: "đã ký" }}) {AGREEMENT} }}"#,
        agreement["id"]
    )
}

/// An agreement between Phú Thọ and Hưng Yên for the year 2026, active.
pub async fn agreed(registrar: &Asker, number: &str) -> Value {
    let made = registrar.ask(&create(number, r#"validFrom: "2026-01-01", validTo: "2026-12-31""#)).await;
    let made = made["createAgreement"]["agreement"].clone();
    registrar.ask(&activate(&made, 1)).await["activateAgreement"]["agreement"].clone()
}

/// To grant a client something.
pub fn grant(agreement: &Value, client: &str, indicators: &[&str], areas: &[&str], from: &str, to: &str) -> String {
    format!(
        r#"mutation {{ grantAccess(input: {{ agreement: {}, client: "{client}", indicators: {indicators:?}, areas: {areas:?}, purpose: "đọc", validFrom: "{from}", validTo: "{to}" }}) {{ accessGrant {{ id status client {{ clientId }} indicators {{ code }} areas {{ code validFrom }} purpose validFrom validTo revokedAt revokedBy revokeReason version agreement {{ number }} }} }} }}"#,
        agreement["id"]
    )
}

/// A client's grant for January 2026.
pub async fn granted(registrar: &Asker, agreement: &Value, client: &str, indicators: &[&str], areas: &[&str]) -> Value {
    let query = grant(agreement, client, indicators, areas, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    registrar.ask(&query).await["grantAccess"]["accessGrant"].clone()
}

/// To revoke a grant.
pub fn revoke(grant: &Value, rest: &str) -> String {
    format!(
        r#"mutation {{ revokeAccess(input: {{ id: {}, {rest} }}) {{ accessGrant {{ status revokedAt revokedBy revokeReason version }} }} }}"#,
        grant["id"]
    )
}

async fn an_agreement_is_made_and_then_activated(db: TestDb) {
    let registrar = registrar(&db).await;
    let made = registrar.ask(&create(" 12/TT-UBND ", r#"validFrom: "2026-01-01", validTo: "2026-12-31""#)).await;
    let made = made["createAgreement"]["agreement"].clone();
    assert_eq!(
        made,
        json!({
            "id": made["id"], "number": "12/TT-UBND", "status": "PENDING", "provider": { "code": "pt-ubnd" },
            "consumer": { "code": "hy-ubnd" }, "purpose": "dùng chung", "legalBasis": [{ "code": "278-2025-nd-cp" }],
            "validFrom": "2026-01-01", "validTo": "2026-12-31", "version": 1,
        })
    );
    assert_eq!(registrar.refused(&activate(&made, 7)).await.0, "PRECONDITION_FAILED");
    let active = registrar.ask(&activate(&made, 1)).await["activateAgreement"]["agreement"].clone();
    assert_eq!((&active["status"], &active["version"]), (&json!("ACTIVE"), &json!(2)));
    assert_eq!(
        registrar.refused(&activate(&made, 2)).await,
        ("CONFLICT".to_owned(), "The agreement was activated already.".to_owned())
    );
    assert_eq!(told(&db, "AGREEMENT", "12/TT-UBND").await, 2);
    let log = audited(&db, "12/TT-UBND").await;
    assert_eq!(log[0]["action"], "agreement.record");
    assert_eq!(log[1]["action"], "agreement.activate");
    assert_eq!(log[1]["changes"][0]["field"], "activatedAt");
    assert_eq!(log[1]["changes"][1], json!({ "field": "reason", "before": null, "after": "đã ký" }));
    // What begins later is activated before.
    let later =
        registrar.ask(&create("13", r#"validFrom: "2026-02-01""#)).await["createAgreement"]["agreement"].clone();
    let later = registrar.ask(&activate(&later, 1)).await["activateAgreement"]["agreement"].clone();
    assert_eq!((&later["status"], &later["validTo"]), (&json!("PENDING"), &json!(null)));
    assert_eq!(registrar.refused(&activate(&later, 2)).await.0, "CONFLICT");
    let over = r#"validFrom: "2025-01-01", validTo: "2026-01-14""#;
    let over = registrar.ask(&create("14", over)).await["createAgreement"]["agreement"].clone();
    assert_eq!(
        registrar.refused(&activate(&over, 1)).await,
        ("CONFLICT".to_owned(), "The agreement is over.".to_owned())
    );
    // An agreement lies where its provider does: those of the consumer see it, those of elsewhere do not.
    let consumer = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    assert_eq!(consumer.refused(&create("15", r#"validFrom: "2026-01-01""#)).await.0, "FORBIDDEN");
    assert_eq!(consumer.refused(&activate(&later, 2)).await.0, "FORBIDDEN");
    let elsewhere = somebody(&db, "mai", &[Role::Registrar], Some("22")).await;
    assert_eq!(elsewhere.refused(&activate(&later, 2)).await.0, "NOT_FOUND");
}

async fn every_fault_of_an_agreement_is_told_at_once(db: TestDb) {
    let registrar = registrar(&db).await;
    let query = format!(
        r#"mutation {{ createAgreement(input: {{ number: " ", provider: "pt-ubnd", consumer: "nobody", purpose: "", legalBasis: ["x", "278-2025-nd-cp"], validFrom: "2026-02-01", validTo: "2026-01-31" }}) {AGREEMENT} }}"#
    );
    assert_eq!(
        registrar.bad_fields(&query).await,
        faults(&[
            ("number", "REQUIRED"),
            ("purpose", "REQUIRED"),
            ("validTo", "ENDS_BEFORE_IT_BEGINS"),
            ("consumer", "UNKNOWN_AGENCY"),
            ("legalBasis[0]", "UNKNOWN_LEGAL_DOCUMENT"),
        ])
    );
    registrar.ask(&create("12", r#"validFrom: "2026-01-01""#)).await;
    assert_eq!(
        registrar.bad_fields(&create("12 ", r#"validFrom: "2026-01-01", validTo: "2025-12-31""#)).await,
        faults(&[("validTo", "ENDS_BEFORE_IT_BEGINS"), ("number", "TAKEN")])
    );
    let same =
        create("16", r#"validFrom: "2026-01-01""#).replace("hy-ubnd", "pt-ubnd").replace("\"278-2025-nd-cp\"", "");
    assert_eq!(registrar.bad_fields(&same).await, faults(&[("legalBasis", "REQUIRED"), ("consumer", "SAME_AGENCY")]));
}

async fn a_grant_is_given_and_revoked_by_those_of_the_provider(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), &["observation:read"]).await;
    let made = granted(&registrar, &agreement, &client.id, &["dti_rank", "bts_count", "dti_rank"], &["25"]).await;
    assert_eq!(
        made,
        json!({
            "id": made["id"], "status": "ACTIVE", "client": { "clientId": client.id },
            "indicators": made["indicators"], "areas": made["areas"], "purpose": "đọc",
            "validFrom": "2026-01-01T00:00:00Z", "validTo": "2026-02-01T00:00:00Z",
            "revokedAt": null, "revokedBy": null, "revokeReason": null, "version": 1, "agreement": { "number": "1/TT" },
        })
    );
    let codes = |of: &Value| -> Vec<String> {
        let mut codes: Vec<_> =
            of.as_array().expect("a list").iter().map(|row| row["code"].as_str().expect("a code").to_owned()).collect();
        codes.sort();
        codes
    };
    assert_eq!(codes(&made["indicators"]), ["bts_count", "dti_rank"]);
    assert_eq!(codes(&made["areas"]), ["25"]);
    let consumer = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    let elsewhere = somebody(&db, "mai", &[Role::Registrar], Some("22")).await;
    let again = grant(&agreement, &client.id, &["dti_rank"], &["25"], "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let because = r#"reason: "lạm dụng""#;
    for (asker, code) in [(&consumer, "FORBIDDEN"), (&elsewhere, "NOT_FOUND")] {
        assert_eq!(asker.refused(&again).await.0, code);
        assert_eq!(asker.refused(&revoke(&made, because)).await.0, code);
    }
    assert_eq!(registrar.bad_fields(&revoke(&made, r#"reason: " ""#)).await, faults(&[("reason", "REQUIRED")]));
    let stale = r#"version: 3, reason: "x""#;
    assert_eq!(registrar.refused(&revoke(&made, stale)).await.0, "PRECONDITION_FAILED");
    let officer = somebody(&db, "hung", &[Role::SecurityOfficer], None).await;
    assert_eq!(officer.refused(&again).await.0, "FORBIDDEN");
    let gone =
        officer.ask(&revoke(&made, r#"version: 1, reason: "lạm dụng""#)).await["revokeAccess"]["accessGrant"].clone();
    let expected = json!({ "status": "REVOKED", "revokedAt": "2026-01-15T12:00:00Z", "revokedBy": "user:hung", "revokeReason": "lạm dụng", "version": 2 });
    assert_eq!(gone, expected);
    // Once is enough: who did it and why stays.
    assert_eq!(registrar.ask(&revoke(&made, r#"reason: "nữa""#)).await["revokeAccess"]["accessGrant"], expected);
    let number = raw_id(&made);
    assert_eq!(told(&db, "ACCESS_GRANT", &format!("grant:{number}")).await, 2);
    let log = audited(&db, &format!("grant:{number}")).await;
    assert_eq!(log[0]["action"], "accessGrant.grant");
    assert_eq!(
        log[0]["changes"][2],
        json!({ "field": "indicators", "before": null, "after": "dti_rank bts_count dti_rank" })
    );
    assert_eq!(log[1]["action"], "accessGrant.revoke");
    assert_eq!(log[1]["changes"][1]["after"], "lạm dụng");
}

async fn a_client_of_what_the_consumer_became_is_the_consumers(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-skhcn"), opening::SCOPES).await;
    let query = grant(&agreement, &client.id, &["dti_rank"], &["25"], "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    assert_eq!(registrar.bad_fields(&query).await, faults(&[("client", "NOT_OF_CONSUMER")]));
    succeeded(&db, "hy-ubnd", "hy-skhcn").await;
    // A circle is nobody's end.
    succeeded(&db, "hy-skhcn", "hy-ubnd").await;
    assert_eq!(registrar.ask(&query).await["grantAccess"]["accessGrant"]["status"], "ACTIVE");
}

/// The number in a global id.
pub fn raw_id(node: &Value) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let id = URL_SAFE_NO_PAD.decode(node["id"].as_str().expect("an id")).expect("base64");
    String::from_utf8(id).expect("a text").split(':').next_back().expect("a number").to_owned()
}

async fn every_fault_of_a_grant_is_told_at_once(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let agreement = agreed(&registrar, "1/TT").await;
    let other = System::of(&admin, Some("pt-ubnd"), &["link:read"]).await;
    let nobodys = System::of(&admin, None, &["observation:read"]).await;
    let good = System::of(&admin, Some("hy-ubnd"), &["observation:read"]).await;
    let (from, to) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let wrong = grant(
        &agreement,
        &other.id,
        &["dti_rank", "nothing"],
        &["25", "99", "2", "33", "VN"],
        "2025-12-31T16:59:59Z",
        "2026-12-31T17:00:01Z",
    );
    assert_eq!(
        registrar.bad_fields(&wrong).await,
        faults(&[
            ("validFrom", "OUTSIDE_AGREEMENT"),
            ("validTo", "OUTSIDE_AGREEMENT"),
            ("client", "NOT_OF_CONSUMER"),
            ("client", "CLIENT_WITHOUT_SCOPE"),
            ("indicators[1]", "UNKNOWN_INDICATOR"),
            ("areas[1]", "UNKNOWN_AREA"),
            ("areas[2]", "INVALID_AREA_CODE"),
            ("areas[3]", "OUTSIDE_AREA"),
            ("areas[4]", "OUTSIDE_AREA"),
        ])
    );
    let empty = grant(&agreement, "nobody", &[], &[], to, from).replace("\"đọc\"", "\" \"");
    assert_eq!(
        registrar.bad_fields(&empty).await,
        faults(&[
            ("indicators", "REQUIRED"),
            ("areas", "REQUIRED"),
            ("purpose", "REQUIRED"),
            ("validTo", "ENDS_BEFORE_IT_BEGINS"),
            ("client", "UNKNOWN_CLIENT"),
        ])
    );
    let past = grant(&agreement, &nobodys.id, &["dti_rank"], &["25"], from, "2026-01-15T12:00:00Z");
    assert_eq!(registrar.bad_fields(&past).await, faults(&[("validTo", "PAST"), ("client", "NOT_OF_CONSUMER")]));
    db.execute(&format!("UPDATE api_client SET active = FALSE WHERE client_id = '{}'", good.id)).await;
    let inactive = grant(&agreement, &good.id, &["dti_rank"], &["25"], from, to);
    assert_eq!(registrar.bad_fields(&inactive).await, faults(&[("client", "CLIENT_NOT_ACTIVE")]));
    db.execute("UPDATE api_client SET active = TRUE").await;
    // To the last instant of the last day, in Việt Nam.
    registrar
        .ask(&grant(&agreement, &good.id, &["dti_rank"], &["25"], "2025-12-31T17:00:00Z", "2026-12-31T17:00:00Z"))
        .await;
}

async fn nothing_is_granted_under_an_agreement_that_is_over(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let client = System::of(&admin, Some("hy-ubnd"), &["observation:read"]).await;
    let agreement = agreed(&registrar, "1/TT").await;
    db.execute("UPDATE agreement SET revoked_at = '2026-01-10 00:00:00+00:00'").await;
    let query = grant(&agreement, &client.id, &["dti_rank"], &["25"], "2026-01-20T00:00:00Z", "2026-02-01T00:00:00Z");
    assert_eq!(registrar.refused(&query).await.0, "CONFLICT");
    // Under one that is not activated yet it is granted, and opens nothing before.
    let pending =
        registrar.ask(&create("2/TT", r#"validFrom: "2026-01-01""#)).await["createAgreement"]["agreement"].clone();
    granted(&registrar, &pending, &client.id, &["dti_rank"], &["25"]).await;
    // Nor under one that rests on nothing in force any more.
    db.execute("UPDATE legal_document SET in_force_to = '2026-01-14' WHERE code = '278-2025-nd-cp'").await;
    let query = grant(&pending, &client.id, &["dti_rank"], &["25"], "2026-01-20T00:00:00Z", "2026-02-01T00:00:00Z");
    assert_eq!(
        registrar.refused(&query).await,
        (
            "CONFLICT".to_owned(),
            "None of the legal documents that the agreement rests on is in force any more.".to_owned()
        )
    );
    let nobody = json!({ "id": "QWdyZWVtZW50Ojk5" });
    assert_eq!(
        registrar
            .refused(&grant(
                &nobody,
                &client.id,
                &["dti_rank"],
                &["25"],
                "2026-01-20T00:00:00Z",
                "2026-02-01T00:00:00Z"
            ))
            .await
            .0,
        "NOT_FOUND"
    );
}

async fn the_days_of_an_agreement_are_told_as_they_are(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let client = System::of(&admin, Some("hy-ubnd"), &["observation:read"]).await;
    for (number, to, days) in [
        ("1/TT", r#", validTo: "2026-12-31""#, ["from 2026-02-01 to 2026-12-31,", "từ 2026-02-01 đến hết 2026-12-31,"]),
        ("2/TT", "", ["from 2026-02-01 on,", "từ 2026-02-01 trở đi,"]),
    ] {
        let made = registrar.ask(&create(number, &format!(r#"validFrom: "2026-02-01"{to}"#))).await;
        let agreement = &made["createAgreement"]["agreement"];
        let early =
            grant(agreement, &client.id, &["dti_rank"], &["25"], "2026-01-31T16:59:59Z", "2026-03-01T00:00:00Z");
        for (language, said) in ["en", "vi"].into_iter().zip(days) {
            let bearer = format!("Bearer {}", registrar.token.as_deref().expect("a token"));
            let headers =
                [("content-type", "application/json"), ("accept-language", language), ("authorization", &bearer)];
            let body = json!({ "query": early }).to_string();
            let answer =
                http::send(&registrar.service, axum::http::Method::POST, "/graphql", &headers, body).await.json();
            let fault = &answer["errors"][0]["extensions"]["fields"][0];
            assert_eq!(fault["code"], "OUTSIDE_AGREEMENT", "{answer}");
            assert!(fault["message"].as_str().is_some_and(|message| message.contains(said)), "{fault}");
        }
    }
}
