//! Plans and what they rest on are kept, by editors of their area.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    people::{Asker, somebody},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_plan_is_created_as_its_document_is,
    every_fault_of_a_plan_is_told_at_once,
    plans_are_kept_by_editors_of_their_area,
    a_plan_is_changed_as_far_as_it_is_the_one_that_was_seen,
    a_plans_kind_issuer_and_area_are_corrected,
    two_at_once_of_which_one_wins,
    a_draft_gets_its_number_later,
    what_a_plan_rests_on_is_replaced_as_a_whole,
    a_plan_that_takes_anothers_place_says_so_at_both,
    a_plan_inherits_from_those_of_predecessors,
    a_plan_does_not_end_before_its_targets,
}

const FIELDS: &str = "{ id code number title kind status area { code validFrom } issuer { code } issuedOn periodStart periodEnd visionYear basedOn { relation plan { code } document { code } } source { title author url publishedOn quote } version }";

/// An editor of the Phú Thọ of today.
async fn editor(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Editor], Some("25")).await
}

/// A new plan, with more or other fields than the least.
fn create(code: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createPlan(input: {{ code: "{code}", title: "Kế hoạch dữ liệu", kind: PLAN, status: DRAFTING, area: "25", source: {{ title: "Công báo" }} {rest} }}) {{ plan {FIELDS} }} }}"#
    )
}

async fn created(editor: &Asker, code: &str, rest: &str) -> Value {
    editor.ask(&create(code, rest)).await["createPlan"]["plan"].clone()
}

fn update(plan: &Value, what: &str) -> String {
    let (id, version) = (&plan["id"], &plan["version"]);
    format!("mutation {{ updatePlan(input: {{ id: {id}, version: {version}, {what} }}) {{ plan {FIELDS} }} }}")
}

async fn updated(editor: &Asker, plan: &Value, what: &str) -> Value {
    editor.ask(&update(plan, what)).await["updatePlan"]["plan"].clone()
}

