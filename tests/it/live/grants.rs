//! A grant that is revoked while its client follows the change feed.

use entity::kinds::Role;
use serde_json::Value;

use super::{Instance, Socket, events::Stream, told::told};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::{
        granting::{System, agreed, granted, registrar, revoke},
        people::{Asker, somebody},
        recording::{record, recorded},
        reviewing::taken,
    },
};

on_both! { SEEDED => revoking_a_grant_closes_what_it_opened_in_running_streams }

/// Publishes an observation of a period in a sharing class.
async fn publish(editor: &Asker, approver: &Asker, period: &str, class: &str) {
    let made = recorded(editor, &record(period, &format!("value: 90, sharing: {class}"))).await;
    taken(editor, "submitObservation", &made, 1, "").await;
    taken(approver, "publishObservation", &made, 2, "").await;
}

/// Reads events until one of a period comes, and returns the keys of all.
async fn until(mut next: impl AsyncFnMut() -> String, period: &str) -> Vec<String> {
    let mut keys = vec![];
    while keys.last().is_none_or(|key: &String| !key.ends_with(period)) {
        keys.push(next().await);
    }
    keys
}

async fn of_socket(socket: &mut Socket) -> String {
    told(socket).await["key"].as_str().expect("a key").to_owned()
}

async fn of_stream(stream: &mut Stream) -> String {
    let event: Value = serde_json::from_str(&stream.until("data:").await).expect("JSON");
    event["data"]["changes"]["key"].as_str().unwrap_or_else(|| panic!("no key: {event}")).to_owned()
}

async fn revoking_a_grant_closes_what_it_opened_in_running_streams(db: TestDb) {
    let editor = somebody(&db, "hoa", &[Role::Editor], Some("25")).await;
    let approver = somebody(&db, "binh", &[Role::Approver], Some("25")).await;
    let admin = somebody(&db, "root", &[Role::Admin], None).await;
    let registrar = registrar(&db).await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), &["observation:read", "changes:read"]).await;
    let grant = granted(&registrar, &agreement, &client.id, &["commune_fibre_pct"], &["25"]).await;
    let client = client.asks(&db).await;
    let token = client.token.as_deref().expect("a token");
    let instance = Instance::of(db.app().await).await;
    let follow = "subscription { changes(types: [OBSERVATION]) { key } }";
    let mut socket = instance.socket(Some(token)).await;
    socket.ask("a", follow).await;
    socket.silent().await;
    let (status, mut stream) = Stream::by(&instance, &format!("Authorization: Bearer {token}\r\n"), follow).await;
    assert_eq!(status, 200);

    publish(&editor, &approver, "2022", "SHARED").await;
    until(async || of_socket(&mut socket).await, "/2022").await;
    until(async || of_stream(&mut stream).await, "/2022").await;

    registrar.ask(&revoke(&grant, r#"version: 1, reason: "hết cần""#)).await;
    publish(&editor, &approver, "2023", "SHARED").await;
    publish(&editor, &approver, "2024", "OPEN").await;
    for keys in [
        until(async || of_socket(&mut socket).await, "/2024").await,
        until(async || of_stream(&mut stream).await, "/2024").await,
    ] {
        assert!(!keys.iter().any(|key| key.ends_with("/2023")), "the client has no right to it any more: {keys:?}");
    }
}
