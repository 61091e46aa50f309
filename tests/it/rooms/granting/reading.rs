//! What is read under a grant is written down, and told to those whose figures they are.

use chrono::Duration;
use entity::kinds::Role;
use lienthong::{
    kernel::{op::Op, policy::Caller},
    worker,
};
use serde_json::{Value, json};

use super::{
    System, admin, agreed, grant, granted,
    opening::{INDICATOR, SCOPES, add_figure, figure, put},
    raw_id, registrar, revoke,
};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    rooms::people::{Asker, somebody},
};

on_both! { SEEDED =>
    what_is_read_under_a_grant_is_written_down_once_a_request,
    every_path_by_which_a_figure_is_read_is_written_down,
    what_everybody_may_read_is_not_written_down,
    every_grant_that_opens_a_figure_is_named_and_none_that_does_not,
    what_was_read_is_written_down_by_the_program_a_moment_later,
    what_was_read_is_written_down_before_the_program_ends,
    what_cannot_be_written_down_is_written_down_later,
    what_was_revoked_since_is_named_all_the_same,
    what_is_being_written_down_is_not_lost_when_it_is_broken_off,
    nothing_is_kept_waiting_without_bound,
    who_read_what_is_told_to_those_of_the_provider_and_the_consumer,
    who_could_read_what_on_a_day_is_told,
    who_could_read_figures_of_an_area_is_told_there_whoever_granted_it,
    what_is_worked_out_is_as_private_as_what_it_rests_on,
}

/// The entries of the audit log that tell of reads, oldest first.
async fn entries(admin: &Asker) -> Vec<Value> {
    let query = r#"{ auditEntries(last: 100, filter: { actions: ["observation.readGranted"] }) { nodes { actor resource outcome requestId changes { field before after } } } }"#;
    admin.ask(query).await["auditEntries"]["nodes"].as_array().expect("entries").clone()
}

struct Scene {
    registrar: Asker,
    admin: Asker,
    agreement: Value,
    client: System,
    grant: Value,
    asker: Asker,
    figure: String,
}

/// A client with a grant of a private figure of the former Phú Thọ.
async fn scene(db: &TestDb) -> Scene {
    let (registrar, admin) = (registrar(db).await, admin(db).await);
    let figure = figure(db).await;
    put(db, "PRIVATE").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    let grant = granted(&registrar, &agreement, &client.id, &[INDICATOR, "dti_rank"], &["25"]).await;
    let asker = client.asks(db).await;
    Scene { registrar, admin, agreement, client, grant, asker, figure }
}

