//! Signing in, sessions and tokens: what people meet at the door.

use axum::http::Method;
use chrono::Duration;
use entity::kinds::Role;
use lienthong::{
    identity::user::{self, UserPatch},
    kernel::{app::App, op::Op, policy::Caller},
};
use serde_json::{Value, json};

use super::people::{Asker, PASSWORD, create, login, sign_in, somebody};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http,
};

on_both! { SEEDED =>
    whoever_signs_in_is_known_by_the_token,
    whoever_cannot_sign_in_is_not_told_why,
    wrong_passwords_lock_an_account_for_a_while,
    one_sign_in_a_request,
    an_account_that_nobody_uses_is_disabled,
    a_refresh_token_is_good_once,
    a_refresh_token_that_comes_again_later_ends_the_session,
    signing_out_ends_the_session_at_once,
    another_password_ends_all_sessions,
    a_password_is_not_taken_again,
    a_password_is_the_same_however_its_letters_are_composed,
    a_header_that_is_not_good_is_never_anonymous,
    a_token_for_somebody_else_is_not_good,
    a_token_ends_when_it_says,
}

async fn start(db: &TestDb, roles: &[Role], area: Option<&str>) -> (App, Asker) {
    let app = db.app().await;
    create(&app, "lan", roles, area).await;
    (app.clone(), Asker::stranger(app))
}

async fn whoever_signs_in_is_known_by_the_token(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Viewer, Role::Editor], Some("25")).await;
    let answer = stranger.ask(&login("lan", PASSWORD)).await["login"].clone();
    let viewer = json!({ "kind": "USER", "username": "lan", "roles": ["VIEWER", "EDITOR"], "area": { "code": "25" } });
    assert_eq!(answer["viewer"], viewer);
    assert_eq!((&answer["expiresIn"], &answer["tokenType"]), (&json!(900), &json!("Bearer")));
    let lan = stranger.with(answer["accessToken"].as_str().expect("a token"));
    let asked = lan.ask("{ viewer { kind username roles area { code } } }").await;
    assert_eq!(asked["viewer"], viewer);
    // RFC 9068.
    let claims = claims(lan.token.as_deref().expect("a token"));
    for claim in ["iss", "aud", "sub", "client_id", "exp", "iat", "jti", "roles", "area"] {
        assert!(claims.get(claim).is_some(), "{claim}: {claims}");
    }
    assert_eq!(stranger.ask("{ viewer { kind } }").await["viewer"]["kind"], "ANONYMOUS");
}

fn part(token: &str, n: usize) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = token.split('.').nth(n).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

fn claims(token: &str) -> Value {
    assert_eq!(part(token, 0)["typ"], "at+jwt");
    part(token, 1)
}

async fn whoever_cannot_sign_in_is_not_told_why(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Admin], None).await;
    create(&db.app().await, "gone", &[Role::Admin], None).await;
    db.execute("UPDATE user_account SET active = FALSE WHERE username = 'gone'").await;
    let mut said = vec![];
    for (username, password) in [("lan", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("", ""), ("lan", "")] {
        said.push(stranger.refused(&login(username, password)).await);
    }
    said.dedup();
    let [(code, _)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(code, "UNAUTHENTICATED");
}

async fn wrong_passwords_lock_an_account_for_a_while(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Admin], None).await;
    for _ in 0..4 {
        stranger.refused(&login("lan", "wrong")).await;
    }
    // A right one begins the count anew.
    stranger.ask(&login("lan", PASSWORD)).await;
    for _ in 0..5 {
        stranger.refused(&login("lan", "wrong")).await;
    }
    assert_eq!(stranger.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    let later = |minutes| db.app_at(noon("2026-01-15") + Duration::minutes(minutes));
    assert_eq!(Asker::stranger(later(14).await).refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    Asker::stranger(later(16).await).ask(&login("lan", PASSWORD)).await;
    // Whoever manages accounts need not wait.
    for _ in 0..5 {
        stranger.refused(&login("lan", "wrong")).await;
    }
    assert_eq!(stranger.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    let op = Op::new(&db.app().await, Caller::Operator, "test");
    let known = user::named(&op, "lan").await.expect("the account");
    let patch = UserPatch { active: Some(true), ..UserPatch::default() };
    user::update(&op, known.id, known.version, patch).await.expect("it is enabled");
    stranger.ask(&login("lan", PASSWORD)).await;
}

async fn one_sign_in_a_request(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Admin], None).await;
    let tries: Vec<String> = ["wrong", PASSWORD, "wrong"]
        .iter()
        .enumerate()
        .map(|(n, password)| {
            format!("t{n}: login(input: {{ username: \"lan\", password: {} }}) {{ expiresIn }}", json!(password))
        })
        .collect();
    let answer = stranger.send(&format!("mutation {{ {} }}", tries.join(" "))).await.json();
    assert_eq!(answer.get("data"), None, "{answer}");
    assert_eq!(answer["errors"][0]["message"], "One sign-in a request.");
    // None of them was tried.
    assert_eq!(count(&db, "SELECT count(*) FROM audit_entry WHERE action = 'session.signIn'").await, 0);
}

