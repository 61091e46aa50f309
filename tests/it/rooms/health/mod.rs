//! Whether links answer, as checks of real servers on this machine tell: who checks, who is told, and where nobody must ask.

pub mod sites;

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::kinds::Role;
use lienthong::{
    graphql, health,
    kernel::{
        app::{App, Settings},
        config::Config,
        op::Op,
        policy::Caller,
    },
};
use serde_json::{Value, json};

use self::sites::{Does, FINE, Site, of_status};
use super::{
    people::{Asker, sign_in, somebody},
    traces::{audited, told},
};
use crate::harness::{SEEDED, TestDb, noon, on_both};

on_both! { SEEDED =>
    what_a_link_answers_decides_its_state,
    nobody_is_asked_who_must_not_be,
    three_failures_are_down_and_one_answer_is_up_again,
    what_is_not_known_is_unknown,
    uptime_is_a_share_of_time,
    reasons_are_told_to_those_who_know_the_endpoint,
    a_level_costs_a_statement,
    one_instance_at_a_time_checks_a_link,
    the_lease_of_one_that_is_gone_passes_on,
    a_check_on_demand_is_refused_where_there_is_nothing_to_check,
    nobody_waits_for_what_is_checked,
    old_checks_are_dropped,
}

pub const LINK: &str = "pt-lgsp--vn-ndxp";
const HEALTH: &str = "health { state since checkedAt latencyMs consecutiveFailures uptime message(locale: EN) }";

/// Some seconds after the noon of all tests.
pub fn after(seconds: i64) -> DateTime<Utc> {
    noon("2026-01-15") + chrono::Duration::seconds(seconds)
}

/// Quick, and with this machine listed.
pub fn settings() -> Settings {
    let mut settings = Settings::from(&Config::default());
    settings.probes.private_networks = ["127.0.0.0/8".parse().expect("a network")].into_iter().collect();
    settings.probes.patience = chrono::Duration::milliseconds(700);
    settings.probes.slow = chrono::Duration::milliseconds(300);
    settings
}

async fn app(db: &TestDb, seconds: i64) -> App {
    db.app_set(after(seconds), settings()).await
}

/// What the program does by itself, so many seconds after noon; how many states changed.
pub async fn probe(db: &TestDb, seconds: i64) -> u64 {
    probe_by(&app(db, seconds).await).await
}

async fn probe_by(app: &App) -> u64 {
    health::probe_due(&Op::new(app, Caller::System, "worker")).await.expect("links are probed")
}

/// Where a link leads.
pub async fn lead(db: &TestDb, link: &str, endpoint: &str) {
    db.execute(&format!("UPDATE data_link SET endpoint = '{endpoint}', status = 'ACTIVE' WHERE code = '{link}'")).await;
}

/// A registrar of Phú Thọ, who signed in on the service as it is set here.
async fn registrar(db: &TestDb, settings: Settings) -> Asker {
    drop(somebody(db, "lan", &[Role::Registrar], Some("25")).await);
    sign_in(&Asker::stranger(db.app_set(after(0), settings).await), "lan").await
}

