//! Information systems are kept, by registrars of their area.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    people::{Asker, somebody},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_system_is_created_where_its_registrar_may,
    every_fault_of_a_system_is_told_at_once,
    a_system_is_changed_as_far_as_it_is_the_one_that_was_seen,
    an_approval_is_that_of_a_level,
    two_at_once_of_which_one_wins,
}

const FIELDS: &str = "{ informationSystem { id code name en: name(locale: EN) acronym aliases kind status scope generic area { code validFrom } owner { code } operator { code } parent { code } securityLevel securityLevelApproved source { title stated: statedBy } version } }";

async fn registrar(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Registrar], Some("25")).await
}

fn create(code: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createInformationSystem(input: {{ code: "{code}", nameVi: "Kho tư liệu số", kind: DATA_WAREHOUSE, status: PLANNED, scope: PROVINCE, source: {{ title: "Công báo" }} {rest} }}) {FIELDS} }}"#
    )
}

async fn created(registrar: &Asker, code: &str, rest: &str) -> Value {
    registrar.ask(&create(code, rest)).await["createInformationSystem"]["informationSystem"].clone()
}

fn update(system: &Value, what: &str) -> String {
    let (id, version) = (&system["id"], &system["version"]);
    format!("mutation {{ updateInformationSystem(input: {{ id: {id}, version: {version}, {what} }}) {FIELDS} }}")
}

async fn updated(registrar: &Asker, system: &Value, what: &str) -> Value {
    registrar.ask(&update(system, what)).await["updateInformationSystem"]["informationSystem"].clone()
}

