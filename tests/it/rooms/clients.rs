//! Systems that integrate: their secrets, their tokens, and what the RFCs say of both.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use entity::kinds::Role;
use serde_json::{Value, json};

use super::people::{Asker, somebody};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http::{self, Answer},
};

on_both! { SEEDED =>
    a_client_gets_a_token_for_its_secret,
    a_client_that_is_refused_is_told_so_as_the_rfc_words_it,
    another_secret_leaves_the_one_before_for_a_day,
    a_client_that_is_revoked_is_so_at_once,
    a_token_that_is_revoked_is_so_at_once,
    what_the_service_is_stands_where_the_rfcs_look_for_it,
}

struct Client {
    id: String,
    client_id: String,
    secret: String,
}

async fn client(admin: &Asker, scopes: &str) -> Client {
    let query = format!(
        r#"mutation {{ createApiClient(input: {{ name: "Sở", agency: "pt-ubnd", scopes: [{scopes}] }}) {{ clientSecret apiClient {{ id clientId agency {{ code }} active }} }} }}"#
    );
    let made = admin.ask(&query).await["createApiClient"].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    assert_eq!(made["apiClient"]["agency"]["code"], "pt-ubnd");
    Client {
        id: text(&made["apiClient"]["id"]),
        client_id: text(&made["apiClient"]["clientId"]),
        secret: text(&made["clientSecret"]),
    }
}