async fn id(db: &TestDb, link: &str) -> Value {
    super::ask(db, &format!(r#"{{ dataLink(code: "{link}") {{ id }} }}"#)).await["dataLink"]["id"].clone()
}

fn check(id: &Value) -> String {
    format!("mutation {{ checkDataLink(input: {{ id: {id} }}) {{ dataLink {{ {HEALTH} }} }} }}")
}

async fn checked(asker: &Asker, id: &Value) -> Value {
    asker.ask(&check(id)).await["checkDataLink"]["dataLink"]["health"].clone()
}

/// The health of a link as somebody is told it, so many seconds after noon.
async fn health_at(db: &TestDb, seconds: i64) -> Value {
    let query = format!(r#"{{ dataLink(code: "{LINK}") {{ {HEALTH} }} }}"#);
    Asker::stranger(app(db, seconds).await).ask(&query).await["dataLink"]["health"].clone()
}

/// The codes of the links in a state, so many seconds after noon.
async fn in_state(db: &TestDb, seconds: i64, state: &str) -> Vec<String> {
    let query = format!("{{ dataLinks(first: 200, filter: {{ health: [{state}] }}) {{ nodes {{ code }} }} }}");
    let answer = Asker::stranger(app(db, seconds).await).ask(&query).await;
    let nodes = answer["dataLinks"]["nodes"].as_array().expect("nodes");
    nodes.iter().map(|node| node["code"].as_str().expect("a code").to_owned()).collect()
}

async fn what_a_link_answers_decides_its_state(db: TestDb) {
    let (registrar, id) = (registrar(&db, settings()).await, id(&db, LINK).await);
    let cases: [(&str, Does, &str, &str, &[&str]); 16] = [
        ("fine", FINE, "UP", "", &["HEAD"]),
        ("no content", Does::Says(|_| of_status(204)), "UP", "", &["HEAD"]),
        ("not modified", Does::Says(|_| of_status(304)), "UP", "", &["HEAD"]),
        ("slow", Does::Later(Duration::from_millis(350)), "DEGRADED", "", &["HEAD"]),
        ("silent", Does::Nothing, "DEGRADED", "TIMEOUT: ", &["HEAD"]),
        ("missing", Does::Says(|_| of_status(404)), "DEGRADED", "STATUS: it answered with the status 404.", &["HEAD"]),
        ("failing", Does::Says(|_| of_status(503)), "DEGRADED", "STATUS: it answered with the status 503.", &["HEAD"]),
        ("gone", Does::Says(|_| String::new()), "DEGRADED", "RESET: ", &["HEAD"]),
        ("no HTTP", Does::Says(|_| "SSH-2.0-x\r\n\r\n".to_owned()), "DEGRADED", "INVALID_ANSWER: ", &["HEAD"]),
        (
            "a head without end",
            Does::Endless("HTTP/1.1 200 X\r\n", "a: b\r\n"),
            "DEGRADED",
            "INVALID_ANSWER: ",
            &["HEAD"],
        ),
        (
            "knows no HEAD",
            Does::Says(|line| of_status(if line.starts_with("HEAD") { 405 } else { 200 })),
            "UP",
            "",
            &["HEAD", "GET"],
        ),
        (
            "lies about its length",
            Does::Says(|line| match line.starts_with("HEAD") {
                true => of_status(501),
                false => "HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\nshort".to_owned(),
            }),
            "DEGRADED",
            "RESET: ",
            &["HEAD", "GET"],
        ),
        (
            "redirects twice",
            Does::Says(|line| match line.split(' ').nth(1) {
                Some("/") => "HTTP/1.1 302 X\r\nlocation: /a?b\r\ncontent-length: 0\r\n\r\n".to_owned(),
                Some("/a?b") => "HTTP/1.1 307 X\r\nlocation: c\r\ncontent-length: 0\r\n\r\n".to_owned(),
                Some("/c") => of_status(200),
                _ => of_status(404),
            }),
            "UP",
            "",
            &["HEAD", "HEAD", "HEAD"],
        ),
        (
            "redirects in circles",
            Does::Says(|_| "HTTP/1.1 301 X\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".to_owned()),
            "DEGRADED",
            "TOO_MANY_REDIRECTS: ",
            &["HEAD"; 4],
        ),
        (
            "redirects to a private address",
            Does::Says(|_| "HTTP/1.1 302 X\r\nlocation: http://10.1.2.3/\r\ncontent-length: 0\r\n\r\n".to_owned()),
            "DEGRADED",
            "ADDRESS_NOT_ALLOWED: ",
            &["HEAD"],
        ),
        (
            "redirects to what is no page",
            Does::Says(|_| "HTTP/1.1 302 X\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n".to_owned()),
            "DEGRADED",
            "INVALID_ADDRESS: ",
            &["HEAD"],
        ),
    ];
    for (name, does, state, message, asked) in cases {
        let site = Site::new(does).await;
        lead(&db, LINK, &site.url()).await;
        let health = checked(&registrar, &id).await;
        assert_eq!(health["state"], state, "{name}: {health}");
        let said = health["message"].as_str().unwrap_or_default();
        assert!(said.starts_with(message) && said.is_empty() == message.is_empty(), "{name}: {said}");
        let failed = i32::from(!message.is_empty());
        assert_eq!(health["consecutiveFailures"], failed, "{name}");
        let answered = message.is_empty() || message.starts_with("STATUS");
        assert_eq!(health["latencyMs"].is_null(), !answered, "{name}: {health}");
        assert_eq!(health["checkedAt"], "2026-01-15T12:00:00Z", "{name}");
        let methods: Vec<String> =
            site.asked().iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect();
        assert_eq!(methods, asked, "{name}");
    }
    // A body without end is not read to the end.
    let site = Site::new(Does::Endless("HTTP/1.1 405 X\r\n\r\n", "and so on and so forth, ")).await;
    lead(&db, LINK, &site.url()).await;
    assert_eq!(checked(&registrar, &id).await["message"], "STATUS: it answered with the status 405.");
    // Nobody listens.
    lead(&db, LINK, "http://127.0.0.1:1/").await;
    let refused = checked(&registrar, &id).await["message"].clone();
    assert!(refused.as_str().is_some_and(|said| said.starts_with("REFUSED: ")), "{refused}");
    // Whoever is not known to any authority is not who it says.
    let (site, authority) = Site::secure(FINE).await;
    lead(&db, LINK, &format!("https://{}/", site.address)).await;
    let unknown = checked(&registrar, &id).await;
    assert!(unknown["message"].as_str().is_some_and(|said| said.starts_with("TLS: ")), "{unknown}");
    assert!(site.asked().is_empty());
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), authority).expect("written");
    let mut settings = settings();
    settings.probes.authorities = Some(file.path().to_owned());
    let app = db.app_set(after(0), settings).await;
    let trusting = Asker::stranger(app).with(registrar.token.as_deref().expect("a token"));
    assert_eq!(checked(&trusting, &id).await["state"], "UP");
}

async fn nobody_is_asked_who_must_not_be(db: TestDb) {
    let mut settings = settings();
    settings.probes.private_networks = Default::default();
    let (registrar, id) = (registrar(&db, settings).await, id(&db, LINK).await);
    let site = Site::new(FINE).await;
    let port = site.address.port();
    for (endpoint, code) in [
        (format!("http://127.0.0.1:{port}/"), "ADDRESS_NOT_ALLOWED"),
        (format!("http://localhost:{port}/"), "ADDRESS_NOT_ALLOWED"),
        (format!("http://2130706433:{port}/"), "ADDRESS_NOT_ALLOWED"),
        (format!("http://0x7f.1:{port}/"), "ADDRESS_NOT_ALLOWED"),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), "ADDRESS_NOT_ALLOWED"),
        (format!("http://[::1]:{port}/"), "ADDRESS_NOT_ALLOWED"),
        (format!("http://0.0.0.0:{port}/"), "ADDRESS_NOT_ALLOWED"),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "ADDRESS_NOT_ALLOWED"),
        ("http://10.0.0.1/".to_owned(), "ADDRESS_NOT_ALLOWED"),
        ("http://nowhere.invalid/".to_owned(), "NAME_NOT_RESOLVED"),
        (format!("http://lan:s3cret@127.0.0.1:{port}/"), "INVALID_ADDRESS"),
        (format!("gopher://127.0.0.1:{port}/"), "INVALID_ADDRESS"),
        ("nonsense".to_owned(), "INVALID_ADDRESS"),
    ] {
        lead(&db, LINK, &endpoint).await;
        let health = checked(&registrar, &id).await;
        let said = health["message"].as_str().unwrap_or_default();
        assert!(said.starts_with(&format!("{code}: ")), "{endpoint}: {health}");
        assert!(!said.contains("127") && !said.contains("s3cret"), "{endpoint}: {said}");
    }
    assert!(site.asked().is_empty(), "nobody was asked");
}

