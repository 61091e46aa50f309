//! Figures are entered and revised: what is taken, what is refused, and what many who write at once leave.

use entity::kinds::Role;
use lienthong::identity::client::{self, NewClient};
use lienthong::kernel::{op::Op, policy::Caller};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::people::{Asker, somebody};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http,
};

on_both! { SEEDED =>
    a_figure_is_recorded_as_a_draft_that_strangers_do_not_see,
    everything_wrong_with_a_figure_is_told_at_once,
    what_a_figure_cannot_say_is_refused,
    texts_are_kept_composed,
    a_figure_is_revised_with_a_reason_and_every_revision_stays,
    a_figure_that_is_being_reviewed_is_not_revised,
    an_editor_writes_in_their_area_and_its_predecessors,
    who_recorded_a_private_figure_sees_it,
    a_system_records_in_the_area_of_its_body,
    many_who_write_at_once_lose_nothing,
    two_who_revise_at_once_leave_one_line_of_revisions,
    of_those_who_revise_what_they_have_seen_one_wins,
    what_the_caller_does_not_see_is_not_revised,
}

pub const FIELDS: &str = "observation { id version state revision revisionReason value qualifier text period numerator denominator rankOf dimension scopeText status sharing periodInferred asOfText area { code } indicator { code } source { title quote } findings { code } revisions { revision state value } }";

/// A figure of Phú Thọ's communes with fibre, in 2025, as it is after the merger.
pub fn record(period: &str, rest: &str) -> String {
    order("commune_fibre_pct", "25", period, rest)
}

pub fn order(indicator: &str, area: &str, period: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ recordObservation(input: {{ indicator: "{indicator}", area: "{area}", period: "{period}", source: {{ title: "Báo cáo" }}, {rest} }}) {{ {FIELDS} }} }}"#
    )
}

pub async fn recorded(asker: &Asker, query: &str) -> Value {
    asker.ask(query).await["recordObservation"]["observation"].clone()
}

pub async fn editor(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Editor], Some("25")).await
}

async fn count(db: &TestDb, sql: &str) -> i64 {
    let raw = db.raw().await;
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    let count = row.expect("a read").expect("a row").try_get_by_index(0).expect("a number");
    raw.close().await.expect("the connection closes");
    count
}

async fn a_figure_is_recorded_as_a_draft_that_strangers_do_not_see(db: TestDb) {
    let lan = editor(&db).await;
    let query = r#"mutation { recordObservation(input: {
        indicator: "commune_fibre_pct", area: "25", period: "2025", dimension: "commune_level", scopeText: "xã, phường",
        value: 95.5, qualifier: OVER, numerator: 141, denominator: 148, text: "trên 95,5%", status: PROVISIONAL, sharing: OPEN,
        source: { title: "Báo cáo 12/BC-SKHCN", author: "Lan", publisher: "Sở", statedBy: "Giám đốc", url: "https://example.vn/12",
                  publishedOn: "2026-01", quote: "trên 95,5% xã" }, periodInferred: true, asOfText: "đến nay" })
        { observation { id version state revision revisionReason value qualifier text period numerator denominator dimension scopeText status sharing periodInferred asOfText
          area { code validFrom } indicator { code } source { title author publisher statedBy url publishedOn quote } history { from to by reason } } } }"#;
    let made = recorded(&lan, query).await;
    let mut said = made.clone();
    said.as_object_mut().expect("an object").remove("id");
    assert_eq!(
        said,
        json!({
            "version": 1, "state": "DRAFT", "revision": 1, "revisionReason": null, "value": 95.5, "qualifier": "OVER",
            "text": "trên 95,5%", "period": "2025", "numerator": 141.0, "denominator": 148.0, "dimension": "commune_level",
            "scopeText": "xã, phường", "status": "PROVISIONAL", "sharing": "OPEN", "periodInferred": true, "asOfText": "đến nay",
            "area": { "code": "25", "validFrom": "2025-07-01" }, "indicator": { "code": "commune_fibre_pct" },
            "source": { "title": "Báo cáo 12/BC-SKHCN", "author": "Lan", "publisher": "Sở", "statedBy": "Giám đốc",
                        "url": "https://example.vn/12", "publishedOn": "2026-01", "quote": "trên 95,5% xã" },
            "history": [{ "from": null, "to": "DRAFT", "by": "user:lan", "reason": null }],
        })
    );
    let find = format!(
        r#"{{ node(id: {}) {{ id }} observations(filter: {{ indicators: ["commune_fibre_pct"], areas: ["25"], on: "2026-01-01" }}) {{ totalCount }} }}"#,
        made["id"]
    );
    assert_eq!(super::ask(&db, &find).await, json!({ "node": null, "observations": { "totalCount": 0 } }));
    assert_eq!(lan.ask(&find).await["observations"]["totalCount"], 1);
    let feed = "SELECT count(*) FROM change WHERE type = 'OBSERVATION' AND action = 'CREATED' AND key = 'commune_fibre_pct/25/2025/commune_level'";
    assert_eq!(count(&db, feed).await, 1);
    let audit = "SELECT count(*) FROM audit_entry WHERE action = 'observation.record' AND actor = 'user:lan' AND outcome = 'OK'";
    assert_eq!(count(&db, audit).await, 1);
}

