//! Figures are reviewed: submitted, published by other eyes, sent back, withdrawn; and what everybody sees of it at which time.

use chrono::Duration;
use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    people::{Asker, create, sign_in, somebody},
    recording::{FIELDS, editor, order, record, recorded},
};
use crate::harness::{SEEDED, TestDb, noon, on_both};

on_both! { SEEDED =>
    a_figure_goes_from_draft_to_published_and_everybody_sees_it,
    who_recorded_or_submitted_does_not_publish,
    a_returned_figure_goes_on_as_its_next_revision,
    a_state_that_does_not_lead_there_is_a_conflict_that_names_where_it_leads,
    a_step_of_what_has_changed_is_refused_with_the_present_version,
    two_approvers_at_once_of_whom_one_wins,
    a_step_needs_its_role_in_the_area_and_a_reason_where_it_takes_something_back,
    what_was_published_is_answered_as_of_then,
    a_withdrawn_figure_says_so_and_counts_no_more,
    findings_of_what_is_public_rest_on_what_is_public,
    many_figures_go_on_together_or_not_at_all,
}

pub fn step(mutation: &str, figure: &Value, version: i64, rest: &str) -> String {
    format!("mutation {{ {mutation}(input: {{ id: {}, version: {version} {rest} }}) {{ {FIELDS} }} }}", figure["id"])
}

pub async fn taken(asker: &Asker, mutation: &str, figure: &Value, version: i64, rest: &str) -> Value {
    asker.ask(&step(mutation, figure, version, rest)).await[mutation]["observation"].clone()
}

async fn approver(db: &TestDb) -> Asker {
    somebody(db, "binh", &[Role::Approver], Some("25")).await
}

/// A figure that was recorded and submitted by one, and published by another.
async fn published(lan: &Asker, binh: &Asker, query: &str) -> Value {
    let made = recorded(lan, query).await;
    taken(lan, "submitObservation", &made, 1, "").await;
    taken(binh, "publishObservation", &made, 2, "").await
}