async fn count(db: &TestDb, sql: &str) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let raw = db.raw().await;
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    let count = row.expect("a count").expect("a row").try_get_by_index::<i64>(0).expect("a number");
    raw.close().await.expect("the connection closes");
    count
}

async fn an_account_that_nobody_uses_is_disabled(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Viewer], Some("VN")).await;
    stranger.ask(&login("lan", PASSWORD)).await;
    let after = |days| db.app_at(noon("2026-01-15") + Duration::days(days));
    Asker::stranger(after(44).await).ask(&login("lan", PASSWORD)).await;
    let (code, _) = Asker::stranger(after(44 + 46).await).refused(&login("lan", PASSWORD)).await;
    assert_eq!(code, "UNAUTHENTICATED");
    // It stays so, whatever the day.
    assert_eq!(stranger.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
}

fn refresh(token: &str) -> String {
    format!("mutation {{ refresh(input: {{ refreshToken: {} }}) {{ accessToken refreshToken }} }}", json!(token))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn a_refresh_token_is_good_once(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Admin], None).await;
    let first = text(&stranger.ask(&login("lan", PASSWORD)).await["login"]["refreshToken"]);
    let answer = stranger.ask(&refresh(&first)).await;
    let second = text(&answer["refresh"]["refreshToken"]);
    assert_ne!(first, second);
    stranger.with(&text(&answer["refresh"]["accessToken"])).ask("{ users { totalCount } }").await;
    // A second tab, at the same time, gets the same one.
    assert_eq!(stranger.ask(&refresh(&first)).await["refresh"]["refreshToken"], second.as_str());
    let third = text(&stranger.ask(&refresh(&second)).await["refresh"]["refreshToken"]);
    // Once that one was used too, the first is a stolen one: nobody's is good any more.
    assert_eq!(stranger.refused(&refresh(&first)).await.0, "UNAUTHENTICATED");
    assert_eq!(stranger.refused(&refresh(&third)).await.0, "UNAUTHENTICATED");
    assert_eq!(stranger.refused(&refresh("rt_nonsense")).await.0, "UNAUTHENTICATED");
    // Nothing that is stored is a token.
    let hash =
        count(&db, &format!("SELECT count(*) FROM refresh_token WHERE hash = '{first}' OR successor = '{second}'"))
            .await;
    assert_eq!(hash, 0);
}

async fn a_refresh_token_that_comes_again_later_ends_the_session(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Admin], None).await;
    let answer = stranger.ask(&login("lan", PASSWORD)).await["login"].clone();
    let first = text(&answer["refreshToken"]);
    let second = text(&stranger.ask(&refresh(&first)).await["refresh"]["refreshToken"]);
    let later = Asker::stranger(db.app_at(noon("2026-01-15") + Duration::seconds(11)).await);
    assert_eq!(later.refused(&refresh(&first)).await.0, "UNAUTHENTICATED");
    assert_eq!(later.refused(&refresh(&second)).await.0, "UNAUTHENTICATED");
    assert_eq!(later.with(&text(&answer["accessToken"])).send("{ __typename }").await.status, 401);
    let reused = "SELECT count(*) FROM audit_entry WHERE outcome = 'DENIED' AND reason = 'REFRESH_TOKEN_REUSED'";
    assert_eq!(count(&db, reused).await, 1);
}

