//! Answers to anonymous callers that are kept for others: the same, cheaper, and never older than an acknowledged write.

use std::time::Duration;

use async_graphql::futures_util::future::join_all;
use axum::Router;
use entity::kinds::Role;
use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};

use super::{Answer, get, post, send, service_of};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::people::{self, Asker, somebody},
};

on_both! { SEEDED =>
    a_query_is_answered_from_the_cache_for_less,
    a_write_of_any_instance_is_in_the_next_answer,
    only_what_is_the_same_for_everybody_is_kept,
    queries_that_come_together_are_executed_once,
    an_answer_from_the_cache_is_paid_for,
}

const QUERY: &str = "{ provinces(first: 34) { nodes { code name plans { nodes { title } } } } }";

async fn ask(router: &Router, query: &str) -> Answer {
    post(router, &[("accept-language", "en")], &json!({ "query": query })).await
}

fn from_cache(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.header("server-timing") == "cache;desc=\"hit\""
}

fn cost(answer: &Answer) -> u64 {
    answer.whole()["extensions"]["cost"]["actual"].as_u64().expect("a cost")
}

async fn a_query_is_answered_from_the_cache_for_less(db: TestDb) {
    let router = service_of(db.app().await);
    let first = ask(&router, QUERY).await;
    assert!(!from_cache(&first));
    let second = ask(&router, QUERY).await;
    assert!(from_cache(&second));
    assert_eq!(second.json(), first.json());
    assert!(cost(&first) > 100 && cost(&second) * 50 < cost(&first), "{} {}", cost(&first), cost(&second));
    // GET shares it, with the tag of what anybody may keep.
    let uri = format!("/graphql?query={}", QUERY.replace(' ', "%20").replace('{', "%7B").replace('}', "%7D"));
    let got = send(&router, axum::http::Method::GET, &uri, &[("accept-language", "en")], "").await;
    assert!(from_cache(&got) && !got.header("etag").is_empty());
    let again = [("accept-language", "en"), ("if-none-match", got.header("etag"))];
    assert_eq!(send(&router, axum::http::Method::GET, &uri, &again, "").await.status, 304);
    // Fields that depend on the time are a second old at most.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!from_cache(&ask(&router, QUERY).await));
    let off = service_of(db.app_with(Limits::default().with(Limit::AnswerCacheMib, 0)).await);
    for _ in 0..2 {
        assert!(!from_cache(&ask(&off, QUERY).await));
    }
}

async fn a_write_of_any_instance_is_in_the_next_answer(db: TestDb) {
    let (here, there) = (service_of(db.app().await), somebody(&db, "chief", &[Role::Admin], None).await);
    let query = "{ agencies(first: 200) { nodes { code } } }";
    for n in 0..20 {
        ask(&here, query).await;
        assert!(from_cache(&ask(&here, query).await) || n > 0, "it is kept");
        let input = format!(r#"code: "moi-{n}", nameVi: "Sở mới", kind: DEPARTMENT, area: "25""#);
        there.ask(&format!("mutation {{ createAgency(input: {{ {input} }}) {{ agency {{ id }} }} }}")).await;
        let after = ask(&here, query).await;
        assert!(after.body.contains(&format!("\"moi-{n}\"")), "the write was acknowledged: {}", after.body);
    }
    // Whatever writes.
    let named = r#"{ province(code: "25") { name } }"#;
    ask(&here, named).await;
    db.execute("UPDATE unit_version SET name_vi = 'Other'").await;
    assert_eq!(ask(&here, named).await.json()["data"]["province"]["name"], "Other");
}

async fn only_what_is_the_same_for_everybody_is_kept(db: TestDb) {
    let app = db.app().await;
    let router = service_of(app.clone());
    people::create(&app, "chief", &[Role::Viewer], Some("25")).await;
    let chief = people::sign_in(&Asker::stranger(app), "chief").await;
    let bearer = format!("Bearer {}", chief.token.as_deref().expect("a token"));
    let name = "query($code: String!) { province(code: $code) { name } }";
    let variables = |code: &str| json!({ "query": name, "variables": { "code": code } });
    assert!(!from_cache(&post(&router, &[], &variables("25")).await));
    assert!(!from_cache(&post(&router, &[], &variables("01")).await), "other variables");
    assert!(!from_cache(&post(&router, &[("accept-language", "en")], &variables("25")).await), "another language");
    assert!(!from_cache(&post(&router, &[("authorization", &bearer)], &variables("25")).await), "a signed-in caller");
    // How the caller's points stand is theirs alone, and errors are nobody's.
    let left = "{ rateLimit { remaining } }";
    let [first, second] = [ask(&router, left).await, ask(&router, left).await];
    assert!(!from_cache(&second));
    let remaining = |answer: &Answer| answer.json()["data"]["rateLimit"]["remaining"].as_i64().expect("a number");
    assert!(remaining(&second) < remaining(&first));
    let wrong = r#"{ observations(filter: { indicators: ["none"] }) { totalCount } }"#;
    let answers: Vec<Value> = vec![ask(&router, wrong).await.json(), ask(&router, wrong).await.json()];
    assert_eq!(answers.first().map(|a| &a["data"]), answers.last().map(|a| &a["data"]));
    assert!(get(&router, "/graphql?query=%7B__typename%7D").await.body.contains("Query"));
}

async fn queries_that_come_together_are_executed_once(db: TestDb) {
    let router = service_of(db.app().await);
    let answers = join_all((0..30).map(|_| ask(&router, QUERY))).await;
    let executed = answers.iter().filter(|answer| !from_cache(answer)).count();
    let mut bodies: Vec<Value> = answers.iter().map(Answer::json).collect();
    assert_eq!(executed, 1);
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

async fn an_answer_from_the_cache_is_paid_for(db: TestDb) {
    let router = service_of(db.app_with(Limits::default().with(Limit::PointsAnonymous, 1_000)).await);
    let query = r#"{ province(code: "25") { name } }"#;
    let mut limited = None;
    for _ in 0..5_000 {
        let answer = ask(&router, query).await;
        if answer.status != 200 {
            limited = Some(answer);
            break;
        }
        assert!(!from_cache(&answer) || cost(&answer) >= 1, "{}", answer.body);
    }
    let answer = limited.expect("the points are used up");
    assert_eq!((answer.status, answer.code()), (429, json!("RATE_LIMITED")), "{}", answer.body);
}
