//! Calls over data links are reported by systems of their ends; old ones are dropped, and what was counted of them stays.

mod bulletin;
mod cost;
mod drawn;
mod operating;
mod operators;
mod standing;
mod statistics;

use chrono::{DateTime, Duration, Utc};
use entity::kinds::Role;
use lienthong::{
    identity::client::{self, NewClient},
    kernel::{
        app::{App, Settings},
        config::Config,
        op::Op,
        policy::Caller,
    },
    traffic,
};
use sea_orm::{ConnectionTrait, Statement, TryGetable};
use serde_json::{Value, json};

use super::{
    ask,
    people::{Asker, somebody},
    traces::audited,
};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http,
};

on_both! { SEEDED =>
    what_is_reported_again_changes_nothing,
    every_bad_record_is_told_and_the_good_ones_are_taken,
    a_system_reports_for_the_links_of_its_body,
    old_records_are_dropped_and_what_was_counted_of_them_stays,
}

const LINK: &str = "pt-lgsp--vn-ndxp";
const OTHER: &str = "qn-lgsp--vn-ndxp";

/// A day, in milliseconds.
const DAY_MS: i32 = 86_400_000;

/// A system that may report, for a body or for any.
async fn system_at(db: &TestDb, app: App, agency: Option<&str>) -> Asker {
    let stranger = Asker::stranger(app.clone());
    let op = Op::new(&app, Caller::Operator, "test");
    let order = NewClient {
        name: "Trục liên thông".to_owned(),
        agency: agency.map(str::to_owned),
        scopes: vec!["exchange:report".to_owned()],
        valid_to: Some(noon("2030-01-01")),
    };
    let (id, secret) = client::create(&op, order).await.expect("a client");
    let client_id: String = one(db, &format!("SELECT client_id FROM api_client WHERE id = {}", id.0)).await;
    let token = http::token(&stranger.service, &client_id, &secret, "").await.json();
    stranger.with(token["access_token"].as_str().expect("a token"))
}

async fn system(db: &TestDb, agency: Option<&str>) -> Asker {
    system_at(db, db.app().await, agency).await
}

/// A record of a call that succeeded.
fn call(link: &str, side: &str, message: &str, at: &str, ms: i32) -> Value {
    json!({
        "link": link, "side": side, "messageId": message, "at": at, "outcome": "SUCCEEDED", "durationMs": ms,
        "bytesIn": 10, "bytesOut": 1000,
    })
}

fn with(mut record: Value, field: &str, value: Value) -> Value {
    record[field] = value;
    record
}

async fn sent(system: &Asker, records: &[Value]) -> Value {
    let query = "mutation ($records: [ExchangeRecordInput!]!) { recordExchanges(input: { records: $records }) { accepted duplicates errors { row field code message } } }";
    system.post(&json!({ "query": query, "variables": { "records": records } })).await.json()
}

/// How many records were accepted, and how many were duplicates; none was wrong.
async fn reported(system: &Asker, records: &[Value]) -> (i64, i64) {
    let answer = sent(system, records).await;
    let payload = &answer["data"]["recordExchanges"];
    assert_eq!(payload["errors"], json!([]), "{answer}");
    let number = |field: &str| payload[field].as_i64().expect("a number");
    (number("accepted"), number("duplicates"))
}

const COUNTED: &str = "{ start succeeded failed denied bytesIn bytesOut latencyAvgMs latencyP95Ms latencyMaxMs }";