async fn three_failures_are_down_and_one_answer_is_up_again(db: TestDb) {
    let site = Site::new(Does::Says(|_| of_status(500))).await;
    lead(&db, LINK, &site.url()).await;
    let seen = async |seconds| {
        let health = health_at(&db, seconds).await;
        (health["state"].clone(), health["since"].clone(), health["consecutiveFailures"].clone())
    };
    let told_now = async || told(&db, "DATA_LINK", LINK).await;
    let before = told_now().await;
    assert_eq!(probe(&db, 0).await, 1);
    assert_eq!(seen(0).await, (json!("DEGRADED"), json!("2026-01-15T12:00:00Z"), json!(1)));
    // Not before its time.
    assert_eq!((probe(&db, 30).await, site.asked().len()), (0, 1));
    assert_eq!(probe(&db, 70).await, 0);
    assert_eq!(seen(70).await, (json!("DEGRADED"), json!("2026-01-15T12:00:00Z"), json!(2)));
    assert_eq!(probe(&db, 140).await, 1);
    let down = (json!("DOWN"), json!("2026-01-15T12:02:20Z"), json!(3));
    assert_eq!(seen(140).await, down);
    assert_eq!(in_state(&db, 140, "DOWN").await, [LINK]);
    // One that is down is asked after two intervals, then after four.
    assert_eq!((probe(&db, 210).await, site.asked().len()), (0, 3));
    assert_eq!((probe(&db, 280).await, site.asked().len()), (0, 4));
    assert_eq!((probe(&db, 400).await, site.asked().len()), (0, 4));
    assert_eq!(seen(400).await, (down.0, down.1, json!(4)));
    assert_eq!(told_now().await, before + 2);
    // The same server answers now.
    let fine = Site::new(FINE).await;
    db.execute(&format!("UPDATE data_link SET endpoint = '{0}' WHERE code = '{LINK}'", fine.url())).await;
    db.execute(&format!("UPDATE link_health SET endpoint = '{0}'", fine.url())).await;
    assert_eq!(probe(&db, 600).await, 1);
    assert_eq!(seen(600).await, (json!("UP"), json!("2026-01-15T12:10:00Z"), json!(0)));
    assert_eq!(told_now().await, before + 3);
    // Single checks leave no entry; a state that changed does.
    let log = audited(&db, LINK).await;
    let log: Vec<Value> = log.as_array().expect("entries").iter().map(|entry| entry["changes"][0].clone()).collect();
    let change = |before: &str, after: &str| json!({ "field": "health", "before": before, "after": after });
    assert_eq!(log[log.len() - 3..], [change("UNKNOWN", "DEGRADED"), change("DEGRADED", "DOWN"), change("DOWN", "UP")]);
}

