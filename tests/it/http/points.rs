//! What requests cost, who pays, and what whoever has spent all is told.

use std::net::SocketAddr;

use axum::{Extension, Router, extract::ConnectInfo};
use entity::kinds::Role;
use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};

use super::{Answer, limits::INTROSPECTION, post, service_of};
use crate::{
    harness::{Kind, MIGRATED, SEEDED, TestDb, on_both},
    rooms::people,
};

async fn asked(router: &Router, headers: &[(&str, &str)], query: &str) -> Answer {
    let mut all = vec![("accept-language", "en"), ("accept", "application/graphql-response+json")];
    all.extend(headers);
    post(router, &all, &json!({ "query": query })).await
}

fn cost(answer: &Answer) -> Value {
    answer.whole()["extensions"]["cost"].clone()
}

/// Limits under which the time in the database costs nothing, so that costs are the same each time.
fn timeless() -> Limits {
    Limits::default().with(Limit::PointsPerMillisecond, 0)
}

async fn a_request_pays_for_what_it_was_answered_with(db: TestDb) {
    let router = service_of(db.app_with(timeless()).await);
    // 1 + 1 + 10 × (1 + 1 + 1 + 5 × 1) could be; Quảng Ninh has no predecessor, Phú Thọ three.
    let query = "{ provinces(first: 10, filter: { codes: [\"22\", \"25\"] }, on: \"2026-01-15\") { nodes { code plans(first: 5) { nodes { code } } } } }";
    let answer = asked(&router, &[], query).await;
    let nodes = answer.json()["data"]["provinces"]["nodes"].clone();
    let values =
        nodes.as_array().expect("rows").iter().map(|n| 3 + n["plans"]["nodes"].as_array().expect("rows").len());
    let actual = 2 + values.sum::<usize>();
    assert!(actual > 8 && actual < 82, "{actual}");
    let left = 1_000_000 - actual;
    assert_eq!(cost(&answer), json!({ "requested": 82, "actual": actual, "available": left, "restoreRate": 16_666 }));
    assert!(answer.body.ends_with(&format!(
        ",\"extensions\":{{\"cost\":{{\"requested\":82,\"actual\":{actual},\"available\":{left},\"restoreRate\":16666}}}}}}"
    )));
    assert_eq!(answer.header("ratelimit-policy"), "\"points\";q=1000000;w=60");
    assert_eq!(answer.header("ratelimit"), format!("\"points\";r={left};t=1"));
    // What is refused costs nothing, and tells nothing of costs.
    for query in ["{ nothing }", "{ a(", "{ viewer { kind } } fragment F on Query { viewer { kind } }"] {
        let refused = asked(&router, &[], query).await;
        assert_eq!((refused.status, refused.whole().get("extensions"), refused.header("ratelimit")), (400, None, ""));
    }
    // The bucket stands as it did, but for what this one takes.
    let answer = asked(&router, &[], "{ rateLimit { limit remaining cost resetAt } viewer { kind } }").await;
    assert_eq!(
        answer.json()["data"]["rateLimit"],
        json!({ "limit": 1_000_000, "remaining": left - 7, "cost": 7, "resetAt": "2026-01-15T12:00:00.002Z" })
    );
    assert_eq!((cost(&answer)["requested"].clone(), cost(&answer)["actual"].clone()), (json!(7), json!(7)));
}

async fn callers_pay_from_their_own(db: TestDb) {
    let limits =
        timeless().with(Limit::PointsAnonymous, 100).with(Limit::PointsEditor, 2_000).with(Limit::PointsClient, 300);
    let app = db.app_with(limits).await;
    people::create(&app, "chief", &[Role::Viewer, Role::Editor], Some("25")).await;
    people::create(&app, "deputy", &[Role::Editor], Some("25")).await;
    let stranger = people::Asker::stranger(app);
    let left = async |who: &people::Asker| {
        let answer = who.ask("{ rateLimit { limit remaining } }").await["rateLimit"].clone();
        (answer["limit"].as_i64().expect("a number"), answer["remaining"].as_i64().expect("a number"))
    };
    let (chief, deputy) = (people::sign_in(&stranger, "chief").await, people::sign_in(&stranger, "deputy").await);
    assert_eq!(left(&chief).await, (5_000_000, 4_999_997), "the role with the most counts");
    assert_eq!(left(&deputy).await, (2_000, 1_997));
    assert_eq!(left(&deputy).await, (2_000, 1_994));
    let again = people::sign_in(&stranger, "deputy").await;
    assert_eq!(left(&again).await, (2_000, 1_991), "two sessions of one account have one bucket");
    // All strangers here share what is left of theirs.
    let (limit, strangers) = left(&stranger).await;
    assert_eq!(limit, 100);
    assert!(strangers < 90, "{strangers}");
}

