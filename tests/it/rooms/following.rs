//! The change feed: who is told of what, in which order, and from where one may read on.

use std::time::Duration as Wait;

use chrono::Duration;
use entity::kinds::Role;
use lienthong::{
    journal::feed,
    kernel::{op::Op, policy::Caller},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use super::{
    people::{Asker, create, sign_in, somebody},
    recording::{editor, order, record, recorded},
    reviewing::taken,
};
use crate::{
    harness::{Kind, SEEDED, TestDb, noon, on_both},
    http,
    program::{printed, refused},
};

on_both! { SEEDED =>
    pages_put_together_are_the_feed_and_an_empty_one_is_read_on_from,
    a_long_feed_is_counted_so_far,
    a_page_ends_early_where_little_is_shown_of_much,
    a_draft_is_told_to_nobody_who_does_not_see_it,
    a_withdrawal_is_told_to_whoever_follows,
    what_is_shared_is_told_to_whom_it_is_shared_with,
    a_system_needs_the_scope_to_be_told_more_than_strangers,
    only_a_cursor_of_the_feed_is_read_on_from,
    old_changes_are_dropped_and_a_cursor_before_them_has_expired,
    who_has_read_up_to_a_change_has_missed_none_before_it,
    the_program_prints_the_feed,
}

/// Somebody, some minutes after noon.
async fn later(db: &TestDb, username: &str, minutes: i64) -> Asker {
    let app = db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await;
    sign_in(&Asker::stranger(app), username).await
}

async fn stranger(db: &TestDb) -> Asker {
    Asker::stranger(db.app_at(noon("2026-01-16")).await)
}

const TOLD: &str =
    "nodes { cursor type action key nodeId at node { id } } pageInfo { endCursor hasNextPage } totalCount";

/// A page of what somebody is told after a cursor.
async fn page(asker: &Asker, after: &Value, rest: &str) -> Value {
    asker.ask(&format!("{{ changes(after: {after} {rest}) {{ {TOLD} }} }}")).await["changes"].clone()
}

/// All that somebody is told after a cursor, a page at a time.
async fn all(asker: &Asker, after: &Value, rest: &str) -> (Vec<Value>, Value) {
    let (mut told, mut after) = (vec![], after.clone());
    loop {
        let page = page(asker, &after, rest).await;
        told.extend(page["nodes"].as_array().expect("a list").iter().cloned());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            return (told, after);
        }
    }
}

/// Where the feed ends now, for everybody.
async fn end(db: &TestDb) -> Value {
    all(&stranger(db).await, &json!(null), ", first: 200").await.1
}

fn keys(told: &[Value]) -> Vec<(&str, &str)> {
    told.iter().map(|t| (t["key"].as_str().expect("a key"), t["action"].as_str().expect("an action"))).collect()
}

async fn pages_put_together_are_the_feed_and_an_empty_one_is_read_on_from(db: TestDb) {
    let asker = stranger(&db).await;
    let first = asker.ask("{ changes { nodes { cursor } totalCount } }").await["changes"].clone();
    assert_eq!(first["nodes"].as_array().map(Vec::len), Some(100), "so many without being asked for");
    let (told, end) = all(&asker, &json!(null), ", first: 170").await;
    assert_eq!(first["totalCount"], told.len());
    let mut cursors: Vec<&str> = told.iter().map(|t| t["cursor"].as_str().expect("a cursor")).collect();
    assert_eq!(Some(&end), told.last().map(|t| &t["cursor"]));
    cursors.sort_unstable();
    cursors.dedup();
    assert_eq!(cursors.len(), told.len(), "each once");
    assert!(told.iter().all(|t| t["node"]["id"] == t["nodeId"]), "all that was seeded is public");
    let nothing = page(&asker, &end, "").await;
    assert_eq!(
        (&nothing["nodes"], &nothing["pageInfo"]),
        (&json!([]), &json!({ "endCursor": end, "hasNextPage": false }))
    );
    let (plans, _) = all(&asker, &json!(null), ", types: [PLAN, INDICATOR], first: 200").await;
    let count = asker.ask("{ plans { totalCount } indicators { totalCount } }").await;
    let of = |kind: &str| {
        let mut keys: Vec<&Value> = plans.iter().filter(|t| t["type"] == kind).map(|t| &t["nodeId"]).collect();
        keys.sort_unstable_by_key(|key| key.to_string());
        keys.dedup();
        json!(keys.len())
    };
    assert_eq!((&of("PLAN"), &of("INDICATOR")), (&count["plans"]["totalCount"], &count["indicators"]["totalCount"]));
    assert!(plans.iter().all(|t| t["type"] == "PLAN" || t["type"] == "INDICATOR"));
}

