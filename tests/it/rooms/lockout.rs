//! Wrong passwords, secrets and tokens, again and again: whom they keep out, how they are counted, and what a clock that was set does.

use std::net::SocketAddr;

use axum::{Extension, extract::ConnectInfo};
use chrono::Duration;
use entity::kinds::Role;
use lienthong::{
    identity::{failures, user},
    kernel::{
        limits::{Limit, Limits},
        op::Op,
        policy::Caller,
    },
};
use serde_json::{Value, json};

use super::people::{Asker, PASSWORD, create, login, sign_in, somebody};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http,
};

on_both! { SEEDED =>
    wrong_passwords_lock_out_the_address_that_they_come_from,
    wrong_passwords_from_many_addresses_lock_out_new_ones,
    wrong_passwords_are_forgotten,
    a_wrong_current_password_long_after_a_lock_ends_no_session,
    five_wrong_current_passwords_end_the_sessions,
    a_clock_that_was_set_back_does_not_prolong_a_lock,
    a_clock_that_jumped_ahead_leaves_one_administrator,
    while_the_clock_is_doubted_nobody_is_disabled,
    a_user_name_is_known_whatever_its_case,
    accounts_that_differ_only_by_case_stay_two,
    repeated_failures_are_one_entry_a_minute,
    refresh_tokens_that_are_none_are_counted_by_address,
    secrets_of_clients_are_counted_by_address,
    passwords_are_changed_so_often_only,
}

/// Somebody at an address.
fn at(asker: &Asker, address: [u8; 4]) -> Asker {
    let from = Extension(ConnectInfo(SocketAddr::from((address, 4711))));
    Asker { service: asker.service.clone().layer(from), token: asker.token.clone() }
}

async fn wrong(asker: &Asker, times: usize) {
    for _ in 0..times {
        assert_eq!(asker.refused(&login("lan", "wrong")).await.0, "UNAUTHENTICATED");
    }
}

fn change(current: &str, new: &str) -> String {
    let (current, new) = (json!(current), json!(new));
    format!("mutation {{ changePassword(input: {{ currentPassword: {current}, newPassword: {new} }}) }}")
}

async fn lan(db: &TestDb) -> Asker {
    let app = db.app().await;
    create(&app, "lan", &[Role::Viewer], Some("VN")).await;
    Asker::stranger(app)
}

async fn later(db: &TestDb, minutes: i64) -> Asker {
    Asker::stranger(db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await)
}

