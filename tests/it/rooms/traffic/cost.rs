//! What a report costs, whatever comes of it.

use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};

use super::{LINK, call, sent, system, system_at, with};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::people::Asker,
};

on_both! { SEEDED =>
    a_report_costs_by_the_calls_in_it,
    a_stranger_sends_little_and_pays_for_it,
    statistics_cost_by_the_buckets_that_they_could_have,
}

const REPORT: &str =
    "mutation ($records: [ExchangeRecordInput!]!) { recordExchanges(input: { records: $records }) { accepted } }";

fn calls(many: usize) -> Vec<Value> {
    (0..many).map(|n| call(LINK, "CONSUMER", &n.to_string(), "2026-01-15T10:00:00Z", 1)).collect()
}

async fn a_report_costs_by_the_calls_in_it(db: TestDb) {
    // The time in the database costs nothing here, so that costs are the same each time.
    let timeless = Limits::default().with(Limit::PointsPerMillisecond, 0);
    let system = system_at(&db, db.app_with(timeless).await, None).await;
    let cost = async |request: Value| {
        let answer = system.post(&request).await.whole();
        assert_eq!(answer.get("errors"), None, "{answer}");
        let cost = &answer["extensions"]["cost"];
        (cost["requested"].clone(), cost["actual"].clone())
    };
    // Two fields, and ten for each record; said in the document or beside it.
    for many in [0, 1, 7] {
        let told = cost(json!({ "query": REPORT, "variables": { "records": calls(many) } })).await;
        assert_eq!(told, (json!(2 + 10 * many), json!((10 * many).max(1))));
    }
    let record = |n| {
        format!(
            r#"{{ link: "{LINK}", side: CONSUMER, at: "2026-01-15T10:00:00Z", outcome: SUCCEEDED, durationMs: 1, messageId: "l{n}" }}"#
        )
    };
    let query =
        format!("mutation {{ recordExchanges(input: {{ records: [{}, {}] }}) {{ accepted }} }}", record(1), record(2));
    assert_eq!(cost(json!({ "query": query })).await.0, 22);
    // What is given twice is looked at twice.
    let twice = REPORT.replace("} }", "} again: recordExchanges(input: { records: $records }) { accepted } }");
    assert_eq!(cost(json!({ "query": twice, "variables": { "records": calls(3) } })).await.0, 64);
    // The lists of what only reads cost nothing more.
    let query = r#"{ provinces(filter: { codes: ["22", "25"] }) { totalCount } }"#;
    assert_eq!(cost(json!({ "query": query })).await.0, 2 + 420);
    // Who has so many points reports once a minute, not twice.
    let little = system_at(&db, db.app_with(Limits::default().with(Limit::PointsClient, 1_000)).await, None).await;
    assert_eq!(sent(&little, &calls(50)).await["data"]["recordExchanges"]["duplicates"], 7);
    assert_eq!(sent(&little, &calls(50)).await["errors"][0]["extensions"]["code"], "RATE_LIMITED");
}

async fn a_stranger_sends_little_and_pays_for_it(db: TestDb) {
    let stranger = Asker::stranger(db.app_with(Limits::default().with(Limit::PointsPerMillisecond, 0)).await);
    let left = async || {
        let standing = stranger.ask("{ rateLimit { remaining } }").await;
        standing["rateLimit"]["remaining"].as_i64().expect("a number")
    };
    let before = left().await;
    let refused = sent(&stranger, &calls(200)).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(before - left().await, 2_002 + 27, "ten for each, two for asking, and 27 KiB of variables");
    // As long as a body is that only they may not send.
    let many = calls(1_000);
    let long = stranger.post(&json!({ "query": REPORT, "variables": { "records": many } })).await;
    assert_eq!(long.status, 413);
    let named = with(json!({ "query": REPORT }), "variables", json!({ "records": many }));
    assert_eq!(system(&db, None).await.post(&named).await.json()["data"]["recordExchanges"]["accepted"], 1_000);
}

async fn statistics_cost_by_the_buckets_that_they_could_have(db: TestDb) {
    let stranger = Asker::stranger(db.app().await);
    let asked = async |query: String, variables: Value| {
        let answer = stranger.post(&json!({ "query": query, "variables": variables })).await.whole();
        match answer["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => json!(code),
            None => answer["extensions"]["cost"]["requested"].clone(),
        }
    };
    let of = |args: &str| format!(r#"{{ dataLink(code: "{LINK}") {{ statistics({args}) {{ start }} }} }}"#);
    let span = r#"from: "2026-01-01T00:00:00+07:00", to: "2026-01-11T00:00:00+07:00""#;
    // Two fields, the deposit for counting, and as many buckets as lie between.
    for (args, buckets) in [
        (span.to_owned(), 10),
        (format!("{span}, bucket: DAY"), 10),
        (format!("{span}, bucket: HOUR"), 240),
        (format!("{span}, bucket: MONTH"), 1),
        (span.replace("-11T00", "-11T01"), 11),
        (span.replace("2026-01-11", "2028-09-27"), 1_000),
    ] {
        assert_eq!(asked(of(&args), json!({})).await, json!(2 + 210 + buckets), "{args}");
    }
    let query = "query ($a: DateTime!, $b: DateTime!, $by: Bucket! = HOUR) { ";
    let named = of("from: $a, to: $b, bucket: $by").replacen("{ ", query, 1);
    let days = |to: &str| json!({ "a": "2026-01-01T00:00:00Z", "b": to });
    assert_eq!(asked(named.clone(), days("2026-01-02T00:00:00Z")).await, json!(210 + 26));
    let by_day = with(days("2026-01-04T17:00:00Z"), "by", json!("DAY"));
    assert_eq!(asked(named.clone(), by_day).await, json!(2 + 210 + 4));
    // What is refused reads nothing.
    for (args, fault) in [
        (span.replace("2026-01-11", "2028-09-28"), "BAD_USER_INPUT"),
        (span.replace("2026-01-11", "2025-12-31"), "BAD_USER_INPUT"),
        (span.replace("2026-01-11T", "x"), "BAD_USER_INPUT"),
        (format!("{span}, bucket: WEEK"), "BAD_USER_INPUT"),
    ] {
        assert_eq!(asked(of(&args), json!({})).await, json!(fault), "{args}");
    }
    // Many short ones are answered, many long ones are not: in literals and in variables, wherever calls are counted.
    let many = |parent: &str, args: &str| {
        let one = |n: i32| format!("a{n}: statistics({args}) {{ start }} ");
        format!("{{ {parent} {{ {} }} }}", (0..190).map(one).collect::<String>())
    };
    let hours = r#"from: "2026-01-01T00:00:00Z", to: "2026-02-11T00:00:00Z", bucket: HOUR"#;
    let link = format!(r#"dataLink(code: "{LINK}")"#);
    assert_eq!(asked(many(&link, span), json!({})).await, json!(1 + 190 * (210 + 11)));
    for parent in [&link, r#"informationSystem(code: "pt-lgsp")"#, r#"province(code: "25")"#] {
        assert_eq!(asked(many(parent, hours), json!({})).await, json!("QUERY_TOO_COMPLEX"), "{parent}");
    }
    let named = many(&link, "from: $a, to: $b, bucket: $by").replacen("{ ", query, 1);
    assert_eq!(asked(named, days("2026-02-11T00:00:00Z")).await, json!("QUERY_TOO_COMPLEX"));
}