async fn a_page_ends_early_where_little_is_shown_of_much(db: TestDb) {
    let begin = end(&db).await;
    // Twelve thousand changes of agreements, which strangers do not see, and one of a plan after them.
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)";
    let at = "(SELECT MAX(at) FROM change)";
    db.execute(&format!(
        "INSERT INTO change (type, action, key, node_id, at) {numbers} SELECT 'AGREEMENT', 'CREATED', 'a', i, {at} FROM n"
    ))
    .await;
    db.execute(&format!(
        "INSERT INTO change (type, action, key, node_id, at) SELECT 'PLAN', 'UPDATED', 'last', MIN(id), {at} FROM plan"
    ))
    .await;
    let asker = stranger(&db).await;
    let (mut after, mut pages) = (begin.clone(), vec![]);
    loop {
        let page = page(&asker, &after, ", first: 1").await;
        pages.push(page["nodes"].as_array().map(Vec::len));
        assert_ne!(page["pageInfo"]["endCursor"], after, "it goes on");
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["nodes"][0]["key"], "last");
            break;
        }
    }
    assert_eq!(pages, [Some(0), Some(0), Some(1)], "each goes through 5,000 at most");
    // A page that is full before ends with its last row, as ever.
    let full = page(&asker, &json!(null), ", first: 2").await;
    assert_eq!(
        (&full["pageInfo"]["hasNextPage"], &full["pageInfo"]["endCursor"]),
        (&json!(true), &full["nodes"][1]["cursor"])
    );
}

async fn a_draft_is_told_to_nobody_who_does_not_see_it(db: TestDb) {
    let (app, from) = (db.app().await, end(&db).await);
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    create(&app, "binh", &[Role::Approver], Some("25")).await;
    create(&app, "xa-la", &[Role::Editor], Some("33")).await;
    let made = recorded(&later(&db, "lan", 1).await, &record("2025", "value: 90")).await;
    taken(&later(&db, "lan", 2).await, "submitObservation", &made, 1, "").await;
    for asker in [stranger(&db).await, later(&db, "xa-la", 3).await] {
        let nothing = page(&asker, &from, "").await;
        assert_eq!(nothing["nodes"], json!([]));
        assert_eq!(nothing["totalCount"], page(&asker, &json!(null), ", first: 1").await["totalCount"]);
        let before = all(&asker, &json!(null), ", first: 200").await.0.len();
        assert_eq!(nothing["totalCount"], before, "not even its existence");
    }
    let key = "commune_fibre_pct/25/2025";
    let (told, _) = all(&later(&db, "lan", 3).await, &from, "").await;
    assert_eq!(keys(&told), [(key, "CREATED"), (key, "UPDATED")]);
    assert!(told.iter().all(|t| t["nodeId"] == made["id"] && t["node"]["id"] == made["id"]));
    taken(&later(&db, "binh", 4).await, "publishObservation", &made, 2, "").await;
    let (told, _) = all(&stranger(&db).await, &from, "").await;
    assert_eq!(keys(&told), [(key, "UPDATED")], "that it was published, and nothing of before");
    assert_eq!(told[0]["at"], "2026-01-15T12:04:00Z");
    assert_eq!(told[0]["node"]["id"], made["id"]);
}

