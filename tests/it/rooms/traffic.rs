//! Calls over data links are reported by systems of their ends, counted once, and shown to everybody; old ones are dropped, and
//! what was counted of them stays.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use entity::kinds::Role;
use lienthong::{
    graphql,
    identity::client::{self, NewClient},
    kernel::{app::App, op::Op, policy::Caller},
    traffic,
};
use proptest::{
    prelude::{Just, Strategy, any, prop, prop_oneof},
    sample::Index,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sea_orm::{ConnectionTrait, Statement, TryGetable};
use serde_json::{Value, json};

use super::{
    ask,
    people::{Asker, somebody},
    refused,
    traces::audited,
};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http,
};

on_both! { SEEDED =>
    calls_are_counted_by_hours_days_and_months,
    a_call_that_both_ends_report_counts_once_by_the_providers_word,
    what_is_reported_again_changes_nothing,
    every_bad_record_is_told_and_the_good_ones_are_taken,
    a_system_reports_for_the_links_of_its_body,
    systems_and_provinces_have_the_calls_of_their_links,
    old_records_are_dropped_and_what_was_counted_of_them_stays,
    a_bulletin_tells_of_a_quarter,
    whatever_is_reported_the_counts_are_those_of_the_records,
}

const LINK: &str = "pt-lgsp--vn-ndxp";
const OTHER: &str = "qn-lgsp--vn-ndxp";

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