async fn counting_and_looking_for_the_newest_take_a_deposit(db: TestDb) {
    let router = service_of(db.app_with(timeless()).await);
    for (query, values, deposit) in [
        ("{ observations { totalCount } }", 2, 420),
        ("{ observations(filter: { latest: true }) { totalCount } }", 2, 1_470),
        ("{ observations(filter: { latest: false }, asOf: null) { totalCount } }", 2, 420),
        ("{ observations(asOf: \"2026-01-01T00:00:00Z\") { totalCount } }", 2, 630),
        ("{ changes(first: 1) { nodes { key } } }", 3, 1_050),
        ("{ a: changes(first: 1) { nodes { key } } b: changes(first: 1) { nodes { key } } }", 6, 2_100),
        // Once for the statement, and a part of it for each of three rows.
        ("{ provinces(first: 3) { nodes { plans { totalCount } } } }", 2 + 3 * 2, 400 + 3 * 20),
        ("{ province(code: \"25\") { series(indicator: \"x\") { __typename } } }", 3, 420),
    ] {
        let answer = asked(&router, &[], query).await;
        assert_eq!(cost(&answer)["requested"], json!(values + deposit), "{query}: {}", answer.body);
        assert!(
            cost(&answer)["actual"].as_u64().expect("points") <= values,
            "{query}: what was not needed is given back"
        );
    }
    let query = "query ($of: ObservationFilter, $at: DateTime) { observations(filter: $of, asOf: $at, first: 1) { nodes { id } } }";
    for (variables, requested) in [
        (json!({}), 3),
        (json!({ "of": { "latest": true } }), 3 + 1_050),
        (json!({ "of": { "latest": true }, "at": "2026-01-01T00:00:00Z" }), 3 + 1_260),
        (json!({ "of": { "latest": null }, "at": null }), 3),
    ] {
        let answer = post(&router, &[], &json!({ "query": query, "variables": variables })).await;
        assert_eq!(cost(&answer)["requested"], json!(requested), "{variables}");
    }
}

async fn the_time_in_the_database_is_paid_whatever_comes_of_it(db: TestDb) {
    let dear =
        |points| Limits::default().with(Limit::PointsPerMillisecond, 10_000).with(Limit::PointsAnonymous, points);
    let router = service_of(db.app_with(dear(1_000_000_000)).await);
    let answer = asked(&router, &[], "{ observations { totalCount } }").await;
    let (actual, available) = (cost(&answer)["actual"].clone(), cost(&answer)["available"].clone());
    let actual = actual.as_u64().expect("points");
    assert!(actual > 2, "{actual}");
    assert_eq!(available, json!(1_000_000_000 - actual));
    // The one bucket of strangers: who owes points is answered once it is empty, before and in the middle of an operation.
    let router = service_of(db.app_with(dear(1_000)).await);
    let many: String = (0..20).map(|n| format!("a{n}: provinces(first: 1) {{ nodes {{ code }} }} ")).collect();
    let answer = asked(&router, &[], &format!("{{ {many} }}")).await;
    assert_eq!((answer.status, answer.code()), (200, json!("RATE_LIMITED")), "{}", answer.body);
    assert_eq!(cost(&answer)["available"], 0);
    let again = asked(&router, &[], "{ province(code: \"25\") { code } }").await;
    assert_eq!((again.status, again.code()), (429, json!("RATE_LIMITED")));
}

async fn the_time_of_a_write_is_paid_too(db: TestDb) {
    // It reads nothing but inside its transaction.
    let query = r#"mutation { submitObservations(input: { observations: [{ id: "T2JzZXJ2YXRpb246MA", version: 1 }] }) { count } }"#;
    let mut costs = vec![];
    for price in [0, 10_000] {
        let plenty = [Limit::PointsAnonymous, Limit::PointsEditor].into_iter();
        let limits = Limits::default().with(Limit::PointsPerMillisecond, price);
        let app = db.app_with(plenty.fold(limits, |limits, limit| limits.with(limit, 1_000_000_000))).await;
        if price == 0 {
            people::create(&app, "lan", &[Role::Editor], Some("25")).await;
        }
        let lan = people::sign_in(&people::Asker::stranger(app), "lan").await;
        let answer = lan.send(query).await;
        assert_eq!(answer.code(), json!("BAD_USER_INPUT"), "{}", answer.body);
        costs.push(cost(&answer)["actual"].as_u64().expect("points"));
    }
    let [free, paid] = costs.as_slice() else { panic!("{costs:?}") };
    assert!(*paid >= free + 50, "{costs:?}");
}