async fn plan(db: &TestDb, code: &str) -> Value {
    super::ask(db, &format!(r#"{{ plan(code: "{code}") {FIELDS} }}"#)).await["plan"].clone()
}

async fn a_plan_is_created_as_its_document_is(db: TestDb) {
    let editor = editor(&db).await;
    let made = created(
        &editor,
        "pt-khdl",
        r#", number: " 1/KH-UBND ", issuer: "pt-ubnd", issuedOn: "2025-08", periodStart: 2025, periodEnd: 2030, visionYear: 2045,
           basedOn: [{ document: "278-2025-nd-cp", relation: BASED_ON }, { plan: "pt-3927", relation: IMPLEMENTS }, { plan: "pt-3927", relation: IMPLEMENTS }]"#,
    )
    .await;
    let expected = json!({
        "id": made["id"], "code": "pt-khdl", "number": "1/KH-UBND", "title": "Kế hoạch dữ liệu", "kind": "PLAN", "status": "DRAFTING",
        "area": { "code": "25", "validFrom": "2025-07-01" }, "issuer": { "code": "pt-ubnd" }, "issuedOn": "2025-08",
        "periodStart": 2025, "periodEnd": 2030, "visionYear": 2045,
        "basedOn": [
            { "relation": "BASED_ON", "plan": null, "document": { "code": "278-2025-nd-cp" } },
            { "relation": "IMPLEMENTS", "plan": { "code": "pt-3927" }, "document": null },
        ],
        "source": { "title": "Công báo", "author": null, "url": null, "publishedOn": null, "quote": null },
        "version": 1,
    });
    assert_eq!(made, expected);
    assert_eq!(plan(&db, "pt-khdl").await, expected);
    let found = super::ask(
        &db,
        r#"{ plans(filter: { text: "ke hoach du lieu", numbers: ["1/KH-UBND"] }) { nodes { code } } }"#,
    )
    .await;
    assert_eq!(found["plans"]["nodes"], json!([{ "code": "pt-khdl" }]));
    assert_eq!(told(&db, "PLAN", "pt-khdl").await, 1);
    let new = |field: &str, after: &str| json!({ "field": field, "before": null, "after": after });
    assert_eq!(
        audited(&db, "pt-khdl").await,
        json!([{ "action": "plan.record", "actor": "user:lan", "resource": "pt-khdl", "changes": [
            new("code", "pt-khdl"), new("number", "1/KH-UBND"), new("title", "Kế hoạch dữ liệu"), new("kind", "PLAN"),
            new("status", "DRAFTING"), new("issuer", "pt-ubnd"), new("area", "25; 2025-07-01"), new("issuedOn", "2025-08"),
            new("periodStart", "2025"), new("periodEnd", "2030"), new("visionYear", "2045"), new("source", "Công báo"),
            new("basedOn", "BASED_ON 278-2025-nd-cp, IMPLEMENTS pt-3927"),
        ] }])
    );
    // A code means the unit that held it on the plan's day: this one was Phú Thọ's before the merger.
    let before = created(&editor, "pt-cu", r#", issuedOn: "2024-03-01""#).await;
    assert_eq!(before["area"], json!({ "code": "25", "validFrom": null }));
}

async fn every_fault_of_a_plan_is_told_at_once(db: TestDb) {
    let editor = editor(&db).await;
    let query = r#"mutation { createPlan(input: { code: "pt-3927", number: " ", title: "", kind: PLAN, status: ISSUED, area: "99", issuer: "nobody", periodStart: 2030, periodEnd: 1800, visionYear: 1700,
        basedOn: [{ relation: BASED_ON }, { plan: "pt-3927", relation: BASED_ON }, { plan: "nothing", document: "nothing", relation: BASED_ON }],
        source: { title: " ", url: "javascript:alert(1)", quote: "\u0007" } }) { plan { id } } }"#;
    assert_eq!(
        editor.bad_fields(query).await,
        faults(&[
            ("number", "REQUIRED"),
            ("title", "REQUIRED"),
            ("periodEnd", "OUT_OF_RANGE"),
            ("visionYear", "OUT_OF_RANGE"),
            ("periodEnd", "OUT_OF_ORDER"),
            ("visionYear", "OUT_OF_ORDER"),
            ("source.title", "REQUIRED"),
            ("source.url", "INVALID"),
            ("source.quote", "CONTROL_CHARACTER"),
            ("code", "TAKEN"),
            ("area", "UNKNOWN_AREA"),
            ("issuer", "UNKNOWN_AGENCY"),
            ("basedOn[0]", "PLAN_OR_DOCUMENT"),
            ("basedOn[1].plan", "ITSELF"),
            ("basedOn[2]", "PLAN_OR_DOCUMENT"),
            ("basedOn[2].plan", "UNKNOWN_PLAN"),
            ("basedOn[2].document", "UNKNOWN_LEGAL_DOCUMENT"),
        ])
    );
    let made = created(&editor, "pt-khdl", ", periodStart: 2025").await;
    let query = update(
        &made,
        r#"number: "", title: null, status: null, supersededBy: "pt-khdl", source: null, periodEnd: 2024, visionYear: 2023, basedOn: [{ plan: "pt-khdl", relation: REPLACES }, { plan: "none", relation: SUPPORTS }]"#,
    );
    assert_eq!(
        editor.bad_fields(&query).await,
        faults(&[
            ("title", "REQUIRED"),
            ("status", "REQUIRED"),
            ("source", "REQUIRED"),
            ("number", "REQUIRED"),
            ("basedOn[0].plan", "ITSELF"),
            ("basedOn[1].plan", "UNKNOWN_PLAN"),
            ("supersededBy", "ITSELF"),
            ("periodEnd", "OUT_OF_ORDER"),
            ("visionYear", "OUT_OF_ORDER"),
        ])
    );
    let both = update(&made, r#"supersededBy: "none", status: IN_FORCE"#);
    assert_eq!(
        editor.bad_fields(&both).await,
        faults(&[("status", "CONTRADICTION"), ("supersededBy", "UNKNOWN_PLAN")])
    );
    assert_eq!(plan(&db, "pt-khdl").await, made);
}

async fn plans_are_kept_by_editors_of_their_area(db: TestDb) {
    let here = editor(&db).await;
    let made = created(&here, "pt-khdl", "").await;
    for (username, role, area) in
        [("nga", Role::Editor, "33"), ("tuan", Role::Registrar, "25"), ("hoa", Role::Viewer, "25")]
    {
        let other = somebody(&db, username, &[role], Some(area)).await;
        assert_eq!(other.refused(&create("pt-khac", "")).await.0, "FORBIDDEN", "{username}");
        assert_eq!(other.refused(&update(&made, r#"title: "Khác""#)).await.0, "FORBIDDEN", "{username}");
    }
    // What belonged to a predecessor is the successor's to keep.
    let inherited = plan(&db, "vp-qht").await;
    assert_eq!(updated(&here, &inherited, "status: INHERITED").await["status"], "INHERITED");
    let elsewhere = plan(&db, "hy-148").await;
    assert_eq!(here.refused(&update(&elsewhere, "status: COMPLETED")).await.0, "FORBIDDEN");
    let nobody = Asker { service: here.service.clone(), token: None };
    assert_eq!(nobody.refused(&create("pt-khac", "")).await.0, "UNAUTHENTICATED");
}

async fn a_plan_is_changed_as_far_as_it_is_the_one_that_was_seen(db: TestDb) {
    let editor = editor(&db).await;
    let made = created(&editor, "pt-khdl", r#", issuedOn: "2025-08-01", periodStart: 2025, periodEnd: 2030"#).await;
    let after = updated(
        &editor,
        &made,
        r#"title: "Kế hoạch khác", status: IN_FORCE, issuedOn: "2025-09", periodStart: null, visionYear: 2045, source: { title: "Báo", publishedOn: "2025" }"#,
    )
    .await;
    let mut expected = made.clone();
    expected["title"] = json!("Kế hoạch khác");
    expected["status"] = json!("IN_FORCE");
    expected["issuedOn"] = json!("2025-09");
    expected["periodStart"] = json!(null);
    expected["visionYear"] = json!(2045);
    expected["source"]["title"] = json!("Báo");
    expected["source"]["publishedOn"] = json!("2025");
    expected["version"] = json!(2);
    assert_eq!(after, expected);
    assert_eq!(editor.refused(&update(&made, r#"title: "Cũ""#)).await.0, "PRECONDITION_FAILED");
    let found = super::ask(&db, r#"{ plans(filter: { text: "ke hoach khac" }) { nodes { code } } }"#).await;
    assert_eq!(found["plans"]["nodes"], json!([{ "code": "pt-khdl" }]));
    // To say what it says already changes nothing.
    let same = r#"title: "Kế hoạch khác", source: { title: " Báo ", publishedOn: "2025" }, basedOn: []"#;
    assert_eq!(updated(&editor, &after, same).await, expected);
    assert_eq!(told(&db, "PLAN", "pt-khdl").await, 2);
    let log = audited(&db, "pt-khdl").await;
    let changes: Vec<(&str, &Value)> = log[1]["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["field"].as_str().expect("a field"), &change["before"]))
        .collect();
    let fields: Vec<&str> = changes.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["title", "status", "issuedOn", "periodStart", "visionYear", "source"]);
    assert_eq!(changes[3].1, "2025");
    let gone = r#"mutation { updatePlan(input: { id: "UGxhbjo5OTk5OTk", version: 1, title: "x" }) { plan { id } } }"#;
    assert_eq!(editor.refused(gone).await.0, "NOT_FOUND");
}

async fn a_plans_kind_issuer_and_area_are_corrected(db: TestDb) {
    let (here, country) = (editor(&db).await, somebody(&db, "toan", &[Role::Editor], Some("VN")).await);
    let made = created(&here, "pt-khdl", r#", issuer: "pt-ubnd", issuedOn: "2025-08""#).await;
    let typed = updated(&here, &made, r#"kind: PROJECT, issuer: "pt-skhcn""#).await;
    assert_eq!(
        (&typed["kind"], &typed["issuer"], &typed["version"]),
        (&json!("PROJECT"), &json!({ "code": "pt-skhcn" }), &json!(2))
    );
    let cleared = updated(&here, &typed, "issuer: null").await;
    assert_eq!(cleared["issuer"], json!(null));
    assert_eq!(
        here.bad_fields(&update(&cleared, r#"kind: null, area: null, issuer: "none""#)).await,
        faults(&[("kind", "REQUIRED"), ("area", "REQUIRED"), ("issuer", "UNKNOWN_AGENCY")])
    );
    assert_eq!(here.bad_fields(&update(&cleared, r#"area: "00""#)).await, faults(&[("area", "UNKNOWN_AREA")]));
    // Both the old and the new area must be the caller's.
    assert_eq!(here.refused(&update(&cleared, r#"area: "33""#)).await.0, "FORBIDDEN");
    assert_eq!(plan(&db, "pt-khdl").await, cleared);
    let moved = updated(&country, &cleared, r#"area: "33""#).await;
    assert_eq!(moved["area"], json!({ "code": "33", "validFrom": "2025-07-01" }));
    assert_eq!(here.refused(&update(&moved, r#"title: "Khác""#)).await.0, "FORBIDDEN");
    let log = audited(&db, "pt-khdl").await;
    assert_eq!(
        log[1]["changes"],
        json!([
            { "field": "kind", "before": "PLAN", "after": "PROJECT" },
            { "field": "issuer", "before": "pt-ubnd", "after": "pt-skhcn" },
        ])
    );
    assert_eq!(log[3]["changes"], json!([{ "field": "area", "before": "25; 2025-07-01", "after": "33; 2025-07-01" }]));
    assert_eq!(told(&db, "PLAN", "pt-khdl").await, 4);
    // A plan that inherits from predecessors cannot move to where they are none.
    let heir = created(&here, "pt-thua-ke", r#", basedOn: [{ plan: "vp-qht", relation: INHERITS }]"#).await;
    let away = update(&heir, r#"area: "33""#);
    assert_eq!(country.bad_fields(&away).await, faults(&[("area", "NOT_A_PREDECESSOR")]));
}

async fn two_at_once_of_which_one_wins(db: TestDb) {
    let editor = editor(&db).await;
    let made = created(&editor, "pt-khdl", "").await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..10 {
        let (editor, query) = (editor.clone(), update(&made, &format!("title: \"Tên {n}\"")));
        tries.spawn(async move { editor.send(&query).await.json() });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let stale =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "PRECONDITION_FAILED").count();
    assert_eq!((won, stale), (1, 9), "{answers:?}");
    assert_eq!(told(&db, "PLAN", "pt-khdl").await, 2);
}

async fn a_draft_gets_its_number_later(db: TestDb) {
    let editor = editor(&db).await;
    let draft = created(&editor, "pt-khdl", r#", issuer: "pt-ubnd""#).await;
    assert_eq!((&draft["number"], &draft["issuedOn"]), (&json!(null), &json!(null)));
    // The same body has issued it that year.
    let taken = update(&draft, r#"number: "3927/KH-UBND", issuedOn: "2022-12-30""#);
    assert_eq!(editor.bad_fields(&taken).await, faults(&[("number", "TAKEN")]));
    let another_year =
        updated(&editor, &draft, r#"number: "3927/KH-UBND", issuedOn: "2025-12-30", status: ISSUED"#).await;
    assert_eq!(another_year["number"], "3927/KH-UBND");
    let moved = update(&another_year, r#"issuedOn: "2022""#);
    assert_eq!(editor.bad_fields(&moved).await, faults(&[("number", "TAKEN")]));
    let again = create("pt-khdl2", r#", number: "3927/KH-UBND", issuer: "pt-ubnd", issuedOn: "2025""#);
    assert_eq!(editor.bad_fields(&again).await, faults(&[("number", "TAKEN")]));
    // Other bodies issue the same.
    created(&editor, "pt-khdl2", r#", number: "3927/KH-UBND", issuer: "pt-skhcn", issuedOn: "2025""#).await;
    // A number that is there already stands in nobody's way.
    let titled = updated(&editor, &another_year, r#"title: "Tên khác""#).await;
    assert_eq!(updated(&editor, &titled, "number: null").await["number"], json!(null));
}

async fn what_a_plan_rests_on_is_replaced_as_a_whole(db: TestDb) {
    let editor = editor(&db).await;
    let evidence = r#"{ plan(code: "pt-3927") { basedOn { relation plan { code } evidence { quote } } } }"#;
    let before = super::ask(&db, evidence).await["plan"]["basedOn"].clone();
    let seeded = plan(&db, "pt-3927").await;
    let after = updated(
        &editor,
        &seeded,
        r#"basedOn: [{ document: "278-2025-nd-cp", relation: BASED_ON }, { plan: "pt-vtci", relation: IMPLEMENTS }]"#,
    )
    .await;
    assert_eq!(
        after["basedOn"],
        json!([
            { "relation": "IMPLEMENTS", "plan": { "code": "pt-vtci" }, "document": null },
            { "relation": "BASED_ON", "plan": null, "document": { "code": "278-2025-nd-cp" } },
        ])
    );
    assert_eq!(after["version"], json!(2));
    // What stays keeps the words that say it.
    let stayed = super::ask(&db, evidence).await["plan"]["basedOn"][0].clone();
    let quote = before.as_array().expect("bases").iter().find(|basis| basis["plan"]["code"] == "pt-vtci").cloned();
    assert_eq!(Some(&stayed), quote.as_ref());
    assert_ne!(stayed["evidence"]["quote"], json!(null));
    assert_eq!(updated(&editor, &after, "basedOn: null").await["basedOn"], json!([]));
    let log = audited(&db, "pt-3927").await;
    let last = log.as_array().expect("entries").last().expect("an entry").clone();
    assert_eq!((&last["changes"][0]["field"], &last["changes"][0]["after"]), (&json!("basedOn"), &json!(null)));
}

async fn a_plan_that_takes_anothers_place_says_so_at_both(db: TestDb) {
    let editor = editor(&db).await;
    let old = created(&editor, "pt-cu", "").await;
    let new = created(&editor, "pt-moi", "").await;
    let after = updated(&editor, &old, r#"supersededBy: "pt-moi""#).await;
    assert_eq!((&after["status"], &after["version"]), (&json!("SUPERSEDED"), &json!(2)));
    let successor = plan(&db, "pt-moi").await;
    let replaces = |code: &str| json!([{ "relation": "REPLACES", "plan": { "code": code }, "document": null }]);
    assert_eq!((&successor["basedOn"], &successor["version"]), (&replaces("pt-cu"), &json!(2)));
    assert_eq!((told(&db, "PLAN", "pt-cu").await, told(&db, "PLAN", "pt-moi").await), (2, 2));
    assert_eq!(audited(&db, "pt-moi").await[1]["changes"][0]["field"], "basedOn");
    // What was seen before is no longer what is there.
    assert_eq!(editor.refused(&update(&new, r#"title: "x""#)).await.0, "PRECONDITION_FAILED");
    // The other way round as well.
    let newest = created(&editor, "pt-moinhat", r#", basedOn: [{ plan: "pt-moi", relation: REPLACES }]"#).await;
    let replaced = plan(&db, "pt-moi").await;
    assert_eq!((&replaced["status"], &replaced["version"]), (&json!("SUPERSEDED"), &json!(3)));
    assert_eq!((told(&db, "PLAN", "pt-moi").await, told(&db, "PLAN", "pt-moinhat").await), (3, 1));
    // Nobody takes the place of what takes theirs.
    let circle = update(&newest, r#"supersededBy: "pt-moi""#);
    assert_eq!(editor.bad_fields(&circle).await, faults(&[("supersededBy", "CIRCLE")]));
    let circle = update(&replaced, r#"basedOn: [{ plan: "pt-moinhat", relation: REPLACES }]"#);
    assert_eq!(editor.bad_fields(&circle).await, faults(&[("basedOn[0].plan", "CIRCLE")]));
    // Both must be the caller's to keep.
    assert_eq!(editor.refused(&update(&newest, r#"supersededBy: "hy-148""#)).await.0, "FORBIDDEN");
    let theirs = create("pt-khac", r#", basedOn: [{ plan: "hy-148", relation: REPLACES }]"#);
    assert_eq!(editor.refused(&theirs).await.0, "FORBIDDEN");
    let theirs = update(&newest, r#"basedOn: [{ plan: "hy-148", relation: REPLACES }]"#);
    assert_eq!(editor.refused(&theirs).await.0, "FORBIDDEN");
    assert_eq!(plan(&db, "hy-148").await["status"], "ISSUED");
    // To rest on somebody else's plan is free.
    created(&editor, "pt-khac", r#", basedOn: [{ plan: "hy-148", relation: SUPPORTS }]"#).await;
}

async fn a_plan_inherits_from_those_of_predecessors(db: TestDb) {
    let editor = editor(&db).await;
    let inherits = |code: &str| format!(r#", basedOn: [{{ plan: "{code}", relation: INHERITS }}]"#);
    for code in ["hy-148", "pt-vtci"] {
        assert_eq!(
            editor.bad_fields(&create("pt-moi", &inherits(code))).await,
            faults(&[("basedOn[0].plan", "NOT_A_PREDECESSOR")]),
            "{code}"
        );
    }
    let before = told(&db, "PLAN", "vp-qht").await;
    let made = created(&editor, "pt-moi", &inherits("vp-qht")).await;
    let old = plan(&db, "vp-qht").await;
    assert_eq!((&old["status"], &old["version"]), (&json!("INHERITED"), &json!(2)));
    assert_eq!(told(&db, "PLAN", "vp-qht").await, before + 1);
    // A plan of the same unit is none of a predecessor, whatever its code; one of the unit that had the code before is.
    created(&editor, "pt-khac", "").await;
    let query = update(&made, r#"basedOn: [{ plan: "pt-khac", relation: INHERITS }]"#);
    assert_eq!(editor.bad_fields(&query).await, faults(&[("basedOn[0].plan", "NOT_A_PREDECESSOR")]));
    updated(
        &editor,
        &made,
        r#"basedOn: [{ plan: "vp-qht", relation: INHERITS }, { plan: "pt-3927", relation: INHERITS }]"#,
    )
    .await;
    assert_eq!(plan(&db, "pt-3927").await["status"], "INHERITED");
    assert_eq!(told(&db, "PLAN", "vp-qht").await, before + 1);
    // A plan of before the merger inherits nothing of another predecessor.
    let query = create("pt-xua", r#", issuedOn: "2024", basedOn: [{ plan: "vp-qht", relation: INHERITS }]"#);
    assert_eq!(editor.bad_fields(&query).await, faults(&[("basedOn[0].plan", "NOT_A_PREDECESSOR")]));
}

async fn a_plan_does_not_end_before_its_targets(db: TestDb) {
    let editor = editor(&db).await;
    let seeded = plan(&db, "pt-3927").await;
    assert_eq!(
        editor.bad_fields(&update(&seeded, "periodEnd: 2024")).await,
        faults(&[("periodEnd", "OUTSIDE_PLAN_YEARS")])
    );
    let longer = updated(&editor, &seeded, "periodEnd: 2024, visionYear: 2030").await;
    assert_eq!(
        editor.bad_fields(&update(&longer, "visionYear: null")).await,
        faults(&[("periodEnd", "OUTSIDE_PLAN_YEARS")])
    );
    // Without an end nothing lies after it.
    updated(&editor, &longer, "periodEnd: null, visionYear: null").await;
}