async fn post(asker: &Asker, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
    let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
    all.extend(headers);
    http::send(&asker.service, Method::POST, path, &all, form.to_owned()).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn a_client_gets_a_token_for_its_secret(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let made = client(&admin, r#""observation:read", "link:read""#).await;
    for (headers, form, scope) in [
        (
            vec![("authorization", basic(&made.client_id, &made.secret))],
            "grant_type=client_credentials".to_owned(),
            "observation:read link:read",
        ),
        (
            vec![],
            format!(
                "grant_type=client_credentials&client_id={}&client_secret={}&scope=link%3Aread",
                made.client_id, made.secret
            ),
            "link:read",
        ),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = post(&admin, "/oauth/token", &headers, &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
        let token = answer.json();
        assert_eq!(
            (&token["token_type"], &token["expires_in"], &token["scope"]),
            (&json!("Bearer"), &json!(900), &json!(scope))
        );
        let viewer = admin
            .with(token["access_token"].as_str().expect("a token"))
            .ask("{ viewer { kind username scopes roles } }")
            .await;
        let scopes: Vec<&str> = scope.split(' ').collect();
        assert_eq!(
            viewer["viewer"],
            json!({ "kind": "CLIENT", "username": made.client_id, "scopes": scopes, "roles": [] })
        );
    }
}

async fn a_client_that_is_refused_is_told_so_as_the_rfc_words_it(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let made = client(&admin, r#""link:read""#).await;
    let good = basic(&made.client_id, &made.secret);
    let body = format!("client_id={}&client_secret={}", made.client_id, made.secret);
    let grant = "grant_type=client_credentials";
    for (header, form, status, error) in [
        (None, String::new(), 400, "invalid_request"),
        (Some(&*good), "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (Some(&*good), format!("{grant}&{grant}"), 400, "invalid_request"),
        (Some(&*good), format!("{grant}&{body}"), 400, "invalid_request"),
        (Some(&*good), format!("{grant}&client_id=other"), 400, "invalid_request"),
        (Some(&*good), format!("{grant}&scope=observation:read"), 400, "invalid_scope"),
        (Some(&*good), format!("{grant}&scope=everything"), 400, "invalid_scope"),
        (None, grant.to_owned(), 401, "invalid_client"),
        (None, format!("{grant}&client_id={}", made.client_id), 401, "invalid_client"),
        (None, format!("{grant}&client_id={}&client_secret=wrong", made.client_id), 401, "invalid_client"),
        (None, format!("{grant}&client_id=nobody&client_secret={}", made.secret), 401, "invalid_client"),
        (Some("Basic !!!"), grant.to_owned(), 401, "invalid_client"),
        (Some("Bearer x"), grant.to_owned(), 401, "invalid_client"),
        (Some(&*basic(&made.client_id, "")), grant.to_owned(), 401, "invalid_client"),
    ] {
        let headers: Vec<(&str, &str)> = header.into_iter().map(|value| ("authorization", value)).collect();
        let answer = post(&admin, "/oauth/token", &headers, &form).await;
        assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(error)), "{header:?} {form}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("www-authenticate").starts_with("Basic"), status == 401);
    }
    let json =
        http::send(&admin.service, Method::POST, "/oauth/token", &[("content-type", "application/json")], "{}").await;
    assert_eq!((json.status, &json.json()["error"]), (400, &json!("invalid_request")));
    let long = post(&admin, "/oauth/token", &[], &format!("{grant}&x={}", "y".repeat(20_000))).await;
    assert_eq!((long.status, &long.json()["error"]), (413, &json!("invalid_request")));
    assert_eq!(http::get(&admin.service, "/oauth/token").await.status, 405);
    let failed = admin.ask(r#"{ auditEntries(filter: { actions: ["token.issue"], outcomes: [FAILED] }) { nodes { resource reason } } }"#).await;
    let failed = failed["auditEntries"]["nodes"].as_array().expect("entries").clone();
    assert!(failed.iter().any(|entry| entry["reason"] == "WRONG_SECRET" && entry["resource"] == format!("client:{}", made.client_id)));
    assert!(failed.iter().any(|entry| entry["reason"] == "UNKNOWN_CLIENT" && entry["resource"].is_null()));
}

async fn another_secret_leaves_the_one_before_for_a_day(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let made = client(&admin, "").await;
    let rotate = format!(
        r#"mutation {{ rotateClientSecret(input: {{ id: "{}" }}) {{ clientSecret apiClient {{ version }} }} }}"#,
        made.id
    );
    let another =
        async || admin.ask(&rotate).await["rotateClientSecret"]["clientSecret"].as_str().expect("a secret").to_owned();
    let status =
        async |asker: &Asker, secret: &str| http::token(&asker.service, &made.client_id, secret, "").await.status;
    let second = another().await;
    assert_eq!((status(&admin, &made.secret).await, status(&admin, &second).await), (200, 200));
    let third = another().await;
    // Two are good at once, not three.
    assert_eq!(
        (status(&admin, &made.secret).await, status(&admin, &second).await, status(&admin, &third).await),
        (401, 200, 200)
    );
    let later = Asker::stranger(db.app_at(noon("2026-01-15") + Duration::hours(25)).await);
    assert_eq!((status(&later, &second).await, status(&later, &third).await), (401, 200));
}

async fn a_client_that_is_revoked_is_so_at_once(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let made = client(&admin, "").await;
    let token = http::token(&admin.service, &made.client_id, &made.secret, "").await.json();
    let system = admin.with(token["access_token"].as_str().expect("a token"));
    system.ask("{ __typename }").await;
    let revoke = |reason: &str| {
        format!(
            r#"mutation {{ revokeApiClient(input: {{ id: "{}", reason: "{reason}" }}) {{ apiClient {{ active }} }} }}"#,
            made.id
        )
    };
    assert_eq!(admin.bad_fields(&revoke(" ")).await, [("reason".to_owned(), "REQUIRED".to_owned())]);
    assert_eq!(admin.ask(&revoke("lost laptop")).await["revokeApiClient"]["apiClient"]["active"], false);
    assert_eq!(system.send("{ __typename }").await.status, 401);
    assert_eq!(http::token(&admin.service, &made.client_id, &made.secret, "").await.status, 401);
    let rotate = format!(r#"mutation {{ rotateClientSecret(input: {{ id: "{}" }}) {{ clientSecret }} }}"#, made.id);
    assert_eq!(admin.refused(&rotate).await.0, "CONFLICT");
}

async fn a_token_that_is_revoked_is_so_at_once(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let (made, other) = (client(&admin, "").await, client(&admin, "").await);
    let token = async || {
        let token = http::token(&admin.service, &made.client_id, &made.secret, "").await.json();
        token["access_token"].as_str().expect("a token").to_owned()
    };
    let (first, second) = (token().await, token().await);
    let revoke = async |of: &Client, token: &str| {
        let header = basic(&of.client_id, &of.secret);
        post(&admin, "/oauth/revoke", &[("authorization", &header)], &format!("token={token}")).await.status
    };
    // Another's token is not one's own to revoke, and is not told apart from none.
    assert_eq!((revoke(&other, &first).await, revoke(&other, "nonsense").await), (200, 200));
    admin.with(&first).ask("{ __typename }").await;
    assert_eq!((revoke(&made, &first).await, revoke(&made, &first).await), (200, 200));
    assert_eq!(
        (
            admin.with(&first).send("{ __typename }").await.status,
            admin.with(&second).send("{ __typename }").await.status
        ),
        (401, 200)
    );
    let unknown = Client { id: String::new(), client_id: "nobody".to_owned(), secret: "x".to_owned() };
    assert_eq!(revoke(&unknown, &second).await, 401);
    assert_eq!(
        post(&admin, "/oauth/revoke", &[("authorization", &basic(&made.client_id, &made.secret))], "").await.status,
        400
    );
}

async fn what_the_service_is_stands_where_the_rfcs_look_for_it(db: TestDb) {
    let stranger = Asker::stranger(db.app().await);
    let told = http::get(&stranger.service, "/.well-known/oauth-authorization-server").await.json();
    assert_eq!(told["issuer"], "http://127.0.0.1:8000");
    assert_eq!(told["token_endpoint"], "http://127.0.0.1:8000/oauth/token");
    assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
    let keys = http::get(&stranger.service, "/.well-known/jwks.json").await.json();
    let keys = keys["keys"].as_array().expect("keys").clone();
    assert_eq!(keys.len(), 2, "the current one and the next");
    for key in keys {
        assert_eq!((&key["use"], &key["alg"], &key["kty"]), (&json!("sig"), &json!("EdDSA"), &json!("OKP")));
        assert!(key.get("d").is_none() && key["kid"].as_str().is_some_and(|kid| kid.len() == 43));
    }
}
