//! Relations that carry authority are recorded by somebody whose roles hold at both of their ends, and carry it one way.

mod clients;
mod elsewhere;

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    ask,
    granting::{System, activate, admin, create as agree, grant},
    life::{to, went},
    linking::{self, two_systems},
    people::{Asker, somebody},
    traces::faults,
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_succession_needs_somebody_at_both_ends,
    departments_of_a_province_and_of_what_it_came_from_succeed_each_other,
    nobody_succeeds_in_a_circle,
    the_authority_of_an_agency_is_its_successors_and_never_flows_back,
    calls_are_reported_by_the_successor_of_an_owner_and_not_by_its_predecessor,
    a_system_belongs_to_what_lies_in_its_registrars_area,
    an_agency_belongs_to_one_in_its_registrars_area,
    a_link_is_approved_by_whoever_provides_the_data,
}

const AGENCY: &str = "{ agency { id version successors { code } parent { code } } }";

/// The one error that a mutation answers: its code, and its fields with theirs.
pub async fn denied(asker: &Asker, query: &str) -> (String, Vec<(String, String)>) {
    let answer = asker.send(query).await.json();
    let error = &answer["errors"][0]["extensions"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = error["fields"].as_array().cloned().unwrap_or_default();
    (text(&error["code"]), fields.iter().map(|field| (text(&field["path"]), text(&field["code"]))).collect())
}

/// What a mutation answers that names records outside the caller's area.
fn outside(paths: &[&str]) -> (String, Vec<(String, String)>) {
    let fields = paths.iter().map(|path| (format!("input.{path}"), "OUTSIDE_AREA".to_owned())).collect();
    ("FORBIDDEN".to_owned(), fields)
}

fn create_agency(code: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createAgency(input: {{ code: "{code}", nameVi: "Trung tâm", kind: PUBLIC_SERVICE_UNIT {rest} }}) {AGENCY} }}"#
    )
}