async fn a_withdrawal_is_told_to_whoever_follows(db: TestDb) {
    let app = db.app().await;
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    create(&app, "binh", &[Role::Approver], Some("25")).await;
    let made = recorded(&later(&db, "lan", 1).await, &record("2025", "value: 90")).await;
    taken(&later(&db, "lan", 2).await, "submitObservation", &made, 1, "").await;
    taken(&later(&db, "binh", 3).await, "publishObservation", &made, 2, "").await;
    let from = end(&db).await;
    taken(&later(&db, "binh", 4).await, "withdrawObservation", &made, 3, r#", reason: "sai nguồn""#).await;
    let asker = stranger(&db).await;
    let query = format!(
        "{{ changes(after: {from}) {{ nodes {{ action nodeId node {{ ... on Observation {{ state }} }} }} }} }}"
    );
    assert_eq!(
        asker.ask(&query).await["changes"]["nodes"],
        json!([{ "action": "WITHDRAWN", "nodeId": made["id"], "node": { "state": "WITHDRAWN" } }])
    );
    // A record that is gone: that it was there was no secret. Of figures nobody knows any more whether it was.
    let from = end(&db).await;
    for kind in ["PLAN", "OBSERVATION"] {
        let row = "INSERT INTO change (type, action, key, node_id, at) VALUES";
        db.execute(&format!("{row} ('{kind}', 'DELETED', 'gone', 999999, '2026-01-15T12:05:00+00:00')")).await;
    }
    let (told, _) = all(&asker, &from, "").await;
    assert_eq!(keys(&told), [("gone", "DELETED")]);
    assert_eq!((&told[0]["type"], &told[0]["node"]), (&json!("PLAN"), &json!(null)));
}

async fn what_is_shared_is_told_to_whom_it_is_shared_with(db: TestDb) {
    let app = db.app().await;
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    create(&app, "binh", &[Role::Approver], Some("25")).await;
    create(&app, "xem", &[Role::Viewer], Some("25")).await;
    create(&app, "xa-la", &[Role::Viewer], Some("33")).await;
    let from = end(&db).await;
    let lan = later(&db, "lan", 1).await;
    let shared = recorded(&lan, &record("2025", "value: 90, sharing: SHARED")).await;
    taken(&later(&db, "lan", 2).await, "submitObservation", &shared, 1, "").await;
    taken(&later(&db, "binh", 3).await, "publishObservation", &shared, 2, "").await;
    let told = async |asker: Asker| all(&asker, &from, "").await.0.len();
    assert_eq!(told(stranger(&db).await).await, 0);
    assert_eq!(told(later(&db, "xa-la", 4).await).await, 0);
    assert_eq!(told(later(&db, "xem", 4).await).await, 1);
    assert_eq!(told(later(&db, "binh", 4).await).await, 3, "whoever sees drafts is told of each step");
}

async fn a_system_needs_the_scope_to_be_told_more_than_strangers(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let from = end(&db).await;
    for (scopes, told) in [(r#""observation:write""#, 0), (r#""observation:write", "changes:read""#, 1)] {
        let query = format!(
            r#"mutation {{ createApiClient(input: {{ name: "Sở", agency: "pt-ubnd", scopes: [{scopes}] }}) {{ clientSecret apiClient {{ clientId }} }} }}"#
        );
        let made = admin.ask(&query).await["createApiClient"].clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            text(&made["apiClient"]["clientId"]),
            text(&made["clientSecret"])
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let token = http::send(&admin.service, axum::http::Method::POST, "/oauth/token", &headers, form).await.json();
        let client = admin.with(token["access_token"].as_str().expect("a token"));
        recorded(&client, &order("commune_fibre_pct", "25", &format!("2025-0{}", told + 1), "value: 90")).await;
        assert_eq!(all(&client, &from, "").await.0.len(), told, "{scopes}");
    }
}

async fn only_a_cursor_of_the_feed_is_read_on_from(db: TestDb) {
    let asker = stranger(&db).await;
    let plans = asker.ask("{ plans(first: 1) { pageInfo { endCursor } } }").await;
    for cursor in [plans["plans"]["pageInfo"]["endCursor"].clone(), json!("nonsense"), json!("")] {
        let answer = asker.send(&format!("{{ changes(after: {cursor}) {{ totalCount }} }}")).await.json();
        let error = &answer["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["fields"][0]["code"]), (&json!("BAD_USER_INPUT"), &json!("FOREIGN_CURSOR")));
        assert_eq!(error["fields"][0]["path"], "after");
    }
    for first in [0, 201] {
        let answer = asker.send(&format!("{{ changes(first: {first}) {{ totalCount }} }}")).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["fields"][0]["code"], "OUT_OF_RANGE");
    }
}

async fn a_long_feed_is_counted_so_far(db: TestDb) {
    let asker = stranger(&db).await;
    let counted = async |of: &str| {
        let query = format!("{{ changes{of} {{ totalCount totalCountIsAtLeast }} }}");
        let changes = asker.ask(&query).await["changes"].clone();
        (changes["totalCount"].as_u64().expect("a number"), changes["totalCountIsAtLeast"] == true)
    };
    let before = counted("").await;
    assert!(!before.1 && before.0 > 500, "{before:?}");
    let numbers = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i FROM n) n";
    let set = "type, action, key, node_id, at";
    let first = "(SELECT * FROM change WHERE type = 'INDICATOR' ORDER BY id LIMIT 1) c";
    db.execute(&format!("INSERT INTO change ({set}) SELECT {set} FROM {first}, {numbers}")).await;
    assert_eq!(counted("").await, (10_000, true));
    assert_eq!(counted("(types: [DATA_LINK])").await, (16, true), "those of the first ten thousand");
    assert_eq!(
        asker.ask("{ changes(first: 1) { totalCountIsAtLeast } }").await["changes"]["totalCountIsAtLeast"],
        true
    );
}

async fn old_changes_are_dropped_and_a_cursor_before_them_has_expired(db: TestDb) {
    let from = page(&stranger(&db).await, &json!(null), ", first: 1").await["pageInfo"]["endCursor"].clone();
    let end = end(&db).await;
    let forget = async |day: &str| {
        let app = db.app_at(noon(day)).await;
        let forgotten = feed::forget(&Op::new(&app, Caller::Operator, "test")).await;
        forgotten.expect("they are dropped")
    };
    db.execute("UPDATE change SET at = '2026-01-15T12:00:00+00:00'").await;
    assert_eq!(forget("2026-04-15").await, 0, "ninety days later they are still there");
    let gone = forget("2026-04-16").await;
    assert!(gone > 500, "{gone}");
    assert_eq!(forget("2026-04-16").await, 0);
    let asker = stranger(&db).await;
    assert_eq!(page(&asker, &json!(null), "").await["nodes"].as_array().map(Vec::len), Some(1), "the newest stays");
    let (code, said) = asker.refused(&format!("{{ changes(after: {from}) {{ totalCount }} }}")).await;
    assert_eq!(code, "CURSOR_EXPIRED");
    assert!(said.contains("read the data anew"), "{said}");
    let nothing = page(&asker, &end, "").await;
    assert_eq!(
        (&nothing["nodes"], &nothing["pageInfo"]["endCursor"]),
        (&json!([]), &end),
        "who was up to date still is"
    );
    let lan = editor(&db).await;
    recorded(&lan, &record("2025", "value: 90")).await;
    assert_eq!(all(&lan, &end, "").await.0.len(), 1);
    let stranger = feed::forget(&Op::new(&db.app().await, Caller::Anonymous, "test")).await;
    assert!(stranger.is_err(), "nobody else drops them");
}

/// Writers at once, of whom one waits with its commit, and a reader who goes on from what has been read.
async fn who_has_read_up_to_a_change_has_missed_none_before_it(db: TestDb) {
    if db.kind() == Kind::Postgres {
        // Whoever writes holds this lock: what the service writes comes after what is open.
        let raw = db.raw().await;
        let open = raw.begin().await.expect("a transaction");
        open.execute_unprepared("SELECT pg_advisory_xact_lock(7305427)").await.expect("the lock");
        let row = "INSERT INTO change (type, action, key, node_id, at) SELECT 'PLAN', 'UPDATED', 'slow', min(id), now() FROM plan";
        open.execute_unprepared(row).await.expect("a row");
        let (lan, from) = (db.clone(), end(&db).await);
        let mut writing = tokio::task::JoinSet::new();
        writing.spawn(async move { recorded(&editor(&lan).await, &record("2025", "value: 90")).await });
        let operator = Op::new(&db.app().await, Caller::Operator, "test");
        let from = from.as_str().map(str::to_owned);
        tokio::time::sleep(Wait::from_millis(700)).await;
        assert_eq!(feed::after(&operator, from.as_deref()).await.expect("a read"), [], "nothing of either");
        open.commit().await.expect("it commits");
        writing.join_all().await;
        let told = feed::after(&operator, from.as_deref()).await.expect("a read");
        let keys: Vec<&str> = told.iter().map(|told| told.key.as_str()).collect();
        assert_eq!(keys, ["slow", "commune_fibre_pct/25/2025"]);
    }
    let app = db.app().await;
    for n in 0..4 {
        create(&app, &format!("editor{n}"), &[Role::Editor], Some("25")).await;
    }
    let from = end(&db).await;
    let mut writing = tokio::task::JoinSet::new();
    for n in 0..4 {
        let editor = sign_in(&Asker::stranger(app.clone()), &format!("editor{n}")).await;
        writing.spawn(async move {
            for month in 1..=9 {
                recorded(
                    &editor,
                    &order("mobile_phone_subs_count", "25", &format!("20{}-0{month}", 15 + n), "value: 9"),
                )
                .await;
            }
        });
    }
    let operator = Op::new(&app, Caller::Operator, "test");
    let (mut seen, mut after) = (vec![], from.as_str().map(str::to_owned));
    let first = after.clone();
    loop {
        while let Some(done) = writing.try_join_next() {
            done.expect("they are recorded");
        }
        // Looked at before the read: what is written is there by then.
        let over = writing.is_empty();
        let told = feed::after(&operator, after.as_deref()).await.expect("a read");
        if told.is_empty() && over {
            break;
        }
        after = told.last().map(|told| told.cursor.clone()).or(after);
        seen.extend(told);
    }
    assert!(seen.len() >= 36, "{}", seen.len());
    let told = feed::after(&operator, first.as_deref()).await.expect("a read");
    assert_eq!(seen, told, "what was read while it was written is all that is there");
}

async fn the_program_prints_the_feed(db: TestDb) {
    let url = db.url();
    let lines = |printed: &str| -> Vec<Value> {
        printed.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect()
    };
    let printed_all = lines(&printed(&["changes", "--database-url", url]));
    let (told, _) = all(&stranger(&db).await, &json!(null), ", first: 200").await;
    assert_eq!(printed_all.len(), told.len());
    for (line, change) in printed_all.iter().zip(&told) {
        for name in ["cursor", "type", "action", "key", "nodeId", "at"] {
            assert_eq!(line[name], change[name], "{name}");
        }
    }
    let after = told[told.len() - 3]["cursor"].as_str().expect("a cursor");
    let rest = lines(&printed(&["changes", "--after", after, "--database-url", url]));
    assert_eq!(rest, printed_all[told.len() - 2..]);
    assert!(refused(&["changes", "--after", "nonsense", "--database-url", url]).contains("not a cursor"));
}
