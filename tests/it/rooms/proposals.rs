//! Legal documents are kept where the agency that issued them lies; what no agency of an area issued is the country's, and an area
//! proposes.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    ask,
    authority::denied,
    people::{Asker, somebody},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_law_of_the_country_is_changed_by_the_country_alone,
    a_document_of_an_area_is_changed_by_its_registrars_and_by_no_others,
    what_only_national_bodies_issue_is_created_by_the_country,
    a_change_is_proposed_and_accepted,
    a_new_document_is_proposed_and_accepted,
    a_proposal_is_rejected_for_a_reason_and_decided_on_once,
    a_proposal_for_a_document_that_has_changed_since_is_not_accepted,
    every_fault_of_a_proposal_is_told,
    proposals_are_seen_by_those_who_propose_and_those_who_decide,
}

const LAW: &str = "278-2025-nd-cp";
const PROPOSAL: &str = "{ proposal { id code document { code verified inForceTo version } changes { field before after } reason area { code } proposedBy proposedAt status decidedBy decidedAt decisionReason version } }";

async fn registrar(db: &TestDb, name: &str, area: &str) -> Asker {
    somebody(db, name, &[Role::Registrar], Some(area)).await
}

async fn law(db: &TestDb, code: &str) -> Value {
    let fields =
        "id version title verified inForceFrom inForceTo supersededBy { code } area { code } issuingAgency { code }";
    ask(db, &format!(r#"{{ legalDocument(code: "{code}") {{ {fields} }} }}"#)).await["legalDocument"].clone()
}

/// What names a document, and what changes of it.
fn of(law: &Value, what: &str) -> String {
    format!("{{ id: {}, version: {}, {what} }}", law["id"], law["version"])
}

fn update(law: &Value, what: &str) -> String {
    format!("mutation {{ updateLegalDocument(input: {}) {{ legalDocument {{ version }} }} }}", of(law, what))
}

fn create(code: &str, number: &str, kind: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createLegalDocument(input: {{ code: "{code}", number: "{number}", kind: "{kind}" {rest} }}) {{ legalDocument {{ id version area {{ code }} issuingAgency {{ code }} }} }} }}"#
    )
}