async fn found(db: &TestDb, text: &str) -> Value {
    let query = format!(r#"{{ informationSystems(filter: {{ text: "{text}" }}) {{ nodes {{ code }} }} }}"#);
    super::ask(db, &query).await["informationSystems"]["nodes"].clone()
}

async fn a_system_is_created_where_its_registrar_may(db: TestDb) {
    let registrar = registrar(&db).await;
    let rest = r#", nameEn: "Digital stacks", acronym: "KDLS", aliases: [" Kho số ", "Kho tích hợp"], area: "25", owner: "pt-skhcn", parent: "pt-lgsp", securityLevel: 3"#;
    let made = created(&registrar, "pt-kdls", rest).await;
    assert_eq!(
        made,
        json!({
            "id": made["id"], "code": "pt-kdls", "name": "Kho tư liệu số", "en": "Digital stacks", "acronym": "KDLS",
            "aliases": ["Kho số", "Kho tích hợp"], "kind": "DATA_WAREHOUSE", "status": "PLANNED", "scope": "PROVINCE",
            "generic": false, "area": { "code": "25", "validFrom": "2025-07-01" }, "owner": { "code": "pt-skhcn" }, "operator": null,
            "parent": { "code": "pt-lgsp" }, "securityLevel": 3, "securityLevelApproved": false,
            "source": { "title": "Công báo", "stated": null }, "version": 1,
        })
    );
    for text in ["kho tu lieu so", "digital stacks", "kdls", "kho tich hop"] {
        assert_eq!(found(&db, text).await, json!([{ "code": "pt-kdls" }]), "{text}");
    }
    assert_eq!(told(&db, "INFORMATION_SYSTEM", "pt-kdls").await, 1);
    let log = audited(&db, "pt-kdls").await;
    assert_eq!(log[0]["action"], "informationSystem.record");
    assert_eq!(created(&registrar, "pt-khac", r#", area: "25""#).await["en"], "Kho tư liệu số");
    // Without an area it is the country's, and that is not theirs to keep.
    for area in [r#", area: "33""#, r#", area: "VN""#, ""] {
        assert_eq!(registrar.refused(&create("elsewhere", area)).await.0, "FORBIDDEN", "{area}");
    }
    let country = somebody(&db, "binh", &[Role::Registrar], Some("VN")).await;
    assert_eq!(created(&country, "vn-kdls", "").await["area"], json!(null));
    let editor = somebody(&db, "nga", &[Role::Editor], Some("25")).await;
    assert_eq!(editor.refused(&create("pt-x", r#", area: "25""#)).await.0, "FORBIDDEN");
    assert_eq!(editor.refused(&update(&made, "status: PLANNED")).await.0, "FORBIDDEN");
}

async fn every_fault_of_a_system_is_told_at_once(db: TestDb) {
    let registrar = registrar(&db).await;
    let query = r#"mutation { createInformationSystem(input: { code: "pt-lgsp", nameVi: " ", acronym: "a\nb", aliases: ["x", ""], kind: DATA_WAREHOUSE, status: PLANNED, scope: PROVINCE, area: "99", owner: "nobody", parent: "nothing", securityLevel: 6, source: { title: "", url: "x" } }) { informationSystem { id } } }"#;
    assert_eq!(
        registrar.bad_fields(query).await,
        faults(&[
            ("nameVi", "REQUIRED"),
            ("acronym", "CONTROL_CHARACTER"),
            ("aliases[1]", "REQUIRED"),
            ("securityLevel", "OUT_OF_RANGE"),
            ("source.title", "REQUIRED"),
            ("source.url", "INVALID"),
            ("code", "TAKEN"),
            ("area", "UNKNOWN_AREA"),
            ("owner", "UNKNOWN_AGENCY"),
            ("parent", "UNKNOWN_INFORMATION_SYSTEM"),
        ])
    );
    assert_eq!(registrar.bad_fields(&create("PT LGSP", r#", area: "25""#)).await, faults(&[("code", "INVALID")]));
    let made = created(&registrar, "pt-kdls", r#", area: "25""#).await;
    let query =
        update(&made, r#"nameVi: null, nameEn: " ", status: null, securityLevel: 0, securityLevelApproved: null"#);
    assert_eq!(
        registrar.bad_fields(&query).await,
        faults(&[
            ("nameVi", "REQUIRED"),
            ("status", "REQUIRED"),
            ("securityLevelApproved", "REQUIRED"),
            ("nameEn", "REQUIRED"),
            ("securityLevel", "OUT_OF_RANGE"),
        ])
    );
}

async fn a_system_is_changed_as_far_as_it_is_the_one_that_was_seen(db: TestDb) {
    let registrar = registrar(&db).await;
    let made = created(&registrar, "pt-kdls", r#", aliases: ["Kho số"], area: "25""#).await;
    let after = updated(
        &registrar,
        &made,
        r#"nameVi: "Xưởng tri thức", nameEn: "Store of knowledge", status: OPERATING, securityLevel: 3, securityLevelApproved: true"#,
    )
    .await;
    let mut expected = made.clone();
    expected["name"] = json!("Xưởng tri thức");
    expected["en"] = json!("Store of knowledge");
    expected["status"] = json!("OPERATING");
    expected["securityLevel"] = json!(3);
    expected["securityLevelApproved"] = json!(true);
    expected["version"] = json!(2);
    assert_eq!(after, expected);
    for (text, nodes) in [
        ("xuong tri thuc", json!([{ "code": "pt-kdls" }])),
        ("store of knowledge", json!([{ "code": "pt-kdls" }])),
        ("kho so", json!([{ "code": "pt-kdls" }])),
        ("kho tu lieu so", json!([])),
    ] {
        assert_eq!(found(&db, text).await, nodes, "{text}");
    }
    let sorted = super::ask(&db, r#"{ informationSystems(filter: { codes: ["pt-kdls", "pt-lgsp", "qn-wan"] }, orderBy: { field: NAME, direction: ASC }) { nodes { name } } }"#).await;
    let names: Vec<&str> = sorted["informationSystems"]["nodes"]
        .as_array()
        .expect("systems")
        .iter()
        .filter_map(|system| system["name"].as_str())
        .collect();
    assert_eq!(names.iter().position(|name| *name == "Xưởng tri thức"), Some(2), "{names:?}");
    assert_eq!(registrar.refused(&update(&made, "status: PLANNED")).await.0, "PRECONDITION_FAILED");
    assert_eq!(updated(&registrar, &after, "status: OPERATING, securityLevel: 3").await, expected);
    assert_eq!(told(&db, "INFORMATION_SYSTEM", "pt-kdls").await, 2);
    assert_eq!(
        audited(&db, "pt-kdls").await[1]["changes"],
        json!([
            { "field": "nameVi", "before": "Kho tư liệu số", "after": "Xưởng tri thức" },
            { "field": "nameEn", "before": "Kho tư liệu số", "after": "Store of knowledge" },
            { "field": "status", "before": "PLANNED", "after": "OPERATING" },
            { "field": "securityLevel", "before": null, "after": "3" },
            { "field": "securityLevelApproved", "before": "false", "after": "true" },
        ])
    );
    // A predecessor's is theirs to keep; another province's and the country's are not.
    for (code, expected) in
        [("pt-lgsp", None), ("vp-lgsp", None), ("qn-wan", Some("FORBIDDEN")), ("vn-ndxp", Some("FORBIDDEN"))]
    {
        let query = format!(r#"{{ informationSystem(code: "{code}") {{ id version }} }}"#);
        let system = super::ask(&db, &query).await["informationSystem"].clone();
        let answer = registrar.send(&update(&system, "securityLevel: 4")).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), expected, "{code}: {answer}");
    }
    let gone =
        r#"mutation { updateInformationSystem(input: { id: "UGxhbjox", version: 1 }) { informationSystem { id } } }"#;
    assert_eq!(registrar.refused(gone).await.0, "NOT_FOUND");
}

async fn an_approval_is_that_of_a_level(db: TestDb) {
    let registrar = registrar(&db).await;
    let made = created(&registrar, "pt-kdls", r#", area: "25""#).await;
    let query = update(&made, "securityLevelApproved: true");
    assert_eq!(registrar.bad_fields(&query).await, faults(&[("securityLevelApproved", "NO_LEVEL")]));
    let level = |system: &Value| (system["securityLevel"].clone(), system["securityLevelApproved"].clone());
    let approved = updated(&registrar, &made, "securityLevel: 2, securityLevelApproved: true").await;
    assert_eq!(level(&approved), (json!(2), json!(true)));
    // What was approved was another level.
    let higher = updated(&registrar, &approved, "securityLevel: 3").await;
    assert_eq!(level(&higher), (json!(3), json!(false)));
    let approved = updated(&registrar, &higher, "securityLevelApproved: true").await;
    assert_eq!(level(&approved), (json!(3), json!(true)));
    assert_eq!(level(&updated(&registrar, &approved, "securityLevel: null").await), (json!(null), json!(false)));
}

async fn two_at_once_of_which_one_wins(db: TestDb) {
    let registrar = registrar(&db).await;
    let made = created(&registrar, "pt-kdls", r#", area: "25""#).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..10 {
        let (registrar, query) = (registrar.clone(), update(&made, &format!("nameVi: \"Tên {n}\"")));
        tries.spawn(async move { registrar.send(&query).await.json() });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let stale =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "PRECONDITION_FAILED").count();
    assert_eq!((won, stale), (1, 9), "{answers:?}");
}
