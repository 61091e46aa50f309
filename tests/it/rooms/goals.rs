//! Targets and tasks are kept, by editors of their plan's area.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    people::{Asker, sign_in, somebody},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, noon, on_both};

on_both! { SEEDED =>
    a_target_is_created_and_changed,
    what_measures_a_target_is_corrected,
    what_a_task_rests_on_is_corrected,
    every_fault_of_a_target_is_told_at_once,
    a_task_is_created_and_changed,
    every_fault_of_a_task_is_told_at_once,
    a_task_is_overdue_by_the_clock,
    goals_are_kept_by_editors_of_their_area,
    two_at_once_of_which_one_wins,
}

const TARGET: &str = "{ planTarget { id plan { code } indicator { code } area { code validTo } value qualifier text dueOn source { title } version } }";

const TASK: &str = "{ planTask { id plan { code } title kind lead { code } startsOn dueOn status progressPercent basedOn { code } source { title quote } version } }";

async fn editor(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Editor], Some("25")).await
}

async fn plan_id(db: &TestDb, code: &str) -> Value {
    super::ask(db, &format!(r#"{{ plan(code: "{code}") {{ id }} }}"#)).await["plan"]["id"].clone()
}

/// A mutation of one input.
fn write(mutation: &str, input: &str, fields: &str) -> String {
    format!("mutation {{ {mutation}(input: {{ {input} }}) {fields} }}")
}

fn create_target(plan: &Value, rest: &str) -> String {
    write("createPlanTarget", &format!(r#"plan: {plan}, {rest}"#), TARGET)
}

fn update_target(target: &Value, what: &str) -> String {
    let (id, version) = (&target["id"], &target["version"]);
    write("updatePlanTarget", &format!("id: {id}, version: {version}, {what}"), TARGET)
}

fn create_task(plan: &Value, rest: &str) -> String {
    write("createPlanTask", &format!(r#"plan: {plan}, {rest}"#), TASK)
}

fn update_task(task: &Value, what: &str) -> String {
    let (id, version) = (&task["id"], &task["version"]);
    write("updatePlanTask", &format!("id: {id}, version: {version}, {what}"), TASK)
}

/// The natural keys of the records of a kind, as the change feed tells of them.
async fn keys(db: &TestDb, kind: &str) -> Vec<String> {
    use sea_orm::{ConnectionTrait, Statement};
    let raw = db.raw().await;
    let sql = format!("SELECT key FROM change WHERE type = '{kind}' ORDER BY id");
    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.expect("a read");
    raw.close().await.expect("the connection closes");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a key")).collect()
}

const FIBRE: &str = r#"indicator: "household_fibre_pct", value: 80, qualifier: OVER, text: "trên 80% số hộ", dueOn: "2024", source: { title: "Công báo" }"#;

async fn a_target_is_created_and_changed(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let made = editor.ask(&create_target(&plan, FIBRE)).await["createPlanTarget"]["planTarget"].clone();
    let expected = json!({
        "id": made["id"], "plan": { "code": "pt-3927" }, "indicator": { "code": "household_fibre_pct" },
        "area": { "code": "25", "validTo": "2025-06-30" }, "value": 80.0, "qualifier": "OVER", "text": "trên 80% số hộ",
        "dueOn": "2024", "source": { "title": "Công báo" }, "version": 1,
    });
    assert_eq!(made, expected);
    let after = editor
        .ask(&update_target(&made, r#"value: 82.5, qualifier: EXACT, text: "82,5% số hộ", dueOn: "2025-06""#))
        .await["updatePlanTarget"]["planTarget"]
        .clone();
    let mut changed = expected.clone();
    changed["value"] = json!(82.5);
    changed["qualifier"] = json!("EXACT");
    changed["text"] = json!("82,5% số hộ");
    changed["dueOn"] = json!("2025-06");
    changed["version"] = json!(2);
    assert_eq!(after, changed);
    assert_eq!(editor.refused(&update_target(&made, "value: null")).await.0, "PRECONDITION_FAILED");
    let cleared = editor.ask(&update_target(&after, "value: null, dueOn: null")).await["updatePlanTarget"].clone();
    assert_eq!((&cleared["planTarget"]["value"], &cleared["planTarget"]["dueOn"]), (&json!(null), &json!(null)));
    // To say what it says already changes nothing.
    let same = editor.ask(&update_target(&cleared["planTarget"], r#"text: " 82,5% số hộ ""#)).await;
    assert_eq!(same["updatePlanTarget"], cleared);
    let key = keys(&db, "PLAN_TARGET").await.pop().expect("a key");
    assert_eq!(told(&db, "PLAN_TARGET", &key).await, 3);
    let log = audited(&db, &key).await;
    assert_eq!(
        log[1]["changes"],
        json!([
            { "field": "value", "before": "80", "after": "82.5" },
            { "field": "qualifier", "before": "OVER", "after": "EXACT" },
            { "field": "text", "before": "trên 80% số hộ", "after": "82,5% số hộ" },
            { "field": "dueOn", "before": "2024", "after": "2025-06" },
        ])
    );
    // A target in words is EXACT by default, and measures nothing.
    let words = editor.ask(&create_target(&plan, r#"text: "hạ tầng đồng bộ", source: { title: "x" }"#)).await;
    let words = words["createPlanTarget"]["planTarget"].clone();
    assert_eq!(
        (&words["qualifier"], &words["indicator"], &words["value"]),
        (&json!("EXACT"), &json!(null), &json!(null))
    );
}

async fn every_fault_of_a_target_is_told_at_once(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let query = create_target(
        &plan,
        r#"indicator: "nothing", value: 12, text: "trên 13", dueOn: "2026", source: { title: "", url: "ftp://x" }"#,
    );
    assert_eq!(
        editor.bad_fields(&query).await,
        faults(&[
            ("source.title", "REQUIRED"),
            ("source.url", "INVALID"),
            ("indicator", "UNKNOWN_INDICATOR"),
            ("value", "TEXT_MISMATCH"),
            ("dueOn", "OUTSIDE_PLAN_YEARS"),
        ])
    );
    for (rest, expected) in [
        (r#"value: 12, text: "12""#, vec![("indicator", "REQUIRED")]),
        (r#"indicator: "household_fibre_pct", value: 101, text: "101""#, vec![("value", "OUT_OF_RANGE")]),
        (
            r#"indicator: "household_fibre_pct", value: 12.345678901234567, text: "12,345678901234567""#,
            vec![("value", "TOO_MANY_DIGITS")],
        ),
        (r#"indicator: "household_fibre_pct", value: 12, text: "trên 12""#, vec![("qualifier", "TEXT_MISMATCH")]),
        (r#"text: " ""#, vec![("text", "REQUIRED")]),
        (r#"text: "a\u0007b""#, vec![("text", "CONTROL_CHARACTER")]),
    ] {
        let query = create_target(&plan, &format!(r#"{rest}, source: {{ title: "x" }}"#));
        assert_eq!(editor.bad_fields(&query).await, faults(&expected), "{rest}");
    }
    let made = editor.ask(&create_target(&plan, FIBRE)).await["createPlanTarget"]["planTarget"].clone();
    assert_eq!(editor.bad_fields(&create_target(&plan, FIBRE)).await, faults(&[("text", "TAKEN")]));
    let query = update_target(&made, r#"value: 101, qualifier: null, text: null, dueOn: "2026""#);
    assert_eq!(
        editor.bad_fields(&query).await,
        faults(&[
            ("qualifier", "REQUIRED"),
            ("text", "REQUIRED"),
            ("value", "OUT_OF_RANGE"),
            ("value", "TEXT_MISMATCH"),
            ("dueOn", "OUTSIDE_PLAN_YEARS"),
        ])
    );
    let words = editor.ask(&create_target(&plan, r#"text: "12 xã", source: { title: "x" }"#)).await;
    let query = update_target(&words["createPlanTarget"]["planTarget"], "value: 12");
    assert_eq!(editor.bad_fields(&query).await, faults(&[("value", "REQUIRED")]));
    for plan in [json!("UGxhbjo5OTk5OTk"), made["id"].clone()] {
        assert_eq!(editor.refused(&create_target(&plan, FIBRE)).await.0, "NOT_FOUND", "{plan}");
    }
}

async fn what_measures_a_target_is_corrected(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let words = r#"text: "trên 80% số hộ", source: { title: "Báo", quote: "a" }"#;
    let made = editor.ask(&create_target(&plan, words)).await["createPlanTarget"]["planTarget"].clone();
    let query = update_target(
        &made,
        r#"indicator: "household_fibre_pct", value: 80, qualifier: OVER, source: { title: "Công báo" }"#,
    );
    let after = editor.ask(&query).await["updatePlanTarget"]["planTarget"].clone();
    assert_eq!(
        (&after["indicator"], &after["value"], &after["source"]["title"], &after["version"]),
        (&json!({ "code": "household_fibre_pct" }), &json!(80.0), &json!("Công báo"), &json!(2))
    );
    assert_eq!(
        editor.bad_fields(&update_target(&after, r#"indicator: "none", source: null"#)).await,
        faults(&[("source", "REQUIRED"), ("indicator", "UNKNOWN_INDICATOR"), ("value", "REQUIRED")])
    );
    // In words it has no value.
    assert_eq!(editor.bad_fields(&update_target(&after, "indicator: null")).await, faults(&[("value", "REQUIRED")]));
    let bare = editor.ask(&update_target(&after, "indicator: null, value: null, qualifier: EXACT")).await;
    assert_eq!(bare["updatePlanTarget"]["planTarget"]["indicator"], json!(null));
    let key = keys(&db, "PLAN_TARGET").await.pop().expect("a key");
    assert_eq!(
        audited(&db, &key).await[1]["changes"],
        json!([
            { "field": "indicator", "before": null, "after": "household_fibre_pct" },
            { "field": "value", "before": null, "after": "80" },
            { "field": "qualifier", "before": "EXACT", "after": "OVER" },
            { "field": "source", "before": "Báo; a", "after": "Công báo" },
        ])
    );
}

async fn what_a_task_rests_on_is_corrected(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let rest = r#"title: "Kết nối trục", dueOn: "2026-06", basedOn: ["278-2025-nd-cp"], source: { title: "Báo" }"#;
    let made = editor.ask(&create_task(&plan, rest)).await["createPlanTask"]["planTask"].clone();
    let query = update_task(
        &made,
        r#"kind: MEASURE, lead: "pt-skhcn", startsOn: "2025-01", basedOn: ["61-2018-nd-cp", "61-2018-nd-cp"], source: { title: "Công báo" }"#,
    );
    let after = editor.ask(&query).await["updatePlanTask"]["planTask"].clone();
    let mut expected = made.clone();
    expected["kind"] = json!("MEASURE");
    expected["lead"] = json!({ "code": "pt-skhcn" });
    expected["startsOn"] = json!("2025-01");
    expected["basedOn"] = json!([{ "code": "61-2018-nd-cp" }]);
    expected["source"]["title"] = json!("Công báo");
    expected["version"] = json!(2);
    assert_eq!(after, expected);
    // To say what it says already changes nothing.
    let same = editor.ask(&update_task(&after, r#"basedOn: ["61-2018-nd-cp"], lead: "pt-skhcn""#)).await;
    assert_eq!(same["updatePlanTask"]["planTask"], expected);
    assert_eq!(
        editor
            .bad_fields(&update_task(
                &after,
                r#"kind: null, source: null, lead: "none", startsOn: "2027", basedOn: ["none"]"#
            ))
            .await,
        faults(&[
            ("kind", "REQUIRED"),
            ("source", "REQUIRED"),
            ("basedOn[0]", "UNKNOWN_LEGAL_DOCUMENT"),
            ("lead", "UNKNOWN_AGENCY"),
            ("dueOn", "OUT_OF_ORDER"),
        ])
    );
    let bare = editor.ask(&update_task(&after, "lead: null, startsOn: null, basedOn: null")).await;
    let bare = &bare["updatePlanTask"]["planTask"];
    assert_eq!((&bare["lead"], &bare["startsOn"], &bare["basedOn"]), (&json!(null), &json!(null), &json!([])));
    let key = keys(&db, "PLAN_TASK").await.pop().expect("a key");
    let log = audited(&db, &key).await;
    assert_eq!(
        log[1]["changes"],
        json!([
            { "field": "kind", "before": made["kind"], "after": "MEASURE" },
            { "field": "lead", "before": null, "after": "pt-skhcn" },
            { "field": "startsOn", "before": null, "after": "2025-01" },
            { "field": "source", "before": "Báo", "after": "Công báo" },
            { "field": "basedOn", "before": "278-2025-nd-cp", "after": "61-2018-nd-cp" },
        ])
    );
    assert_eq!(log[2]["changes"][2], json!({ "field": "basedOn", "before": "61-2018-nd-cp", "after": null }));
}

async fn a_task_is_created_and_changed(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let rest = r#"title: " Kết nối trục ", kind: MEASURE, lead: "pt-skhcn", startsOn: "2025-01", dueOn: "2026-06", basedOn: ["278-2025-nd-cp", "61-2018-nd-cp", "278-2025-nd-cp"], source: { title: "Công báo", quote: "a" }"#;
    let made = editor.ask(&create_task(&plan, rest)).await["createPlanTask"]["planTask"].clone();
    let expected = json!({
        "id": made["id"], "plan": { "code": "pt-3927" }, "title": "Kết nối trục", "kind": "MEASURE", "lead": { "code": "pt-skhcn" },
        "startsOn": "2025-01", "dueOn": "2026-06", "status": "NOT_STARTED", "progressPercent": null,
        "basedOn": [{ "code": "278-2025-nd-cp" }, { "code": "61-2018-nd-cp" }],
        "source": { "title": "Công báo", "quote": "a" }, "version": 1,
    });
    let mut told_of = made.clone();
    told_of["basedOn"].as_array_mut().expect("documents").sort_by_key(|document| document["code"].to_string());
    assert_eq!(told_of, expected);
    let after = editor
        .ask(&update_task(&made, r#"title: "Kết nối", status: DONE, progressPercent: 90, dueOn: null"#))
        .await["updatePlanTask"]["planTask"]
        .clone();
    assert_eq!(
        (&after["title"], &after["status"], &after["progressPercent"], &after["dueOn"], &after["version"]),
        (&json!("Kết nối"), &json!("DONE"), &json!(90), &json!(null), &json!(2))
    );
    assert_eq!(editor.refused(&update_task(&made, "status: CANCELLED")).await.0, "PRECONDITION_FAILED");
    let same =
        editor.ask(&update_task(&after, "status: DONE, dueOn: null")).await["updatePlanTask"]["planTask"].clone();
    assert_eq!(same, after);
    let cleared = editor.ask(&update_task(&after, "progressPercent: null")).await;
    assert_eq!(cleared["updatePlanTask"]["planTask"]["progressPercent"], json!(null));
    let key = keys(&db, "PLAN_TASK").await.pop().expect("a key");
    assert_eq!(told(&db, "PLAN_TASK", &key).await, 3);
    assert_eq!(
        audited(&db, &key).await[1]["changes"],
        json!([
            { "field": "title", "before": "Kết nối trục", "after": "Kết nối" },
            { "field": "dueOn", "before": "2026-06", "after": null },
            { "field": "status", "before": "NOT_STARTED", "after": "DONE" },
            { "field": "progressPercent", "before": null, "after": "90" },
        ])
    );
    // What is not said: a key task, told where the plan is.
    let least = editor.ask(&create_task(&plan, r#"title: "Khác""#)).await["createPlanTask"]["planTask"].clone();
    let source =
        super::ask(&db, r#"{ plan(code: "pt-3927") { source { title quote } } }"#).await["plan"]["source"].clone();
    assert_eq!((&least["kind"], &least["source"]), (&json!("KEY_TASK"), &source));
}

async fn every_fault_of_a_task_is_told_at_once(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let query = create_task(
        &plan,
        r#"title: " ", lead: "nobody", startsOn: "2025-02", dueOn: "2025-01", basedOn: ["278-2025-nd-cp", "none"], source: { title: " " }"#,
    );
    assert_eq!(
        editor.bad_fields(&query).await,
        faults(&[
            ("title", "REQUIRED"),
            ("dueOn", "OUT_OF_ORDER"),
            ("lead", "UNKNOWN_AGENCY"),
            ("basedOn[1]", "UNKNOWN_LEGAL_DOCUMENT"),
            ("source.title", "REQUIRED"),
        ])
    );
    let first = create_task(&plan, r#"title: "Một", startsOn: "2025-02""#);
    let made = editor.ask(&first).await["createPlanTask"]["planTask"].clone();
    assert_eq!(editor.bad_fields(&first).await, faults(&[("title", "TAKEN")]));
    editor.ask(&create_task(&plan, r#"title: "Hai""#)).await;
    let query = update_task(&made, r#"title: "Hai", status: OVERDUE, progressPercent: 101, dueOn: "2025-01""#);
    assert_eq!(
        editor.bad_fields(&query).await,
        faults(&[
            ("dueOn", "OUT_OF_ORDER"),
            ("status", "COMPUTED"),
            ("progressPercent", "OUT_OF_RANGE"),
            ("title", "TAKEN"),
        ])
    );
    let query = update_task(&made, "title: null, status: null, progressPercent: -1");
    assert_eq!(
        editor.bad_fields(&query).await,
        faults(&[("title", "REQUIRED"), ("status", "REQUIRED"), ("progressPercent", "OUT_OF_RANGE")])
    );
}

async fn a_task_is_overdue_by_the_clock(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let mut made =
        editor.ask(&create_task(&plan, r#"title: "Một", dueOn: "2026-01""#)).await["createPlanTask"]["planTask"]
            .clone();
    let id = made["id"].clone();
    let query = format!("{{ node(id: {id}) {{ ... on PlanTask {{ status }} }} }}");
    for (stated, after) in [
        ("NOT_STARTED", "OVERDUE"),
        ("ON_TRACK", "OVERDUE"),
        ("AT_RISK", "OVERDUE"),
        ("DONE", "DONE"),
        ("CANCELLED", "CANCELLED"),
        ("NOT_STATED", "NOT_STATED"),
    ] {
        made =
            editor.ask(&update_task(&made, &format!("status: {stated}"))).await["updatePlanTask"]["planTask"].clone();
        for (day, expected) in [("2026-01-15", stated), ("2026-01-31", stated), ("2026-02-01", after)] {
            let stranger = Asker::stranger(db.app_at(noon(day)).await);
            assert_eq!(stranger.ask(&query).await["node"]["status"], expected, "{stated} on {day}");
        }
    }
    // Not to be stored: another due day, and it is what was stated again.
    made = editor.ask(&update_task(&made, "status: ON_TRACK")).await["updatePlanTask"]["planTask"].clone();
    let later = sign_in(&Asker::stranger(db.app_at(noon("2026-02-01")).await), "lan").await;
    let longer = later.ask(&update_task(&made, r#"dueOn: "2026""#)).await["updatePlanTask"]["planTask"].clone();
    assert_eq!(longer["status"], "ON_TRACK");
}

async fn goals_are_kept_by_editors_of_their_area(db: TestDb) {
    let (here, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let target = here.ask(&create_target(&plan, FIBRE)).await["createPlanTarget"]["planTarget"].clone();
    let task = here.ask(&create_task(&plan, r#"title: "Một""#)).await["createPlanTask"]["planTask"].clone();
    for (username, role, area) in [("nga", Role::Editor, "33"), ("tuan", Role::Approver, "25")] {
        let other = somebody(&db, username, &[role], Some(area)).await;
        for query in [
            create_target(&plan, FIBRE),
            update_target(&target, "value: null"),
            create_task(&plan, r#"title: "Hai""#),
            update_task(&task, "status: DONE"),
        ] {
            assert_eq!(other.refused(&query).await.0, "FORBIDDEN", "{username}: {query}");
        }
    }
}

async fn two_at_once_of_which_one_wins(db: TestDb) {
    let (editor, plan) = (editor(&db).await, plan_id(&db, "pt-3927").await);
    let target = editor.ask(&create_target(&plan, FIBRE)).await["createPlanTarget"]["planTarget"].clone();
    let task = editor.ask(&create_task(&plan, r#"title: "Một""#)).await["createPlanTask"]["planTask"].clone();
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..5 {
        for query in [
            update_target(&target, &format!(r#"dueOn: "2025-0{}""#, n + 1)),
            update_task(&task, &format!("progressPercent: {n}")),
        ] {
            let editor = editor.clone();
            tries.spawn(async move { editor.send(&query).await.json() });
        }
    }
    let answers = tries.join_all().await;
    let stale =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "PRECONDITION_FAILED").count();
    assert_eq!((answers.len(), stale), (10, 8), "{answers:?}");
    let mut written = 0;
    for (kind, created) in [("PLAN_TARGET", 1), ("PLAN_TASK", 1)] {
        let key = keys(&db, kind).await.pop().expect("a key");
        written += told(&db, kind, &key).await - created;
    }
    assert_eq!(written, 2, "{answers:?}");
}
