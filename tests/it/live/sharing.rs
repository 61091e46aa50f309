//! Streams share what is read, and never what only one of them may see; nothing is lost, nothing comes twice.

use entity::kinds::Role;
use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};

use super::{Instance, Socket, events::Stream, protocol::agency, told::told};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::{
        health::LINK,
        people::{Asker, create, sign_in, somebody},
        recording::{order, record, recorded},
        reviewing::taken,
    },
};

on_both! { SEEDED =>
    one_document_shows_each_read_scope_its_own,
    what_somebody_recorded_stays_theirs_to_see,
    more_than_is_read_at_once_comes_in_order_and_once,
    streams_that_share_pay_for_one_read,
    a_token_that_ends_on_one_instance_ends_streams_on_all,
}

async fn one_document_shows_each_read_scope_its_own(db: TestDb) {
    let app = db.app().await;
    let people = [
        ("viewer", Role::Viewer, "25"),
        ("lan", Role::Editor, "25"),
        ("hoa", Role::Editor, "25"),
        ("mai", Role::Editor, "33"),
        ("registrar", Role::Registrar, "25"),
    ];
    for (name, role, area) in people {
        create(&app, name, &[role], Some(area)).await;
    }
    let stranger = Asker::stranger(app.clone());
    let mut askers = vec![stranger.clone()];
    for (name, ..) in people {
        askers.push(sign_in(&stranger, name).await);
    }
    let instance = Instance::of(app).await;
    let follow = "subscription { changes(types: [OBSERVATION, DATA_LINK]) { key node { ... on Observation { value } ... on DataLink { endpoint } } } }";
    let mut sockets: Vec<Socket> = vec![];
    for asker in askers.iter().chain(&askers) {
        let mut socket = instance.socket(asker.token.as_deref()).await;
        socket.ask("a", follow).await;
        socket.silent().await;
        sockets.push(socket);
    }
    let [_, _, lan, _, _, registrar] = askers.as_slice() else { panic!("six") };
    recorded(lan, &record("2025", "value: 90")).await;
    let link = registrar.ask(&format!(r#"{{ dataLink(code: "{LINK}") {{ id version }} }}"#)).await["dataLink"].clone();
    let input =
        format!("{{ id: {}, version: {}, endpoint: \"https://noi-bo.example.vn/\" }}", link["id"], link["version"]);
    registrar.ask(&format!("mutation {{ updateDataLink(input: {input}) {{ dataLink {{ version }} }} }}")).await;

    let draft = json!({ "key": "commune_fibre_pct/25/2025", "node": { "value": 90.0 } });
    let shown = |endpoint: Option<&str>| json!({ "key": LINK, "node": { "endpoint": endpoint } });
    for (n, socket) in sockets.iter_mut().enumerate() {
        match n % 6 {
            // The editors of the area see the draft.
            2 | 3 => {
                assert_eq!(told(socket).await, draft, "{n}");
                assert_eq!(told(socket).await, shown(None), "{n}");
            }
            5 => assert_eq!(told(socket).await, shown(Some("https://noi-bo.example.vn/")), "{n}"),
            _ => assert_eq!(told(socket).await, shown(None), "{n}"),
        }
        socket.silent().await;
    }
}

async fn what_somebody_recorded_stays_theirs_to_see(db: TestDb) {
    let app = db.app().await;
    for (name, role, area) in [("lan", Role::Editor, "25"), ("hoa", Role::Editor, "33"), ("binh", Role::Approver, "33")]
    {
        create(&app, name, &[role], Some(area)).await;
    }
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let stranger = Asker::stranger(app.clone());
    let [lan, hoa, binh] =
        [sign_in(&stranger, "lan").await, sign_in(&stranger, "hoa").await, sign_in(&stranger, "binh").await];
    let made = recorded(&hoa, &order("commune_fibre_pct", "33", "2025", "value: 71")).await;
    taken(&hoa, "submitObservation", &made, 1, "").await;
    // Both have the same role in the same area from here on.
    let users = chief.ask("{ users { nodes { id username version } } }").await;
    let user =
        users["users"]["nodes"].as_array().expect("users").iter().find(|user| user["username"] == "hoa").cloned();
    let user = user.expect("she is there");
    let input = format!("{{ id: {}, version: {}, area: \"25\" }}", user["id"], user["version"]);
    chief.ask(&format!("mutation {{ updateUser(input: {input}) {{ user {{ version }} }} }}")).await;
    let instance = Instance::of(app).await;
    let mut sockets = [instance.socket(lan.token.as_deref()).await, instance.socket(hoa.token.as_deref()).await];
    for socket in &mut sockets {
        socket.ask("a", "subscription { changes { key } }").await;
        socket.silent().await;
    }
    taken(&binh, "returnObservation", &made, 2, ", reason: \"thiếu nguồn\"").await;
    agency(&chief, "pt-moi").await;
    let [other, own] = &mut sockets;
    assert_eq!(told(own).await["key"], "commune_fibre_pct/33/2025");
    for socket in [own, other] {
        assert_eq!(told(socket).await["key"], "pt-moi");
    }
}

async fn more_than_is_read_at_once_comes_in_order_and_once(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let instance = Instance::of(db.app().await).await;
    let follow = "subscription { changes { cursor key node { ... on Agency { code } } } }";
    let (mut eager, mut slow) = (instance.socket(None).await, instance.socket(None).await);
    for socket in [&mut eager, &mut slow] {
        socket.ask("a", follow).await;
        socket.silent().await;
    }
    let codes: Vec<String> = (0..120).map(|n| format!("pt-{n:03}")).collect();
    let mut cursors = vec![];
    let reading = async {
        for code in &codes {
            let event = told(&mut eager).await;
            assert_eq!((&event["key"], &event["node"]["code"]), (&json!(code), &json!(code)));
            cursors.push(event["cursor"].clone());
        }
    };
    let writing = async {
        for code in &codes {
            agency(&chief, code).await;
        }
    };
    tokio::join!(reading, writing);
    // One comes late, with a cursor from the middle; one has read nothing until now.
    let mut late = instance.socket(None).await;
    late.ask("a", &follow.replace("changes", &format!("changes(after: {})", cursors[39]))).await;
    for (n, code) in codes.iter().enumerate() {
        assert_eq!(told(&mut slow).await["key"], json!(code));
        if n > 39 {
            assert_eq!(told(&mut late).await["key"], json!(code));
        }
    }
    agency(&chief, "pt-last").await;
    for socket in [&mut eager, &mut slow, &mut late] {
        assert_eq!(told(socket).await["key"], "pt-last");
        socket.silent().await;
    }
}

async fn streams_that_share_pay_for_one_read(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let limits = Limits::default().with(Limit::PointsAnonymous, 10_000).with(Limit::PointsPerMillisecond, 0);
    let instance = Instance::of(TestDb::app_behind(db.db().await, "127.0.0.1", limits)).await;
    let mut sockets = vec![];
    for n in 1..=3 {
        let address = format!("192.0.2.{n}");
        let mut socket = instance.socket_with(&[("x-forwarded-for", &address)], None).await;
        socket.ask("a", "subscription { changes { key type action } }").await;
        socket.silent().await;
        sockets.push(socket);
    }
    let left = async |socket: &mut Socket| {
        socket.ask("left", "{ rateLimit { remaining } }").await;
        let said = socket.hear().await["payload"]["data"]["rateLimit"]["remaining"].as_i64().expect("a number");
        assert_eq!(socket.hear().await["type"], "complete");
        said
    };
    let mut paid = vec![];
    for socket in &mut sockets {
        paid.push(left(socket).await);
    }
    agency(&chief, "pt-moi").await;
    for (socket, before) in sockets.iter_mut().zip(&mut paid) {
        told(socket).await;
        *before -= left(socket).await;
    }
    // The question, the field and its three values; whoever reads pays for the reading.
    assert!(paid.iter().all(|points| [6, 106].contains(points)) && paid.contains(&106), "{paid:?}");
}

async fn a_token_that_ends_on_one_instance_ends_streams_on_all(db: TestDb) {
    // Nothing but what is committed makes anybody look at a token.
    let limits = Limits::default().with(Limit::KeepAliveSeconds, 3_600);
    let (here, there) = (db.app().await, db.app_with(limits).await);
    for name in ["disabled", "out", "stays"] {
        create(&here, name, &[Role::Editor], Some("25")).await;
    }
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let stranger = Asker::stranger(here);
    let [disabled, stays] = [sign_in(&stranger, "disabled").await, sign_in(&stranger, "stays").await];
    let signed_in = stranger.ask(&crate::rooms::people::login("out", crate::rooms::people::PASSWORD)).await;
    let text = |value: &Value| value.as_str().expect("a token").to_owned();
    let (out, refresh) = (text(&signed_in["login"]["accessToken"]), text(&signed_in["login"]["refreshToken"]));
    let instance = Instance::of(there).await;
    let mut quiet = instance.socket(disabled.token.as_deref()).await;
    let mut following = instance.socket(Some(&out)).await;
    let mut other = instance.socket(stays.token.as_deref()).await;
    let line = format!("Authorization: Bearer {out}\r\n");
    let (status, mut stream) = Stream::by(&instance, &line, "subscription { changes { key } }").await;
    assert_eq!(status, 200);
    for socket in [&mut following, &mut other] {
        socket.ask("a", "subscription { changes { key } }").await;
        socket.silent().await;
    }
    let users = chief.ask("{ users { nodes { id username version } } }").await;
    let user =
        users["users"]["nodes"].as_array().expect("users").iter().find(|user| user["username"] == "disabled").cloned();
    let user = user.expect("they are there");
    let input = format!("{{ id: {}, version: {}, active: false }}", user["id"], user["version"]);
    chief.ask(&format!("mutation {{ updateUser(input: {input}) {{ user {{ version }} }} }}")).await;
    stranger.ask(&format!("mutation {{ logout(input: {{ refreshToken: \"{refresh}\" }}) }}")).await;
    assert_eq!(quiet.closed().await.0, 4403);
    assert_eq!(following.hear().await["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(following.closed().await.0, 4403);
    let told_last: Value = serde_json::from_str(&stream.until("data:").await).expect("JSON");
    assert_eq!(told_last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    agency(&chief, "pt-moi").await;
    assert_eq!(told(&mut other).await["key"], "pt-moi");
}