async fn calls_are_counted_by_hours_days_and_months(db: TestDb) {
    let system = system(&db, None).await;
    let fault = with(call(LINK, "PROVIDER", "c", "2026-01-14T16:59:59.999Z", 30), "outcome", json!("FAILED"));
    let denied = with(call(LINK, "CONSUMER", "d", "2026-01-14T17:00:00Z", 4), "outcome", json!("DENIED"));
    let unsized_call = json!({
        "link": LINK, "side": "PROVIDER", "messageId": "e", "at": "2025-12-31T16:30:00Z", "outcome": "SUCCEEDED",
        "durationMs": 1000,
    });
    let records = [
        call(LINK, "PROVIDER", "a", "2026-01-14T16:00:00Z", 10),
        call(LINK, "PROVIDER", "b", "2026-01-14T16:30:00Z", 20),
        with(fault, "faultCode", json!("Server.Timeout")),
        denied,
        unsized_call,
    ];
    assert_eq!(reported(&system, &records).await, (5, 0));
    // Days and months begin at midnight in Việt Nam.
    let (from, to) = ("2025-12-31T00:00:00Z", "2026-01-15T17:00:00Z");
    let old = |start: &str| counted(start, [1, 0, 0], [0.0, 0.0], [1000.0; 3]);
    let first = |start: &str| counted(start, [2, 1, 0], [30.0, 3000.0], [20.0, 30.0, 30.0]);
    let last = |start: &str| counted(start, [0, 0, 1], [10.0, 1000.0], [4.0, 4.0, 4.0]);
    assert_eq!(
        of_link(&db, LINK, from, to, "HOUR").await,
        json!([old("2025-12-31T16:00:00Z"), first("2026-01-14T16:00:00Z"), last("2026-01-14T17:00:00Z")])
    );
    assert_eq!(
        of_link(&db, LINK, from, to, "DAY").await,
        json!([old("2025-12-30T17:00:00Z"), first("2026-01-13T17:00:00Z"), last("2026-01-14T17:00:00Z")])
    );
    assert_eq!(
        of_link(&db, LINK, from, to, "MONTH").await,
        json!([
            old("2025-11-30T17:00:00Z"),
            counted("2025-12-31T17:00:00Z", [2, 1, 1], [40.0, 4000.0], [16.0, 30.0, 30.0]),
        ])
    );
    let by_default =
        format!(r#"{{ dataLink(code: "{LINK}") {{ statistics(from: "{from}", to: "{to}") {{ start }} }} }}"#);
    let days = ask(&db, &by_default).await["dataLink"]["statistics"].clone();
    assert_eq!(days.as_array().map(Vec::len), Some(3));
    // From the hour of `from` to the last that begins before `to`.
    let part = async |from: &str, to: &str| of_link(&db, LINK, from, to, "DAY").await;
    assert_eq!(part("2026-01-14T16:59:00Z", "2026-01-14T17:00:00Z").await, json!([first("2026-01-13T17:00:00Z")]));
    assert_eq!(
        part("2026-01-14T17:00:00Z", "2026-01-14T17:00:00.000001Z").await,
        json!([last("2026-01-14T17:00:00Z")])
    );
    assert_eq!(part("2026-01-14T18:00:00Z", "2026-02-14T17:00:00Z").await, json!([]));
    assert_eq!(of_month(&db, OTHER).await, json!([]));
    let many = |bucket: &str, to: &str| {
        format!(r#"{{ dataLinks {{ nodes {{ {} }} }} }}"#, statistics("2026-01-01T00:00:00Z", to, bucket))
    };
    for (bucket, fine, wrong) in [
        ("HOUR", "2026-02-11T16:00:00Z", "2026-02-11T16:00:01Z"),
        ("DAY", "2028-09-26T17:00:00Z", "2028-09-27T17:00:00Z"),
        ("MONTH", "2109-04-30T17:00:00Z", "2109-05-31T17:00:00Z"),
    ] {
        ask(&db, &many(bucket, fine)).await;
        let (code, fields, _) = refused(&db, "vi", &many(bucket, wrong)).await;
        assert_eq!((code.as_str(), fields), ("BAD_USER_INPUT", super::traces::faults(&[("to", "OUT_OF_RANGE")])));
    }
}

async fn a_call_that_both_ends_report_counts_once_by_the_providers_word(db: TestDb) {
    let system = system(&db, None).await;
    let (noon, later) = ("2026-01-15T10:10:00Z", "2026-01-15T11:00:01Z");
    let consumer = |message: &str, ms| with(call(LINK, "CONSUMER", message, noon, ms), "outcome", json!("FAILED"));
    // The consumer first, the provider in another hour; and a call that nobody else reports.
    assert_eq!(reported(&system, &[consumer("a", 900), consumer("b", 50)]).await, (2, 0));
    let hours = async || of_link(&db, LINK, "2026-01-15T10:00:00Z", "2026-01-15T12:00:00Z", "HOUR").await;
    let both = counted("2026-01-15T10:00:00Z", [0, 2, 0], [20.0, 2000.0], [475.0, 899.5, 900.0]);
    assert_eq!(hours().await, json!([both]));
    assert_eq!(reported(&system, &[call(LINK, "PROVIDER", "a", later, 80)]).await, (1, 0));
    let alone = counted("2026-01-15T10:00:00Z", [0, 1, 0], [10.0, 1000.0], [50.0, 50.0, 50.0]);
    let provided = counted("2026-01-15T11:00:00Z", [1, 0, 0], [10.0, 1000.0], [80.0, 80.0, 80.0]);
    assert_eq!(hours().await, json!([alone, provided]));
    // What the consumer says after the provider, or together with it, is noted and not counted.
    assert_eq!(reported(&system, &[call(LINK, "PROVIDER", "c", later, 20)]).await, (1, 0));
    let together = [consumer("c", 5000), consumer("d", 6000), call(LINK, "PROVIDER", "d", later, 20)];
    assert_eq!(reported(&system, &together).await, (3, 0));
    let three = counted("2026-01-15T11:00:00Z", [3, 0, 0], [30.0, 3000.0], [40.0, 80.0, 80.0]);
    assert_eq!(hours().await, json!([alone, three]));
    // An hour of which nothing is left by the consumer's word is no bucket; another link's call of that name is another call.
    assert_eq!(reported(&system, &[call(LINK, "PROVIDER", "b", later, 20)]).await, (1, 0));
    let four = counted("2026-01-15T11:00:00Z", [4, 0, 0], [40.0, 4000.0], [35.0, 80.0, 80.0]);
    assert_eq!(hours().await, json!([four]));
    assert_eq!(reported(&system, &[call(OTHER, "CONSUMER", "a", noon, 7)]).await, (1, 0));
    assert_eq!(hours().await, json!([four]));
    assert_eq!(of_month(&db, OTHER).await[0]["succeeded"], 1);
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
    let records = [
        with(good("1"), "link", json!("nowhere")),
        with(good("2"), "at", json!("2026-01-15T12:05:00.001Z")),
        with(good("3"), "at", json!("2025-12-16T11:59:59Z")),
        with(with(good("4"), "durationMs", json!(-1)), "bytesIn", json!(-1)),
        with(with(good("5"), "bytesIn", json!(0.5)), "bytesOut", json!(1e300)),
        with(good(" "), "faultCode", json!("")),
        with(good(&"x".repeat(201)), "faultCode", json!("x".repeat(201))),
        good("7\u{7}"),
        with(good("9"), "at", json!("2026-01-15T12:05:00Z")),
        with(good("10"), "at", json!("2025-12-16T12:00:00Z")),
        with(with(good("11"), "durationMs", json!(i32::MAX)), "bytesOut", json!(1_099_511_627_776_i64)),
        with(good(&"ư".repeat(200)), "faultCode", json!("x".repeat(200))),
    ];
    let answer = sent(&system, &records).await;
    let payload = &answer["data"]["recordExchanges"];
    assert_eq!((&payload["accepted"], &payload["duplicates"]), (&json!(4), &json!(0)), "{answer}");
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
        ]
    );
    assert_eq!(audited(&db, "exchanges").await[0]["changes"][2]["after"], "8");
    let many: Vec<Value> = (0..=10_000).map(|n| good(&n.to_string())).collect();
    let answer = sent(&system, &many).await;
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["code"], "BAD_USER_INPUT");
    assert_eq!(
        (&error["fields"][0]["path"], &error["fields"][0]["code"]),
        (&json!("input.records"), &json!("TOO_MANY_ROWS"))
    );
    // As many as may be; and as many that are all wrong.
    assert_eq!(reported(&system, &many[..10_000]).await, (9_997, 3), "three were told before");
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
    // It is not for people, and not for systems without the scope.
    for asker in [chief, Asker::stranger(db.app().await)] {
        let answer = sent(&asker, &[record(LINK)]).await;
        let expected = if asker.token.is_some() { "FORBIDDEN" } else { "UNAUTHENTICATED" };
        assert_eq!(answer["errors"][0]["extensions"]["code"], expected);
    }
}