fn statistics(from: &str, to: &str, bucket: &str) -> String {
    format!(r#"statistics(from: "{from}", to: "{to}", bucket: {bucket}) {COUNTED}"#)
}

/// What strangers are told of a link.
async fn of_link(db: &TestDb, link: &str, from: &str, to: &str, bucket: &str) -> Value {
    let query = format!(r#"{{ dataLink(code: "{link}") {{ {} }} }}"#, statistics(from, to, bucket));
    ask(db, &query).await["dataLink"]["statistics"].clone()
}

async fn of_month(db: &TestDb, link: &str) -> Value {
    of_link(db, link, "2025-12-31T17:00:00Z", "2026-01-31T17:00:00Z", "MONTH").await
}

fn counted(start: &str, [succeeded, failed, denied]: [i32; 3], bytes: [f64; 2], latency: [f64; 3]) -> Value {
    let ([bytes_in, bytes_out], [mean, p95, max]) = (bytes, latency);
    json!({
        "start": start, "succeeded": succeeded, "failed": failed, "denied": denied, "bytesIn": bytes_in,
        "bytesOut": bytes_out, "latencyAvgMs": mean, "latencyP95Ms": p95, "latencyMaxMs": max,
    })
}

/// The one value that a statement reads.
async fn one<T: TryGetable>(db: &TestDb, sql: &str) -> T {
    let raw = db.raw().await;
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    raw.close().await.expect("the connection closes");
    row.expect("a read").expect("a row").try_get_by_index(0).expect("a value")
}

async fn number(db: &TestDb, sql: &str) -> i64 {
    one(db, sql).await
}

async fn what_is_reported_again_changes_nothing(db: TestDb) {
    let system = system(&db, None).await;
    let first = call(LINK, "PROVIDER", "a", "2026-01-15T10:00:00Z", 10);
    let other = with(call(LINK, "PROVIDER", "a", "2026-01-15T09:00:00Z", 99), "outcome", json!("DENIED"));
    assert_eq!(reported(&system, &[first.clone(), other.clone(), first.clone()]).await, (1, 2));
    let counts = of_month(&db, LINK).await;
    assert_eq!((&counts[0]["succeeded"], &counts[0]["denied"]), (&json!(1), &json!(0)));
    let changes = number(&db, "SELECT count(*) FROM change").await;
    assert_eq!(reported(&system, &[other, first]).await, (0, 2));
    assert_eq!(reported(&system, &[]).await, (0, 0));
    // The name of a call is the same with blanks around it.
    assert_eq!(reported(&system, &[call(LINK, "PROVIDER", " a ", "2026-01-15T10:00:00Z", 10)]).await, (0, 1));
    assert_eq!(of_month(&db, LINK).await, counts);
    // Systems that send the same at the same time.
    let mut tries = tokio::task::JoinSet::new();
    let records: Vec<Value> =
        (0..50).map(|n| call(LINK, "PROVIDER", &format!("m{n}"), "2026-01-15T10:00:00Z", n)).collect();
    for _ in 0..6 {
        let (system, records) = (system.clone(), records.clone());
        tries.spawn(async move { reported(&system, &records).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().map(|(accepted, _)| accepted).sum::<i64>(), 50, "{answers:?}");
    assert_eq!(of_month(&db, LINK).await[0]["succeeded"], 51);
    // One entry for each report that did something, with counts; nothing in the change feed, and no name of a call anywhere.
    let log = audited(&db, "exchanges").await;
    let entries = log.as_array().expect("entries");
    let counts = |fields: [i32; 3]| {
        let names = ["accepted", "duplicates", "rejected"];
        let field = |(name, count): (&str, i32)| json!({ "field": name, "before": null, "after": count.to_string() });
        Value::from(names.into_iter().zip(fields).map(field).collect::<Vec<_>>())
    };
    let told: Vec<&Value> = entries.iter().map(|entry| &entry["changes"]).collect();
    assert_eq!(told, [&counts([1, 2, 0]), &counts([50, 0, 0])]);
    assert!(entries.iter().all(|entry| entry["action"] == "exchange.report"));
    assert_eq!(number(&db, "SELECT count(*) FROM change").await, changes);
}

async fn every_bad_record_is_told_and_the_good_ones_are_taken(db: TestDb) {
    let system = system(&db, None).await;
    let now = "2026-01-15T12:00:00Z";
    let good = |message: &str| call(LINK, "CONSUMER", message, now, 1);
    let failed = |message: &str| with(good(message), "outcome", json!("FAILED"));
    let records = [
        with(good("1"), "link", json!("nowhere")),
        with(good("2"), "at", json!("2026-01-15T12:05:00.001Z")),
        with(good("3"), "at", json!("2025-12-16T11:59:59Z")),
        with(with(good("4"), "durationMs", json!(-1)), "bytesIn", json!(-1)),
        with(with(good("5"), "bytesIn", json!(0.5)), "bytesOut", json!(1e300)),
        with(failed(" "), "faultCode", json!("")),
        with(failed(&"x".repeat(201)), "faultCode", json!("x".repeat(201))),
        with(good("7\u{7}"), "faultCode", json!("Server.Timeout")),
        with(with(good("8"), "at", json!("2026-01-14T00:00:00Z")), "durationMs", json!(DAY_MS + 1)),
        with(good("8"), "durationMs", json!(300_001)),
        with(with(good("9"), "at", json!("2026-01-15T12:05:00Z")), "durationMs", json!(0)),
        with(good("10"), "at", json!("2025-12-16T12:00:00Z")),
        with(with(good("11"), "durationMs", json!(300_000)), "bytesOut", json!(1_099_511_627_776_i64)),
        with(with(good("12"), "at", json!("2026-01-14T12:00:00Z")), "durationMs", json!(DAY_MS)),
        with(failed(&"ư".repeat(200)), "faultCode", json!("x".repeat(200))),
    ];
    let answer = sent(&system, &records).await;
    let payload = &answer["data"]["recordExchanges"];
    assert_eq!((&payload["accepted"], &payload["duplicates"]), (&json!(5), &json!(0)), "{answer}");
    let told: Vec<(i64, &str, &str)> = payload["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| {
            assert!(!error["message"].as_str().expect("a text").is_empty());
            let text = |field: &str| error[field].as_str().expect("a text");
            (error["row"].as_i64().expect("a number"), text("field"), text("code"))
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "link", "UNKNOWN_DATA_LINK"),
            (2, "at", "IN_THE_FUTURE"),
            (3, "at", "TOO_OLD"),
            (4, "durationMs", "OUT_OF_RANGE"),
            (4, "bytesIn", "OUT_OF_RANGE"),
            (5, "bytesIn", "OUT_OF_RANGE"),
            (5, "bytesOut", "OUT_OF_RANGE"),
            (6, "messageId", "REQUIRED"),
            (6, "faultCode", "REQUIRED"),
            (7, "messageId", "TOO_LONG"),
            (7, "faultCode", "TOO_LONG"),
            (8, "messageId", "CONTROL_CHARACTER"),
            (8, "faultCode", "NOT_APPLICABLE"),
            (9, "durationMs", "OUT_OF_RANGE"),
            (10, "durationMs", "IN_THE_FUTURE"),
        ]
    );
    let words = [1, 2].map(|n| payload["errors"][n]["message"].clone());
    let first = "2025-12-16T19:00:00+07:00";
    assert_eq!(
        words,
        [
            json!("`at` is more than 5 minutes ahead of now."),
            json!(format!("`at` lies before {first}: what is older is not taken any more.")),
        ]
    );
    assert_eq!(audited(&db, "exchanges").await[0]["changes"][2]["after"], "10");
    let many: Vec<Value> = (0..=10_000).map(|n| good(&n.to_string())).collect();
    let answer = sent(&system, &many).await;
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["code"], "BAD_USER_INPUT");
    assert_eq!(
        (&error["fields"][0]["path"], &error["fields"][0]["code"]),
        (&json!("input.records"), &json!("TOO_MANY_ROWS"))
    );
    // As many as may be; and as many that are all wrong.
    assert_eq!(reported(&system, &many[..10_000]).await, (9_996, 4), "four were told before");
    let wrong: Vec<Value> = many[..10_000].iter().map(|record| with(record.clone(), "link", json!("x"))).collect();
    let answer = sent(&system, &wrong).await;
    assert_eq!(answer["data"]["recordExchanges"]["errors"].as_array().map(Vec::len), Some(10_000));
}

async fn a_system_reports_for_the_links_of_its_body(db: TestDb) {
    let owner = |system: &str| {
        format!(
            "UPDATE information_system SET owner_id = (SELECT id FROM agency WHERE code = 'pt-ubnd') WHERE code = '{system}'"
        )
    };
    let body = system(&db, Some("pt-ubnd")).await;
    let record = |link: &str| call(link, "CONSUMER", "a", "2026-01-15T10:00:00Z", 1);
    let refused = async || {
        let answer = sent(&body, &[record(LINK), record(OTHER)]).await;
        let payload = answer["data"]["recordExchanges"].clone();
        let rows: Vec<i64> = payload["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| {
                assert_eq!((&error["field"], &error["code"]), (&json!("link"), &json!("FORBIDDEN")));
                error["row"].as_i64().expect("a number")
            })
            .collect();
        (rows, payload["accepted"].as_i64().expect("a number"))
    };
    assert_eq!(refused().await, (vec![1, 2], 0));
    db.execute(&owner("pt-lgsp")).await;
    assert_eq!(refused().await, (vec![2], 1), "the source is its body's");
    db.execute(&owner("vn-ndxp")).await;
    assert_eq!(refused().await, (vec![], 1), "the target is its body's");
    let elsewhere = system(&db, Some("hy-ubnd")).await;
    assert_eq!(sent(&elsewhere, &[record(LINK)]).await["data"]["recordExchanges"]["accepted"], 0);
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let query =
        r#"{ auditEntries(filter: { actions: ["exchange.report"], outcomes: [DENIED] }) { nodes { reason } } }"#;
    let denied = chief.ask(query).await["auditEntries"]["nodes"].clone();
    assert_eq!(denied, json!([{ "reason": "FORBIDDEN" }, { "reason": "FORBIDDEN" }]), "of which nothing was taken");
    // Where data go one way, it is the source that provides them.
    db.execute(&format!("UPDATE data_link SET direction = 'ONE_WAY' WHERE code = '{LINK}'")).await;
    db.execute("UPDATE information_system SET owner_id = NULL WHERE code = 'vn-ndxp'").await;
    let sides = ["CONSUMER", "PROVIDER"].map(|side| call(LINK, side, "one-way", "2026-01-15T10:00:00Z", 1));
    let answer = sent(&body, &sides).await["data"]["recordExchanges"].clone();
    assert_eq!((&answer["accepted"], answer["errors"].as_array().map(Vec::len)), (&json!(1), Some(1)), "{answer}");
    let error = &answer["errors"][0];
    assert_eq!((&error["row"], &error["field"], &error["code"]), (&json!(1), &json!("side"), &json!("FORBIDDEN")));
    // It is not for people, and not for systems without the scope.
    for asker in [chief, Asker::stranger(db.app().await)] {
        let answer = sent(&asker, &[record(LINK)]).await;
        let expected = if asker.token.is_some() { "FORBIDDEN" } else { "UNAUTHENTICATED" };
        assert_eq!(answer["errors"][0]["extensions"]["code"], expected);
    }
}

