//! Data links are kept, by registrars of either of their ends.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    agreements::agree,
    people::{Asker, somebody},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_link_is_created_as_a_draft_by_whoever_keeps_one_of_its_ends,
    every_fault_of_a_link_is_told_at_once,
    a_link_is_changed_as_far_as_it_is_the_one_that_was_seen,
    an_agreement_binds_the_owners_of_the_two_ends,
    what_a_link_that_operates_rests_on_is_not_taken_away,
    a_link_whose_life_is_over_does_not_change,
    of_two_changes_at_once_one_wins,
}

pub const FIELDS: &str = "{ dataLink { id code source { code } target { code } via { code } intermediary method direction environment status carries purpose endpoint legalBasis { code } agreement { number } requestedOn decisionDueOn decidedOn decisionReason activeFrom expiresOn noExpiryReason daysLeft evidence { title } version history { nodes { from to by reason legalBasis { code } legalBases { code } intermediary } } } }";

/// A registrar of Phú Thọ.
pub async fn registrar(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Registrar], Some("25")).await
}

/// Two systems with owners, in Phú Thọ and in Hưng Yên.
pub async fn two_systems(db: &TestDb) {
    let country = somebody(db, "binh", &[Role::Registrar], Some("VN")).await;
    for (code, area, owner) in [("pt-a", "25", "pt-ubnd"), ("hy-b", "33", "hy-ubnd")] {
        let query = format!(
            r#"mutation {{ createInformationSystem(input: {{ code: "{code}", nameVi: "Hệ thống", kind: DATABASE, status: OPERATING, scope: PROVINCE, area: "{area}", owner: "{owner}", source: {{ title: "Công báo" }} }}) {{ informationSystem {{ id }} }} }}"#
        );
        country.ask(&query).await;
    }
}

pub fn create(code: &str, ends: [&str; 2], rest: &str) -> String {
    let [source, target] = ends;
    format!(
        r#"mutation {{ createDataLink(input: {{ code: "{code}", source: "{source}", target: "{target}", intermediary: NDXP, direction: ONE_WAY, environment: PRODUCTION {rest} }}) {FIELDS} }}"#
    )
}

/// A link from Phú Thọ to Hưng Yên, just created.
pub async fn created(registrar: &Asker, rest: &str) -> Value {
    let query = create("pt-a--hy-b", ["pt-a", "hy-b"], rest);
    registrar.ask(&query).await["createDataLink"]["dataLink"].clone()
}

pub fn update(link: &Value, what: &str) -> String {
    let (id, version) = (&link["id"], &link["version"]);
    format!("mutation {{ updateDataLink(input: {{ id: {id}, version: {version}, {what} }}) {FIELDS} }}")
}

pub async fn updated(registrar: &Asker, link: &Value, what: &str) -> Value {
    registrar.ask(&update(link, what)).await["updateDataLink"]["dataLink"].clone()
}

/// Puts a link into a state, as if it had come there.
pub async fn stand(db: &TestDb, link: &Value, status: &str) {
    db.execute(&format!("UPDATE data_link SET status = '{status}' WHERE code = {}", quoted(&link["code"]))).await;
}

/// Puts a link on a law, whether or not that is in force.
pub async fn rest_on(db: &TestDb, link: &Value, law: &str) {
    db.execute(&format!(
        "INSERT INTO data_link_basis (link_id, document_id) SELECT l.id, d.id FROM data_link l, legal_document d WHERE l.code = {} AND d.code = '{law}'",
        quoted(&link["code"])
    ))
    .await;
}

fn quoted(text: &Value) -> String {
    format!("'{}'", text.as_str().expect("a text"))
}

/// The fields and codes that a conflict tells.
pub async fn lacking(asker: &Asker, query: &str) -> Vec<(String, String)> {
    let answer = asker.send(query).await.json();
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["code"], "CONFLICT", "{query}: {answer}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = error["fields"].as_array().unwrap_or_else(|| panic!("nothing is lacking: {answer}"));
    fields.iter().map(|f| (text(&f["path"]).replace("input.", ""), text(&f["code"]))).collect()
}