async fn who_has_spent_all_is_told_when_to_come_back(db: TestDb) {
    let router =
        service_of(db.app_with(timeless().with(Limit::PointsAnonymous, 60).with(Limit::AnswerCacheMib, 0)).await);
    let query = "{ provinces(first: 34, on: \"2026-01-15\") { nodes { code } } }";
    let answer = asked(&router, &[], query).await;
    assert_eq!((answer.status, cost(&answer)["available"].clone()), (200, json!(60 - 36)));
    let logouts: String =
        (0..13).map(|n| format!("a{n}: logout(input: {{ refreshToken: \"x\" }}) {{ __typename }} ")).collect();
    for query in [query, &format!("mutation {{ {logouts} }}")] {
        let answer = asked(&router, &[], query).await;
        assert_eq!((answer.status, answer.code()), (429, json!("RATE_LIMITED")), "{}", answer.body);
        assert!(answer.whole().get("data").is_none() && answer.whole().get("extensions").is_none());
        assert_eq!(answer.header("ratelimit"), "\"points\";r=24;t=36");
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!((1..=12).contains(&wait), "{wait}");
    }
    assert_eq!(asked(&router, &[], query).await.message(), "Out of points: this request needs 36, and 24 are left.");
    assert_eq!(asked(&router, &[], "{ viewer { kind } }").await.status, 200, "what there is enough for");
    // What there is never enough for need not be tried again.
    let answer = asked(&router, &[], "{ provinces(first: 200) { nodes { code } } }").await;
    assert_eq!((answer.status, answer.code()), (400, json!("QUERY_TOO_COMPLEX")));
    assert_eq!(
        answer.message(),
        "The request asks for too much: 202 points, at most 60 (the limit `points_anonymous`)."
    );
}

on_both! { SEEDED =>
    a_request_pays_for_what_it_was_answered_with,
    counting_and_looking_for_the_newest_take_a_deposit,
    the_time_in_the_database_is_paid_whatever_comes_of_it,
    the_time_of_a_write_is_paid_too,
    callers_pay_from_their_own,
    who_has_spent_all_is_told_when_to_come_back,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_a_minute_are_possible() {
    let db = TestDb::new(Kind::Sqlite, &SEEDED).await;
    let router = service_of(db.app().await);
    for n in 0..1_000 {
        let query = match n % 100 {
            0 => INTROSPECTION,
            _ => "{ provinces(first: 34) { nodes { code name plans { nodes { title area { name } } } } } }",
        };
        let answer = post(&router, &[], &json!({ "query": query })).await;
        assert_eq!((answer.status, answer.json().get("errors")), (200, None), "{n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_sign_ins_is_rejected_early() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service_of(db.app_with(Limits::default().with(Limit::SignIns, 100_000)).await);
    let mut burst = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let router = router.clone();
        burst.spawn(async move { asked(&router, &[], &people::login("nobody", "x")).await });
    }
    let (mut early, mut compared) = (0, 0);
    for answer in burst.join_all().await {
        match answer.status {
            503 => {
                early += 1;
                assert_eq!((answer.code(), answer.header("retry-after")), (json!("UNAVAILABLE"), "5"));
            }
            _ => {
                compared += 1;
                assert_eq!(answer.code(), json!("UNAUTHENTICATED"), "{}", answer.body);
            }
        }
    }
    assert!(early > 0 && compared > 100, "{early} early, {compared} compared");
    // Nothing of it is left.
    assert_eq!(asked(&router, &[], &people::login("nobody", "x")).await.code(), json!("UNAUTHENTICATED"));
}

#[tokio::test]
async fn sign_ins_are_counted_by_address() {
    assert_eq!(Limits::default().of(Limit::SignIns), 60);
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let limits = Limits::default().with(Limit::SignIns, 3);
    let router = service_of(db.app_with(limits).await);
    let from = |address: [u8; 4]| router.clone().layer(Extension(ConnectInfo(SocketAddr::from((address, 4711)))));
    let login = people::login("nobody", "x");
    let (here, there) = (from([192, 0, 2, 1]), from([192, 0, 2, 2]));
    for _ in 0..3 {
        assert_eq!(asked(&here, &[], &login).await.code(), "UNAUTHENTICATED");
    }
    let answer = asked(&here, &[], &login).await;
    assert_eq!((answer.status, answer.code()), (429, json!("RATE_LIMITED")));
    assert_eq!(
        (answer.message(), answer.header("retry-after")),
        (json!("Too many sign-ins from this address; please try again later."), "20")
    );
    assert_eq!(asked(&here, &[], "{ viewer { kind } }").await.status, 200, "only that");
    // Nobody is a proxy who was not named as one.
    assert_eq!(asked(&here, &[("x-forwarded-for", "192.0.2.3")], &login).await.status, 429);
    assert_eq!(asked(&there, &[], &login).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_trusted_proxy_tells_whom_it_speaks_for() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let app = TestDb::app_behind(db.db().await, "192.0.2.1", Limits::default().with(Limit::SignIns, 1));
    let router = service_of(app).layer(Extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711)))));
    let login = people::login("nobody", "x");
    for (header, value, status) in [
        ("x-forwarded-for", "198.51.100.1", 200),
        ("x-forwarded-for", "198.51.100.1", 429),
        ("x-forwarded-for", "198.51.100.9, 198.51.100.1", 429),
        ("x-forwarded-for", "198.51.100.1, 198.51.100.2", 200),
        ("forwarded", "for=198.51.100.2", 429),
        ("forwarded", "for=198.51.100.3;proto=https", 200),
    ] {
        assert_eq!(asked(&router, &[(header, value)], &login).await.status, status, "{value}");
    }
}