fn propose(what: &str) -> String {
    format!(r#"mutation {{ proposeLegalDocument(input: {{ {what}, reason: "theo Công báo" }}) {PROPOSAL} }}"#)
}

async fn proposed(asker: &Asker, what: &str) -> Value {
    asker.ask(&propose(what)).await["proposeLegalDocument"]["proposal"].clone()
}

fn accept(proposal: &Value, version: i32) -> String {
    let id = &proposal["id"];
    format!("mutation {{ acceptLegalDocumentProposal(input: {{ id: {id}, version: {version} }}) {PROPOSAL} }}")
}

fn reject(proposal: &Value, reason: &str) -> String {
    let id = &proposal["id"];
    format!(
        r#"mutation {{ rejectLegalDocumentProposal(input: {{ id: {id}, version: 1, reason: "{reason}" }}) {PROPOSAL} }}"#
    )
}

async fn a_law_of_the_country_is_changed_by_the_country_alone(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let chief = somebody(&db, "chief-25", &[Role::Admin], Some("25")).await;
    let before = law(&db, LAW).await;
    assert_eq!((&before["area"], &before["issuingAgency"]), (&Value::Null, &Value::Null));
    for what in [
        "verified: true",
        r#"inForceTo: "2026-01-01""#,
        "inForceFrom: null",
        r#"title: "x""#,
        r#"supersededBy: ["118-2025-nd-cp"]"#,
        r#"issuingAgency: "pt-ubnd""#,
    ] {
        for asker in [&here, &chief] {
            let (code, said) = asker.refused(&update(&before, what)).await;
            assert_eq!(code, "FORBIDDEN", "{what}");
            assert!(said.contains("proposeLegalDocument"), "{said}");
        }
    }
    assert_eq!(law(&db, LAW).await, before);
    let country = registrar(&db, "binh", "VN").await;
    country.ask(&update(&before, "verified: true")).await;
    let root = somebody(&db, "root", &[Role::Admin], None).await;
    root.ask(&update(&law(&db, LAW).await, "verified: false")).await;
    assert_eq!(law(&db, LAW).await["version"], 3);
}

async fn a_document_of_an_area_is_changed_by_its_registrars_and_by_no_others(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let there = registrar(&db, "mai", "22").await;
    let country = registrar(&db, "binh", "VN").await;
    let made =
        here.ask(&create("1-2026-qd-ubnd", "1/2026/QĐ-UBND", "DECISION", "")).await["createLegalDocument"].clone();
    assert_eq!(made["legalDocument"]["area"]["code"], "25");
    let issued = r#", issuingAgency: "pt-ubnd""#;
    let made =
        here.ask(&create("2-2026-qd-ubnd", "2/2026/QĐ-UBND", "DECISION", issued)).await["createLegalDocument"].clone();
    assert_eq!(made["legalDocument"]["issuingAgency"]["code"], "pt-ubnd");
    let theirs = create("3-2026-qd-ubnd", "3/2026/QĐ-UBND", "DECISION", r#", issuingAgency: "qn-ubnd""#);
    let outside = ("FORBIDDEN".to_owned(), faults(&[("input.issuingAgency", "OUTSIDE_AREA")]));
    assert_eq!(denied(&here, &theirs).await, outside);
    for code in ["1-2026-qd-ubnd", "2-2026-qd-ubnd"] {
        assert_eq!(there.refused(&update(&law(&db, code).await, "verified: true")).await.0, "FORBIDDEN");
        here.ask(&update(&law(&db, code).await, "verified: true")).await;
    }
    // It is handed over by the country alone.
    let code = "1-2026-qd-ubnd";
    for what in [r#"issuingAgency: "qn-ubnd""#, "issuingAgency: null"] {
        assert_eq!(denied(&here, &update(&law(&db, code).await, what)).await, outside, "{what}");
    }
    country.ask(&update(&law(&db, code).await, r#"issuingAgency: "qn-ubnd""#)).await;
    assert_eq!(law(&db, code).await["area"]["code"], "22");
    there.ask(&update(&law(&db, code).await, r#"title: "x""#)).await;
    assert_eq!(here.refused(&update(&law(&db, code).await, "verified: false")).await.0, "FORBIDDEN");
    country.ask(&update(&law(&db, code).await, "issuingAgency: null")).await;
    assert_eq!(law(&db, code).await["area"], Value::Null);
    assert_eq!(there.refused(&update(&law(&db, code).await, r#"title: "y""#)).await.0, "FORBIDDEN");
}

async fn what_only_national_bodies_issue_is_created_by_the_country(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let country = registrar(&db, "binh", "VN").await;
    for (n, (number, kind, field)) in [
        ("900/2026/NĐ-CP", "DECREE", "kind"),
        ("901/2026/QH16", "luật", "number"),
        ("902/2026/TT-BKHCN", "Circular", "kind"),
        ("903/QĐ-TTg", "DECISION", "number"),
    ]
    .into_iter()
    .enumerate()
    {
        let query = create(&format!("national-{n}"), number, kind, r#", inForceFrom: "2026-01-01", verified: true"#);
        let national = ("FORBIDDEN".to_owned(), faults(&[(&format!("input.{field}"), "NATIONAL")]));
        assert_eq!(denied(&here, &query).await, national, "{number}");
        let made = country.ask(&query).await["createLegalDocument"]["legalDocument"].clone();
        assert_eq!(made["area"], Value::Null);
    }
}

async fn a_change_is_proposed_and_accepted(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let country = registrar(&db, "binh", "VN").await;
    let before = law(&db, LAW).await;
    let what = format!("change: {}", of(&before, r#"verified: true, inForceTo: "2030-12-31""#));
    let made = proposed(&here, &what).await;
    assert_eq!(
        made,
        json!({
            "id": made["id"], "code": LAW, "document": { "code": LAW, "verified": false, "inForceTo": null, "version": before["version"] },
            "changes": [
                { "field": "inForceTo", "before": null, "after": "2030-12-31" },
                { "field": "verified", "before": "false", "after": "true" },
            ],
            "reason": "theo Công báo", "area": { "code": "25" }, "proposedBy": "user:lan", "proposedAt": "2026-01-15T12:00:00Z",
            "status": "PENDING", "decidedBy": null, "decidedAt": null, "decisionReason": null, "version": 1,
        })
    );
    assert_eq!(law(&db, LAW).await, before, "nothing is changed by proposing it");
    // Nobody decides on what is not theirs to keep.
    assert_eq!(here.refused(&accept(&made, 1)).await.0, "FORBIDDEN");
    assert_eq!(country.refused(&accept(&made, 7)).await.0, "PRECONDITION_FAILED");
    let done = country.ask(&accept(&made, 1)).await["acceptLegalDocumentProposal"]["proposal"].clone();
    assert_eq!(
        [&done["status"], &done["decidedBy"], &done["decidedAt"], &done["version"]],
        [&json!("ACCEPTED"), &json!("user:binh"), &json!("2026-01-15T12:00:00Z"), &json!(2)]
    );
    let after = law(&db, LAW).await;
    assert_eq!((&after["verified"], &after["inForceTo"]), (&json!(true), &json!("2030-12-31")));
    assert_eq!(told(&db, "LEGAL_DOCUMENT", LAW).await, 2, "the feed tells of the change, and not of the proposal");
    let key = made["id"].as_str().map(|_| format!("proposal:{}", super::granting::raw_id(&made))).expect("an id");
    let log = audited(&db, &key).await;
    assert_eq!((&log[0]["action"], &log[0]["actor"]), (&json!("legalDocument.propose"), &json!("user:lan")));
    assert_eq!(log[0]["changes"][1], json!({ "field": "reason", "before": null, "after": "theo Công báo" }));
    assert_eq!((&log[1]["action"], &log[1]["actor"]), (&json!("legalDocument.decide"), &json!("user:binh")));
    assert_eq!(log[1]["changes"], json!([{ "field": "status", "before": "PENDING", "after": "ACCEPTED" }]));
    let changed = ask_log(&db, LAW).await;
    assert_eq!((&changed["action"], &changed["actor"]), (&json!("legalDocument.decide"), &json!("user:binh")));
    assert_eq!(changed["changes"].as_array().map(Vec::len), Some(2), "{changed}");
}

/// The last entry of the audit log about a record.
async fn ask_log(db: &TestDb, key: &str) -> Value {
    let officer = somebody(db, "hung", &[Role::SecurityOfficer], None).await;
    let query = format!(
        r#"{{ auditEntries(last: 1, filter: {{ resources: ["{key}"] }}) {{ nodes {{ action actor changes {{ field before after }} }} }} }}"#
    );
    officer.ask(&query).await["auditEntries"]["nodes"][0].clone()
}

async fn a_new_document_is_proposed_and_accepted(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let country = registrar(&db, "binh", "VN").await;
    let what = r#"create: { code: "900-2026-nd-cp", number: "900/2026/NĐ-CP", kind: "DECREE", title: "Về dữ liệu", issuedOn: "2026-01", inForceFrom: "2026-02-01" }"#;
    let made = proposed(&here, what).await;
    assert_eq!((&made["code"], &made["document"]), (&json!("900-2026-nd-cp"), &Value::Null));
    assert_eq!(made["changes"][0], json!({ "field": "number", "before": null, "after": "900/2026/NĐ-CP" }));
    assert_eq!(law(&db, "900-2026-nd-cp").await, Value::Null);
    assert_eq!(here.refused(&accept(&made, 1)).await.0, "FORBIDDEN");
    let done = country.ask(&accept(&made, 1)).await["acceptLegalDocumentProposal"]["proposal"].clone();
    assert_eq!(done["document"]["code"], "900-2026-nd-cp");
    let after = law(&db, "900-2026-nd-cp").await;
    assert_eq!((&after["title"], &after["inForceFrom"]), (&json!("Về dữ liệu"), &json!("2026-02-01")));
    assert_eq!(after["area"], Value::Null);
    assert_eq!(here.refused(&update(&after, "verified: true")).await.0, "FORBIDDEN", "it is the country's");
    // Of two who propose the same, the second finds it recorded.
    assert_eq!(here.bad_fields(&propose(what)).await, faults(&[("create.code", "TAKEN")]));
}

async fn a_proposal_is_rejected_for_a_reason_and_decided_on_once(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let country = registrar(&db, "binh", "VN").await;
    let before = law(&db, LAW).await;
    let made = proposed(&here, &format!("change: {}", of(&before, "verified: true"))).await;
    assert_eq!(here.refused(&reject(&made, "x")).await.0, "FORBIDDEN");
    assert_eq!(country.bad_fields(&reject(&made, " ")).await, faults(&[("reason", "REQUIRED")]));
    let done = country.ask(&reject(&made, "chưa đăng")).await["rejectLegalDocumentProposal"]["proposal"].clone();
    assert_eq!((&done["status"], &done["decisionReason"]), (&json!("REJECTED"), &json!("chưa đăng")));
    assert_eq!(law(&db, LAW).await, before);
    assert_eq!(country.refused(&accept(&done, 2)).await.0, "CONFLICT");
    assert_eq!(country.refused(&reject(&made, "nữa")).await.0, "PRECONDITION_FAILED");
    // An area decides on what it keeps.
    here.ask(&create("1-2026-qd-ubnd", "1/2026/QĐ-UBND", "DECISION", "")).await;
    let there = registrar(&db, "mai", "22").await;
    let ours = law(&db, "1-2026-qd-ubnd").await;
    let made = proposed(&there, &format!("change: {}", of(&ours, "verified: true"))).await;
    assert_eq!(there.refused(&accept(&made, 1)).await.0, "FORBIDDEN");
    here.ask(&accept(&made, 1)).await;
    assert_eq!(law(&db, "1-2026-qd-ubnd").await["verified"], true);
}

async fn a_proposal_for_a_document_that_has_changed_since_is_not_accepted(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let country = registrar(&db, "binh", "VN").await;
    let before = law(&db, LAW).await;
    let made = proposed(&here, &format!("change: {}", of(&before, "verified: true"))).await;
    country.ask(&update(&before, r#"title: "Khác""#)).await;
    assert_eq!(country.refused(&accept(&made, 1)).await.0, "PRECONDITION_FAILED");
    assert_eq!(
        here.refused(&propose(&format!("change: {}", of(&before, "verified: true")))).await.0,
        "PRECONDITION_FAILED"
    );
    let open = country.ask("{ legalDocumentProposals(filter: { statuses: [PENDING] }) { totalCount } }").await;
    assert_eq!(open["legalDocumentProposals"]["totalCount"], 1, "it still waits, to be rejected");
    country.ask(&reject(&made, "văn bản đã đổi")).await;
}

async fn every_fault_of_a_proposal_is_told(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let before = law(&db, LAW).await;
    for (what, expected) in [
        ("create: null", vec![("create", "EXACTLY_ONE")]),
        (
            r#"create: { code: "A b", number: " ", kind: "" }"#,
            vec![("create.code", "INVALID"), ("create.number", "REQUIRED"), ("create.kind", "REQUIRED")],
        ),
        (
            &format!("change: {}", of(&before, r#"supersededBy: ["nothing"]"#)),
            vec![("change.supersededBy[0]", "UNKNOWN_LEGAL_DOCUMENT")],
        ),
        (
            &format!("change: {}", of(&before, r#"inForceTo: "2000-01-01""#)),
            vec![("change.inForceTo", "ENDS_BEFORE_IT_BEGINS")],
        ),
        (&format!("change: {}", of(&before, "verified: false")), vec![("change", "NO_CHANGE")]),
    ] {
        assert_eq!(here.bad_fields(&propose(what)).await, faults(&expected), "{what}");
    }
    let both =
        format!(r#"create: {{ code: "x", number: "1", kind: "DECISION" }}, change: {}"#, of(&before, "verified: true"));
    assert_eq!(here.bad_fields(&propose(&both)).await, faults(&[("create", "EXACTLY_ONE")]));
    let silent = propose(&format!("change: {}", of(&before, "verified: true"))).replace("theo Công báo", " ");
    assert_eq!(here.bad_fields(&silent).await, faults(&[("reason", "REQUIRED")]));
    let nobody = json!({ "id": "UGxhbjox" });
    assert_eq!(registrar(&db, "binh", "VN").await.refused(&accept(&nobody, 1)).await.0, "NOT_FOUND");
}

async fn proposals_are_seen_by_those_who_propose_and_those_who_decide(db: TestDb) {
    let here = registrar(&db, "lan", "25").await;
    let there = registrar(&db, "mai", "22").await;
    let country = registrar(&db, "binh", "VN").await;
    let chief = somebody(&db, "chief-25", &[Role::Admin], Some("25")).await;
    here.ask(&create("1-2026-qd-ubnd", "1/2026/QĐ-UBND", "DECISION", "")).await;
    let [national, ours] = [law(&db, LAW).await, law(&db, "1-2026-qd-ubnd").await];
    let change = |law: &Value| format!("change: {}", of(law, "verified: true"));
    let of_here = proposed(&here, &change(&national)).await;
    let of_there = proposed(&there, &change(&national)).await;
    let for_here = proposed(&there, &change(&ours)).await;
    let all = [&of_here, &of_there, &for_here].map(|proposal| proposal["id"].clone());
    for (who, asker, sees) in [
        ("here", &here, vec![&all[0], &all[2]]),
        ("chief", &chief, vec![&all[0], &all[2]]),
        ("there", &there, vec![&all[1], &all[2]]),
        ("country", &country, vec![&all[0], &all[1], &all[2]]),
    ] {
        let found = asker.ask("{ legalDocumentProposals { nodes { id changes { field } } } }").await;
        let nodes = found["legalDocumentProposals"]["nodes"].as_array().expect("nodes").clone();
        assert_eq!(nodes.iter().map(|node| &node["id"]).collect::<Vec<_>>(), sees, "{who}");
        let nodes = asker.ask(&format!("{{ nodes(ids: {}) {{ id }} }}", json!(all))).await;
        let nodes = nodes["nodes"].as_array().expect("nodes").iter().filter(|node| !node.is_null()).count();
        assert_eq!(nodes, sees.len(), "{who}");
    }
    let viewer = somebody(&db, "hoa", &[Role::Viewer], Some("25")).await;
    assert_eq!(viewer.refused("{ legalDocumentProposals { totalCount } }").await.0, "FORBIDDEN");
    let node = format!("{{ node(id: {}) {{ id }} }}", all[0]);
    assert_eq!(viewer.ask(&node).await["node"], Value::Null);
    assert_eq!(ask(&db, &node).await["node"], Value::Null);
    // What somebody else proposed, and does not concern one, is not there.
    assert_eq!(there.refused(&accept(&of_here, 1)).await.0, "NOT_FOUND");
}