async fn what_is_not_known_is_unknown(db: TestDb) {
    let site = Site::new(FINE).await;
    lead(&db, LINK, &site.url()).await;
    let all = in_state(&db, 0, "UNKNOWN").await.len();
    assert_eq!(health_at(&db, 0).await["since"], json!(null));
    assert_eq!(probe(&db, 0).await, 1);
    let state = async |seconds| {
        let state = health_at(&db, seconds).await["state"].clone();
        let state = state.as_str().expect("a state").to_owned();
        // A filter tells the same as a field.
        assert!(in_state(&db, seconds, &state).await.contains(&LINK.to_owned()), "{state}");
        assert_eq!(in_state(&db, seconds, "UNKNOWN").await.len(), all - usize::from(state != "UNKNOWN"));
        state
    };
    assert_eq!(state(0).await, "UP");
    // Due after 54 to 66 seconds, and three intervals later nobody knows.
    assert_eq!((state(230).await, state(250).await), ("UP".to_owned(), "UNKNOWN".to_owned()));
    let old = health_at(&db, 250).await;
    assert_eq!((&old["checkedAt"], &old["latencyMs"]), (&json!("2026-01-15T12:00:00Z"), &json!(null)));
    // It is told too, as soon as somebody looks.
    let told_now = async || told(&db, "DATA_LINK", LINK).await;
    let before = told_now().await;
    db.execute(&format!("UPDATE data_link SET status = 'SUSPENDED' WHERE code = '{LINK}'")).await;
    assert_eq!(state(1).await, "UNKNOWN");
    assert_eq!((probe(&db, 70).await, told_now().await, site.asked().len()), (1, before + 1, 1));
    assert_eq!(health_at(&db, 70).await["since"], "2026-01-15T12:01:10Z");
    db.execute(&format!("UPDATE data_link SET status = 'TESTING' WHERE code = '{LINK}'")).await;
    assert_eq!((probe(&db, 71).await, state(71).await), (1, "UP".to_owned()));
    // Data flow over one that moves to another intermediary, so it is asked.
    db.execute(&format!("UPDATE data_link SET status = 'MIGRATING' WHERE code = '{LINK}'")).await;
    assert_eq!(state(71).await, "UP");
    // Another endpoint is another link, as far as that goes.
    lead(&db, LINK, "http://127.0.0.1:1/").await;
    assert_eq!(state(72).await, "UNKNOWN");
    assert_eq!((probe(&db, 73).await, state(73).await), (1, "DEGRADED".to_owned()));
    db.execute(&format!("UPDATE data_link SET endpoint = NULL WHERE code = '{LINK}'")).await;
    assert_eq!((state(74).await, probe(&db, 200).await), ("UNKNOWN".to_owned(), 1));
}

