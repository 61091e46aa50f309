//! What went over data links is counted once, and shown to everybody.

use lienthong::{
    graphql,
    kernel::{op::Op, policy::Caller},
};
use serde_json::{Value, json};

use super::{LINK, OTHER, ask, call, counted, of_link, of_month, reported, statistics, system, with};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::{refused, traces::faults},
};

on_both! { SEEDED =>
    calls_are_counted_by_hours_days_and_months,
    as_many_calls_are_told_as_a_count_can_tell,
    a_call_that_both_ends_report_counts_once_by_the_providers_word,
    ends_that_report_at_once_to_several_instances_count_once,
    systems_and_provinces_have_the_calls_of_their_links,
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
        assert_eq!((code.as_str(), fields), ("BAD_USER_INPUT", faults(&[("to", "OUT_OF_RANGE")])));
    }
}

async fn as_many_calls_are_told_as_a_count_can_tell(db: TestDb) {
    let system = system(&db, None).await;
    assert_eq!(reported(&system, &[call(LINK, "PROVIDER", "a", "2026-01-15T10:00:00Z", 1)]).await, (1, 0));
    let most = i64::MAX;
    db.execute(&format!("UPDATE exchange_tally SET succeeded = 3000000000, bytes_in = {most}, bytes_out = {most}"))
        .await;
    let more = with(call(LINK, "PROVIDER", "b", "2026-01-15T10:00:00Z", 1), "bytesIn", json!(1_000_000_000_000_i64));
    assert_eq!(reported(&system, &[more]).await, (1, 0));
    let month = of_month(&db, LINK).await;
    assert_eq!((&month[0]["succeeded"], &month[0]["failed"]), (&json!(2_147_483_647), &json!(0)));
    assert_eq!((&month[0]["bytesIn"], &month[0]["bytesOut"]), (&json!(most as f64), &json!(most as f64)));
    let bulletin = ask(&db, r#"{ sharingBulletin(quarter: "2026-Q1") { transactions } }"#).await;
    assert_eq!(bulletin["sharingBulletin"]["transactions"], 3_000_000_001_f64);
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
    // Neither does the day or the month remember what took longest by the consumer's word.
    let day = of_link(&db, LINK, "2026-01-14T17:00:00Z", "2026-01-15T17:00:00Z", "DAY").await;
    let month = of_month(&db, LINK).await;
    assert_eq!([&day[0]["latencyMaxMs"], &month[0]["latencyMaxMs"]], [80.0, 80.0]);
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

async fn ends_that_report_at_once_to_several_instances_count_once(db: TestDb) {
    let records = |side: &str, ms| -> Vec<Value> {
        (0..40).map(|n| call(LINK, side, &n.to_string(), "2026-01-15T10:00:00Z", ms)).collect()
    };
    let mut tries = tokio::task::JoinSet::new();
    for (side, ms) in [("CONSUMER", 900), ("PROVIDER", 20)].repeat(3) {
        // Each has its own way to the database.
        let (system, records) = (system(&db, None).await, records(side, ms));
        tries.spawn(async move { reported(&system, &records).await });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().map(|(accepted, _)| accepted).sum::<i64>(), 80, "{answers:?}");
    let once = counted("2025-12-31T17:00:00Z", [40, 0, 0], [400.0, 40_000.0], [20.0; 3]);
    assert_eq!(of_month(&db, LINK).await, json!([once]));
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
    db.execute("UPDATE data_link SET status = 'ACTIVE'").await;
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