async fn old_records_are_dropped_and_what_was_counted_of_them_stays(db: TestDb) {
    let sides = ["CONSUMER", "PROVIDER"].map(|side| call(LINK, side, "a", "2026-01-15T10:30:00Z", 10));
    assert_eq!(reported(&system(&db, None).await, &sides[..1]).await, (1, 0));
    let counts = of_month(&db, LINK).await;
    // More than are dropped at once.
    db.execute(
        "INSERT INTO exchange_record (link_id, side, message_id, at, hour, outcome, duration_ms, bytes_in, bytes_out, by) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001) \
         SELECT r.link_id, r.side, 'n' || n.i, r.at, r.hour, r.outcome, r.duration_ms, r.bytes_in, r.bytes_out, r.by FROM exchange_record r, n",
    )
    .await;
    let kept = async || number(&db, "SELECT count(*) FROM exchange_record").await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let forget = async |now: &str| {
        let app = db.app_at(at(now)).await;
        traffic::forget(&Op::new(&app, Caller::System, "test")).await.expect("they are dropped")
    };
    // Taken for thirty days, and kept for one more, for the other side's word.
    let late = system_at(&db, db.app_at(at("2026-02-14T10:59:59Z")).await, None).await;
    assert_eq!(reported(&late, &sides[..1]).await, (0, 1));
    let over = system_at(&db, db.app_at(at("2026-02-14T11:00:00Z")).await, None).await;
    let refused = sent(&over, &sides).await["data"]["recordExchanges"].clone();
    assert_eq!((&refused["accepted"], &refused["errors"][1]["code"]), (&json!(0), &json!("TOO_OLD")));
    assert_eq!((forget("2026-02-15T10:59:59Z").await, kept().await), (0, 20_002));
    assert_eq!((forget("2026-02-15T11:00:00Z").await, kept().await), (20_002, 0));
    assert_eq!(forget("2026-02-15T11:00:00Z").await, 0);
    assert_eq!(of_month(&db, LINK).await, counts, "what was counted stays");
    let dropped = audited(&db, "exchanges").await;
    let counts: Vec<(&Value, &Value)> = dropped
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["action"] == "exchange.forget")
        .map(|entry| (&entry["actor"], &entry["changes"][0]["before"]))
        .collect();
    assert_eq!(counts, [(&json!("system"), &json!("20000")), (&json!("system"), &json!("2"))]);
    // Who keeps them longer from now on does not know any more what was counted of them.
    let settings = Settings { exchanges: Duration::days(60), ..Settings::from(&Config::default()) };
    let longer = system_at(&db, db.app_set(at("2026-02-15T11:00:00Z"), settings).await, None).await;
    let first = async |side: &str, at: &str| {
        sent(&longer, &[call(LINK, side, at, at, 1)]).await["data"]["recordExchanges"].clone()
    };
    let refused = first("PROVIDER", "2026-01-16T10:59:59Z").await;
    let words = "`at` lies before 2026-01-16T18:00:00+07:00: what is older is not taken any more.";
    assert_eq!((&refused["errors"][0]["code"], &refused["errors"][0]["message"]), (&json!("TOO_OLD"), &json!(words)));
    assert_eq!(first("PROVIDER", "2026-01-16T11:00:00Z").await["accepted"], 1);
    let stranger = traffic::forget(&Op::new(&db.app().await, Caller::Anonymous, "test")).await;
    assert!(stranger.is_err(), "nobody else drops them");
}