async fn uptime_is_a_share_of_time(db: TestDb) {
    let uptime = async |seconds: i64, days: i32| {
        let query = format!(r#"{{ dataLink(code: "{LINK}") {{ health {{ uptime(days: {days}) }} }} }}"#);
        let answer = Asker::stranger(app(&db, seconds).await).ask(&query).await;
        answer["dataLink"]["health"]["uptime"].clone()
    };
    assert_eq!(uptime(0, 30).await, json!(null));
    let site = Site::new(FINE).await;
    lead(&db, LINK, &site.url()).await;
    probe(&db, 0).await;
    assert_eq!(uptime(0, 1).await, json!(1.0));
    // The next day it fails: once for a minute, twice for a minute, and then for two, four, and eight.
    const DAY: i64 = 24 * 60 * 60;
    lead(&db, LINK, "http://127.0.0.1:1/").await;
    for minutes in [0, 2, 4, 7, 12] {
        probe(&db, DAY + minutes * 60).await;
    }
    assert_eq!(uptime(DAY, 1).await, json!(0.0));
    let share = uptime(DAY, 2).await.as_f64().expect("a share");
    // A minute of 17, each moved by up to a tenth.
    assert!((0.048..0.073).contains(&share), "{share}");
    // Two days later it answers a second after it failed for the third time, and was to be asked again in two minutes.
    let (_, id) = (registrar(&db, settings()).await, id(&db, LINK).await);
    let by_hand = async |second: i64| {
        let lan = sign_in(&Asker::stranger(app(&db, 3 * DAY + second).await), "lan").await;
        checked(&lan, &id).await["state"].clone()
    };
    for (second, state) in ["DEGRADED", "DEGRADED", "DOWN"].into_iter().enumerate() {
        db.execute("UPDATE link_health SET consecutive_failures = 0 WHERE state <> 'DEGRADED'").await;
        assert_eq!(by_hand(i64::try_from(second).expect("few")).await, state);
    }
    lead(&db, LINK, &site.url()).await;
    assert_eq!(by_hand(3).await, "UP");
    let share = uptime(3 * DAY, 1).await.as_f64().expect("a share");
    // Three seconds of about 63: what a check stood for, and did not, counts for nothing.
    assert!((0.94..0.96).contains(&share), "{share}");
    let days = r#"{ dataLink(code: "pt-lgsp--vn-ndxp") { health { uptime(days: 367) } } }"#;
    assert_eq!(super::refused(&db, "en", days).await.0, "BAD_USER_INPUT");
}

async fn reasons_are_told_to_those_who_know_the_endpoint(db: TestDb) {
    lead(&db, LINK, "http://127.0.0.1:1/").await;
    probe(&db, 0).await;
    probe(&db, 70).await;
    let checks = "checks { totalCount nodes { at outcome state httpStatus latencyMs fault } }";
    let query = format!(r#"{{ dataLink(code: "{LINK}") {{ {HEALTH} vi: health {{ message }} {checks} }} }}"#);
    let ask = async |asker: &Asker| {
        let app = app(&db, 70).await;
        let asker = Asker { token: asker.token.clone(), ..Asker::stranger(app) };
        asker.ask(&query).await["dataLink"].clone()
    };
    let failed = |at: &str| json!({ "at": at, "outcome": "FAILED", "state": "DEGRADED", "httpStatus": null, "latencyMs": null, "fault": "REFUSED" });
    let all = json!({ "totalCount": 2, "nodes": [failed("2026-01-15T12:00:00Z"), failed("2026-01-15T12:01:10Z")] });
    for (name, role, area, knows) in [
        ("an.pt", Role::Registrar, Some("25"), true),
        ("ba.vn", Role::Admin, None, true),
        ("cu.hy", Role::Registrar, Some("33"), false),
        ("da.pt", Role::Viewer, Some("25"), false),
        ("em.vn", Role::Registrar, Some("VN"), true),
    ] {
        let health = ask(&somebody(&db, name, &[role], area).await).await;
        let (said, vi) = (&health["health"]["message"], &health["vi"]["message"]);
        let expected = knows.then_some("REFUSED: the host refused the connection.");
        assert_eq!(said.as_str(), expected, "{name}");
        assert_eq!(vi.as_str(), knows.then_some("REFUSED: máy chủ từ chối kết nối."), "{name}");
        assert_eq!(health["health"]["state"], "DEGRADED", "{name}");
        assert_eq!(health["checks"] == all, knows, "{name}: {}", health["checks"]);
    }
    let stranger = ask(&Asker::stranger(app(&db, 70).await)).await;
    assert_eq!(stranger["checks"], json!({ "totalCount": 0, "nodes": [] }));
    let health = &stranger["health"];
    assert_eq!((&health["state"], &health["message"]), (&json!("DEGRADED"), &json!(null)));
    assert_eq!((&health["consecutiveFailures"], &health["uptime"]), (&json!(2), &json!(0.0)));
}

async fn a_level_costs_a_statement(db: TestDb) {
    db.execute("UPDATE data_link SET endpoint = 'http://127.0.0.1:1/', status = 'ACTIVE'").await;
    probe(&db, 0).await;
    let (app, schema) = (app(&db, 0).await, graphql::schema().expect("a schema"));
    for (first, fields, statements) in [
        (1, "state message", 2),
        (100, "state message", 2),
        (1, "state a: uptime(days: 1) b: uptime", 4),
        (100, "state a: uptime(days: 1) b: uptime", 4),
    ] {
        let op = Op::new(&app, Caller::Anonymous, "test");
        let query = format!("{{ dataLinks(first: {first}) {{ nodes {{ health {{ {fields} }} }} }} }}");
        let answer = schema.execute(async_graphql::Request::new(&query).data(op.clone())).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        assert_eq!(op.statements(), statements, "{query}");
        let nodes = answer.data.into_json().expect("JSON")["dataLinks"]["nodes"].clone();
        assert!(nodes.as_array().expect("nodes").len() == 1 || first > 1);
        assert!(nodes.as_array().expect("nodes").iter().all(|node| node["health"]["state"] == "DEGRADED"), "{nodes}");
    }
}

/// Links that lead to one server, each by a way of its own.
async fn many(db: &TestDb, site: &Site) -> usize {
    let url = site.url();
    db.execute(&format!("UPDATE data_link SET endpoint = '{url}' || id, status = 'ACTIVE'")).await;
    super::ask(db, "{ dataLinks { totalCount } }").await["dataLinks"]["totalCount"].as_u64().expect("a number") as usize
}

async fn one_instance_at_a_time_checks_a_link(db: TestDb) {
    let site = Site::new(Does::Later(Duration::from_millis(100))).await;
    let links = many(&db, &site).await;
    let instances = [app(&db, 0).await, app(&db, 0).await, app(&db, 0).await];
    let states = tokio::join!(probe_by(&instances[0]), probe_by(&instances[1]), probe_by(&instances[2]));
    let mut asked = site.asked();
    assert_eq!((states.0 + states.1 + states.2) as usize, links);
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), site.asked().len()), (links, links), "each was asked once");
    // Again when their time has come, and by nobody before.
    assert_eq!((probe(&db, 50).await, site.asked().len()), (0, links));
    tokio::join!(probe(&db, 70), probe(&db, 70));
    assert_eq!(site.asked().len(), 2 * links);
}