/// To change an agency as it is now.
async fn change(db: &TestDb, code: &str, what: &str) -> String {
    let agency = ask(db, &format!(r#"{{ agency(code: "{code}") {{ id version }} }}"#)).await["agency"].clone();
    let (id, version) = (&agency["id"], &agency["version"]);
    format!("mutation {{ updateAgency(input: {{ id: {id}, version: {version}, {what} }}) {AGENCY} }}")
}

async fn successors(db: &TestDb, code: &str) -> Value {
    ask(db, &format!(r#"{{ agency(code: "{code}") {{ successors {{ code }} }} }}"#)).await["agency"]["successors"]
        .clone()
}

async fn a_succession_needs_somebody_at_both_ends(db: TestDb) {
    let here = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let there = somebody(&db, "mai", &[Role::Registrar], Some("22")).await;
    let country = somebody(&db, "binh", &[Role::Registrar], Some("VN")).await;
    here.ask(&create_agency("pt-moi", r#", area: "25""#)).await;
    let both = r#"successors: ["pt-skhcn", "qn-skhcn"]"#;
    // Who holds the predecessor alone cannot make another province's agency its heir, and who holds the successor alone cannot
    // take over what is another province's.
    assert_eq!(denied(&here, &change(&db, "pt-moi", both).await).await, outside(&["successors[1]"]));
    assert_eq!(denied(&there, &change(&db, "pt-moi", both).await).await, ("FORBIDDEN".to_owned(), vec![]));
    assert_eq!(successors(&db, "pt-moi").await, json!([]));
    country.ask(&change(&db, "pt-moi", both).await).await;
    assert_eq!(successors(&db, "pt-moi").await, json!([{ "code": "qn-skhcn" }, { "code": "pt-skhcn" }]));
    // Nor does one side alone undo it. What stays is not asked for again.
    assert_eq!(denied(&here, &change(&db, "pt-moi", "successors: []").await).await, outside(&["successors"]));
    here.ask(&change(&db, "pt-moi", r#"nameVi: "Khác", successors: ["qn-skhcn"]"#).await).await;
    assert_eq!(successors(&db, "pt-moi").await, json!([{ "code": "qn-skhcn" }]));
    // An administrator of one side is no more than its registrar.
    let chief = somebody(&db, "chief-25", &[Role::Admin], Some("25")).await;
    assert_eq!(denied(&chief, &change(&db, "pt-moi", "successors: []").await).await, outside(&["successors"]));
    let log = admin(&db).await;
    let log = log.ask(
        r#"{ auditEntries(filter: { actions: ["agency.record"], outcomes: [DENIED] }) { nodes { actor reason } } }"#,
    );
    let denied = log.await["auditEntries"]["nodes"].clone();
    assert_eq!(denied.as_array().map(Vec::len), Some(4), "{denied}");
}

async fn departments_of_a_province_and_of_what_it_came_from_succeed_each_other(db: TestDb) {
    let here = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    db.execute("DELETE FROM agency_succession").await;
    // Phú Thọ came from Vĩnh Phúc, among others.
    here.ask(&change(&db, "vp-stttt", r#"successors: ["pt-skhcn"]"#).await).await;
    assert_eq!(successors(&db, "vp-stttt").await, json!([{ "code": "pt-skhcn" }]));
}

async fn nobody_succeeds_in_a_circle(db: TestDb) {
    let here = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    for code in ["pt-a", "pt-b", "pt-c"] {
        here.ask(&create_agency(code, r#", area: "25""#)).await;
    }
    here.ask(&change(&db, "pt-a", r#"successors: ["pt-b"]"#).await).await;
    here.ask(&change(&db, "pt-b", r#"successors: ["pt-c"]"#).await).await;
    for (code, successor, fault) in
        [("pt-a", "pt-a", "ITSELF"), ("pt-b", "pt-a", "CIRCULAR"), ("pt-c", "pt-a", "CIRCULAR")]
    {
        let query = change(&db, code, &format!(r#"successors: ["{successor}"]"#)).await;
        assert_eq!(here.bad_fields(&query).await, faults(&[("successors[0]", fault)]), "{code}");
    }
}

/// One agency of Phú Thọ and one of Quảng Ninh, of which the first gave way to the second.
async fn succeeded(db: &TestDb) {
    let country = somebody(db, "binh", &[Role::Registrar], Some("VN")).await;
    country.ask(&create_agency("pt-cu", r#", area: "25""#)).await;
    country.ask(&create_agency("qn-moi", r#", area: "22""#)).await;
    country.ask(&change(db, "pt-cu", r#"successors: ["qn-moi"]"#).await).await;
}

async fn the_authority_of_an_agency_is_its_successors_and_never_flows_back(db: TestDb) {
    succeeded(&db).await;
    let (registrar, admin) = (somebody(&db, "lan", &[Role::Registrar], Some("25")).await, admin(&db).await);
    let scopes = &["observation:read"];
    let old = System::of(&admin, Some("pt-cu"), scopes).await;
    let new = System::of(&admin, Some("qn-moi"), scopes).await;
    for (number, consumer, client, expected) in [
        ("1", "pt-cu", &old, None),
        ("2", "pt-cu", &new, None),
        ("3", "qn-moi", &new, None),
        ("4", "qn-moi", &old, Some("NOT_OF_CONSUMER")),
    ] {
        let query = agree(number, r#"validFrom: "2026-01-01""#).replace("hy-ubnd", consumer);
        let made = registrar.ask(&query).await["createAgreement"]["agreement"].clone();
        registrar.ask(&activate(&made, 1)).await;
        let (from, to) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        let query = grant(&made, &client.id, &["dti_rank"], &["25"], from, to);
        match expected {
            None => drop(registrar.ask(&query).await),
            Some(code) => assert_eq!(registrar.bad_fields(&query).await, faults(&[("client", code)]), "{number}"),
        }
    }
}

async fn calls_are_reported_by_the_successor_of_an_owner_and_not_by_its_predecessor(db: TestDb) {
    succeeded(&db).await;
    let admin = admin(&db).await;
    let old = System::of(&admin, Some("pt-cu"), &["exchange:report"]).await.asks(&db).await;
    let new = System::of(&admin, Some("qn-moi"), &["exchange:report"]).await.asks(&db).await;
    let report = |message: &str| {
        format!(
            r#"mutation {{ recordExchanges(input: {{ records: [{{ link: "qn-lgsp--vn-ndxp", side: PROVIDER, messageId: "{message}", at: "2026-01-15T10:00:00Z", outcome: DENIED, durationMs: 5 }}] }}) {{ accepted errors {{ field code }} }} }}"#
        )
    };
    let no = json!({ "accepted": 0, "errors": [{ "field": "link", "code": "FORBIDDEN" }] });
    let yes = json!({ "accepted": 1, "errors": [] });
    for (owner, by_old, by_new) in [("qn-moi", &no, &yes), ("pt-cu", &yes, &yes)] {
        db.execute(&format!(
            "UPDATE information_system SET owner_id = (SELECT id FROM agency WHERE code = '{owner}') WHERE code = 'qn-lgsp'"
        ))
        .await;
        for (who, asker, expected) in [("old", &old, by_old), ("new", &new, by_new)] {
            let answer = asker.ask(&report(&format!("{owner} {who}"))).await;
            assert_eq!(&answer["recordExchanges"], expected, "{owner} {who}");
        }
    }
}

async fn a_system_belongs_to_what_lies_in_its_registrars_area(db: TestDb) {
    let here = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let country = somebody(&db, "binh", &[Role::Registrar], Some("VN")).await;
    const SYSTEM: &str = "{ informationSystem { id version owner { code } operator { code } parent { code } } }";
    let create = |code: &str, rest: &str| {
        format!(
            r#"mutation {{ createInformationSystem(input: {{ code: "{code}", nameVi: "Kho", kind: DATABASE, status: OPERATING, scope: PROVINCE, area: "25", source: {{ title: "Công báo" }} {rest} }}) {SYSTEM} }}"#
        )
    };
    let theirs = r#", owner: "qn-skhcn", operator: "qn-ubnd", parent: "qn-lgsp""#;
    assert_eq!(denied(&here, &create("pt-x", theirs)).await, outside(&["owner", "operator", "parent"]));
    let ours = r#", owner: "pt-skhcn", operator: "pt-ubnd", parent: "pt-lgsp""#;
    let made = here.ask(&create("pt-x", ours)).await["createInformationSystem"]["informationSystem"].clone();
    let change = |system: &Value, what: &str| {
        let (id, version) = (&system["id"], &system["version"]);
        format!("mutation {{ updateInformationSystem(input: {{ id: {id}, version: {version}, {what} }}) {SYSTEM} }}")
    };
    for (what, path) in
        [(r#"owner: "qn-skhcn""#, "owner"), (r#"operator: "qn-ubnd""#, "operator"), (r#"parent: "vn-ndxp""#, "parent")]
    {
        assert_eq!(denied(&here, &change(&made, what)).await, outside(&[path]), "{what}");
    }
    // What was recorded for both stays when something else changes.
    let made = country.ask(&change(&made, &theirs[2..])).await["updateInformationSystem"]["informationSystem"].clone();
    assert_eq!(made["owner"]["code"], "qn-skhcn");
    let same = format!(r#"acronym: "K", {}"#, &theirs[2..]);
    let made = here.ask(&change(&made, &same)).await["updateInformationSystem"]["informationSystem"].clone();
    assert_eq!([&made["owner"]["code"], &made["parent"]["code"]], ["qn-skhcn", "qn-lgsp"]);
    here.ask(&change(&made, "owner: null, operator: null, parent: null")).await;
}

async fn an_agency_belongs_to_one_in_its_registrars_area(db: TestDb) {
    let here = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let country = somebody(&db, "binh", &[Role::Registrar], Some("VN")).await;
    let theirs = create_agency("pt-x", r#", area: "25", parent: "qn-ubnd""#);
    assert_eq!(denied(&here, &theirs).await, outside(&["parent"]));
    let made = country.ask(&theirs).await["createAgency"]["agency"].clone();
    assert_eq!(made["parent"]["code"], "qn-ubnd");
}

async fn a_link_is_approved_by_whoever_provides_the_data(db: TestDb) {
    let here = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let there = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    two_systems(&db).await;
    let country = super::people::sign_in(&here, "binh").await;
    // Nobody links a system of others to their own by themselves.
    for (direction, ends, asker, other) in [
        ("ONE_WAY", ["hy-b", "pt-a"], &here, &there),
        ("ONE_WAY", ["pt-a", "hy-b"], &there, &here),
        ("TWO_WAY", ["pt-a", "hy-b"], &here, &country),
        ("TWO_WAY", ["hy-b", "pt-a"], &there, &country),
    ] {
        let code = format!("{}-{}", direction.to_lowercase(), ends.join("--"));
        let query = linking::create(&code, ends, "").replace("ONE_WAY", direction);
        let mut link = asker.ask(&query).await["createDataLink"]["dataLink"].clone();
        for state in ["REQUESTED", "UNDER_REVIEW"] {
            link = went(asker, &link, state, "").await;
        }
        assert_eq!(denied(asker, &to(&link, "APPROVED", "")).await, outside(&["to"]), "{code}");
        link = went(other, &link, "APPROVED", "").await;
        // What was approved may be tried again after a test that failed.
        link = went(asker, &link, "TESTING", "").await;
        went(asker, &link, "APPROVED", "").await;
    }
}
