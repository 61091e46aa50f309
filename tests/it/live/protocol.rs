//! graphql-transport-ws to the letter: what is said when, and with which code a socket is closed.

use chrono::Duration as Span;
use entity::kinds::Role;
use lienthong::kernel::{
    app::{App, Settings},
    clock::Clock,
    config::Config,
    limits::{Limit, Limits},
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::{
    MaybeTlsStream,
    tungstenite::protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{Instance, PATIENCE, Socket};
use crate::{
    harness::{Kind, SEEDED, TestDb, on_both},
    rooms::people::{Asker, create, sign_in, somebody},
};

on_both! { SEEDED =>
    a_socket_is_closed_with_the_code_that_the_protocol_has_for_it,
    who_does_not_initialise_in_time_is_not_waited_for,
    pages_of_other_origins_open_no_socket,
    queries_and_mutations_run_over_a_socket_too,
    what_is_wrong_with_an_operation_ends_that_operation_alone,
    an_operation_that_is_completed_says_nothing_more,
    a_subscription_has_one_root_field,
    a_socket_has_so_many_operations_and_a_caller_so_many_sockets,
    a_token_that_is_not_good_opens_nothing,
    when_the_token_ends_the_socket_does,
    a_close_is_answered_and_what_is_no_frame_is_told,
    who_does_not_read_is_cut_off,
    when_the_program_stops_sockets_are_told,
}

const INIT: &str = r#"{"type":"connection_init"}"#;

async fn a_socket_is_closed_with_the_code_that_the_protocol_has_for_it(db: TestDb) {
    let limits = Limits::default().with(Limit::MessageBytes, 2_000).with(Limit::BodyBytesAnonymous, 1_500);
    let instance = Instance::of(db.app_with(limits).await).await;
    let subscribe = r#"{"id":"a","type":"subscribe","payload":{"query":"subscription { changes { key } }"}}"#;
    let deep = format!(r#"{{"type":"ping","payload":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let long_for_strangers = format!(r#"{{"type":"ping","payload":"{}"}}"#, "x".repeat(1_500));
    let long = format!(r#"{{"type":"ping","payload":"{}"}}"#, "x".repeat(2_100));
    let cases: &[(&[&str], u16, &str)] = &[
        (&["{"], 4400, "Invalid message"),
        (&["[]"], 4400, "Invalid message"),
        (&["null"], 4400, "Invalid message"),
        (&[r#"{"type":"start"}"#], 4400, "Invalid message"),
        (&[r#"{"id":"a"}"#], 4400, "Invalid message"),
        (&[r#"{"type":"connection_init","payload":"x"}"#], 4400, "Invalid message"),
        (&[INIT, r#"{"type":"subscribe","payload":{}}"#], 4400, "Invalid message"),
        (&[INIT, r#"{"id":7,"type":"subscribe","payload":{}}"#], 4400, "Invalid message"),
        (&[INIT, r#"{"id":"","type":"complete"}"#], 4400, "Invalid message: an id has 1 to 256 bytes"),
        (&[INIT, &deep], 4400, "Invalid message: The request asks for too much"),
        (&[&long], 1009, "Message too big"),
        (&[&long_for_strangers], 1009, "Message too big"),
        (&[subscribe], 4401, "Unauthorized"),
        (&[r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#], 4403, "Forbidden"),
        (&[r#"{"type":"connection_init","payload":{"Authorization":"x"}}"#], 4403, "Forbidden"),
        (&[r#"{"type":"connection_init","payload":{"authorization":1}}"#], 4403, "Forbidden"),
        (&[r#"{"type":"connection_init","payload":{"headers":{"Authorization":"Bearer x"}}}"#], 4403, "Forbidden"),
        (&[r#"{"type":"connection_init","payload":{"Headers":{"authorization":["Bearer x"]}}}"#], 4403, "Forbidden"),
        (&[r#"{"type":"connection_init","payload":{"headers":[["authorization","Bearer x"]]}}"#], 4403, "Forbidden"),
        (&[INIT, subscribe, subscribe], 4409, "Subscriber for a already exists"),
        (&[INIT, INIT], 4429, "Too many initialisation requests"),
    ];
    for (messages, code, reason) in cases {
        let mut socket = instance.open(&[]).await.expect("a socket");
        for message in *messages {
            socket.write((*message).to_owned()).await;
        }
        let (closed, said) = socket.closed().await;
        assert_eq!(closed, *code, "{messages:?}: {said}");
        assert!(said.starts_with(reason), "{messages:?}: {said}");
    }
    let mut unnamed = instance.open(&[("sec-websocket-protocol", "")]).await.expect("a socket");
    assert_eq!(unnamed.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
}

async fn who_does_not_initialise_in_time_is_not_waited_for(db: TestDb) {
    let instance = Instance::of(db.app_with(Limits::default().with(Limit::InitSeconds, 1)).await).await;
    let mut silent = instance.open(&[]).await.expect("a socket");
    let mut pinging = instance.open(&[]).await.expect("a socket");
    pinging.silent().await;
    let timeout = (4408, "Connection initialisation timeout".to_owned());
    assert_eq!((silent.closed().await, pinging.closed().await), (timeout.clone(), timeout));
}

async fn pages_of_other_origins_open_no_socket(db: TestDb) {
    let config = Config { public_url: "https://lgsp.example.vn".to_owned(), ..Config::default() };
    let config = Config { cors_origins: "https://so-lieu.vn".to_owned().try_into().expect("an origin"), ..config };
    let instance = Instance::of(db.app_as(&config).await).await;
    let own = format!("http://{}", instance.address);
    for (origin, status) in [
        (own.as_str(), None),
        ("https://lgsp.example.vn", None),
        ("https://so-lieu.vn", None),
        ("https://elsewhere.example", Some(403)),
        ("http://so-lieu.vn", Some(403)),
        ("null", Some(403)),
        ("", Some(403)),
    ] {
        let opened = instance.open(&[("origin", origin)]).await;
        assert_eq!(opened.err().map(|status| status.as_u16()), status, "{origin}");
    }
    assert!(instance.open(&[]).await.is_ok(), "programs name no origin");
    let page = crate::http::get(&crate::http::service(&db).await, "/graphql/ws").await;
    assert_eq!((page.status, &page.json()["errors"][0]["extensions"]["code"]), (426, &json!("BAD_USER_INPUT")));
}

async fn queries_and_mutations_run_over_a_socket_too(db: TestDb) {
    let app = db.app().await;
    create(&app, "chief", &[Role::Admin], None).await;
    let token = sign_in(&Asker::stranger(app.clone()), "chief").await.token.expect("a token");
    let instance = Instance::of(app).await;
    let mut socket = instance.socket(Some(&token)).await;
    socket.say(json!({ "id": "q", "type": "subscribe", "payload": {
        "query": "query Q($code: String!) { province(code: $code) { name } viewer { username } }", "variables": { "code": "25" }, "operationName": "Q",
    } })).await;
    let data = json!({ "province": { "name": "Phú Thọ" }, "viewer": { "username": "chief" } });
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "next", "payload": { "data": data } }));
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "complete" }));
    let agency = r#"mutation { createAgency(input: { code: "pt-moi", nameVi: "Sở mới", kind: DEPARTMENT, area: "25" }) { agency { code } } }"#;
    socket.ask("q", agency).await;
    let data = json!({ "createAgency": { "agency": { "code": "pt-moi" } } });
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "next", "payload": { "data": data } }));
    assert_eq!(socket.hear().await["type"], "complete");
    // An error of a field is part of an answer.
    socket.ask("q", agency).await;
    let again = socket.hear().await;
    assert_eq!(
        (&again["type"], &again["payload"]["errors"][0]["extensions"]["fields"][0]["code"]),
        (&json!("next"), &json!("TAKEN"))
    );
    assert_eq!(socket.hear().await["type"], "complete");
    // A token among what a client would send over HTTP is one, beside the same, and not beside another.
    let bearer = format!("Bearer {token}");
    for (payload, welcome) in [
        (json!({ "headers": { "Authorization": bearer } }), true),
        (json!({ "headers": { "authorization": bearer, "x-other": "y" }, "Authorization": bearer }), true),
        (json!({ "headers": { "authorization": bearer }, "authorization": null }), true),
        (json!({ "headers": { "authorization": bearer }, "authorization": "Bearer x" }), false),
        (json!({ "Authorization": bearer, "authorization": "Bearer x" }), false),
    ] {
        let mut socket = instance.open(&[]).await.expect("a socket");
        socket.write(format!("\u{feff}{}", json!({ "type": "connection_init", "payload": payload }))).await;
        if !welcome {
            assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()), "{payload}");
            continue;
        }
        assert_eq!(socket.hear().await["type"], "connection_ack", "{payload}");
        socket.ask("v", "{ viewer { username } }").await;
        assert_eq!(socket.hear().await["payload"]["data"]["viewer"]["username"], "chief", "{payload}");
    }
    // A token in the request is one too.
    let mut other = instance.open(&[("authorization", &format!("Bearer {token}"))]).await.expect("a socket");
    other.write(INIT.to_owned()).await;
    assert_eq!(other.hear().await["type"], "connection_ack");
    other.ask("v", "{ viewer { username } }").await;
    assert_eq!(other.hear().await["payload"]["data"]["viewer"]["username"], "chief");
}

/// Of a message that refuses an operation: the operation, and why.
fn refused(message: &Value) -> (&str, &str, &str) {
    (
        message["id"].as_str().unwrap_or_default(),
        message["type"].as_str().unwrap_or_default(),
        message["payload"][0]["extensions"]["code"].as_str().unwrap_or_default(),
    )
}

async fn what_is_wrong_with_an_operation_ends_that_operation_alone(db: TestDb) {
    let instance =
        Instance::of(db.app_with(Limits::default().with(Limit::BodyBytesAnonymous, 1024 * 1024)).await).await;
    let mut socket = instance.socket(None).await;
    for query in [
        "subscription { changes { nope } }",
        "subscription {",
        "{ nope }",
        "subscription { changes(types: [NOPE]) { key } }",
    ] {
        socket.ask("a", query).await;
        assert_eq!(refused(&socket.hear().await), ("a", "error", "BAD_USER_INPUT"), "{query}");
    }
    socket.say(json!({ "id": "b", "type": "subscribe", "payload": { "query": 1 } })).await;
    let message = socket.hear().await;
    assert_eq!(refused(&message), ("b", "error", "BAD_USER_INPUT"));
    assert_eq!(message["payload"][0]["extensions"]["fields"][0]["path"], "query");
    let deep =
        format!("{{ node(id: \"x\") {{ {} }} }}", "... on Plan { area { plans { nodes { id } } } } ".repeat(3_000));
    socket.ask("c", &deep).await;
    assert_eq!(refused(&socket.hear().await), ("c", "error", "QUERY_TOO_COMPLEX"));
    socket.silent().await;
}

async fn an_operation_that_is_completed_says_nothing_more(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let instance = Instance::of(db.app().await).await;
    let mut socket = instance.socket(None).await;
    for id in ["a", "b"] {
        socket.ask(id, "subscription { changes(types: [AGENCY]) { key } }").await;
    }
    socket.silent().await;
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    socket.say(json!({ "id": "unknown", "type": "complete" })).await;
    socket.silent().await;
    agency(&chief, "pt-moi").await;
    let told = json!({ "data": { "changes": { "key": "pt-moi" } } });
    assert_eq!(socket.hear().await, json!({ "id": "b", "type": "next", "payload": told }));
    socket.silent().await;
    // Its name is free again.
    socket.ask("a", "{ province(code: \"25\") { code } }").await;
    assert_eq!(socket.hear().await["id"], "a");
}

/// Makes a body.
pub async fn agency(asker: &Asker, code: &str) {
    let input = format!(r#"{{ code: "{code}", nameVi: "Sở mới", kind: DEPARTMENT, area: "25" }}"#);
    asker.ask(&format!("mutation {{ createAgency(input: {input}) {{ agency {{ id }} }} }}")).await;
}

async fn a_subscription_has_one_root_field(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let instance = Instance::of(db.app().await).await;
    let mut socket = instance.socket(None).await;
    for query in [
        "subscription { changes { key } more: changes { key } }",
        "subscription { changes { key } changes(types: [PLAN]) { key } }",
        "subscription { __typename }",
        "subscription { changes @skip(if: true) { key } }",
        "subscription { ...A ...B } fragment A on Subscription { a: changes { key } } fragment B on Subscription { b: changes { key } }",
        "subscription { ... @include(if: true) { changes { key } } }",
    ] {
        socket.ask("a", query).await;
        let said = socket.hear().await;
        assert_eq!(refused(&said), ("a", "error", "BAD_USER_INPUT"), "{query}");
        let message = said["payload"][0]["message"].as_str().expect("a message");
        assert!(message.contains("exactly one root field"), "{query}: {message}");
    }
    // One field is one, in whichever fragments it stands, and however often.
    socket.ask("a", "subscription { ...A ... on Subscription { changes { type } } } fragment A on Subscription { changes { ...K action } } fragment K on Change { key }").await;
    socket.silent().await;
    agency(&chief, "pt-moi").await;
    let told = json!({ "changes": { "key": "pt-moi", "action": "CREATED", "type": "AGENCY" } });
    assert_eq!(socket.hear().await["payload"]["data"], told);
    // Over HTTP alone there is nothing to follow.
    let (code, said) = chief.refused("subscription { changes { key } }").await;
    assert!(code == "BAD_USER_INPUT" && said.contains("/graphql/ws"), "{said}");
}

async fn a_socket_has_so_many_operations_and_a_caller_so_many_sockets(db: TestDb) {
    let limits = Limits::default().with(Limit::Streams, 2).with(Limit::StreamOperations, 3);
    let app = db.app_with(limits).await;
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    let token = sign_in(&Asker::stranger(app.clone()), "lan").await.token.expect("a token");
    let instance = Instance::of(app).await;
    let mut first = instance.socket(None).await;
    for id in ["a", "b", "c"] {
        first.ask(id, "subscription { changes { key } }").await;
    }
    first.ask("d", "{ province(code: \"25\") { code } }").await;
    assert_eq!(refused(&first.hear().await), ("d", "error", "RATE_LIMITED"));
    first.say(json!({ "id": "b", "type": "complete" })).await;
    first.ask("d", "{ province(code: \"25\") { code } }").await;
    assert_eq!(first.hear().await["payload"]["data"]["province"]["code"], "25");
    let second = instance.socket(None).await;
    assert_eq!(instance.open(&[]).await.err().map(|status| status.as_u16()), Some(429));
    // Who is signed in has sockets of their own, as soon as it is known who it is.
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let mine = [instance.open(&headers).await.expect("a socket"), instance.open(&headers).await.expect("a socket")];
    assert_eq!(instance.open(&headers).await.err().map(|status| status.as_u16()), Some(429));
    drop(second);
    let mut third = opened(&instance).await;
    third.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(third.closed().await, (1013, "Too many streams".to_owned()));
    drop((mine, first));
}

/// A socket, as soon as there is room for one.
async fn opened(instance: &Instance) -> Socket {
    let trying = async {
        loop {
            if let Ok(socket) = instance.open(&[]).await {
                return socket;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, trying).await.expect("there is room")
}

async fn a_token_that_is_not_good_opens_nothing(db: TestDb) {
    let instance = Instance::of(db.app().await).await;
    let refused = instance.open(&[("authorization", "Bearer nonsense")]).await;
    assert_eq!(refused.err().map(|status| status.as_u16()), Some(401));
}

async fn when_the_token_ends_the_socket_does(db: TestDb) {
    let settings = Settings { access_token: Span::seconds(2), ..Settings::from(&Config::default()) };
    let app = App::with_keys(db.db().await, Clock::system(), settings, crate::harness::keys());
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    let token = sign_in(&Asker::stranger(app.clone()), "lan").await.token.expect("a token");
    let instance = Instance::of(app).await;
    let mut socket = instance.socket(Some(&token)).await;
    let mut stranger = instance.socket(None).await;
    assert_eq!(socket.closed().await, (4403, "Forbidden: the token is not good any more".to_owned()));
    stranger.silent().await;
}

async fn a_close_is_answered_and_what_is_no_frame_is_told(db: TestDb) {
    let instance = Instance::of(db.app().await).await;
    let mut socket = instance.socket(None).await;
    let frame = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
    socket.0.close(Some(frame)).await.expect("it is sent");
    // The answer says the same.
    assert_eq!(socket.closed().await, (1000, "done".to_owned()));
    // A masked frame of a type that there is not; a text that is none.
    for (bytes, code) in [(vec![0x83, 0x80, 0, 0, 0, 0], 1002), (vec![0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007)] {
        let mut socket = instance.socket(None).await;
        let MaybeTlsStream::Plain(stream) = socket.0.get_mut() else { panic!("no TLS here") };
        stream.write_all(&bytes).await.expect("sent");
        assert_eq!(socket.closed().await.0, code, "{bytes:?}");
    }
}

async fn who_does_not_read_is_cut_off(db: TestDb) {
    if db.kind() == Kind::Postgres {
        return;
    }
    let limits = Limits::default().with(Limit::WriteSeconds, 1).with(Limit::Streams, 1);
    let limits = limits.with(Limit::PointsAnonymous, 1_000_000_000).with(Limit::StreamOperations, 1_000);
    let instance = Instance::of(db.app_with(limits).await).await;
    let mut lazy = instance.socket(None).await;
    // More than the system keeps for somebody who does not read.
    for n in 0..200 {
        lazy.ask(&n.to_string(), crate::http::limits::INTROSPECTION).await;
    }
    assert_eq!(instance.open(&[]).await.err().map(|status| status.as_u16()), Some(429));
    // Its place is free: nothing waits for it, and nothing is kept.
    opened(&instance).await;
}

async fn when_the_program_stops_sockets_are_told(db: TestDb) {
    let instance = Instance::of(db.app().await).await;
    let mut waiting = instance.open(&[]).await.expect("a socket");
    let mut following = instance.socket(None).await;
    following.ask("a", "subscription { changes { key } }").await;
    following.silent().await;
    let closing = async { (waiting.closed().await.0, following.closed().await.0) };
    let (codes, ()) = tokio::join!(closing, instance.stop());
    assert_eq!(codes, (1001, 1001));
}