async fn a_figure_goes_from_draft_to_published_and_everybody_sees_it(db: TestDb) {
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let made = recorded(&lan, &record("2025", "value: 90")).await;
    let submitted = taken(&lan, "submitObservation", &made, 1, r#", reason: "đủ số liệu""#).await;
    assert_eq!((&submitted["state"], &submitted["version"]), (&json!("SUBMITTED"), &json!(2)));
    let find = format!(
        "{{ node(id: {}) {{ ... on Observation {{ value state publishedAt history {{ to by }} }} }} }}",
        made["id"]
    );
    assert_eq!(super::ask(&db, &find).await["node"], json!(null));
    let after = taken(&binh, "publishObservation", &made, 2, "").await;
    assert_eq!((&after["state"], &after["version"]), (&json!("PUBLISHED"), &json!(3)));
    assert_eq!(
        super::ask(&db, &find).await["node"],
        json!({ "value": 90.0, "state": "PUBLISHED", "publishedAt": "2026-01-15T12:00:00Z", "history": [] }),
        "who did what is not for strangers"
    );
    let history =
        format!("{{ node(id: {}) {{ ... on Observation {{ history {{ from to by reason }} }} }} }}", made["id"]);
    assert_eq!(
        lan.ask(&history).await["node"]["history"],
        json!([
            { "from": null, "to": "DRAFT", "by": "user:lan", "reason": null },
            { "from": "DRAFT", "to": "SUBMITTED", "by": "user:lan", "reason": "đủ số liệu" },
            { "from": "SUBMITTED", "to": "PUBLISHED", "by": "user:binh", "reason": null },
        ])
    );
    let boss = somebody(&db, "boss", &[Role::Admin], None).await;
    let audit = r#"{ auditEntries(filter: { actions: ["observation.submit", "observation.publish"] }) { nodes { actor action resource outcome changes { field before after } } } }"#;
    assert_eq!(
        boss.ask(audit).await["auditEntries"]["nodes"],
        json!([
            { "actor": "user:lan", "action": "observation.submit", "resource": "commune_fibre_pct/25/2025", "outcome": "OK",
              "changes": [{ "field": "state", "before": "DRAFT", "after": "SUBMITTED" }, { "field": "reason", "before": null, "after": "đủ số liệu" }] },
            { "actor": "user:binh", "action": "observation.publish", "resource": "commune_fibre_pct/25/2025", "outcome": "OK",
              "changes": [{ "field": "state", "before": "SUBMITTED", "after": "PUBLISHED" }] },
        ])
    );
}

async fn who_recorded_or_submitted_does_not_publish(db: TestDb) {
    let both = somebody(&db, "ca-hai", &[Role::Editor, Role::Approver], Some("25")).await;
    let (lan, boss) = (editor(&db).await, somebody(&db, "boss", &[Role::Admin], None).await);
    let recorded_by_both = recorded(&both, &record("2025", "value: 90")).await;
    taken(&lan, "submitObservation", &recorded_by_both, 1, "").await;
    let submitted_by_both = recorded(&lan, &record("2025-Q4", "value: 90")).await;
    taken(&both, "submitObservation", &submitted_by_both, 1, "").await;
    for figure in [&recorded_by_both, &submitted_by_both] {
        let (code, said) = both.refused(&step("publishObservation", figure, 2, "")).await;
        assert_eq!(code, "FORBIDDEN");
        assert!(said.contains("another approver"), "{said}");
    }
    // Not even an administrator, in an emergency, of what is their own.
    let own = recorded(&boss, &record("2025-Q3", "value: 90")).await;
    taken(&lan, "submitObservation", &own, 1, "").await;
    assert_eq!(boss.refused(&step("publishObservation", &own, 2, "")).await.0, "FORBIDDEN");
    taken(&boss, "publishObservation", &recorded_by_both, 2, "").await;
    let audit =
        r#"{ auditEntries(filter: { actions: ["observation.publish"], outcomes: [OK] }) { nodes { reason } } }"#;
    assert_eq!(boss.ask(audit).await["auditEntries"]["nodes"], json!([{ "reason": "EMERGENCY" }]));
}

async fn a_returned_figure_goes_on_as_its_next_revision(db: TestDb) {
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let made = recorded(&lan, &record("2025", "value: 90")).await;
    taken(&lan, "submitObservation", &made, 1, "").await;
    let returned = taken(&binh, "returnObservation", &made, 2, r#", reason: "thiếu mẫu số""#).await;
    assert_eq!((&returned["state"], &returned["version"]), (&json!("RETURNED"), &json!(3)));
    let next =
        recorded(&lan, &record("2025", r#"value: 90, denominator: 148, revisionReason: "bổ sung mẫu số""#)).await;
    assert_eq!((&next["revision"], &next["state"]), (&json!(2), &json!("DRAFT")));
    assert_eq!(lan.refused(&step("submitObservation", &made, 4, "")).await.0, "CONFLICT", "it was superseded");
    taken(&lan, "submitObservation", &next, 1, "").await;
    let done = taken(&binh, "publishObservation", &next, 2, "").await;
    let states: Vec<&Value> = done["revisions"].as_array().expect("a list").iter().map(|row| &row["state"]).collect();
    assert_eq!(states, [&json!("RETURNED"), &json!("PUBLISHED")]);
}

async fn a_state_that_does_not_lead_there_is_a_conflict_that_names_where_it_leads(db: TestDb) {
    let both = somebody(&db, "ca-hai", &[Role::Editor, Role::Approver], Some("25")).await;
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let draft = recorded(&lan, &record("2025-01", "value: 90")).await;
    let submitted = recorded(&lan, &record("2025-02", "value: 90")).await;
    taken(&lan, "submitObservation", &submitted, 1, "").await;
    let returned = recorded(&lan, &record("2025-03", "value: 90")).await;
    taken(&lan, "submitObservation", &returned, 1, "").await;
    taken(&binh, "returnObservation", &returned, 2, r#", reason: "x""#).await;
    let public = published(&lan, &binh, &record("2025-04", "value: 90")).await;
    let withdrawn = published(&lan, &binh, &record("2025-05", "value: 90")).await;
    taken(&binh, "withdrawObservation", &withdrawn, 3, r#", reason: "x""#).await;
    let mut allowed = vec![];
    for (state, figure, version) in [
        ("DRAFT", draft, 1),
        ("SUBMITTED", submitted, 2),
        ("RETURNED", returned, 3),
        ("PUBLISHED", public, 3),
        ("WITHDRAWN", withdrawn, 4),
    ] {
        for (mutation, to) in [
            ("submitObservation", "SUBMITTED"),
            ("publishObservation", "PUBLISHED"),
            ("returnObservation", "RETURNED"),
            ("withdrawObservation", "WITHDRAWN"),
        ] {
            // A version that is not the present one is found before anything is done, the state after it.
            let leads = [
                ("DRAFT", "SUBMITTED"),
                ("SUBMITTED", "PUBLISHED"),
                ("SUBMITTED", "RETURNED"),
                ("PUBLISHED", "WITHDRAWN"),
            ]
            .contains(&(state, to));
            if leads {
                allowed.push((state, to));
                continue;
            }
            let (code, said) = both.refused(&step(mutation, &figure, version, r#", reason: "x""#)).await;
            assert_eq!(code, "CONFLICT", "{state} {mutation}");
            assert!(said.contains(state), "{said}");
            let named = match state {
                "DRAFT" => "SUBMITTED",
                "SUBMITTED" => "PUBLISHED, RETURNED",
                "PUBLISHED" => "WITHDRAWN",
                _ => "next revision",
            };
            assert!(said.contains(named), "{said}");
        }
    }
    assert_eq!(allowed.len(), 4);
}

async fn a_step_of_what_has_changed_is_refused_with_the_present_version(db: TestDb) {
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let made = recorded(&lan, &record("2025", "value: 90")).await;
    taken(&lan, "submitObservation", &made, 1, "").await;
    let (code, said) = binh.refused(&step("publishObservation", &made, 1, "")).await;
    assert_eq!(code, "PRECONDITION_FAILED");
    assert!(said.contains("version is 2"), "{said}");
    let answer = binh.send(&step("publishObservation", &made, 1, "")).await.json();
    assert_eq!(answer["errors"][0]["extensions"]["version"], 2, "for programs, beside the words");
}

async fn two_approvers_at_once_of_whom_one_wins(db: TestDb) {
    let (lan, app) = (editor(&db).await, db.app().await);
    let made = recorded(&lan, &record("2025", "value: 90")).await;
    taken(&lan, "submitObservation", &made, 1, "").await;
    let stranger = Asker::stranger(app.clone());
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..6 {
        let name = format!("approver{n}");
        create(&app, &name, &[Role::Approver], Some("25")).await;
        let approver = sign_in(&stranger, &name).await;
        let mutation = if n % 2 == 0 { "publishObservation" } else { "returnObservation" };
        let query = step(mutation, &made, 2, r#", reason: "x""#);
        tries.spawn(async move { approver.send(&query).await.json() });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let stale =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "PRECONDITION_FAILED").count();
    assert_eq!((won, stale), (1, 5), "{answers:?}");
}

async fn a_step_needs_its_role_in_the_area_and_a_reason_where_it_takes_something_back(db: TestDb) {
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let elsewhere = somebody(&db, "xa-la", &[Role::Approver, Role::Editor], Some("33")).await;
    let made = recorded(&lan, &record("2025", "value: 90")).await;
    assert_eq!(
        elsewhere.refused(&step("submitObservation", &made, 1, "")).await.0,
        "NOT_FOUND",
        "it is not seen there"
    );
    assert_eq!(binh.refused(&step("submitObservation", &made, 1, "")).await.0, "FORBIDDEN");
    taken(&lan, "submitObservation", &made, 1, "").await;
    assert_eq!(lan.refused(&step("publishObservation", &made, 2, "")).await.0, "FORBIDDEN");
    assert_eq!(
        binh.bad_fields(&step("returnObservation", &made, 2, r#", reason: " ""#)).await,
        [("reason".to_owned(), "REQUIRED".to_owned())]
    );
    taken(&binh, "publishObservation", &made, 2, "").await;
    assert_eq!(
        binh.bad_fields(&step("withdrawObservation", &made, 3, "")).await,
        [("reason".to_owned(), "REQUIRED".to_owned())]
    );
    let refused = elsewhere.refused(&step("withdrawObservation", &made, 3, r#", reason: "x""#)).await;
    assert_eq!(refused.0, "FORBIDDEN", "now it is seen, and still not theirs");
}

/// Somebody, some minutes after noon.
async fn later(db: &TestDb, username: &str, minutes: i64) -> Asker {
    let app = db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await;
    sign_in(&Asker::stranger(app), username).await
}

async fn what_was_published_is_answered_as_of_then(db: TestDb) {
    let app = db.app().await;
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    create(&app, "binh", &[Role::Approver], Some("25")).await;
    let first =
        published(&later(&db, "lan", 1).await, &later(&db, "binh", 2).await, &record("2025", "value: 90")).await;
    let second = recorded(&later(&db, "lan", 3).await, &record("2025", r#"value: 91, revisionReason: "x""#)).await;
    taken(&later(&db, "lan", 4).await, "submitObservation", &second, 1, "").await;
    taken(&later(&db, "binh", 5).await, "publishObservation", &second, 2, "").await;
    taken(&later(&db, "binh", 6).await, "withdrawObservation", &second, 3, r#", reason: "sai nguồn""#).await;
    let stranger = Asker::stranger(db.app_at(noon("2026-01-16")).await);
    let mut answered = vec![];
    for minute in [1, 2, 4, 5, 6] {
        let query = format!(
            r#"{{ observations(asOf: "2026-01-15T12:{minute:02}:00Z", filter: {{ indicators: ["commune_fibre_pct"], areas: ["25"], on: "2026-01-01" }}) {{ nodes {{ value }} }} latest: observations(asOf: "2026-01-15T12:{minute:02}:00Z", filter: {{ latest: true, indicators: ["commune_fibre_pct"], areas: ["25"], on: "2026-01-01" }}) {{ nodes {{ value }} }} }}"#
        );
        let answer = stranger.ask(&query).await;
        assert_eq!(answer["observations"], answer["latest"]);
        answered.push(answer["observations"]["nodes"].clone());
    }
    let of = |value: f64| json!([{ "value": value }]);
    assert_eq!(answered, [json!([]), of(90.0), of(90.0), of(91.0), json!([])]);
    let now =
        format!("{{ node(id: {}) {{ ... on Observation {{ revisions {{ revision value state }} }} }} }}", first["id"]);
    assert_eq!(
        stranger.ask(&now).await["node"]["revisions"],
        json!([{ "revision": 1, "value": 90.0, "state": "PUBLISHED" }, { "revision": 2, "value": 91.0, "state": "WITHDRAWN" }])
    );
}

async fn a_withdrawn_figure_says_so_and_counts_no_more(db: TestDb) {
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let made = published(&lan, &binh, &order("mobile_phone_subs_count", "25", "2025", "value: 1000")).await;
    let filter = r#"filter: { indicators: ["mobile_phone_subs_count"], areas: ["25"], on: "2026-01-01" "#;
    let query = format!(
        r#"{{ listed: observations({filter} }}) {{ nodes {{ value }} }} withdrawn: observations({filter}, states: [WITHDRAWN] }}) {{ nodes {{ value state withdrawnAt withdrawalReason }} }} province(code: "25") {{ series(indicator: "mobile_phone_subs_count", from: "2025", to: "2025") {{ points {{ value reason }} }} }} }}"#
    );
    let before = super::ask(&db, &query).await;
    assert_eq!(before["listed"]["nodes"], json!([{ "value": 1000.0 }]));
    assert_eq!(before["province"]["series"]["points"][0]["value"], 1000.0);
    taken(&binh, "withdrawObservation", &made, 3, r#", reason: "sai nguồn""#).await;
    for asker in [&lan, &Asker::stranger(db.app().await)] {
        let after = asker.ask(&query).await;
        assert_eq!(after["listed"]["nodes"], json!([]));
        assert_eq!(
            after["withdrawn"]["nodes"],
            json!([{ "value": 1000.0, "state": "WITHDRAWN", "withdrawnAt": "2026-01-15T12:00:00Z", "withdrawalReason": "sai nguồn" }])
        );
        assert!(after["province"]["series"]["points"].as_array().expect("a list").iter().all(|p| p["value"].is_null()));
    }
    let next = order("mobile_phone_subs_count", "25", "2025", r#"value: 1001, revisionReason: "nguồn mới""#);
    let next = published(&lan, &binh, &next).await;
    assert_eq!((&next["revision"], &next["state"]), (&json!(2), &json!("PUBLISHED")));
    let after = super::ask(&db, &query).await;
    assert_eq!((&after["listed"]["nodes"], &after["withdrawn"]["nodes"]), (&json!([{ "value": 1001.0 }]), &json!([])));
}

async fn findings_of_what_is_public_rest_on_what_is_public(db: TestDb) {
    let lan = somebody(&db, "lan", &[Role::Editor], Some("01")).await;
    let binh = somebody(&db, "binh", &[Role::Approver], Some("01")).await;
    for quarter in 1..=4 {
        recorded(&lan, &order("mobile_broadband_speed_mbps", "01", &format!("2024-Q{quarter}"), "value: 50")).await;
    }
    let odd = recorded(&lan, &order("mobile_broadband_speed_mbps", "01", "2025-Q4", "value: 500")).await;
    assert_eq!(odd["findings"], json!([{ "code": "OUTLIER" }]));
    taken(&lan, "submitObservation", &odd, 1, "").await;
    let public = taken(&binh, "publishObservation", &odd, 2, "").await;
    assert_eq!(public["findings"], json!([]), "drafts are nobody else's business");
}

async fn many_figures_go_on_together_or_not_at_all(db: TestDb) {
    let (lan, binh) = (editor(&db).await, approver(&db).await);
    let mut made = vec![];
    for month in 1..=3 {
        made.push(recorded(&lan, &record(&format!("2025-0{month}"), &format!("value: 9{month}"))).await["id"].clone());
    }
    let all = |mutation: &str, version: i32, rest: &str| {
        let seen: Vec<String> = made.iter().map(|id| format!("{{ id: {id}, version: {version} }}")).collect();
        format!("mutation {{ {mutation}(input: {{ observations: [{}] {rest} }}) {{ count }} }}", seen.join(", "))
    };
    lan.ask(&format!(
        "mutation {{ submitObservation(input: {{ id: {}, version: 1 }}) {{ observation {{ id }} }} }}",
        made[1]
    ))
    .await;
    assert_eq!(
        lan.bad_fields(&all("submitObservations", 1, "")).await,
        [("observations[1]".to_owned(), "PRECONDITION_FAILED".to_owned())]
    );
    let states = "{ observations(filter: { indicators: [\"commune_fibre_pct\"], areas: [\"25\"], on: \"2025-07-01\" , states: [DRAFT] }) { totalCount } }";
    let old = states.replace("2025-07-01", "2025-06-30");
    assert_eq!(lan.ask(&old).await["observations"]["totalCount"], 2, "none went on");
    binh.ask(&format!(
        "mutation {{ returnObservation(input: {{ id: {}, version: 2, reason: \"x\" }}) {{ observation {{ id }} }} }}",
        made[1]
    ))
    .await;
    made[1] = recorded(&lan, &record("2025-02", r#"value: 92.5, revisionReason: "x""#)).await["id"].clone();
    let all = |mutation: &str, version: i32, rest: &str| {
        let seen: Vec<String> = made.iter().map(|id| format!("{{ id: {id}, version: {version} }}")).collect();
        format!("mutation {{ {mutation}(input: {{ observations: [{}] {rest} }}) {{ count }} }}", seen.join(", "))
    };
    assert_eq!(lan.ask(&all("submitObservations", 1, "")).await["submitObservations"]["count"], 3);
    assert_eq!(
        binh.bad_fields(&all("returnObservations", 2, "")).await,
        [("reason".to_owned(), "REQUIRED".to_owned())]
    );
    assert_eq!(binh.ask(&all("publishObservations", 2, "")).await["publishObservations"]["count"], 3);
    let public = old.replace("[DRAFT]", "[PUBLISHED], periodFrom: \"2025-01\"");
    assert_eq!(super::ask(&db, &public).await["observations"]["totalCount"], 3);
    let nonsense = r#"mutation { publishObservations(input: { observations: [{ id: "x", version: 1 }] }) { count } }"#;
    assert_eq!(binh.bad_fields(nonsense).await, [("observations[0]".to_owned(), "NOT_FOUND".to_owned())]);
    let none = "mutation { publishObservations(input: { observations: [] }) { count } }";
    assert_eq!(binh.bad_fields(none).await, [("observations".to_owned(), "OUT_OF_RANGE".to_owned())]);
}