async fn systems_and_provinces_have_the_calls_of_their_links(db: TestDb) {
    let system = system(&db, None).await;
    let links = ask(
        &db,
        r#"{ province(code: "25") { dataLinks(first: 200) { nodes { code source { area { validTo } } target { area { validTo } } } } } }"#,
    )
    .await;
    let links: Vec<String> = links["province"]["dataLinks"]["nodes"]
        .as_array()
        .expect("links")
        .iter()
        .map(|link| link["code"].as_str().expect("a code").to_owned())
        .collect();
    assert_eq!(links.len(), 13);
    let at = "2026-01-15T10:00:00Z";
    let mut records: Vec<Value> = links.iter().map(|link| call(link, "PROVIDER", "a", at, 1)).collect();
    records.push(call(OTHER, "PROVIDER", "a", at, 1));
    assert_eq!(reported(&system, &records).await, (14, 0));
    let stats = r#"statistics(from: "2026-01-14T17:00:00Z", to: "2026-01-15T17:00:00Z") { start succeeded }"#;
    let query = format!(
        r#"{{ new: province(code: "25") {{ {stats} own: {} }}
             old: province(code: "25", on: "2025-06-30") {{ {stats} dataLinks {{ totalCount }} }}
             elsewhere: province(code: "33") {{ {stats} }}
             lgsp: informationSystem(code: "pt-lgsp") {{ {stats} links {{ totalCount }} }}
             ndxp: informationSystem(code: "vn-ndxp") {{ {stats} links(first: 200) {{ nodes {{ code }} }} }} }}"#,
        stats.replace("statistics(", "statistics(includePredecessors: false, ")
    );
    let answer = ask(&db, &query).await;
    let day = |calls: usize| json!([{ "start": "2026-01-14T17:00:00Z", "succeeded": calls }]);
    assert_eq!(answer["new"], json!({ "statistics": day(13), "own": [] }));
    assert_eq!(answer["old"], json!({ "statistics": day(3), "dataLinks": { "totalCount": 3 } }));
    assert_eq!(answer["elsewhere"]["statistics"], json!([]));
    assert_eq!(answer["lgsp"]["statistics"][0]["succeeded"], answer["lgsp"]["links"]["totalCount"]);
    let of_ndxp = answer["ndxp"]["links"]["nodes"].as_array().expect("links").iter();
    let reported = of_ndxp.filter(|link| link["code"] == OTHER || links.iter().any(|code| link["code"] == **code));
    assert_eq!(answer["ndxp"]["statistics"], day(reported.count()));
    // A statement for all rows of a level.
    let schema = graphql::schema().expect("a schema");
    for query in [
        format!("{{ provinces(first: 34) {{ nodes {{ {stats} }} }} }}"),
        format!("{{ dataLinks(first: 100) {{ nodes {{ {stats} }} }} }}"),
        format!("{{ informationSystems(first: 100) {{ nodes {{ {stats} }} }} }}"),
    ] {
        let op = Op::new(&db.app().await, Caller::Anonymous, "test");
        let answer = schema.execute(async_graphql::Request::new(&query).data(op.clone())).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        assert_eq!(op.statements(), 2, "{query}");
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
    let stranger = traffic::forget(&Op::new(&db.app().await, Caller::Anonymous, "test")).await;
    assert!(stranger.is_err(), "nobody else drops them");
}

