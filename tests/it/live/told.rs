//! Who is told of what: on whichever instance it happens, as they may see it when they are told.

use chrono::Duration;
use entity::kinds::Role;
use lienthong::{
    journal::feed,
    kernel::{
        limits::{Limit, Limits},
        op::Op,
        policy::Caller,
    },
};
use serde_json::{Value, json};

use super::{Instance, Socket, protocol::agency};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    rooms::{
        people::{Asker, create, sign_in, somebody},
        recording::{record, recorded},
        reviewing::taken,
    },
};

on_both! { SEEDED =>
    what_one_instance_commits_is_told_by_all,
    everybody_is_told_what_they_may_see,
    whoever_was_away_reads_on_from_a_cursor,
    who_is_no_longer_who_they_were_is_told_nothing_more,
    an_event_is_paid_for,
}

const FOLLOW: &str = "subscription { changes { type action key node { ... on Observation { state value } } } }";

/// What the next event tells.
pub async fn told(socket: &mut Socket) -> Value {
    let message = socket.hear().await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"]["changes"].clone()
}

async fn what_one_instance_commits_is_told_by_all(db: TestDb) {
    // Each with a pool, a worker and a bus of its own.
    let (here, there) = (db.app().await, db.app().await);
    create(&here, "chief", &[Role::Admin], None).await;
    let chief = sign_in(&Asker::stranger(here.clone()), "chief").await;
    let [here, there] = [Instance::of(here).await, Instance::of(there).await];
    let [mut near, mut far] = [here.socket(None).await, there.socket(None).await];
    for socket in [&mut near, &mut far] {
        socket.ask("a", "subscription { changes { key } }").await;
        socket.silent().await;
    }
    for code in ["pt-a", "pt-b", "pt-c"] {
        agency(&chief, code).await;
    }
    for socket in [&mut near, &mut far] {
        for code in ["pt-a", "pt-b", "pt-c"] {
            assert_eq!(told(socket).await, json!({ "key": code }), "in the order of the commits");
        }
        socket.silent().await;
    }
}

async fn everybody_is_told_what_they_may_see(db: TestDb) {
    let app = db.app().await;
    for (name, role, area) in [("lan", Role::Editor, "25"), ("binh", Role::Approver, "25"), ("mai", Role::Editor, "33")]
    {
        create(&app, name, &[role], Some(area)).await;
    }
    // Each step some time after the other, or it would not be known which of them made it public.
    let at = async |minutes: i64| db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await;
    let signed_in = async |name: &str, minutes| sign_in(&Asker::stranger(at(minutes).await), name).await;
    let [lan, mai] = [signed_in("lan", 1).await, signed_in("mai", 1).await];
    let instance = Instance::of(at(9).await).await;
    let mut sockets = vec![];
    for token in [None, mai.token.as_deref(), lan.token.as_deref()] {
        let mut socket = instance.socket(token).await;
        socket.ask("all", FOLLOW).await;
        socket.silent().await;
        sockets.push(socket);
    }
    let mut elsewhere = instance.socket(None).await;
    elsewhere.ask("33", "subscription { changes(areas: [\"33\"]) { key } }").await;
    elsewhere.ask("plans", "subscription { changes(types: [PLAN]) { key } }").await;
    elsewhere.silent().await;
    let mut of_area = instance.socket(None).await;
    of_area.ask("25", "subscription { changes(areas: [\"25\"], types: [OBSERVATION]) { key } }").await;
    of_area.silent().await;

    let made = recorded(&lan, &record("2025", "value: 90")).await;
    taken(&signed_in("lan", 2).await, "submitObservation", &made, 1, "").await;
    taken(&signed_in("binh", 3).await, "publishObservation", &made, 2, "").await;
    taken(&signed_in("binh", 4).await, "withdrawObservation", &made, 3, ", reason: \"đo sai\"").await;
    let key = "commune_fibre_pct/25/2025";
    let [stranger, mai, lan] = sockets.as_mut_slice() else { panic!("three") };
    for action in ["CREATED", "UPDATED", "UPDATED", "WITHDRAWN"] {
        assert_eq!(told(lan).await["action"], action, "who recorded it sees each step");
    }
    for socket in [stranger, mai] {
        let first = told(socket).await;
        assert_eq!((&first["type"], &first["key"]), (&json!("OBSERVATION"), &json!(key)));
        let last = if first["action"] == "WITHDRAWN" { first } else { told(socket).await };
        assert_eq!(
            last,
            json!({
                "type": "OBSERVATION", "action": "WITHDRAWN", "key": key, "node": { "state": "WITHDRAWN", "value": 90.0 },
            })
        );
        socket.silent().await;
    }
    assert_eq!(told(&mut of_area).await, json!({ "key": key }));
    elsewhere.silent().await;
}