async fn the_lease_of_one_that_is_gone_passes_on(db: TestDb) {
    let site = Site::new(Does::Nothing).await;
    lead(&db, LINK, &site.url()).await;
    let gone = app(&db, 0).await;
    // It is given up while it waits, as a program is that is killed.
    tokio::select! {
        _ = probe_by(&gone) => panic!("nothing was answered"),
        () = async { while site.asked().is_empty() { tokio::time::sleep(Duration::from_millis(10)).await } } => (),
    }
    let (registrar, id) = (registrar(&db, settings()).await, id(&db, LINK).await);
    assert_eq!(
        registrar.refused(&check(&id)).await,
        ("CONFLICT".to_owned(), "The link is being checked just now.".to_owned())
    );
    assert_eq!((probe(&db, 10).await, site.asked().len()), (0, 1));
    assert_eq!((probe(&db, 30).await, site.asked().len()), (1, 2));
    assert_eq!(health_at(&db, 30).await["consecutiveFailures"], 1);
}

async fn a_check_on_demand_is_refused_where_there_is_nothing_to_check(db: TestDb) {
    let (registrar, link) = (registrar(&db, settings()).await, id(&db, LINK).await);
    let (code, why) = registrar.refused(&check(&link)).await;
    assert_eq!((code.as_str(), why.as_str()), ("CONFLICT", "The link has no endpoint: there is nothing to check."));
    lead(&db, LINK, "http://127.0.0.1:1/").await;
    db.execute(&format!("UPDATE data_link SET status = 'SUSPENDED' WHERE code = '{LINK}'")).await;
    let (code, why) = registrar.refused(&check(&link)).await;
    assert_eq!(
        (code.as_str(), why.as_str()),
        ("CONFLICT", "Only links that are ACTIVE, MIGRATING, TESTING are checked; this one is SUSPENDED.")
    );
    lead(&db, "qn-lgsp--vn-ndxp", "http://127.0.0.1:1/").await;
    let elsewhere = id(&db, "qn-lgsp--vn-ndxp").await;
    assert_eq!(registrar.refused(&check(&elsewhere)).await.0, "FORBIDDEN");
    assert_eq!(registrar.refused(&check(&json!("RGF0YUxpbms6OTk5OTk"))).await.0, "NOT_FOUND");
    assert_eq!(registrar.refused(&check(&json!("UGxhbjox"))).await.0, "NOT_FOUND");
    assert_eq!(health_at(&db, 0).await["checkedAt"], json!(null));
}