async fn a_link_is_created_as_a_draft_by_whoever_keeps_one_of_its_ends(db: TestDb) {
    let registrar = registrar(&db).await;
    two_systems(&db).await;
    let rest = r#", method: QUERY, via: "pt-tslcd", carries: "hồ sơ ", purpose: "tra cứu", legalBasis: ["278-2025-nd-cp", "118-2025-nd-cp", "278-2025-nd-cp"], expiresOn: "2026-01-15", endpoint: "https://lgsp.example/x", evidence: { title: "Công báo" }"#;
    let made = created(&registrar, rest).await;
    let mut codes: Vec<&Value> = made["legalBasis"].as_array().expect("a list").iter().map(|l| &l["code"]).collect();
    codes.sort_unstable_by_key(|code| code.to_string());
    assert_eq!(codes, ["118-2025-nd-cp", "278-2025-nd-cp"]);
    assert_eq!(
        made,
        json!({
            "id": made["id"], "code": "pt-a--hy-b", "source": { "code": "pt-a" }, "target": { "code": "hy-b" },
            "via": { "code": "pt-tslcd" }, "intermediary": "NDXP", "method": "QUERY", "direction": "ONE_WAY",
            "environment": "PRODUCTION", "status": "DRAFT", "carries": "hồ sơ", "purpose": "tra cứu",
            "endpoint": "https://lgsp.example/x", "legalBasis": made["legalBasis"], "agreement": null,
            "requestedOn": null, "decisionDueOn": null, "decidedOn": null, "decisionReason": null, "activeFrom": null,
            "expiresOn": "2026-01-15", "noExpiryReason": null, "daysLeft": 0, "evidence": { "title": "Công báo" },
            "version": 1,
            "history": { "nodes": [{ "from": null, "to": "DRAFT", "by": "user:lan", "reason": null, "legalBasis": null, "legalBases": [], "intermediary": "NDXP" }] },
        })
    );
    assert_eq!(told(&db, "DATA_LINK", "pt-a--hy-b").await, 1);
    assert_eq!(audited(&db, "pt-a--hy-b").await[0]["action"], "dataLink.create");
    let found = super::ask(&db, r#"{ dataLinks(filter: { text: "ho so" }) { nodes { code } } }"#).await;
    assert_eq!(found["dataLinks"]["nodes"], json!([{ "code": "pt-a--hy-b" }]));
    // Either end is enough, a predecessor's too; without one it is somebody else's.
    for (code, ends, expected) in [
        ("a", ["hy-b", "pt-a"], None),
        ("b", ["vn-ndxp", "vp-lgsp"], None),
        ("c", ["hy-b", "qn-lgsp"], Some("FORBIDDEN")),
        ("d", ["hy-b", "vn-ndxp"], Some("FORBIDDEN")),
        ("e", ["vn-docaxis", "vn-ndxp"], Some("FORBIDDEN")),
    ] {
        let answer = registrar.send(&create(code, ends, "")).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), expected, "{code}: {answer}");
    }
    let country = super::people::sign_in(&registrar, "binh").await;
    country.ask(&create("e", ["vn-docaxis", "vn-ndxp"], "")).await;
    let editor = somebody(&db, "nga", &[Role::Editor], Some("25")).await;
    assert_eq!(editor.refused(&create("f", ["pt-a", "hy-b"], "")).await.0, "FORBIDDEN");
    assert_eq!(editor.refused(&update(&made, "carries: null")).await.0, "FORBIDDEN");
}