async fn whoever_was_away_reads_on_from_a_cursor(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let instance = Instance::of(db.app().await).await;
    let mut socket = instance.socket(None).await;
    socket.ask("a", "subscription { changes { cursor key } }").await;
    socket.silent().await;
    agency(&chief, "pt-a").await;
    let cursor = told(&mut socket).await["cursor"].clone();
    drop(socket);
    agency(&chief, "pt-b").await;
    agency(&chief, "pt-c").await;
    let mut again = instance.socket(None).await;
    again.ask("a", &format!("subscription {{ changes(after: {cursor}) {{ key }} }}")).await;
    assert_eq!(told(&mut again).await["key"], "pt-b");
    assert_eq!(told(&mut again).await["key"], "pt-c");
    agency(&chief, "pt-d").await;
    assert_eq!(told(&mut again).await["key"], "pt-d");
    again.ask("b", "subscription { changes(after: \"nonsense\") { key } }").await;
    let refused = again.hear().await;
    assert_eq!((&refused["id"], &refused["type"]), (&json!("b"), &json!("error")));
    assert_eq!(refused["payload"][0]["extensions"]["fields"][0]["code"], "FOREIGN_CURSOR");
    db.execute("UPDATE change SET at = '2025-01-15T12:00:00+00:00'").await;
    let operator = Op::new(&db.app().await, Caller::Operator, "test");
    assert!(feed::forget(&operator).await.expect("they are dropped") > 500);
    again.ask("c", &format!("subscription {{ changes(after: {cursor}) {{ key }} }}")).await;
    assert_eq!(again.hear().await["payload"][0]["extensions"]["code"], "CURSOR_EXPIRED");
}

async fn who_is_no_longer_who_they_were_is_told_nothing_more(db: TestDb) {
    let app = db.app().await;
    for name in ["lan", "hoa"] {
        create(&app, name, &[Role::Editor], Some("25")).await;
    }
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let stranger = Asker::stranger(app.clone());
    let [lan, hoa] = [sign_in(&stranger, "lan").await, sign_in(&stranger, "hoa").await];
    let instance = Instance::of(app).await;
    let mut socket = instance.socket(hoa.token.as_deref()).await;
    socket.ask("a", FOLLOW).await;
    socket.silent().await;
    recorded(&lan, &record("2024", "value: 80")).await;
    assert_eq!(told(&mut socket).await["action"], "CREATED", "a draft of the area");

    // Another area: the socket goes on, but drafts of the old one are not told.
    let users = chief.ask("{ users { nodes { id username version } } }").await;
    let found =
        users["users"]["nodes"].as_array().expect("users").iter().find(|user| user["username"] == "hoa").cloned();
    let hoa = found.expect("she is there");
    let update = |rest: &str, version: i64| {
        format!(
            "mutation {{ updateUser(input: {{ id: {}, version: {version}, {rest} }}) {{ user {{ version }} }} }}",
            hoa["id"]
        )
    };
    let version = hoa["version"].as_i64().expect("a version");
    chief.ask(&update("area: \"33\"", version)).await;
    recorded(&lan, &record("2023", "value: 70")).await;
    agency(&chief, "pt-moi").await;
    assert_eq!(told(&mut socket).await["key"], "pt-moi");

    // Disabled: the socket ends, and nothing of what comes is told.
    chief.ask(&update("active: false", version + 1)).await;
    agency(&chief, "pt-nua").await;
    let ended = socket.hear().await;
    assert_eq!(
        (&ended["payload"]["data"], &ended["payload"]["errors"][0]["extensions"]["code"]),
        (&json!(null), &json!("UNAUTHENTICATED"))
    );
    assert_eq!(socket.closed().await.0, 4403);
}

async fn an_event_is_paid_for(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let limits = Limits::default().with(Limit::PointsAnonymous, 1_000).with(Limit::PointsPerMillisecond, 0);
    let instance = Instance::of(db.app_with(limits).await).await;
    let mut socket = instance.socket(None).await;
    let left = async |socket: &mut Socket| {
        socket.ask("left", "{ rateLimit { remaining } }").await;
        let said = socket.hear().await["payload"]["data"]["rateLimit"]["remaining"].as_i64().expect("a number");
        assert_eq!(socket.hear().await["type"], "complete");
        said
    };
    socket.ask("a", "subscription { changes { key type action } }").await;
    socket.silent().await;
    let before = left(&mut socket).await;
    agency(&chief, "pt-moi").await;
    told(&mut socket).await;
    let after = left(&mut socket).await;
    // What it was asked with cost as much both times.
    assert_eq!(before - after, 2 + 4 + 100, "the question; the field and its three values; the event itself");
    socket
        .ask(
            "b",
            &format!(
                "subscription {{ changes {{ {} }} }}",
                "node { ... on Agency { links: successors { successors { successors { code } } } } }"
            ),
        )
        .await;
    let refused = socket.hear().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX", "{refused}");
}