async fn nobody_waits_for_what_is_checked(db: TestDb) {
    let site = Site::new(Does::Nothing).await;
    lead(&db, LINK, &site.url()).await;
    let (registrar, id) = (registrar(&db, settings()).await, id(&db, LINK).await);
    let query = check(&id);
    let writing = async {
        while site.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        registrar.ask(r#"mutation { createAgency(input: { code: "pt-x", nameVi: "X", kind: PEOPLES_COMMITTEE, area: "25" }) { agency { code } } }"#).await
    };
    tokio::select! {
        answer = registrar.ask(&query) => panic!("{answer} came before what somebody else wrote"),
        answer = writing => assert_eq!(answer["createAgency"]["agency"]["code"], "pt-x"),
    }
}

async fn old_checks_are_dropped(db: TestDb) {
    const DAY: i64 = 24 * 60 * 60;
    let site = Site::new(FINE).await;
    lead(&db, LINK, &site.url()).await;
    for day in [0, 1, 89] {
        probe(&db, day * DAY).await;
    }
    let forget = async |seconds| {
        let op = Op::new(&app(&db, seconds).await, Caller::System, "worker");
        health::forget(&op).await.expect("old checks are dropped")
    };
    let query = format!(r#"{{ dataLink(code: "{LINK}") {{ health {{ uptime(days: 366) }} }} }}"#);
    let uptime = async |seconds| {
        Asker::stranger(app(&db, seconds).await).ask(&query).await["dataLink"]["health"]["uptime"].clone()
    };
    assert_eq!(forget(90 * DAY).await, 0);
    assert_eq!((forget(90 * DAY + 1).await, forget(90 * DAY + 1).await), (1, 0));
    assert_eq!(forget(92 * DAY).await, 1);
    // What they told of the time stays for as long as it can be asked for.
    assert_eq!(uptime(366 * DAY).await, json!(1.0));
    assert_eq!(forget(367 * DAY).await, 2, "a check, and the first day");
    assert_eq!(uptime(500 * DAY).await, json!(null));
}