async fn signing_out_ends_the_session_at_once(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Admin], None).await;
    let answer = stranger.ask(&login("lan", PASSWORD)).await["login"].clone();
    let lan = stranger.with(&text(&answer["accessToken"]));
    let out = format!("mutation {{ logout(input: {{ refreshToken: {} }}) }}", answer["refreshToken"]);
    assert_eq!(stranger.ask(&out).await["logout"], true);
    assert_eq!(lan.send("{ __typename }").await.status, 401);
    // On another instance too; and once more is no fault.
    let other = Asker::stranger(db.app().await);
    assert_eq!(other.with(&text(&answer["accessToken"])).send("{ __typename }").await.status, 401);
    assert_eq!(other.ask(&out).await["logout"], true);
}

async fn another_password_ends_all_sessions(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Viewer], Some("VN")).await;
    let (here, there) = (sign_in(&stranger, "lan").await, sign_in(&stranger, "lan").await);
    let change = |current: &str, new: &str| {
        format!(
            "mutation {{ changePassword(input: {{ currentPassword: {}, newPassword: {} }}) }}",
            json!(current),
            json!(new)
        )
    };
    let new = "bay con chim tren cay da";
    assert_eq!(
        here.bad_fields(&change("wrong", new)).await,
        [("currentPassword".to_owned(), "WRONG_PASSWORD".to_owned())]
    );
    assert_eq!(here.bad_fields(&change(PASSWORD, "short")).await, [("newPassword".to_owned(), "TOO_SHORT".to_owned())]);
    assert_eq!(here.ask(&change(PASSWORD, new)).await["changePassword"], true);
    for asker in [here, there] {
        assert_eq!(asker.send("{ __typename }").await.status, 401);
    }
    assert_eq!(stranger.refused(&login("lan", PASSWORD)).await.0, "UNAUTHENTICATED");
    stranger.ask(&login("lan", new)).await;
}

async fn a_password_is_not_taken_again(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    create(&db.app().await, "lan", &[Role::Viewer], Some("25")).await;
    let users = admin.ask(r#"{ users(filter: { text: "lan" }) { nodes { id } } }"#).await;
    let id = text(&users["users"]["nodes"][0]["id"]);
    let reset = |password: &str| {
        format!(
            "mutation {{ resetPassword(input: {{ id: {}, newPassword: {} }}) {{ user {{ username }} }} }}",
            json!(id),
            json!(password)
        )
    };
    admin.ask(&reset("bay con chim tren cay da")).await;
    assert_eq!(admin.bad_fields(&reset(PASSWORD)).await, [("newPassword".to_owned(), "USED_BEFORE".to_owned())]);
    assert_eq!(admin.bad_fields(&reset("lan lan lan lan lan")).await[0].1, "CONTAINS_NAME");
}

/// Vietnamese letters, composed (NFC) and decomposed (NFD).
const COMPOSED: &str = "M\u{1ead}t kh\u{1ea9}u \u{110}\u{1eaf}k N\u{f4}ng 2026 r\u{1ea5}t d\u{e0}i";
const DECOMPOSED: &str =
    "Ma\u{323}\u{302}t kha\u{302}\u{309}u \u{110}a\u{306}\u{301}k No\u{302}ng 2026 ra\u{302}\u{301}t da\u{300}i";

async fn a_password_is_the_same_however_its_letters_are_composed(db: TestDb) {
    let (_, stranger) = start(&db, &[Role::Viewer], Some("VN")).await;
    let change = |current: &str, new: &str| {
        format!(
            "mutation {{ changePassword(input: {{ currentPassword: {}, newPassword: {} }}) }}",
            json!(current),
            json!(new)
        )
    };
    let lan = sign_in(&stranger, "lan").await;
    assert_eq!(lan.ask(&change(PASSWORD, DECOMPOSED)).await["changePassword"], true);
    for typed in [COMPOSED, DECOMPOSED, &COMPOSED.replace(' ', "\u{a0}")] {
        stranger.ask(&login("lan", typed)).await;
    }
    let token = stranger.ask(&login("lan", COMPOSED)).await["login"]["accessToken"].clone();
    let lan = stranger.with(&text(&token));
    // None of these is another password.
    for (current, new) in [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)] {
        assert_eq!(lan.bad_fields(&change(current, new)).await, [("newPassword".to_owned(), "USED_BEFORE".to_owned())]);
    }
    let control = lan.bad_fields(&change(COMPOSED, "bay con\tchim tren cay da")).await;
    assert_eq!(control, [("newPassword".to_owned(), "CONTROL_CHARACTER".to_owned())]);
    // A hash of a release that took passwords as they were typed.
    let salt = argon2::password_hash::phc::Salt::new(b"sixteen bytes...").expect("a salt");
    let old = argon2::PasswordHasher::hash_password_with_salt(
        &argon2::Argon2::default(),
        DECOMPOSED.as_bytes(),
        salt.as_ref(),
    );
    let old = old.expect("a hash").to_string();
    db.execute(&format!("UPDATE user_account SET password_hash = '{old}' WHERE username = 'lan'")).await;
    for typed in [DECOMPOSED, COMPOSED] {
        stranger.ask(&login("lan", typed)).await;
    }
    assert_eq!(stranger.refused(&login("lan", &COMPOSED.to_lowercase())).await.0, "UNAUTHENTICATED");
}