async fn wrong_passwords_lock_out_the_address_that_they_come_from(db: TestDb) {
    let service = lan(&db).await;
    let (here, there) = (at(&service, [192, 0, 2, 1]), at(&service, [192, 0, 2, 2]));
    wrong(&here, 5).await;
    assert_eq!(here.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    there.ask(&login("lan", PASSWORD)).await;
    assert_eq!(here.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED", "it is still locked");
}

async fn wrong_passwords_from_many_addresses_lock_out_new_ones(db: TestDb) {
    let service = lan(&db).await;
    let home = at(&service, [192, 0, 2, 1]);
    home.ask(&login("lan", PASSWORD)).await;
    for n in 0..10 {
        wrong(&at(&service, [198, 51, 100, n]), 5).await;
    }
    assert_eq!(at(&service, [203, 0, 113, 1]).refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    home.ask(&login("lan", PASSWORD)).await;
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let asked = chief.ask(r#"{ users(filter: { text: "lan" }) { nodes { lockedUntil } } }"#).await;
    assert_eq!(asked["users"]["nodes"][0]["lockedUntil"], "2026-01-15T12:15:00Z");
    at(&later(&db, 16).await, [203, 0, 113, 1]).ask(&login("lan", PASSWORD)).await;
}

async fn wrong_passwords_are_forgotten(db: TestDb) {
    wrong(&lan(&db).await, 4).await;
    let service = later(&db, 16).await;
    wrong(&service, 1).await;
    service.ask(&login("lan", PASSWORD)).await;
}

async fn a_wrong_current_password_long_after_a_lock_ends_no_session(db: TestDb) {
    wrong(&lan(&db).await, 5).await;
    let lan = sign_in(&later(&db, 60).await, "lan").await;
    let code = lan.bad_fields(&change("wrong", "bay con chim tren cay da")).await;
    assert_eq!(code, [("currentPassword".to_owned(), "WRONG_PASSWORD".to_owned())]);
    assert_eq!(lan.send("{ viewer { kind } }").await.status, 200);
}

async fn five_wrong_current_passwords_end_the_sessions(db: TestDb) {
    let lan = sign_in(&lan(&db).await, "lan").await;
    for n in 0..5 {
        assert_eq!(lan.send("{ viewer { kind } }").await.status, 200, "{n}");
        lan.bad_fields(&change("wrong", "bay con chim tren cay da")).await;
    }
    assert_eq!(lan.send("{ viewer { kind } }").await.status, 401);
}

async fn a_clock_that_was_set_back_does_not_prolong_a_lock(db: TestDb) {
    let service = lan(&db).await;
    wrong(&later(&db, 10_000).await, 5).await;
    service.ask(&login("lan", PASSWORD)).await;
}

async fn a_clock_that_jumped_ahead_leaves_one_administrator(db: TestDb) {
    let app = db.app().await;
    for name in ["one", "two"] {
        create(&app, name, &[Role::Admin], None).await;
    }
    create(&app, "lan", &[Role::Viewer], Some("VN")).await;
    let jumped = later(&db, 400 * 24 * 60).await;
    assert_eq!(jumped.refused(&login("one", "wrong")).await.0, "UNAUTHENTICATED", "a password is needed all the same");
    jumped.ask(&login("one", PASSWORD)).await;
    for name in ["two", "lan"] {
        assert_eq!(jumped.refused(&login(name, PASSWORD)).await.0, "UNAUTHENTICATED");
    }
    // When it is right again, that one lets the others in.
    let stranger = Asker::stranger(app);
    assert_eq!(stranger.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    let one = sign_in(&stranger, "one").await;
    let users = one.ask("{ users(filter: { active: false }) { nodes { id version } } }").await;
    let users = users["users"]["nodes"].as_array().expect("rows").clone();
    assert_eq!(users.len(), 2);
    for user in users {
        let (id, version) = (&user["id"], &user["version"]);
        one.ask(&format!(
            "mutation {{ updateUser(input: {{ id: {id}, version: {version}, active: true }}) {{ user {{ active }} }} }}"
        ))
        .await;
    }
    for name in ["two", "lan"] {
        stranger.ask(&login(name, PASSWORD)).await;
    }
}

async fn while_the_clock_is_doubted_nobody_is_disabled(db: TestDb) {
    lan(&db).await;
    let app = db.app_at(noon("2026-01-15") + Duration::days(400)).await;
    assert!(!app.doubt_clock(true));
    Asker::stranger(app.clone()).ask(&login("lan", PASSWORD)).await;
    assert!(app.doubt_clock(false));
}

async fn a_user_name_is_known_whatever_its_case(db: TestDb) {
    let stranger = lan(&db).await;
    for name in ["lan", "Lan", "LAN", " lAn "] {
        assert_eq!(stranger.ask(&login(name, PASSWORD)).await["login"]["viewer"]["username"], "lan");
    }
    wrong(&stranger, 4).await;
    assert_eq!(stranger.refused(&login("LAN", "wrong")).await.0, "UNAUTHENTICATED");
    assert_eq!(stranger.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED", "one count for all of them");
    let operator = Op::new(&db.app().await, Caller::Operator, "test");
    assert_eq!(user::named(&operator, "LAN").await.expect("the account").username, "lan");
}

async fn accounts_that_differ_only_by_case_stay_two(db: TestDb) {
    let stranger = lan(&db).await;
    create(&db.app().await, "other", &[Role::Viewer], Some("25")).await;
    db.execute("UPDATE user_account SET username = 'Lan' WHERE username = 'other'").await;
    for name in ["lan", "Lan"] {
        assert_eq!(stranger.ask(&login(name, PASSWORD)).await["login"]["viewer"]["username"], name);
    }
    assert_eq!(stranger.refused(&login("LAN", PASSWORD)).await.0, "UNAUTHENTICATED", "it is neither");
    let operator = Op::new(&db.app().await, Caller::Operator, "test");
    let mut differing = user::differing_by_case(&operator).await.expect("a report");
    differing.iter_mut().for_each(|names| names.sort());
    assert_eq!(differing, [["Lan", "lan"]]);
    assert!(user::named(&operator, "LAN").await.is_err());
    // No other is made.
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    db.execute("UPDATE user_account SET username = 'Mai' WHERE username = 'Lan'").await;
    let mai = r#"mutation { createUser(input: { username: "mai", displayName: "Mai", password: "bay con chim tren cay da", roles: [VIEWER], area: "25" }) { user { id } } }"#;
    assert_eq!(chief.bad_fields(mai).await, [("username".to_owned(), "TAKEN".to_owned())]);
}

async fn repeated_failures_are_one_entry_a_minute(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let app = db.app().await;
    let stranger = Asker::stranger(app.clone());
    for _ in 0..7 {
        assert_eq!(http::token(&stranger.service, "nobody", "cs_x", "").await.status, 401);
    }
    let entries = async || {
        let asked = r#"{ auditEntries(filter: { actions: ["token.issue"] }) { nodes { actor reason changes { field after } } } auditVerification { valid } }"#;
        let asked = chief.ask(asked).await;
        assert_eq!(asked["auditVerification"]["valid"], true);
        asked["auditEntries"]["nodes"].as_array().expect("entries").clone()
    };
    let first = json!({ "actor": "anonymous", "reason": "UNKNOWN_CLIENT", "changes": [] });
    assert_eq!(entries().await, std::slice::from_ref(&first));
    let worker = Op::new(&app, Caller::System, "worker");
    assert_eq!(failures::write_down(&worker, false).await.expect("nothing yet"), 0);
    assert_eq!(failures::write_down(&worker, true).await.expect("recorded"), 1);
    let all = entries().await;
    assert!(all.contains(&first) && all.len() == 2, "{all:?}");
    let changes = json!([{ "field": "times", "after": "6" }]);
    assert!(all.contains(&json!({ "actor": "anonymous", "reason": "UNKNOWN_CLIENT", "changes": changes })), "{all:?}");
}

async fn limited(db: &TestDb, limit: Limit, most: u32) -> Asker {
    let app = db.app_with(Limits::default().with(limit, most)).await;
    create(&app, "lan", &[Role::Viewer], Some("VN")).await;
    Asker::stranger(app)
}

fn refresh(token: &Value) -> String {
    format!("mutation {{ refresh(input: {{ refreshToken: {token} }}) {{ refreshToken }} }}")
}

async fn refresh_tokens_that_are_none_are_counted_by_address(db: TestDb) {
    let service = limited(&db, Limit::SignIns, 3).await;
    let mut token = service.ask(&login("lan", PASSWORD)).await["login"]["refreshToken"].clone();
    // Good ones are given back.
    for _ in 0..10 {
        token = service.ask(&refresh(&token)).await["refresh"]["refreshToken"].clone();
    }
    for _ in 0..2 {
        assert_eq!(service.refused(&refresh(&json!("rt_nonsense"))).await.0, "UNAUTHENTICATED");
    }
    let answer = service.send(&refresh(&json!("rt_nonsense"))).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "20"));
    let other = at(&service, [192, 0, 2, 1]);
    assert_eq!(other.refused(&refresh(&json!("rt_nonsense"))).await.0, "UNAUTHENTICATED");
}

async fn secrets_of_clients_are_counted_by_address(db: TestDb) {
    let service = limited(&db, Limit::SignIns, 3).await.service;
    for _ in 0..3 {
        assert_eq!(http::token(&service, "nobody", "cs_x", "").await.status, 401);
    }
    let answer = http::token(&service, "nobody", "cs_x", "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "20"));
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = "client_id=nobody&client_secret=cs_x&token=x";
    let answer = http::send(&service, axum::http::Method::POST, "/oauth/revoke", &headers, form.to_owned()).await;
    assert_eq!(answer.status, 429);
}

async fn passwords_are_changed_so_often_only(db: TestDb) {
    let lan = sign_in(&limited(&db, Limit::PasswordChanges, 2).await, "lan").await;
    for _ in 0..2 {
        assert_eq!(lan.bad_fields(&change(PASSWORD, "short")).await[0].1, "TOO_SHORT");
    }
    let answer = lan.send(&change(PASSWORD, "short")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "30"));
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(lan.send("{ viewer { kind } }").await.status, 200);
}