async fn a_bulletin_tells_of_a_quarter(db: TestDb) {
    let bulletin = async |quarter: &str, area: &str| {
        let query = format!(
            r#"{{ sharingBulletin(quarter: "{quarter}" {area}) {{ quarter area {{ fullName }} asOf bodies systems databases links {{ status count }} transactions failures denied uptime }} }}"#
        );
        ask(&db, &query).await["sharingBulletin"].clone()
    };
    let status = |bulletin: &Value, status: &str| {
        let links = bulletin["links"].as_array().expect("links");
        links.iter().find(|of| of["status"] == status).expect("every state")["count"].as_i64().expect("a number")
    };
    let totals = ask(&db, r#"{ all: dataLinks { totalCount } active: dataLinks(filter: { statuses: [ACTIVE] }) { totalCount } here: dataLinks(filter: { statuses: [ACTIVE], areas: ["25", "26", "17"] }) { totalCount nodes { source { code generic kind area { validTo } } target { code generic kind area { validTo } } } } }"#).await;
    let country = bulletin("2026-Q1", "").await;
    assert_eq!((&country["area"], &country["asOf"]), (&json!(null), &json!("2026-01-15T12:00:00Z")));
    let all: i64 = country["links"].as_array().expect("links").iter().filter_map(|of| of["count"].as_i64()).sum();
    assert_eq!(json!(all), totals["all"]["totalCount"]);
    assert_eq!(json!(status(&country, "ACTIVE")), totals["active"]["totalCount"]);
    assert_eq!((&country["transactions"], &country["uptime"]), (&json!(0.0), &json!(null)));
    // A province, with what its predecessors had.
    let here = bulletin("2026-Q1", r#", area: "25""#).await;
    assert_eq!(here["area"], json!({ "fullName": "Tỉnh Phú Thọ" }));
    assert_eq!(json!(status(&here, "ACTIVE")), totals["here"]["totalCount"]);
    let named: HashSet<(String, bool)> = totals["here"]["nodes"]
        .as_array()
        .expect("links")
        .iter()
        .flat_map(|link| [&link["source"], &link["target"]])
        .filter(|system| system["area"]["validTo"] == "2025-06-30" && system["generic"] == false)
        .map(|system| (system["code"].to_string(), system["kind"] == "DATABASE"))
        .collect();
    assert_eq!(here["systems"], named.len());
    assert!(!named.is_empty());
    assert_eq!(here["databases"], named.iter().filter(|(_, database)| *database).count());
    // A body comes with its system, and its system with a link that operates.
    db.execute("UPDATE information_system SET owner_id = (SELECT id FROM agency WHERE code = 'pt-ubnd') WHERE code IN ('pt-lgsp', 'pt-dc')").await;
    let owned = bulletin("2026-Q1", r#", area: "25""#).await["bodies"].as_i64().expect("a number");
    assert_eq!(owned, here["bodies"].as_i64().expect("a number") + 1);
    // As it stood: in the last quarter it was being tested, and before it was requested it was not there.
    let step = |from: &str, to: &str, day: &str| {
        format!(
            "INSERT INTO link_transition (link_id, from_status, to_status, at, by) SELECT id, {from}, '{to}', '{day}T00:00:00+00:00', 'lan' FROM data_link WHERE code = '{LINK}'"
        )
    };
    db.execute(&step("NULL", "TESTING", "2025-10-01")).await;
    db.execute(&step("'TESTING'", "ACTIVE", "2026-01-02")).await;
    for (quarter, as_of, testing, active) in [
        ("2026-Q1", "2026-01-15T12:00:00Z", 0, 0),
        ("2025-Q4", "2025-12-31T17:00:00Z", 1, -1),
        ("2025-Q3", "2025-09-30T17:00:00Z", 0, -1),
    ] {
        let then = bulletin(quarter, "").await;
        assert_eq!(then["asOf"], as_of);
        assert_eq!(status(&then, "TESTING"), status(&country, "TESTING") + testing, "{quarter}");
        assert_eq!(status(&then, "ACTIVE"), status(&country, "ACTIVE") + active, "{quarter}");
    }
    // The calls of the quarter, and of the area.
    let system = system(&db, None).await;
    let failed = with(call(LINK, "CONSUMER", "b", "2026-01-15T10:00:00Z", 1), "outcome", json!("FAILED"));
    let denied = with(call(LINK, "CONSUMER", "c", "2026-01-15T10:00:00Z", 1), "outcome", json!("DENIED"));
    let records = [
        call(LINK, "PROVIDER", "a", "2025-12-31T17:00:00Z", 1),
        call(LINK, "PROVIDER", "z", "2025-12-31T16:59:59Z", 1),
        failed,
        denied,
        call(OTHER, "CONSUMER", "a", "2026-01-15T10:00:00Z", 1),
    ];
    assert_eq!(reported(&system, &records).await, (5, 0));
    for (quarter, area, numbers) in [
        ("2026-Q1", "", [4.0, 1.0, 1.0]),
        ("2026-Q1", r#", area: "25""#, [3.0, 1.0, 1.0]),
        ("2026-Q1", r#", area: "33""#, [0.0; 3]),
        ("2025-Q4", "", [1.0, 0.0, 0.0]),
    ] {
        let told = bulletin(quarter, area).await;
        assert_eq!([&told["transactions"], &told["failures"], &told["denied"]], numbers.map(|n| json!(n)).each_ref());
    }
    for (quarter, area, field, code) in [
        ("2026", "", "quarter", "INVALID"),
        ("2026-Q2", "", "quarter", "OUT_OF_RANGE"),
        ("2026-Q1", r#", area: "26""#, "area", "UNKNOWN_AREA"),
        ("2026-Q1", r#", area: "x""#, "area", "INVALID"),
    ] {
        let query = format!(r#"{{ sharingBulletin(quarter: "{quarter}" {area}) {{ asOf }} }}"#);
        let (refusal, fields, _) = refused(&db, "en", &query).await;
        assert_eq!(refusal, "BAD_USER_INPUT", "{query}");
        assert_eq!(fields[0].0, field, "{query}");
        assert!(code == "INVALID" || fields[0].1 == code, "{query}: {fields:?}");
    }
}

/// A report that was drawn.
#[derive(Clone, Debug)]
struct Drawn {
    link: &'static str,
    provider: bool,
    message: u8,
    minutes: i64,
    outcome: &'static str,
    ms: i32,
    bytes: [u32; 2],
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let outcome = prop::sample::select(vec!["SUCCEEDED", "FAILED", "DENIED"]);
    let ms = prop_oneof![0..200, 0..100_000, Just(i32::MAX)];
    let link = prop::sample::select(vec![LINK, OTHER]);
    (link, any::<bool>(), 0..30_u8, 0..4_000_i64, outcome, ms, any::<[u32; 2]>()).prop_map(
        |(link, provider, message, minutes, outcome, ms, bytes)| Drawn {
            link,
            provider,
            message,
            minutes,
            outcome,
            ms,
            bytes,
        },
    )
}

/// The first bucket's beginning before an instant.
fn beginning(at: DateTime<Utc>, bucket: &str) -> String {
    let viet_nam = Duration::hours(7);
    let start = match bucket {
        "HOUR" => at - Duration::minutes(i64::from(chrono::Timelike::minute(&at))),
        _ => (at + viet_nam).date_naive().and_time(chrono::NaiveTime::MIN).and_utc() - viet_nam,
    };
    start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

async fn whatever_is_reported_the_counts_are_those_of_the_records(db: TestDb) {
    let system = system(&db, None).await;
    let mut runner = TestRunner::new(Config::default());
    let begin: DateTime<Utc> = "2026-01-12T12:00:00Z".parse().expect("an instant");
    for round in 0..8 {
        db.execute("DELETE FROM exchange_record").await;
        db.execute("DELETE FROM exchange_hour").await;
        let strategy = (prop::collection::vec(drawn(), 1..150), prop::collection::vec(any::<Index>(), 0..6));
        let (reports, cuts) = strategy.new_tree(&mut runner).expect("values can be drawn").current();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(reports.len() + 1)).collect();
        cuts.extend([0, reports.len()]);
        cuts.sort_unstable();
        // What each side said first of a call is what it said.
        let mut said: BTreeMap<(&str, u8, bool), &Drawn> = BTreeMap::new();
        for part in cuts.windows(2) {
            let part = &reports[part[0]..part[1]];
            let records: Vec<Value> = part
                .iter()
                .map(|it| {
                    let at = (begin + Duration::minutes(it.minutes)).to_rfc3339();
                    let side = if it.provider { "PROVIDER" } else { "CONSUMER" };
                    let record = call(it.link, side, &it.message.to_string(), &at, it.ms);
                    let record = with(record, "outcome", json!(it.outcome));
                    with(with(record, "bytesIn", json!(it.bytes[0])), "bytesOut", json!(it.bytes[1]))
                })
                .collect();
            let before = said.len();
            for it in part {
                said.entry((it.link, it.message, it.provider)).or_insert(it);
            }
            let fresh = said.len() - before;
            let counts = (fresh as i64, (part.len() - fresh) as i64);
            assert_eq!(reported(&system, &records).await, counts, "{round} {reports:?} {cuts:?}");
        }
        let count = |of: &&&Drawn| of.provider || !said.contains_key(&(of.link, of.message, true));
        for bucket in ["HOUR", "DAY"] {
            for link in [LINK, OTHER] {
                let mut buckets: BTreeMap<String, Vec<&Drawn>> = BTreeMap::new();
                for it in said.values().filter(count).filter(|it| it.link == link) {
                    buckets.entry(beginning(begin + Duration::minutes(it.minutes), bucket)).or_default().push(it);
                }
                let told = of_link(&db, link, "2026-01-12T00:00:00Z", "2026-01-16T00:00:00Z", bucket).await;
                let told = told.as_array().expect("buckets");
                assert_eq!(told.len(), buckets.len(), "{round} {reports:?} {cuts:?}");
                for (told, (start, mut calls)) in told.iter().zip(buckets) {
                    let ended = |how: &str| calls.iter().filter(|it| it.outcome == how).count() as i32;
                    let sum = |of: fn(&Drawn) -> f64| calls.iter().map(|it| of(it)).sum::<f64>();
                    let outcomes = [ended("SUCCEEDED"), ended("FAILED"), ended("DENIED")];
                    let bytes = [sum(|it| it.bytes[0].into()), sum(|it| it.bytes[1].into())];
                    let mean = sum(|it| it.ms.into()) / calls.len() as f64;
                    calls.sort_by_key(|it| it.ms);
                    let p95 = f64::from(calls[(95 * calls.len()).div_ceil(100) - 1].ms);
                    let max = f64::from(calls[calls.len() - 1].ms);
                    let near = told["latencyP95Ms"].as_f64().expect("a number");
                    assert!((near - p95).abs() <= p95 / 128.0, "{near} {p95}");
                    let told_mean = told["latencyAvgMs"].as_f64().expect("a number");
                    assert!((told_mean - mean).abs() <= mean * 1e-12, "{told_mean} {mean}");
                    let expected = counted(&start, outcomes, bytes, [told_mean, near, max]);
                    assert_eq!(*told, expected, "{round} {bucket} {reports:?} {cuts:?}");
                }
            }
        }
    }
}