async fn a_header_that_is_not_good_is_never_anonymous(db: TestDb) {
    let lan = somebody(&db, "lan", &[Role::Admin], None).await;
    let token = lan.token.clone().expect("a token");
    let bad = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer nonsense".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}x"),
        format!("Bearer {}", token.replace('.', "..")),
        format!("Bearer {}", "a".repeat(10_000)),
        token.clone(),
    ];
    let body = json!({ "query": "{ __typename }" }).to_string();
    for header in bad {
        for method in [Method::POST, Method::GET] {
            let headers = [("content-type", "application/json"), ("authorization", header.as_str())];
            let uri = if method == Method::GET { "/graphql?query=%7B__typename%7D" } else { "/graphql" };
            let sent = if method == Method::GET { String::new() } else { body.clone() };
            let answer = http::send(&lan.service, method, uri, &headers, sent).await;
            assert_eq!(answer.status, 401, "{header}");
            assert!(answer.header("www-authenticate").starts_with("Bearer realm="), "{header}");
            assert!(answer.json().get("data").is_none(), "{header}");
            assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        }
    }
    let headers = [
        ("content-type", "application/json"),
        ("authorization", &*format!("Bearer {token}")),
        ("authorization", "Bearer other"),
    ];
    assert_eq!(http::send(&lan.service, Method::POST, "/graphql", &headers, body.clone()).await.status, 401);
    let headers = [("content-type", "application/json"), ("authorization", &*format!("bearer {token}"))];
    assert_eq!(http::send(&lan.service, Method::POST, "/graphql", &headers, body).await.status, 200);
}

async fn a_token_for_somebody_else_is_not_good(db: TestDb) {
    let lan = somebody(&db, "lan", &[Role::Admin], None).await;
    let (app, good) = (db.app().await, claims(lan.token.as_deref().expect("a token")));
    let keys = app.keys().expect("keys");
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let now = noon("2026-01-15").timestamp();
    assert_eq!(lan.with(&keys.sign("at+jwt", &good).expect("signed")).send("{ __typename }").await.status, 200);
    for claims in [
        with("iss", json!("https://elsewhere.example")),
        with("aud", json!("https://elsewhere.example")),
        with("aud", json!(["http://127.0.0.1:8000"])),
        with("exp", json!(now)),
        with("iat", json!(now + 3600)),
        with("nbf", json!(now + 3600)),
        with("sub", json!("user:999")),
        with("sid", json!(999_999)),
        with("exp", Value::Null),
        with("sid", Value::Null),
    ] {
        let token = keys.sign("at+jwt", &claims).expect("signed");
        assert_eq!(lan.with(&token).send("{ __typename }").await.status, 401, "{claims}");
    }
    for kind in ["JWT", "refresh+jwt", "audit-checkpoint+jwt"] {
        let token = keys.sign(kind, &good).expect("signed");
        assert_eq!(lan.with(&token).send("{ __typename }").await.status, 401, "{kind}");
    }
}

async fn a_token_ends_when_it_says(db: TestDb) {
    let lan = somebody(&db, "lan", &[Role::Admin], None).await;
    let token = lan.token.clone().expect("a token");
    let at = async |minutes| {
        let app = db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await;
        Asker::stranger(app).with(&token).send("{ __typename }").await.status
    };
    assert_eq!((at(14).await, at(15).await), (200, 401));
}