async fn everything_wrong_with_a_figure_is_told_at_once(db: TestDb) {
    let lan = editor(&db).await;
    let query = r#"mutation { recordObservation(input: { indicator: "nothing", area: "99", period: "2025", dimension: "Cấp xã", source: { title: " ", url: "ftp://x" }, revisionReason: "\u0007" }) { observation { id } } }"#;
    let mut bad = lan.bad_fields(query).await;
    bad.sort();
    let expected = [
        ("area", "UNKNOWN_AREA"),
        ("dimension", "INVALID"),
        ("indicator", "UNKNOWN_INDICATOR"),
        ("revisionReason", "CONTROL_CHARACTER"),
        ("source.title", "REQUIRED"),
        ("source.url", "INVALID"),
    ];
    assert_eq!(bad, expected.map(|(path, code)| (path.to_owned(), code.to_owned())));
    assert_eq!(count(&db, "SELECT count(*) FROM observation WHERE state = 'DRAFT'").await, 0);
}

async fn what_a_figure_cannot_say_is_refused(db: TestDb) {
    let lan = editor(&db).await;
    for (query, path, code) in [
        (record("2025", "value: 100.5"), "value", "OUT_OF_RANGE"),
        (record("2025", "value: -1"), "value", "OUT_OF_RANGE"),
        (record("2025", "value: 12.345678901234567"), "value", "TOO_MANY_DIGITS"),
        (record("2025", ""), "value", "REQUIRED"),
        (record("2025", "value: 9, denominator: 0"), "denominator", "OUT_OF_RANGE"),
        (record("2025", r#"value: 95, text: "94%""#), "value", "TEXT_MISMATCH"),
        (record("2025", r#"value: 95, text: "gần 95%""#), "qualifier", "TEXT_MISMATCH"),
        (order("dti_rank", "25", "2025", "value: 35, rankOf: 34"), "rankOf", "OUT_OF_RANGE"),
        (order("dti_rank", "25", "2025", "value: 1.5, rankOf: 34"), "value", "OUT_OF_RANGE"),
        (order("dti_rank", "25", "2025", r#"text: "x", rankOf: -7"#), "rankOf", "OUT_OF_RANGE"),
        (order("fibre_route_km", "25", "2025", "value: 1e22"), "value", "OUT_OF_RANGE"),
        (record("2025", "value: 9, rankOf: 34"), "rankOf", "NOT_A_RANK"),
        (order("mobile_phone_subs_count", "25", "2025", "value: 1.5"), "value", "NOT_WHOLE"),
        (order("commune_fibre_pct", "26", "2025-Q4", "value: 1"), "area", "UNKNOWN_AREA"),
        (order("commune_fibre_pct", "1", "2025-Q4", "value: 1"), "area", "INVALID_AREA_CODE"),
    ] {
        assert_eq!(lan.bad_fields(&query).await, [(path.to_owned(), code.to_owned())], "{query}");
    }
    let wrong = lan.send(&record("quý 4", "value: 1")).await.json();
    assert_eq!(wrong["errors"][0]["extensions"]["fields"][0]["path"], "input.period", "{wrong}");
}

async fn texts_are_kept_composed(db: TestDb) {
    let lan = editor(&db).await;
    let decomposed = "xa\u{303}, phu\u{31b}o\u{31b}\u{300}ng";
    let made = recorded(&lan, &record("2025", &format!(r#"value: 9, scopeText: "{decomposed}""#))).await;
    assert_eq!(made["scopeText"], "xã, phường");
}

async fn a_figure_is_revised_with_a_reason_and_every_revision_stays(db: TestDb) {
    let lan = editor(&db).await;
    recorded(&lan, &record("2025", "value: 90")).await;
    assert_eq!(
        lan.bad_fields(&record("2025", "value: 91")).await,
        [("revisionReason".to_owned(), "REQUIRED".to_owned())]
    );
    let second = recorded(&lan, &record("2025", r#"value: 91, revisionReason: "nhầm""#)).await;
    assert_eq!(
        (&second["revision"], &second["revisionReason"], &second["version"]),
        (&json!(2), &json!("nhầm"), &json!(1))
    );
    assert_eq!(
        second["revisions"],
        json!([{ "revision": 1, "state": "DRAFT", "value": 90.0 }, { "revision": 2, "state": "DRAFT", "value": 91.0 }])
    );
    // What is seeded was published: it stays until the next revision is.
    let query = r#"{ observations(filter: { indicators: ["dti_rank"], areas: ["25"] }) { nodes { value revision } } }"#;
    let revised =
        order("dti_rank", "25", "2021", r#"value: 17, rankOf: 63, text: "17/63", revisionReason: "đính chính""#);
    assert_eq!(recorded(&lan, &revised).await["revision"], 2);
    assert_eq!(super::ask(&db, query).await["observations"]["nodes"], json!([{ "value": 18.0, "revision": 1 }]));
    let both = lan.ask(query).await["observations"]["nodes"].clone();
    assert_eq!(both, json!([{ "value": 18.0, "revision": 1 }, { "value": 17.0, "revision": 2 }]));
}

async fn a_figure_that_is_being_reviewed_is_not_revised(db: TestDb) {
    let lan = editor(&db).await;
    let made = recorded(&lan, &record("2025", "value: 90")).await;
    lan.ask(&format!("mutation {{ submitObservation(input: {{ id: {}, version: 1 }}) {{ {FIELDS} }} }}", made["id"]))
        .await;
    let again = record("2025", r#"value: 91, revisionReason: "nhầm""#);
    let (code, said) = lan.refused(&again).await;
    assert_eq!(code, "CONFLICT");
    assert!(said.contains("Revision 1"), "{said}");
}

async fn an_editor_writes_in_their_area_and_its_predecessors(db: TestDb) {
    let lan = editor(&db).await;
    for (area, period) in [("25", "2025-Q4"), ("25", "2024"), ("26", "2024"), ("17", "2025-06")] {
        recorded(&lan, &order("commune_fibre_pct", area, period, r#"value: 50, revisionReason: "x""#)).await;
    }
    for (area, period) in [("33", "2025"), ("VN", "2025"), ("22", "2024")] {
        let refused = lan.refused(&order("commune_fibre_pct", area, period, "value: 50")).await;
        assert_eq!(refused.0, "FORBIDDEN", "{area} {period}");
    }
}

async fn who_recorded_a_private_figure_sees_it(db: TestDb) {
    let country = somebody(&db, "tuan", &[Role::Editor], Some("VN")).await;
    let made = recorded(&country, &record("2025", "value: 50, sharing: PRIVATE")).await;
    assert_eq!((&made["sharing"], &made["value"]), (&json!("PRIVATE"), &json!(50.0)));
    let find = format!("{{ node(id: {}) {{ id }} }}", made["id"]);
    assert_eq!(country.ask(&find).await["node"]["id"], made["id"]);
    let other = somebody(&db, "mai", &[Role::Editor, Role::Approver], Some("VN")).await;
    assert_eq!(other.ask(&find).await["node"], json!(null), "to hold a role in the country is not enough");
    let home = somebody(&db, "hoa", &[Role::Editor], Some("25")).await;
    assert_eq!(home.ask(&find).await["node"]["id"], made["id"]);
}

async fn a_system_records_in_the_area_of_its_body(db: TestDb) {
    let app = db.app().await;
    let op = Op::new(&app, Caller::Operator, "test");
    let stranger = Asker::stranger(app.clone());
    let mut askers = vec![];
    for scopes in [vec!["observation:write".to_owned()], vec!["observation:read".to_owned()]] {
        let order = NewClient { name: "LGSP".to_owned(), agency: Some("pt-skhcn".to_owned()), scopes, valid_to: None };
        let (id, secret) = client::create(&op, order).await.expect("a client");
        let raw = db.raw().await;
        let sql = format!("SELECT client_id FROM api_client WHERE id = {}", id.0);
        let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
        let client_id: String = row.expect("a read").expect("a client").try_get_by_index(0).expect("a text");
        raw.close().await.expect("the connection closes");
        let token = http::token(&stranger.service, &client_id, &secret, "").await.json();
        askers.push(stranger.with(token["access_token"].as_str().expect("a token")));
    }
    let made = recorded(&askers[0], &record("2025", "value: 50, sharing: SHARED")).await;
    assert_eq!((&made["state"], &made["value"]), (&json!("DRAFT"), &json!(50.0)));
    assert_eq!(askers[0].refused(&order("commune_fibre_pct", "33", "2025", "value: 50")).await.0, "FORBIDDEN");
    assert_eq!(askers[1].refused(&record("2024", "value: 50")).await.0, "FORBIDDEN");
    let find = format!("{{ node(id: {}) {{ id }} }}", made["id"]);
    assert_eq!(askers[0].ask(&find).await["node"]["id"], made["id"]);
    assert_eq!(askers[1].ask(&find).await["node"], json!(null));
}

async fn many_who_write_at_once_lose_nothing(db: TestDb) {
    let lan = editor(&db).await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..24 {
        let lan = lan.clone();
        writers.spawn(async move {
            let (year, month) = (2024 + n / 12, 1 + n % 12);
            let query =
                order("mobile_phone_subs_count", "25", &format!("{year}-{month:02}"), &format!("value: {}", 1000 + n));
            recorded(&lan, &query).await["revision"].clone()
        });
    }
    assert_eq!(writers.join_all().await, vec![json!(1); 24]);
    let query = r#"{ observations(filter: { indicators: ["mobile_phone_subs_count"], areas: ["25"], states: [DRAFT] }) { totalCount } auditVerification { valid } }"#;
    let boss = somebody(&db, "boss", &[Role::Admin], None).await;
    let answer = boss.ask(query).await;
    assert_eq!(answer, json!({ "observations": { "totalCount": 24 }, "auditVerification": { "valid": true } }));
    let feed = "SELECT count(DISTINCT node_id) FROM change WHERE type = 'OBSERVATION' AND key LIKE 'mobile_phone_subs_count/25/202_-%'";
    assert_eq!(count(&db, feed).await, 24);
}

async fn two_who_revise_at_once_leave_one_line_of_revisions(db: TestDb) {
    let lan = editor(&db).await;
    recorded(&lan, &record("2025", "value: 1")).await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..10 {
        let lan = lan.clone();
        writers.spawn(async move {
            let query = record("2025", &format!(r#"value: {}, revisionReason: "lần {n}""#, n + 2));
            recorded(&lan, &query).await["revision"].as_i64().expect("a number")
        });
    }
    let mut revisions = writers.join_all().await;
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=11).collect::<Vec<_>>());
    let standing = lan.ask(r#"{ observations(filter: { indicators: ["commune_fibre_pct"], areas: ["25"], on: "2026-01-01" }) { nodes { revision } } }"#).await;
    assert_eq!(standing["observations"]["nodes"], json!([{ "revision": 11 }]));
}

async fn of_those_who_revise_what_they_have_seen_one_wins(db: TestDb) {
    let lan = editor(&db).await;
    recorded(&lan, &record("2025", "value: 1")).await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..6 {
        let lan = lan.clone();
        writers.spawn(async move {
            let rest = format!(r#"value: {}, revisionReason: "lần {n}", revises: 1"#, n + 2);
            lan.send(&record("2025", &rest)).await.json()
        });
    }
    let answers = writers.join_all().await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let stale: Vec<&Value> =
        answers.iter().map(|answer| &answer["errors"][0]["extensions"]).filter(|e| !e.is_null()).collect();
    assert_eq!((won, stale.len()), (1, 5), "{answers:?}");
    assert!(stale.iter().all(|e| e["code"] == "PRECONDITION_FAILED" && e["version"] == 2), "{stale:?}");
    assert_eq!(
        lan.refused(&record("2024", "value: 1, revises: 3")).await.0,
        "PRECONDITION_FAILED",
        "there is none yet"
    );
}

async fn what_the_caller_does_not_see_is_not_revised(db: TestDb) {
    let (lan, country) = (editor(&db).await, somebody(&db, "tuan", &[Role::Editor], Some("VN")).await);
    let made = recorded(&lan, &record("2025", "value: 1, sharing: PRIVATE")).await;
    let over = record("2025", r#"value: 2, revisionReason: "x""#);
    assert_eq!(country.refused(&over).await.0, "FORBIDDEN");
    let find = format!("{{ node(id: {}) {{ ... on Observation {{ value revisions {{ revision }} }} }} }}", made["id"]);
    assert_eq!(lan.ask(&find).await["node"], json!({ "value": 1.0, "revisions": [{ "revision": 1 }] }));
}
