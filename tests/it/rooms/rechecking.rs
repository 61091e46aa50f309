//! A write that was under way when its caller's session, account, roles, area or token changed: it is not carried out.

use std::time::Duration;

use entity::{
    ids::{ApiClientId, UserId},
    kinds::Role,
};
use lienthong::{
    identity::{
        client::{self, NewClient},
        user::{self, UserPatch},
    },
    kernel::{error::Result, op::Op, policy::Caller},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    people::{Asker, PASSWORD, create, login, sign_in, somebody},
    recording::{self, record},
};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http,
};

on_both! { SEEDED =>
    a_reset_password_outlives_a_change_that_was_under_way,
    a_write_under_way_ends_with_the_session,
    a_write_under_way_ends_with_the_account,
    a_write_under_way_ends_with_a_role,
    a_write_under_way_ends_with_the_area,
    a_write_under_way_goes_on_where_the_account_may_more,
    a_write_under_way_ends_with_the_client,
}

/// Sends a mutation, and does something else in a write transaction that the mutation has to wait for.
async fn meanwhile(db: &TestDb, asker: &Asker, query: &str, act: impl AsyncFnOnce(&Op) -> Result<()>) -> (u16, String) {
    let operator = Op::new(&db.app().await, Caller::Operator, "test");
    let (asker, query) = (asker.clone(), query.to_owned());
    let mut sent = operator
        .together(async |inner| {
            let mut sent = JoinSet::new();
            sent.spawn(async move { asker.send(&query).await });
            // Until it is authenticated, has compared and hashed, and waits. Were this too short, it would be refused all the same.
            tokio::time::sleep(Duration::from_millis(1500)).await;
            act(inner).await?;
            Ok(sent)
        })
        .await
        .expect("it is done");
    let answer = sent.join_next().await.expect("it was sent").expect("it is answered");
    let code = answer.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

async fn id_of(db: &TestDb, table: &str) -> i64 {
    let raw = db.raw().await;
    let sql = format!("SELECT max(id) FROM {table}");
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    let id = row.expect("a read").expect("a row").try_get_by_index(0).expect("a number");
    raw.close().await.expect("the connection closes");
    id
}

async fn patch(op: &Op, id: UserId, patch: UserPatch) -> Result<()> {
    let known = user::named(op, "lan").await?;
    user::update(op, id, known.version, patch).await
}

async fn a_reset_password_outlives_a_change_that_was_under_way(db: TestDb) {
    let lan = somebody(&db, "lan", &[Role::Viewer], Some("VN")).await;
    let id = UserId(id_of(&db, "user_account").await);
    let (theirs, reset) = ("bay con chim tren cay da", "chin dong song do ve xuoi");
    let change = format!(
        "mutation {{ changePassword(input: {{ currentPassword: {}, newPassword: {} }}) }}",
        json!(PASSWORD),
        json!(theirs)
    );
    let (_, code) = meanwhile(&db, &lan, &change, async |op| user::reset_password(op, id, reset).await).await;
    assert_eq!(code, "UNAUTHENTICATED");
    let stranger = Asker::stranger(db.app().await);
    assert_eq!(stranger.refused(&login("lan", theirs)).await.0, "UNAUTHENTICATED");
    stranger.ask(&login("lan", reset)).await;
}

async fn a_write_under_way_ends_with_the_session(db: TestDb) {
    let lan = recording::editor(&db).await;
    let id = UserId(id_of(&db, "user_account").await);
    let (_, code) = meanwhile(&db, &lan, &record("2025", "value: 50"), async |op| {
        user::end_sessions(op, id, "lost phone").await.map(drop)
    })
    .await;
    assert_eq!(code, "UNAUTHENTICATED");
    nothing_recorded(&db).await;
}

/// Nothing was recorded, and that it was tried is in the audit log.
async fn nothing_recorded(db: &TestDb) {
    let chief = somebody(db, "chief", &[Role::Admin], None).await;
    let asked = chief
        .ask(r#"{ observations(filter: { states: [DRAFT] }) { totalCount } auditEntries(filter: { actions: ["observation.record"] }) { nodes { outcome } } }"#)
        .await;
    assert_eq!(asked["observations"]["totalCount"], 0);
    assert_eq!(asked["auditEntries"]["nodes"], json!([{ "outcome": "DENIED" }]));
}

async fn a_write_under_way_ends_with_the_account(db: TestDb) {
    let lan = recording::editor(&db).await;
    let id = UserId(id_of(&db, "user_account").await);
    let (_, code) = meanwhile(&db, &lan, &record("2025", "value: 50"), async |op| {
        patch(op, id, UserPatch { active: Some(false), ..UserPatch::default() }).await
    })
    .await;
    assert_eq!(code, "UNAUTHENTICATED");
    nothing_recorded(&db).await;
}

async fn a_write_under_way_ends_with_a_role(db: TestDb) {
    let lan = recording::editor(&db).await;
    let id = UserId(id_of(&db, "user_account").await);
    let (_, code) = meanwhile(&db, &lan, &record("2025", "value: 50"), async |op| {
        patch(op, id, UserPatch { roles: Some(vec![Role::Viewer]), ..UserPatch::default() }).await
    })
    .await;
    assert_eq!(code, "FORBIDDEN");
    nothing_recorded(&db).await;
}

async fn a_write_under_way_ends_with_the_area(db: TestDb) {
    let lan = recording::editor(&db).await;
    let id = UserId(id_of(&db, "user_account").await);
    let (_, code) = meanwhile(&db, &lan, &record("2025", "value: 50"), async |op| {
        patch(op, id, UserPatch { area: Some("33".to_owned()), ..UserPatch::default() }).await
    })
    .await;
    assert_eq!(code, "FORBIDDEN");
    nothing_recorded(&db).await;
}

async fn a_write_under_way_goes_on_where_the_account_may_more(db: TestDb) {
    let lan = recording::editor(&db).await;
    let id = UserId(id_of(&db, "user_account").await);
    let (status, code) = meanwhile(&db, &lan, &record("2025", "value: 50"), async |op| {
        let roles = Some(vec![Role::Editor, Role::Approver]);
        patch(op, id, UserPatch { roles, area: Some("VN".to_owned()), ..UserPatch::default() }).await
    })
    .await;
    assert_eq!((status, code.as_str()), (200, ""));
}

async fn a_write_under_way_ends_with_the_client(db: TestDb) {
    let op = Op::new(&db.app().await, Caller::Operator, "test");
    let scopes = vec!["observation:write".to_owned()];
    let order = NewClient { name: "LGSP".to_owned(), agency: Some("pt-skhcn".to_owned()), scopes, valid_to: None };
    let (id, secret) = client::create(&op, order).await.expect("a client");
    let stranger = Asker::stranger(db.app().await);
    create(&db.app().await, "mai", &[Role::Admin], None).await;
    let mai = sign_in(&stranger, "mai").await;
    let client_id =
        mai.ask("{ apiClients { nodes { clientId } } }").await["apiClients"]["nodes"][0]["clientId"].clone();
    let client_id = client_id.as_str().expect("a text");
    let token = http::token(&stranger.service, client_id, &secret, "").await.json();
    let token = token["access_token"].as_str().expect("a token").to_owned();
    // Its token first, then the client itself.
    let revoked = async |op: &Op| client::revoke_token(op, client_id, &secret, &token).await.map(drop);
    let (_, code) = meanwhile(&db, &stranger.with(&token), &record("2025", "value: 50"), revoked).await;
    assert_eq!(code, "UNAUTHENTICATED");
    let another = http::token(&stranger.service, client_id, &secret, "").await.json();
    let system = stranger.with(another["access_token"].as_str().expect("a token"));
    let ended = async |op: &Op| client::revoke(op, ApiClientId(id.0), None, "lost").await;
    let (_, code) = meanwhile(&db, &system, &record("2025", "value: 50"), ended).await;
    assert_eq!(code, "UNAUTHENTICATED");
}