async fn every_fault_of_a_link_is_told_at_once(db: TestDb) {
    let registrar = registrar(&db).await;
    let rest = r#", via: "nothing", carries: "a\u0001b", legalBasis: ["278-2025-nd-cp", "x"], expiresOn: "2026-01-14", endpoint: "https://lan:secret@lgsp.example", evidence: { title: "" }"#;
    assert_eq!(
        registrar.bad_fields(&create("pt-lgsp--vn-ndxp", ["nowhere", "nowhere"], rest)).await,
        faults(&[
            ("carries", "CONTROL_CHARACTER"),
            ("endpoint", "CREDENTIALS"),
            ("expiresOn", "PAST"),
            ("evidence.title", "REQUIRED"),
            ("code", "TAKEN"),
            ("source", "UNKNOWN_INFORMATION_SYSTEM"),
            ("target", "UNKNOWN_INFORMATION_SYSTEM"),
            ("via", "UNKNOWN_INFORMATION_SYSTEM"),
            ("legalBasis[1]", "UNKNOWN_LEGAL_DOCUMENT"),
        ])
    );
    assert_eq!(
        registrar.bad_fields(&create("PT LGSP", ["pt-lgsp", "vn-ndxp"], r#", via: "pt-lgsp""#)).await,
        faults(&[("code", "INVALID"), ("via", "SAME_SYSTEM")])
    );
    assert_eq!(
        registrar.bad_fields(&create("same", [" pt-lgsp", "pt-lgsp "], r#", via: "vn-ndxp""#)).await,
        faults(&[("target", "SAME_SYSTEM")])
    );
    assert_eq!(
        registrar.bad_fields(&create("far", ["pt-lgsp", "vn-ndxp"], r#", expiresOn: "2036-01-16""#)).await,
        faults(&[("expiresOn", "TOO_FAR")])
    );
    let long = format!(r#", endpoint: "https://lgsp.example/{}""#, "x".repeat(2000));
    assert_eq!(
        registrar.bad_fields(&create("long", ["pt-lgsp", "vn-ndxp"], &long)).await,
        faults(&[("endpoint", "TOO_LONG")])
    );
    two_systems(&db).await;
    let made = created(&registrar, "").await;
    let what = r#"carries: "a\u0001b", purpose: "a\u0001b", legalBasis: ["x"], expiresOn: "2026-01-14", endpoint: "file:///etc/passwd", agreement: "UGxhbjox""#;
    assert_eq!(
        registrar.bad_fields(&update(&made, what)).await,
        faults(&[
            ("carries", "CONTROL_CHARACTER"),
            ("purpose", "CONTROL_CHARACTER"),
            ("endpoint", "INVALID"),
            ("expiresOn", "PAST"),
            ("legalBasis[0]", "UNKNOWN_LEGAL_DOCUMENT"),
            ("agreement", "UNKNOWN_AGREEMENT"),
        ])
    );
}

async fn a_link_is_changed_as_far_as_it_is_the_one_that_was_seen(db: TestDb) {
    let registrar = registrar(&db).await;
    two_systems(&db).await;
    let made = created(&registrar, r#", carries: "hồ sơ", legalBasis: ["118-2025-nd-cp"]"#).await;
    let what = r#"carries: "biển số", purpose: "tra cứu", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-12-31", endpoint: "https://secret.example""#;
    let after = updated(&registrar, &made, what).await;
    let mut expected = made.clone();
    expected["carries"] = json!("biển số");
    expected["purpose"] = json!("tra cứu");
    expected["legalBasis"] = json!([{ "code": "278-2025-nd-cp" }]);
    expected["expiresOn"] = json!("2026-12-31");
    expected["daysLeft"] = json!(350);
    expected["endpoint"] = json!("https://secret.example/");
    expected["version"] = json!(2);
    assert_eq!(after, expected);
    for (text, nodes) in [("bien so", json!([{ "code": "pt-a--hy-b" }])), ("ho so", json!([]))] {
        let query = format!(r#"{{ dataLinks(filter: {{ text: "{text}" }}) {{ nodes {{ code }} }} }}"#);
        assert_eq!(super::ask(&db, &query).await["dataLinks"]["nodes"], nodes, "{text}");
    }
    assert_eq!(registrar.refused(&update(&made, "carries: null")).await.0, "PRECONDITION_FAILED");
    // What is said again changes nothing.
    assert_eq!(updated(&registrar, &after, what).await, expected);
    let cleared =
        updated(&registrar, &after, r#"carries: " ", legalBasis: null, expiresOn: null, endpoint: null"#).await;
    assert_eq!(
        [&cleared["carries"], &cleared["legalBasis"], &cleared["expiresOn"], &cleared["endpoint"], &cleared["version"]],
        [&json!(null), &json!([]), &json!(null), &json!(null), &json!(3)]
    );
    assert_eq!(told(&db, "DATA_LINK", "pt-a--hy-b").await, 3);
    let log = audited(&db, "pt-a--hy-b").await;
    assert_eq!(log[1]["action"], "dataLink.update");
    // Whoever reads the log need not know where the link is reached.
    assert_eq!(
        log[1]["changes"],
        json!([
            { "field": "carries", "before": "hồ sơ", "after": "biển số" },
            { "field": "purpose", "before": null, "after": "tra cứu" },
            { "field": "endpoint", "before": null, "after": "***" },
            { "field": "legalBasis", "before": "118-2025-nd-cp", "after": "278-2025-nd-cp" },
            { "field": "expiresOn", "before": null, "after": "2026-12-31" },
        ])
    );
    let there = somebody(&db, "hoa", &[Role::Registrar], Some("33")).await;
    assert_eq!(updated(&there, &cleared, r#"purpose: "x""#).await["version"], 4, "the other end's registrar may too");
    let elsewhere = somebody(&db, "xa-la", &[Role::Registrar], Some("22")).await;
    assert_eq!(elsewhere.refused(&update(&cleared, "carries: null")).await.0, "FORBIDDEN");
    let gone = r#"mutation { updateDataLink(input: { id: "UGxhbjox", version: 1 }) { dataLink { id } } }"#;
    assert_eq!(registrar.refused(gone).await.0, "NOT_FOUND");
}

/// One body became another.
pub async fn succeeded(db: &TestDb, old: &str, new: &str) {
    let agency = |code: &str| format!("(SELECT id FROM agency WHERE code = '{code}')");
    let values = format!("VALUES ({}, {})", agency(old), agency(new));
    db.execute(&format!("INSERT INTO agency_succession (predecessor_id, successor_id) {values}")).await;
}

/// The ids of agreements, by number.
pub async fn agreement(asker: &Asker, number: &str) -> Value {
    let all = asker.ask("{ agreements { nodes { id number } } }").await["agreements"]["nodes"].clone();
    let found = all.as_array().expect("agreements").iter().find(|agreement| agreement["number"] == number).cloned();
    found.expect("an agreement")["id"].clone()
}

async fn an_agreement_binds_the_owners_of_the_two_ends(db: TestDb) {
    let registrar = registrar(&db).await;
    two_systems(&db).await;
    agree(&db, "nobody").await;
    let mut link = created(&registrar, "").await;
    for (number, expected) in
        [("1/TT", None), ("2/TT", None), ("5/TT", None), ("3/TT", Some("OVER")), ("4/TT", Some("OVER"))]
    {
        let what = format!("agreement: {}", agreement(&registrar, number).await);
        match expected {
            None => {
                link = updated(&registrar, &link, &what).await;
                assert_eq!(link["agreement"]["number"], number);
            }
            Some(code) => {
                assert_eq!(registrar.bad_fields(&update(&link, &what)).await, faults(&[("agreement", code)]));
            }
        }
    }
    link = updated(&registrar, &link, "agreement: null").await;
    assert_eq!(link["agreement"], json!(null));
    let what = format!("agreement: {}", agreement(&registrar, "1/TT").await);
    // Another body's system; one whose owner is not known.
    for (ends, expected) in [(["pt-sectormaps", "hy-b"], true), (["pt-lgsp", "hy-b"], false)] {
        let code = ends.join("--");
        let made = registrar.ask(&create(&code, ends, "")).await["createDataLink"]["dataLink"].clone();
        let answer = registrar.send(&update(&made, &what)).await.json();
        let code = &answer["errors"][0]["extensions"]["fields"][0]["code"];
        assert_eq!(code.as_str(), expected.then_some("NOT_A_PARTY"), "{answer}");
    }
    // What a party took over is its own, through however many hands it went.
    let owner = registrar.ask(r#"{ informationSystem(code: "pt-sectormaps") { owner { code } } }"#).await;
    let owner = owner["informationSystem"]["owner"]["code"].as_str().expect("a code").to_owned();
    succeeded(&db, &owner, "hy-skhcn").await;
    succeeded(&db, "hy-skhcn", "hy-ubnd").await;
    let made = registrar.ask(r#"{ dataLink(code: "pt-sectormaps--hy-b") { id version } }"#).await["dataLink"].clone();
    assert_eq!(updated(&registrar, &made, &what).await["agreement"]["number"], "1/TT");
    // And what a party became is the party, too.
    registrar.ask(&update(&json!({ "id": made["id"], "version": 2 }), "agreement: null")).await;
    db.execute("DELETE FROM agency_succession").await;
    succeeded(&db, "hy-ubnd", &owner).await;
    let again = json!({ "id": made["id"], "version": 3 });
    assert_eq!(updated(&registrar, &again, &what).await["agreement"]["number"], "1/TT");
    // What one may not see is not there.
    db.execute("UPDATE agreement SET provider_id = consumer_id WHERE number = '1/TT'").await;
    assert_eq!(registrar.bad_fields(&update(&link, &what)).await, faults(&[("agreement", "UNKNOWN_AGREEMENT")]));
}

async fn what_a_link_that_operates_rests_on_is_not_taken_away(db: TestDb) {
    let registrar = registrar(&db).await;
    two_systems(&db).await;
    agree(&db, "nobody").await;
    let mut link = created(&registrar, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-12-31""#).await;
    rest_on(&db, &link, "61-2018-nd-cp").await;
    stand(&db, &link, "ACTIVE").await;
    let no_ground = faults(&[("legalBasis", "NO_GROUND")]);
    for what in ["legalBasis: null", "legalBasis: []", r#"legalBasis: ["61-2018-nd-cp"]"#] {
        assert_eq!(lacking(&registrar, &update(&link, what)).await, no_ground, "{what}");
    }
    assert_eq!(lacking(&registrar, &update(&link, "expiresOn: null")).await, faults(&[("expiresOn", "REQUIRED")]));
    let both = registrar.bad_fields(&update(&link, r#"legalBasis: null, expiresOn: null, endpoint: "x""#)).await;
    assert_eq!(both, faults(&[("endpoint", "INVALID"), ("legalBasis", "NO_GROUND"), ("expiresOn", "REQUIRED")]));
    // An agreement carries it as well, once it binds.
    for (number, carries) in [("2/TT", false), ("1/TT", true)] {
        let what = format!("legalBasis: null, agreement: {}", agreement(&registrar, number).await);
        match carries {
            false => assert_eq!(lacking(&registrar, &update(&link, &what)).await, no_ground),
            true => link = updated(&registrar, &link, &what).await,
        }
    }
    assert_eq!(lacking(&registrar, &update(&link, "agreement: null")).await, no_ground);
    stand(&db, &link, "MIGRATING").await;
    assert_eq!(lacking(&registrar, &update(&link, "agreement: null")).await, no_ground);
    stand(&db, &link, "SUSPENDED").await;
    link = updated(&registrar, &link, "agreement: null, expiresOn: null").await;
    // What never had one, as a source tells of it, may be written about all the same.
    stand(&db, &link, "ACTIVE").await;
    assert_eq!(updated(&registrar, &link, r#"carries: "x""#).await["carries"], "x");
}

async fn a_link_whose_life_is_over_does_not_change(db: TestDb) {
    let registrar = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&registrar, "").await;
    for status in ["REJECTED", "EXPIRED", "REVOKED", "RETIRED"] {
        stand(&db, &link, status).await;
        let answer = registrar.send(&update(&link, r#"carries: "x""#)).await.json();
        let error = &answer["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["allowed"]), (&json!("CONFLICT"), &json!([])), "{answer}");
    }
    for status in ["ACTIVE", "SUSPENDED"] {
        stand(&db, &link, status).await;
        db.execute("UPDATE data_link SET expires_on = '2026-01-14' WHERE code = 'pt-a--hy-b'").await;
        assert_eq!(
            registrar.refused(&update(&link, r#"carries: "x""#)).await.0,
            "CONFLICT",
            "{status}: it has expired"
        );
    }
}

async fn of_two_changes_at_once_one_wins(db: TestDb) {
    let registrar = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&registrar, "").await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..10 {
        let (registrar, query) = (registrar.clone(), update(&link, &format!("carries: \"nội dung {n}\"")));
        tries.spawn(async move { registrar.send(&query).await.json() });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let stale =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "PRECONDITION_FAILED").count();
    assert_eq!((won, stale), (1, 9), "{answers:?}");
}