async fn what_is_read_under_a_grant_is_written_down_once_a_request(db: TestDb) {
    let scene = scene(&db).await;
    let query = format!(
        r#"{{ a: node(id: "{0}") {{ id }} b: node(id: "{0}") {{ ... on Observation {{ value }} }} dti: observations(filter: {{ indicators: ["dti_rank"] }}) {{ nodes {{ value }} }} }}"#,
        scene.figure
    );
    let answer = scene.asker.send(&query).await;
    assert_eq!(answer.json()["data"]["b"]["value"], 99.5);
    let told = |field: &str, count: &str| json!({ "field": field, "before": null, "after": count });
    let entry = json!({
        "actor": format!("client:{}", scene.client.id), "resource": format!("grant:{}", raw_id(&scene.grant)), "outcome": "OK",
        "requestId": answer.header("x-request-id"),
        "changes": entries(&scene.admin).await[0]["changes"],
    });
    let found = entries(&scene.admin).await;
    assert_eq!(found, std::slice::from_ref(&entry));
    let mut changes = entry["changes"].as_array().expect("changes").clone();
    changes.sort_by_key(|change| change["field"].as_str().map(str::to_owned));
    assert_eq!(changes, [told("dti_rank/25", "1"), told(&format!("{INDICATOR}/25"), "1")]);
    // Of a unit that began on a known day the name says so.
    add_figure(&db, INDICATOR, "code = '25' AND valid_to IS NULL", "2025", "SHARED", 7.0).await;
    scene
        .asker
        .ask(&format!(r#"{{ province(code: "25") {{ latest(indicators: ["{INDICATOR}"]) {{ value }} }} }}"#))
        .await;
    let last = entries(&scene.admin).await[1]["changes"].clone();
    assert_eq!(last, json!([told(&format!("{INDICATOR}/25"), "1"), told(&format!("{INDICATOR}/25@2025-07-01"), "1")]));
    let verified = scene.admin.ask("{ auditVerification { valid } }").await;
    assert_eq!(verified["auditVerification"]["valid"], true);
}

async fn every_path_by_which_a_figure_is_read_is_written_down(db: TestDb) {
    let scene = scene(&db).await;
    let of = format!(r#"filter: {{ indicators: ["{INDICATOR}"], areas: ["25"] }}"#);
    let queries = [
        format!(r#"{{ node(id: "{}") {{ __typename }} }}"#, scene.figure),
        format!(r#"{{ nodes(ids: ["{}"]) {{ id }} }}"#, scene.figure),
        format!("{{ observations({of}) {{ nodes {{ text }} }} }}"),
        // A cursor has the value in it by which the list is ordered.
        format!("{{ observations({of}, orderBy: {{ field: VALUE, direction: ASC }}) {{ pageInfo {{ endCursor }} }} }}"),
        format!("{{ observations({of}) {{ edges {{ cursor }} }} }}"),
        format!(
            r#"{{ indicator(code: "{INDICATOR}") {{ observations(filter: {{ areas: ["25"] }}) {{ nodes {{ value }} }} }} }}"#
        ),
        format!(r#"{{ indicator(code: "{INDICATOR}") {{ ranking(period: "2022") {{ rank of }} }} }}"#),
        format!(r#"{{ province(code: "25") {{ latest(indicators: ["{INDICATOR}"]) {{ value }} }} }}"#),
        format!(
            r#"{{ province(code: "25", on: "2025-01-01") {{ series(indicator: "{INDICATOR}") {{ points {{ value }} }} }} }}"#
        ),
        format!(
            r#"{{ province(code: "25") {{ series(indicator: "{INDICATOR}", boundary: CURRENT) {{ points {{ coverage }} }} }} }}"#
        ),
        r#"{ plan(code: "pt-3927") { targets(first: 50) { nodes { attainment { status } } } } }"#.to_owned(),
        r#"{ plan(code: "pt-3927") { targets(first: 50) { nodes { baseline { id } } } } }"#.to_owned(),
        r#"{ province(code: "25") { progress { achieved } } }"#.to_owned(),
        r#"{ changes(first: 200, types: [OBSERVATION]) { nodes { node { id } } } }"#.to_owned(),
    ];
    for (before, query) in queries.iter().enumerate() {
        scene.asker.ask(query).await;
        let found = entries(&scene.admin).await;
        assert_eq!(found.len(), before + 1, "{query}");
        let change = found[before]["changes"].to_string();
        assert!(change.contains(&format!("\"{INDICATOR}/25\"")), "{query}: {change}");
    }
}

async fn what_everybody_may_read_is_not_written_down(db: TestDb) {
    let scene = scene(&db).await;
    scene.asker.ask("{ observations(filter: { areas: [\"22\"] }) { nodes { id value } } }").await;
    // How many there are tells of none what it says.
    scene.asker.ask("{ observations { totalCount } }").await;
    scene.asker.ask("{ province(code: \"22\") { progress { achieved } } }").await;
    put(&db, "OPEN").await;
    scene.asker.ask(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    put(&db, "SHARED").await;
    // Whoever reads by a role reads under no grant.
    scene.registrar.ask(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    assert_eq!(entries(&scene.admin).await, [] as [Value; 0]);
}

async fn every_grant_that_opens_a_figure_is_named_and_none_that_does_not(db: TestDb) {
    let Scene { registrar, admin, agreement, client, grant: first, asker, figure } = scene(&db).await;
    let second = granted(&admin, &agreement, &client.id, &[INDICATOR], &["22", "25"]).await;
    let elsewhere = granted(&admin, &agreement, &client.id, &[INDICATOR], &["22"]).await;
    let later = grant(&agreement, &client.id, &[INDICATOR], &["25"], "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    registrar.ask(&later).await;
    let read = format!(r#"{{ node(id: "{figure}") {{ id }} }}"#);
    asker.ask(&read).await;
    let resources = async || -> Vec<String> {
        let name = |entry: &Value| entry["resource"].as_str().expect("a name").to_owned();
        entries(&admin).await.iter().map(name).collect()
    };
    let name = |grant: &Value| format!("grant:{}", raw_id(grant));
    assert_eq!(resources().await, [name(&first), name(&second)]);
    registrar.ask(&revoke(&first, r#"reason: "hết việc""#)).await;
    asker.ask(&read).await;
    assert_eq!(resources().await, [name(&first), name(&second), name(&second)]);
    for gone in [&second, &elsewhere] {
        registrar.ask(&revoke(gone, r#"reason: "hết việc""#)).await;
    }
    assert_eq!(asker.ask(&read).await["node"], Value::Null);
    assert_eq!(resources().await.len(), 3);
}

async fn what_was_read_is_written_down_by_the_program_a_moment_later(db: TestDb) {
    let scene = scene(&db).await;
    let app = db.app().await;
    let asker = scene.client.asks_of(&app).await;
    let answer = asker.send(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    let written = async {
        while entries(&scene.admin).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = worker::run(&app) => panic!("it runs for as long as it is waited for"),
        written = tokio::time::timeout(std::time::Duration::from_secs(60), written) => written.expect("it is written down"),
    }
    let found = entries(&scene.admin).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["requestId"], json!(answer.header("x-request-id")));
}

async fn what_was_read_is_written_down_before_the_program_ends(db: TestDb) {
    let scene = scene(&db).await;
    let app = db.app().await;
    let asker = scene.client.asks_of(&app).await;
    for _ in 0..3 {
        asker.ask(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    }
    worker::finish(&app).await.expect("it is written down");
    let found = entries(&scene.admin).await;
    assert_eq!(found.len(), 3, "each request is an entry of its own");
    assert!(found.iter().all(|entry| entry["actor"] == format!("client:{}", scene.client.id)));
    worker::finish(&app).await.expect("there is nothing left");
    assert_eq!(entries(&scene.admin).await.len(), 3);
}

async fn what_cannot_be_written_down_is_written_down_later(db: TestDb) {
    let scene = scene(&db).await;
    let app = db.app().await;
    let asker = scene.client.asks_of(&app).await;
    asker.ask(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    db.execute("ALTER TABLE audit_entry RENAME TO elsewhere").await;
    worker::finish(&app).await.expect_err("there is nothing to write it into");
    asker.ask(&format!(r#"{{ nodes(ids: ["{}"]) {{ id }} }}"#, scene.figure)).await;
    db.execute("ALTER TABLE elsewhere RENAME TO audit_entry").await;
    worker::finish(&app).await.expect("it is written down");
    assert_eq!(entries(&scene.admin).await.len(), 2);
}

async fn what_was_revoked_since_is_named_all_the_same(db: TestDb) {
    let scene = scene(&db).await;
    let app = db.app().await;
    let asker = scene.client.asks_of(&app).await;
    let read = format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure);
    let second = granted(&scene.admin, &scene.agreement, &scene.client.id, &[INDICATOR], &["25"]).await;
    asker.ask(&read).await;
    for grant in [&scene.grant, &second] {
        scene.registrar.ask(&revoke(grant, r#"reason: "hết việc""#)).await;
    }
    assert_eq!(asker.ask(&read).await["node"], Value::Null);
    worker::finish(&app).await.expect("it is written down");
    let found = entries(&scene.admin).await;
    let named: Vec<&Value> = found.iter().map(|entry| &entry["resource"]).collect();
    assert_eq!(named, [&format!("grant:{}", raw_id(&scene.grant)), &format!("grant:{}", raw_id(&second))]);
}

async fn what_is_being_written_down_is_not_lost_when_it_is_broken_off(db: TestDb) {
    let scene = scene(&db).await;
    let app = db.app().await;
    let asker = scene.client.asks_of(&app).await;
    asker.ask(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    let op = Op::new(&app, Caller::Operator, "test");
    let holding = op.together(async |_| {
        // Somebody else is writing, and it waits for them, until it is given up.
        let waited = tokio::time::timeout(std::time::Duration::from_millis(300), worker::finish(&app)).await;
        assert!(waited.is_err(), "it waits");
        Ok(())
    });
    holding.await.expect("nothing was written");
    assert_eq!(entries(&scene.admin).await.len(), 0);
    worker::finish(&app).await.expect("it is written down");
    assert_eq!(entries(&scene.admin).await.len(), 1);
}

async fn nothing_is_kept_waiting_without_bound(db: TestDb) {
    let scene = scene(&db).await;
    let app = db.app().await;
    let asker = scene.client.asks_of(&app).await;
    let read = format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure);
    asker.ask(&read).await;
    let taken = app.unwritten().take().await;
    let one = taken.readings.first().cloned().expect("what was read waits");
    // Who was to write it down did not: it waits again.
    drop(taken);
    for _ in 1..5_000 {
        app.unwritten().add(one.clone());
    }
    asker.ask(&read).await;
    assert_eq!(app.unwritten().count(), 1, "whoever asks beyond has all before it written down");
    db.execute("ALTER TABLE audit_entry RENAME TO elsewhere").await;
    for _ in 1..5_000 {
        app.unwritten().add(one.clone());
    }
    assert_eq!(asker.refused(&read).await.0, "INTERNAL", "what cannot be written down is not answered");
    assert_eq!(app.unwritten().count(), 5_000);
    db.execute("ALTER TABLE elsewhere RENAME TO audit_entry").await;
    worker::finish(&app).await.expect("it is written down");
    let count = scene.admin.ask("{ grantReads { totalCount } }").await["grantReads"]["totalCount"].clone();
    assert_eq!(count, 10_000);
}

async fn who_read_what_is_told_to_those_of_the_provider_and_the_consumer(db: TestDb) {
    let scene = scene(&db).await;
    let read = format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure);
    scene.asker.ask(&read).await;
    let later = scene.client.at(&db, noon("2026-01-15") + Duration::hours(3)).await;
    later.ask(&read).await;
    let query = |filter: &str| {
        format!(
            "{{ grantReads(filter: {{ {filter} }}) {{ totalCount nodes {{ sequence at requestId grant {{ id client {{ clientId }} agreement {{ number }} }} figures {{ indicator {{ code }} area {{ code }} count }} }} }} }}"
        )
    };
    let told = scene.registrar.ask(&query("")).await["grantReads"].clone();
    assert_eq!(told["totalCount"], 2);
    let first = &told["nodes"][0];
    assert_eq!(first["at"], "2026-01-15T12:00:00Z");
    assert_eq!(
        first["grant"],
        json!({ "id": scene.grant["id"], "client": { "clientId": scene.client.id }, "agreement": { "number": "1/TT" } })
    );
    assert_eq!(first["figures"], json!([{ "indicator": { "code": INDICATOR }, "area": { "code": "25" }, "count": 1 }]));
    let (client, grant) = (&scene.client.id, &scene.grant["id"]);
    for (filter, count) in [
        (format!(r#"clients: ["{client}"]"#), 2),
        (r#"clients: ["nobody"]"#.to_owned(), 0),
        (format!("grants: [{grant}]"), 2),
        (r#"grants: ["QWNjZXNzR3JhbnQ6OTk", "x"]"#.to_owned(), 0),
        (r#"from: "2026-01-15T12:00:01Z""#.to_owned(), 1),
        (r#"to: "2026-01-15T12:00:01Z""#.to_owned(), 1),
    ] {
        assert_eq!(scene.registrar.ask(&query(&filter)).await["grantReads"]["totalCount"], count, "{filter}");
    }
    for (name, role, area, count) in [
        ("hoa", Role::Registrar, "33", 2),
        ("mai", Role::Registrar, "22", 0),
        ("officer", Role::SecurityOfficer, "25", 2),
        ("chief", Role::Admin, "VN", 2),
    ] {
        let asker = somebody(&db, name, &[role], Some(area)).await;
        assert_eq!(asker.ask(&query("")).await["grantReads"]["totalCount"], count, "{name}");
    }
    let viewer = somebody(&db, "viewer", &[Role::Viewer], Some("25")).await;
    assert_eq!(viewer.refused(&query("")).await.0, "FORBIDDEN");
    // A client is told what it read itself, and of no other.
    assert_eq!(scene.asker.ask(&query("")).await["grantReads"]["nodes"], told["nodes"]);
    let other = System::of(&scene.admin, Some("hy-ubnd"), SCOPES).await;
    granted(&scene.registrar, &scene.agreement, &other.id, &[INDICATOR], &["25"]).await;
    let filter = format!(r#"clients: ["{client}"]"#);
    assert_eq!(other.asks(&db).await.ask(&query(&filter)).await["grantReads"]["totalCount"], 0);
    let without = System::of(&scene.admin, Some("hy-ubnd"), &["changes:read"]).await;
    assert_eq!(without.asks(&db).await.refused(&query("")).await.0, "FORBIDDEN");
    assert_eq!(Asker::stranger(db.app().await).refused(&query("")).await.0, "UNAUTHENTICATED");
}

async fn who_could_read_what_on_a_day_is_told(db: TestDb) {
    let Scene { registrar, agreement, client, grant: first, admin, .. } = scene(&db).await;
    let other = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    let (from, to) = ("2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z");
    let second = admin.ask(&grant(&agreement, &other.id, &["bts_count"], &["22", "33"], from, to)).await;
    let second = second["grantAccess"]["accessGrant"].clone();
    registrar.ask(&revoke(&first, r#"reason: "hết việc""#)).await;
    let (a, b) = (&first["id"], &second["id"]);
    let mine = &client.id;
    for (filter, found) in [
        (String::new(), vec![a, b]),
        (format!(r#"indicators: ["{INDICATOR}"]"#), vec![a]),
        (r#"indicators: ["bts_count", "dti_rank"]"#.to_owned(), vec![a, b]),
        // Vĩnh Phúc became part of Phú Thọ, and Thái Bình of Hưng Yên.
        (r#"areas: ["26"]"#.to_owned(), vec![a]),
        (r#"areas: ["34"]"#.to_owned(), vec![b]),
        (r#"areas: ["01"]"#.to_owned(), vec![]),
        (format!(r#"clients: ["{mine}"]"#), vec![a]),
        ("statuses: [REVOKED]".to_owned(), vec![a]),
        ("statuses: [PENDING, EXPIRED]".to_owned(), vec![b]),
        ("statuses: [ACTIVE]".to_owned(), vec![]),
        // The agreement was activated, and the grant revoked, at noon: at no instant could anything be read.
        (r#"on: "2026-01-15""#.to_owned(), vec![]),
        (r#"on: "2026-03-01""#.to_owned(), vec![b]),
        (r#"on: "2026-03-02""#.to_owned(), vec![b]),
        (r#"on: "2026-03-03""#.to_owned(), vec![]),
        (r#"at: "2026-03-01T09:59:59Z""#.to_owned(), vec![]),
        (r#"at: "2026-03-01T10:00:00Z""#.to_owned(), vec![b]),
        (r#"at: "2026-03-02T10:00:00Z""#.to_owned(), vec![]),
        (format!(r#"on: "2026-03-01", indicators: ["{INDICATOR}"]"#), vec![]),
    ] {
        let query = format!("{{ accessGrants(filter: {{ {filter} }}) {{ nodes {{ id }} }} }}");
        let nodes = registrar.ask(&query).await["accessGrants"]["nodes"].clone();
        let ids: Vec<&Value> = nodes.as_array().expect("grants").iter().map(|grant| &grant["id"]).collect();
        assert_eq!(ids, found, "{filter}");
    }
    db.execute("UPDATE agreement SET activated_at = '2026-01-10T00:00:00+00:00'").await;
    for (filter, found) in [
        (r#"on: "2026-01-15""#, 1),
        (r#"on: "2026-01-16""#, 0),
        (r#"on: "2026-01-09""#, 0),
        (r#"at: "2026-01-15T11:59:59Z""#, 1),
        (r#"at: "2026-01-15T12:00:00Z""#, 0),
    ] {
        let query = format!("{{ accessGrants(filter: {{ {filter} }}) {{ totalCount }} }}");
        assert_eq!(registrar.ask(&query).await["accessGrants"]["totalCount"], found, "{filter}");
    }
    let all = "{ accessGrants { totalCount } }";
    // One of them opens figures of Quảng Ninh, none of Hà Nội.
    for (area, count) in [("22", 1), ("01", 0)] {
        let elsewhere = somebody(&db, &format!("mai-{area}"), &[Role::Registrar], Some(area)).await;
        assert_eq!(elsewhere.ask(all).await["accessGrants"]["totalCount"], count, "{area}");
    }
    assert_eq!(client.asks(&db).await.ask(all).await["accessGrants"]["totalCount"], 1);
    assert_eq!(Asker::stranger(db.app().await).ask(all).await["accessGrants"]["totalCount"], 0);
}

async fn what_is_worked_out_is_as_private_as_what_it_rests_on(db: TestDb) {
    let scene = scene(&db).await;
    db.execute(&format!("UPDATE indicator SET merge_rule = 'SUM' WHERE code = '{INDICATOR}'")).await;
    for (code, class, value) in [("25", "OPEN", 1.0), ("26", "OPEN", 2.0), ("17", "PRIVATE", 4.0)] {
        add_figure(&db, INDICATOR, &format!("code = '{code}' AND valid_to IS NOT NULL"), "2019", class, value).await;
    }
    let query = format!(
        r#"{{ province(code: "25") {{ whole: series(indicator: "{INDICATOR}", boundary: CURRENT, to: "2019") {{ points {{ value reason sharing }} }}
              part: series(indicator: "{INDICATOR}", boundary: CURRENT, to: "2019", allowPartial: true) {{ points {{ value sharing }} }} }}
           indicator(code: "{INDICATOR}") {{ ranking(period: "2019") {{ of sharing observation {{ sharing }} }} }}
           plan(code: "pt-3927") {{ targets(first: 1) {{ nodes {{ attainment {{ status sharing explanation(locale: EN) observation {{ value }} }} }} }} }} }}"#
    );
    let granted = scene.asker.ask(&query).await;
    assert_eq!(granted["province"]["whole"]["points"], json!([{ "value": 7.0, "reason": null, "sharing": "PRIVATE" }]));
    assert_eq!(
        granted["indicator"]["ranking"][0],
        json!({ "of": 3, "sharing": "PRIVATE", "observation": { "sharing": "PRIVATE" } })
    );
    assert_eq!(
        granted["indicator"]["ranking"][2],
        json!({ "of": 3, "sharing": "PRIVATE", "observation": { "sharing": "OPEN" } })
    );
    let target = &granted["plan"]["targets"]["nodes"][0]["attainment"];
    assert_eq!((&target["status"], &target["sharing"]), (&json!("ACHIEVED"), &json!("PRIVATE")));
    assert!(target["explanation"].as_str().is_some_and(|said| said.contains("99.5")), "{target}");
    let public = crate::rooms::ask(&db, &query).await;
    assert_eq!(
        public["province"],
        json!({
            "whole": { "points": [{ "value": null, "reason": "MISSING_INPUT", "sharing": "OPEN" }] },
            "part": { "points": [{ "value": 3.0, "sharing": "OPEN" }] },
        })
    );
    let places = public["indicator"]["ranking"].as_array().expect("places");
    assert_eq!(places.len(), 2);
    assert!(places.iter().all(|place| place["of"] == 2 && place["sharing"] == "OPEN"));
    let target = &public["plan"]["targets"]["nodes"][0]["attainment"];
    assert_eq!((&target["sharing"], &target["observation"]), (&json!("OPEN"), &Value::Null));
    assert!(target["explanation"].as_str().is_some_and(|said| !said.contains("99.5")), "{target}");
}

async fn who_could_read_figures_of_an_area_is_told_there_whoever_granted_it(db: TestDb) {
    let scene = scene(&db).await;
    scene.asker.ask(&format!(r#"{{ node(id: "{}") {{ id }} }}"#, scene.figure)).await;
    // The agreement is one of bodies elsewhere; beside its grant of Phú Thọ there are one of the former Vĩnh Phúc, which became part
    // of it, one of the country, and one of nothing here.
    db.execute("UPDATE agreement SET provider_id = (SELECT id FROM agency WHERE code = 'qn-ubnd')").await;
    let mut all = vec![scene.grant.clone()];
    for unit in ["code = '26' AND valid_to IS NOT NULL", "code = 'VN'", "code = '22' AND valid_to IS NULL"] {
        let made = granted(&scene.admin, &scene.agreement, &scene.client.id, &[INDICATOR], &["25"]).await;
        let id = raw_id(&made);
        db.execute(&format!(
            "UPDATE grant_area SET unit_id = (SELECT id FROM unit WHERE {unit}) WHERE grant_id = {id}"
        ))
        .await;
        all.push(made);
    }
    let ids = |which: &[usize]| -> Vec<Value> { which.iter().map(|n| all[*n]["id"].clone()).collect() };
    let query = r#"{ accessGrants(filter: { on: "2026-01-15" }) { nodes { id client { clientId } agreement { number provider { code } } } } agreements { totalCount } grantReads { totalCount nodes { grant { id } } } }"#;
    for (name, role, area, grants, agreements, reads) in [
        ("lan-2", Role::Registrar, "25", &[0, 1][..], 1, 1),
        ("hung", Role::SecurityOfficer, "25", &[0, 1], 1, 1),
        ("mai", Role::Registrar, "22", &[0, 1, 2, 3], 1, 1),
        ("hoa", Role::Registrar, "01", &[], 0, 0),
        ("officer", Role::SecurityOfficer, "VN", &[0, 1, 2, 3], 1, 1),
    ] {
        let asker = somebody(&db, name, &[role], Some(area)).await;
        let answer = asker.ask(query).await;
        let nodes = answer["accessGrants"]["nodes"].as_array().expect("grants");
        let found: Vec<Value> = nodes.iter().map(|grant| grant["id"].clone()).collect();
        assert_eq!(found, ids(grants), "{name}");
        for grant in nodes {
            assert_eq!(grant["client"]["clientId"], json!(scene.client.id), "{name}");
            assert_eq!(grant["agreement"], json!({ "number": "1/TT", "provider": { "code": "qn-ubnd" } }), "{name}");
        }
        assert_eq!(answer["agreements"]["totalCount"], agreements, "{name}");
        assert_eq!(answer["grantReads"]["totalCount"], reads, "{name}");
    }
    // To see it is not to keep it; and whoever may only look figures up is told of no grants.
    let registrar = &scene.registrar;
    assert_eq!(registrar.refused(&revoke(&scene.grant, r#"reason: "x""#)).await.0, "FORBIDDEN");
    let viewer = somebody(&db, "viewer", &[Role::Viewer], Some("25")).await;
    let seen = viewer.ask("{ accessGrants { totalCount } agreements { totalCount } }").await;
    assert_eq!(seen, json!({ "accessGrants": { "totalCount": 0 }, "agreements": { "totalCount": 0 } }));
}
