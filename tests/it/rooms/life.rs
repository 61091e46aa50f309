//! The life of a data link: its steps, what each of them needs and sets, and what time does to it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use lienthong::{
    kernel::{config::Config, deadline::Deadline, op::Op, policy::Caller},
    sharing::step,
    worker,
};
use serde_json::{Value, json};

use super::{
    agreements::agree,
    linking::{FIELDS, agreement, create, created, lacking, registrar, rest_on, stand, two_systems, updated},
    people::{Asker, sign_in},
    traces::{audited, faults, told},
};
use crate::harness::{SEEDED, TestDb, noon, on_both};

on_both! { SEEDED =>
    a_link_lives_from_a_draft_to_its_retirement,
    a_refusal_says_why_and_on_which_law,
    a_step_that_is_not_allowed_names_those_that_are,
    all_that_a_step_lacks_is_told,
    what_has_no_place_in_a_step_is_told,
    an_agreement_carries_a_link_only_while_it_binds,
    what_began_on_a_day_that_nobody_told_does_not_begin_when_it_goes_on,
    a_migration_ends_at_another_intermediary,
    a_link_has_expired_the_day_after_its_last_one,
    that_links_have_expired_is_noted_once,
    the_program_notes_it_by_itself,
    a_day_for_the_decision_is_configured,
    a_deadline_to_migrate_is_told_and_found,
    deadlines_are_configured,
}

/// Every state, in the order of the alphabet.
const STATES: [&str; 13] = [
    "ACTIVE",
    "APPROVED",
    "DRAFT",
    "EXPIRED",
    "MIGRATING",
    "PLANNED",
    "REJECTED",
    "REQUESTED",
    "RETIRED",
    "REVOKED",
    "SUSPENDED",
    "TESTING",
    "UNDER_REVIEW",
];

pub fn to(link: &Value, state: &str, rest: &str) -> String {
    let (id, version) = (&link["id"], &link["version"]);
    format!("mutation {{ transitionDataLink(input: {{ id: {id}, version: {version}, to: {state} {rest} }}) {FIELDS} }}")
}

pub async fn went(asker: &Asker, link: &Value, state: &str, rest: &str) -> Value {
    let link = asker.ask(&to(link, state, rest)).await["transitionDataLink"]["dataLink"].clone();
    assert_eq!(link["status"], state);
    link
}

/// The levels of information security of both ends are approved.
pub async fn approve(db: &TestDb) {
    db.execute(
        "UPDATE information_system SET security_level = 3, security_level_approved = TRUE WHERE code IN ('pt-a', 'hy-b')",
    )
    .await;
}

pub fn last(link: &Value) -> Value {
    link["history"]["nodes"].as_array().and_then(|steps| steps.last()).cloned().expect("a step")
}

async fn a_link_lives_from_a_draft_to_its_retirement(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let mut link = created(&lan, "").await;
    // A day later each, to see which day is set.
    let mut day = 15;
    let mut at = async |link: &Value, state: &str, rest: &str| {
        day += 1;
        let app = db.app_at(noon(&format!("2026-01-{day}"))).await;
        went(&sign_in(&Asker::stranger(app), "lan").await, link, state, rest).await
    };
    link = at(&link, "REQUESTED", "").await;
    assert_eq!((&link["requestedOn"], &link["decisionDueOn"]), (&json!("2026-01-16"), &json!("2026-01-31")));
    link = at(&link, "UNDER_REVIEW", "").await;
    assert_eq!(link["decidedOn"], json!(null));
    link = at(&link, "APPROVED", r#", reason: "đủ điều kiện""#).await;
    assert_eq!((&link["decidedOn"], &link["decisionReason"]), (&json!("2026-01-18"), &json!("đủ điều kiện")));
    link = at(&link, "TESTING", "").await;
    // A test that failed is no decision.
    link = at(&link, "APPROVED", r#", reason: "lỗi chứng thư""#).await;
    assert_eq!((&link["decidedOn"], &link["decisionReason"]), (&json!("2026-01-18"), &json!("đủ điều kiện")));
    link = at(&link, "TESTING", "").await;
    link = at(
        &link,
        "ACTIVE",
        r#", legalBasis: ["278-2025-nd-cp", "118-2025-nd-cp"], noExpiryReason: " phục vụ thường xuyên ""#,
    )
    .await;
    assert_eq!(
        [&link["activeFrom"], &link["expiresOn"], &link["noExpiryReason"], &link["version"]],
        [&json!("2026-01-22"), &json!(null), &json!("phục vụ thường xuyên"), &json!(8)]
    );
    assert_eq!(link["legalBasis"].as_array().map(Vec::len), Some(2), "it rests on them from now on");
    let laws = &last(&link)["legalBases"];
    assert!(laws.as_array().expect("a list").contains(&last(&link)["legalBasis"]), "{laws}");
    assert_eq!(laws.as_array().map(Vec::len), Some(2));
    link = at(&link, "SUSPENDED", r#", reason: "bảo trì""#).await;
    link = at(&link, "ACTIVE", r#", expiresOn: "2026-12-31""#).await;
    assert_eq!(
        [&link["activeFrom"], &link["expiresOn"], &link["noExpiryReason"]],
        [&json!("2026-01-22"), &json!("2026-12-31"), &json!(null)],
        "it goes on; and what has a last day needs no reason"
    );
    link = at(&link, "RETIRED", r#", reason: "thay bằng hệ thống khác", legalBasis: ["194-2025-nd-cp"]"#).await;
    assert_eq!((&link["expiresOn"], &link["daysLeft"]), (&json!("2026-12-31"), &json!(null)));
    assert_eq!(link["legalBasis"].as_array().map(Vec::len), Some(2), "it does not rest on what ended it");
    let steps: Vec<(Value, Value)> = link["history"]["nodes"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| (step["from"].clone(), step["to"].clone()))
        .collect();
    let way = [
        "DRAFT",
        "REQUESTED",
        "UNDER_REVIEW",
        "APPROVED",
        "TESTING",
        "APPROVED",
        "TESTING",
        "ACTIVE",
        "SUSPENDED",
        "ACTIVE",
        "RETIRED",
    ];
    let expected: Vec<(Value, Value)> =
        way.iter().enumerate().map(|(n, to)| (n.checked_sub(1).map(|n| way[n]).into(), json!(to))).collect();
    assert_eq!(steps, expected);
    assert_eq!(
        last(&link),
        json!({
            "from": "ACTIVE", "to": "RETIRED", "by": "user:lan", "reason": "thay bằng hệ thống khác",
            "legalBasis": { "code": "194-2025-nd-cp" }, "legalBases": [{ "code": "194-2025-nd-cp" }], "intermediary": "NDXP",
        })
    );
    assert_eq!(told(&db, "DATA_LINK", "pt-a--hy-b").await, 11);
    let log = audited(&db, "pt-a--hy-b").await;
    let ended = log.as_array().and_then(|log| log.last()).expect("an entry");
    assert_eq!((&ended["action"], &ended["actor"]), (&json!("dataLink.transition"), &json!("user:lan")));
    assert_eq!(
        ended["changes"],
        json!([
            { "field": "status", "before": "ACTIVE", "after": "RETIRED" },
            { "field": "reason", "before": null, "after": "thay bằng hệ thống khác" },
        ])
    );
}

async fn a_refusal_says_why_and_on_which_law(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    stand(&db, &link, "UNDER_REVIEW").await;
    let both = faults(&[("reason", "REQUIRED"), ("legalBasis", "REQUIRED")]);
    assert_eq!(lacking(&lan, &to(&link, "REJECTED", r#", reason: " ""#)).await, both);
    let unknown = lan.bad_fields(&to(&link, "REJECTED", r#", legalBasis: ["x"]"#)).await;
    assert_eq!(unknown, faults(&[("legalBasis[0]", "UNKNOWN_LEGAL_DOCUMENT"), ("reason", "REQUIRED")]));
    let rest = r#", reason: "bí mật nhà nước", legalBasis: ["194-2025-nd-cp"]"#;
    let refused = went(&lan, &link, "REJECTED", rest).await;
    assert_eq!(
        [&refused["decidedOn"], &refused["decisionReason"], &refused["legalBasis"]],
        [&json!("2026-01-15"), &json!("bí mật nhà nước"), &json!([])]
    );
    assert_eq!(last(&refused)["legalBasis"]["code"], "194-2025-nd-cp");
}

async fn a_step_that_is_not_allowed_names_those_that_are(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    let (mut refused, mut lacked) = (0, 0);
    for (from, follow) in [
        ("PLANNED", &["REQUESTED", "RETIRED"][..]),
        ("DRAFT", &["REQUESTED", "RETIRED"]),
        ("REQUESTED", &["UNDER_REVIEW", "RETIRED"]),
        ("UNDER_REVIEW", &["APPROVED", "REJECTED", "RETIRED"]),
        ("APPROVED", &["TESTING", "RETIRED"]),
        ("TESTING", &["ACTIVE", "APPROVED", "RETIRED"]),
        ("ACTIVE", &["SUSPENDED", "MIGRATING", "EXPIRED", "REVOKED", "RETIRED"]),
        ("SUSPENDED", &["ACTIVE", "EXPIRED", "REVOKED", "RETIRED"]),
        ("MIGRATING", &["ACTIVE", "SUSPENDED"]),
        ("REJECTED", &[]),
        ("EXPIRED", &[]),
        ("REVOKED", &[]),
        ("RETIRED", &[]),
    ] {
        stand(&db, &link, from).await;
        for state in STATES {
            if follow.contains(&state)
                && ["REQUESTED", "UNDER_REVIEW", "APPROVED", "TESTING", "MIGRATING"].contains(&state)
            {
                // It needs nothing, and would be taken.
                continue;
            }
            let answer = lan.send(&to(&link, state, "")).await.json();
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "CONFLICT", "{from} {state}: {answer}");
            assert_eq!(error["extensions"]["allowed"], json!(follow), "{from} {state}: {answer}");
            match follow.contains(&state) {
                true => lacked += usize::from(error["extensions"]["fields"].is_array()),
                false => {
                    refused += 1;
                    assert_eq!(error["extensions"]["fields"], Value::Null, "{from} {state}: {answer}");
                    let said = error["message"].as_str().expect("a message");
                    assert!(follow.iter().all(|state| said.contains(state)), "{said}");
                }
            }
        }
    }
    assert_eq!((refused, lacked), (144, 18));
    let history = super::ask(&db, r#"{ dataLink(code: "pt-a--hy-b") { version } }"#).await;
    assert_eq!(history["dataLink"]["version"], 1, "nothing was done");
    stand(&db, &link, "DRAFT").await;
    let link = went(&lan, &link, "REQUESTED", "").await;
    let stale = json!({ "id": link["id"], "version": 1 });
    assert_eq!(lan.refused(&to(&stale, "UNDER_REVIEW", "")).await.0, "PRECONDITION_FAILED");
    let gone = json!({ "id": "UGxhbjox", "version": 1 });
    assert_eq!(lan.refused(&to(&gone, "UNDER_REVIEW", "")).await.0, "NOT_FOUND");
    let there = super::people::somebody(&db, "xa-la", &[entity::kinds::Role::Registrar], Some("22")).await;
    assert_eq!(there.refused(&to(&link, "UNDER_REVIEW", "")).await.0, "FORBIDDEN");
}

async fn all_that_a_step_lacks_is_told(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    rest_on(&db, &link, "61-2018-nd-cp").await;
    stand(&db, &link, "TESTING").await;
    let all = [
        ("legalBasis", "NO_GROUND"),
        ("to", "SOURCE_NOT_APPROVED"),
        ("to", "TARGET_NOT_APPROVED"),
        ("expiresOn", "REQUIRED"),
    ];
    // What it rests on has expired; Decree 194/2025 has no first day that is known.
    for rest in ["", r#", legalBasis: ["194-2025-nd-cp"]"#] {
        assert_eq!(lacking(&lan, &to(&link, "ACTIVE", rest)).await, faults(&all), "{rest}");
    }
    db.execute("UPDATE information_system SET security_level = 3, security_level_approved = TRUE WHERE code = 'pt-a'")
        .await;
    let rest = r#", legalBasis: ["278-2025-nd-cp"], noExpiryReason: "thường xuyên""#;
    assert_eq!(lacking(&lan, &to(&link, "ACTIVE", rest)).await, faults(&[("to", "TARGET_NOT_APPROVED")]));
    approve(&db).await;
    let active = went(&lan, &link, "ACTIVE", rest).await;
    for state in ["SUSPENDED", "REVOKED", "RETIRED"] {
        assert_eq!(lacking(&lan, &to(&active, state, "")).await, faults(&[("reason", "REQUIRED")]), "{state}");
    }
    assert_eq!(lacking(&lan, &to(&active, "EXPIRED", "")).await, faults(&[("expiresOn", "NOT_PAST")]));
    let today = to(&active, "EXPIRED", r#", expiresOn: "2026-01-15""#);
    assert_eq!(lacking(&lan, &today).await, faults(&[("expiresOn", "NOT_PAST")]));
    // That it ended was learned later: but not before it began.
    let early = lan.bad_fields(&to(&active, "EXPIRED", r#", expiresOn: "2026-01-14""#)).await;
    assert_eq!(early, faults(&[("expiresOn", "ENDS_BEFORE_IT_BEGINS")]));
    db.execute("UPDATE data_link SET active_from = '2026-01-10' WHERE code = 'pt-a--hy-b'").await;
    let early = lan.bad_fields(&to(&active, "EXPIRED", r#", expiresOn: "2026-01-09""#)).await;
    assert_eq!(early, faults(&[("expiresOn", "ENDS_BEFORE_IT_BEGINS")]));
    let ended = went(&lan, &active, "EXPIRED", r#", expiresOn: "2026-01-10""#).await;
    assert_eq!((&ended["expiresOn"], &ended["noExpiryReason"]), (&json!("2026-01-10"), &json!(null)));
}

async fn what_has_no_place_in_a_step_is_told(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, r#", expiresOn: "2026-06-30""#).await;
    let rest = r#", intermediary: NDOP, expiresOn: "2026-01-14", noExpiryReason: "a\u0001b", reason: "a\u0001b", legalBasis: ["x"]"#;
    assert_eq!(
        lan.bad_fields(&to(&link, "REQUESTED", rest)).await,
        faults(&[
            ("reason", "CONTROL_CHARACTER"),
            ("noExpiryReason", "CONTROL_CHARACTER"),
            ("intermediary", "NOT_APPLICABLE"),
            ("noExpiryReason", "CONTRADICTION"),
            ("expiresOn", "PAST"),
            ("legalBasis[0]", "UNKNOWN_LEGAL_DOCUMENT"),
        ])
    );
    let rest = r#", reason: "x", expiresOn: "2027-01-01", noExpiryReason: "x""#;
    assert_eq!(
        lan.bad_fields(&to(&link, "RETIRED", rest)).await,
        faults(&[("expiresOn", "NOT_APPLICABLE"), ("noExpiryReason", "NOT_APPLICABLE")])
    );
    let asked = went(&lan, &link, "REQUESTED", r#", expiresOn: "2026-07-31""#).await;
    assert_eq!(asked["expiresOn"], "2026-07-31");
}

async fn an_agreement_carries_a_link_only_while_it_binds(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    agree(&db, "nobody").await;
    let mut link = created(&lan, r#", expiresOn: "2026-06-30""#).await;
    stand(&db, &link, "TESTING").await;
    link = updated(&lan, &link, &format!("agreement: {}", agreement(&lan, "2/TT").await)).await;
    assert_eq!(lacking(&lan, &to(&link, "ACTIVE", "")).await, faults(&[("legalBasis", "NO_GROUND")]), "not yet");
    link = updated(&lan, &link, &format!("agreement: {}", agreement(&lan, "1/TT").await)).await;
    link = went(&lan, &link, "ACTIVE", "").await;
    link = went(&lan, &link, "SUSPENDED", r#", reason: "x""#).await;
    db.execute("UPDATE agreement SET revoked_at = '2026-01-15 00:00:00+00:00' WHERE number = '1/TT'").await;
    assert_eq!(lacking(&lan, &to(&link, "ACTIVE", "")).await, faults(&[("legalBasis", "NO_GROUND")]), "not any more");
}

async fn what_began_on_a_day_that_nobody_told_does_not_begin_when_it_goes_on(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let link = created(&lan, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-12-31""#).await;
    for state in ["SUSPENDED", "MIGRATING"] {
        stand(&db, &link, state).await;
        let now = lan.ask(r#"{ dataLink(code: "pt-a--hy-b") { id version } }"#).await["dataLink"].clone();
        let moved = if state == "MIGRATING" { ", intermediary: NDOP" } else { "" };
        assert_eq!(went(&lan, &now, "ACTIVE", moved).await["activeFrom"], json!(null), "{state}");
    }
}

async fn a_migration_ends_at_another_intermediary(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let mut link = created(&lan, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-06-30""#).await;
    stand(&db, &link, "ACTIVE").await;
    link = went(&lan, &link, "MIGRATING", "").await;
    for (rest, code) in [("", "REQUIRED"), (", intermediary: UNKNOWN", "REQUIRED"), (", intermediary: NDXP", "SAME")] {
        assert_eq!(lacking(&lan, &to(&link, "ACTIVE", rest)).await, faults(&[("intermediary", code)]), "{rest}");
    }
    // It may fail, and be tried again.
    link = went(&lan, &link, "SUSPENDED", r#", reason: "lỗi""#).await;
    assert_eq!(link["intermediary"], "NDXP");
    link = went(&lan, &link, "ACTIVE", "").await;
    link = went(&lan, &link, "MIGRATING", "").await;
    let moved = went(&lan, &link, "ACTIVE", ", intermediary: NDOP").await;
    assert_eq!((&moved["id"], &moved["intermediary"]), (&link["id"], &json!("NDOP")));
    let through: Vec<Value> =
        moved["history"]["nodes"].as_array().expect("steps").iter().map(|s| s["intermediary"].clone()).collect();
    assert_eq!(through, ["NDXP", "NDXP", "NDXP", "NDXP", "NDXP", "NDOP"]);
    let changes = &audited(&db, "pt-a--hy-b").await[5]["changes"];
    let moved = json!({ "field": "intermediary", "before": "NDXP", "after": "NDOP" });
    assert!(changes.as_array().expect("changes").contains(&moved), "{changes}");
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// The state of a link as a stranger is told it at a time, in every way in which it can be asked for.
async fn seen(db: &TestDb, code: &str, at: &str) -> Vec<String> {
    let stranger = Asker::stranger(db.app_at(instant(at)).await);
    let query = format!(
        r#"{{ dataLink(code: "{code}") {{ status }} province(code: "25") {{ dataLinks(first: 200) {{ nodes {{ code status }} }} }} informationSystem(code: "pt-a") {{ links {{ nodes {{ code status }} }} }} dataLinks(first: 200, orderBy: {{ field: STATUS, direction: ASC }}) {{ totalCount nodes {{ code status }} }} }}"#
    );
    let answer = stranger.ask(&query).await;
    let of = |links: &Value| {
        let all = links["nodes"].as_array().expect("links");
        let link = all.iter().find(|link| link["code"] == code).expect("the link");
        link["status"].as_str().expect("a state").to_owned()
    };
    let ordered: Vec<&str> = answer["dataLinks"]["nodes"]
        .as_array()
        .expect("links")
        .iter()
        .map(|link| link["status"].as_str().expect("a state"))
        .collect();
    assert!(ordered.is_sorted(), "{ordered:?}");
    // Pages put together are the list.
    let (mut paged, mut after) = (vec![], Value::Null);
    loop {
        let query = format!(
            "{{ dataLinks(first: 3, after: {after}, orderBy: {{ field: STATUS, direction: ASC }}) {{ nodes {{ status }} pageInfo {{ endCursor hasNextPage }} }} }}"
        );
        let page = stranger.ask(&query).await["dataLinks"].clone();
        let states = page["nodes"].as_array().expect("links").iter();
        paged.extend(states.map(|link| link["status"].as_str().expect("a state").to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(paged, ordered);
    let mut found = vec![];
    for state in STATES {
        let query = format!(
            "{{ dataLinks(filter: {{ statuses: [{state}] }}, first: 200) {{ totalCount nodes {{ code status }} }} }}"
        );
        let links = stranger.ask(&query).await["dataLinks"].clone();
        let nodes = links["nodes"].as_array().expect("links");
        assert!(nodes.iter().all(|link| link["status"] == state), "{links}");
        assert_eq!(links["totalCount"], nodes.len());
        assert_eq!(nodes.len(), ordered.iter().filter(|status| **status == state).count(), "{state}");
        found.extend(nodes.iter().any(|link| link["code"] == code).then(|| state.to_owned()));
    }
    let state = answer["dataLink"]["status"].as_str().expect("a state").to_owned();
    let mut seen = vec![state, of(&answer["province"]["dataLinks"]), of(&answer["informationSystem"]["links"])];
    seen.push(of(&answer["dataLinks"]));
    seen.extend(found);
    seen.dedup();
    seen
}

async fn a_link_has_expired_the_day_after_its_last_one(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let link = created(&lan, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-01-31""#).await;
    // Midnight in Việt Nam, whatever the hour elsewhere.
    let (on, after) = ("2026-01-31T16:59:59Z", "2026-01-31T17:00:00Z");
    for state in STATES {
        stand(&db, &link, state).await;
        assert_eq!(seen(&db, "pt-a--hy-b", on).await, [state]);
        let then = if ["ACTIVE", "SUSPENDED"].contains(&state) { "EXPIRED" } else { state };
        assert_eq!(seen(&db, "pt-a--hy-b", after).await, [then]);
    }
    let days = async |state: &str, at: &str, within: i32| {
        stand(&db, &link, state).await;
        let lan = sign_in(&Asker::stranger(db.app_at(instant(at)).await), "lan").await;
        let query = format!(
            r#"{{ dataLink(code: "pt-a--hy-b") {{ daysLeft }} dataLinks(filter: {{ expiringWithinDays: {within} }}) {{ totalCount }} }}"#
        );
        let answer = lan.ask(&query).await;
        (answer["dataLink"]["daysLeft"].clone(), answer["dataLinks"]["totalCount"].clone())
    };
    assert_eq!(days("ACTIVE", on, 0).await, (json!(0), json!(1)));
    assert_eq!(days("ACTIVE", after, 30).await, (json!(null), json!(0)));
    assert_eq!(days("RETIRED", on, 0).await, (json!(null), json!(0)));
    assert_eq!(days("MIGRATING", after, 30).await, (json!(-1), json!(0)));
    assert_eq!(days("TESTING", "2026-01-21T12:00:00Z", 10).await, (json!(10), json!(1)));
    // It goes nowhere from there, though nobody has noted it yet; a migration does not go back to what is over.
    stand(&db, &link, "ACTIVE").await;
    let lan = sign_in(&Asker::stranger(db.app_at(instant(after)).await), "lan").await;
    for state in ["EXPIRED", "SUSPENDED", "RETIRED"] {
        let answer = lan.send(&to(&link, state, r#", reason: "x""#)).await.json();
        let error = &answer["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["allowed"]), (&json!("CONFLICT"), &json!([])), "{answer}");
    }
    stand(&db, &link, "MIGRATING").await;
    let query = to(&link, "ACTIVE", ", intermediary: NDOP");
    assert_eq!(lacking(&lan, &query).await, faults(&[("expiresOn", "PAST")]));
    // What is told with the step is a fault of its own, and told once.
    for (day, code) in [("2026-01-31", "PAST"), ("2036-02-02", "TOO_FAR")] {
        let query = to(&link, "ACTIVE", &format!(r#", intermediary: NDOP, expiresOn: "{day}""#));
        assert_eq!(lan.bad_fields(&query).await, faults(&[("expiresOn", code)]));
    }
    went(&lan, &link, "ACTIVE", r#", intermediary: NDOP, expiresOn: "2026-02-28""#).await;
}

async fn that_links_have_expired_is_noted_once(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, r#", expiresOn: "2026-01-31""#).await;
    stand(&db, &link, "SUSPENDED").await;
    let other = lan.ask(&create("other", ["pt-a", "hy-b"], r#", expiresOn: "2026-01-31""#)).await;
    assert_eq!(other["createDataLink"]["dataLink"]["status"], "DRAFT");
    let expire = async |at: &str| {
        // Several instances at once.
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let app = db.app_at(instant(at)).await;
            all.spawn(async move { step::expire(&Op::new(&app, Caller::System, "worker")).await.expect("noted") });
        }
        all.join_all().await.into_iter().sum::<u64>()
    };
    assert_eq!(expire("2026-01-31T16:59:59Z").await, 0);
    assert_eq!(told(&db, "DATA_LINK", "pt-a--hy-b").await, 1);
    assert_eq!(expire("2026-01-31T17:00:00Z").await, 1);
    assert_eq!(expire("2026-02-28T17:00:00Z").await, 0);
    assert_eq!(told(&db, "DATA_LINK", "pt-a--hy-b").await, 2);
    assert_eq!(told(&db, "DATA_LINK", "other").await, 1);
    let query = r#"{ dataLink(code: "pt-a--hy-b") { status version history { nodes { from to by reason legalBasis { code } legalBases { code } intermediary } } } }"#;
    let after = lan.ask(query).await["dataLink"].clone();
    assert_eq!((&after["status"], &after["version"]), (&json!("EXPIRED"), &json!(2)));
    assert_eq!(
        last(&after),
        json!({ "from": "SUSPENDED", "to": "EXPIRED", "by": "system", "reason": null, "legalBasis": null, "legalBases": [], "intermediary": "NDXP" })
    );
    let log = audited(&db, "pt-a--hy-b").await;
    assert_eq!(
        log[1],
        json!({ "action": "dataLink.expire", "actor": "system", "resource": "pt-a--hy-b", "changes": [{ "field": "status", "before": "SUSPENDED", "after": "EXPIRED" }] })
    );
    assert!(step::expire(&Op::new(&db.app().await, Caller::Anonymous, "test")).await.is_err(), "nobody else does it");
}

async fn the_program_notes_it_by_itself(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, r#", expiresOn: "2026-01-31""#).await;
    stand(&db, &link, "ACTIVE").await;
    let app = db.app_at(noon("2026-02-01")).await;
    let noted = async {
        while told(&db, "DATA_LINK", "pt-a--hy-b").await < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = worker::run(&app) => panic!("it runs for as long as it is waited for"),
        noted = tokio::time::timeout(Duration::from_secs(60), noted) => noted.expect("it is noted"),
    }
    assert_eq!(audited(&db, "pt-a--hy-b").await[1]["actor"], "system");
}

async fn a_day_for_the_decision_is_configured(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let link = created(&lan, "").await;
    let app = db.app_as(&Config { decision_days: 30, ..Config::default() }).await;
    let link = went(&sign_in(&Asker::stranger(app), "lan").await, &link, "REQUESTED", "").await;
    assert_eq!(link["decisionDueOn"], "2026-02-14");
}

const MOVING: &str = r#"{ dataLinks(first: 200, filter: { migrationDueWithinDays: DAYS }) { nodes { code } } here: dataLink(code: "pt-lgsp--vn-ndxp") { migration { to dueOn daysLeft legalBasis { number } } } elsewhere: dataLink(code: "pt-lgsp--pt-internal") { migration { to } } }"#;

async fn a_deadline_to_migrate_is_told_and_found(db: TestDb) {
    let codes = |answer: &Value| -> Vec<String> {
        let nodes = answer["dataLinks"]["nodes"].as_array().expect("links");
        nodes.iter().map(|link| link["code"].as_str().expect("a code").to_owned()).collect()
    };
    let ask = async |at: &str, days: i32| {
        let stranger = Asker::stranger(db.app_at(instant(at)).await);
        stranger.ask(&MOVING.replace("DAYS", &days.to_string())).await
    };
    let through_ndxp = ["qn-lgsp--vn-ndxp", "pt-lgsp--vn-ndxp"];
    let answer = ask("2026-01-15T12:00:00Z", 350).await;
    assert_eq!(codes(&answer), through_ndxp);
    assert_eq!(
        answer["here"]["migration"],
        json!({ "to": "NDOP", "dueOn": "2026-12-31", "daysLeft": 350, "legalBasis": { "number": "278/2025/NĐ-CP" } })
    );
    assert_eq!(answer["elsewhere"]["migration"], json!(null));
    assert_eq!(codes(&ask("2026-01-15T12:00:00Z", 349).await), [""; 0]);
    // What is late is due all the more.
    let answer = ask("2027-01-02T12:00:00Z", 0).await;
    assert_eq!(
        (codes(&answer), &answer["here"]["migration"]["daysLeft"]),
        (through_ndxp.map(str::to_owned).to_vec(), &json!(-2))
    );
    // What has moved, or is over, need not move.
    db.execute("UPDATE data_link SET status = 'RETIRED' WHERE code = 'pt-lgsp--vn-ndxp'").await;
    db.execute("UPDATE data_link SET intermediary = 'NDOP' WHERE code = 'qn-lgsp--vn-ndxp'").await;
    let answer = ask("2026-01-15T12:00:00Z", 350).await;
    assert_eq!((codes(&answer), &answer["here"]["migration"]), (vec![], &json!(null)));
    let stranger = Asker::stranger(db.app().await);
    for days in [-1, 36_501] {
        let answer = stranger.send(&MOVING.replace("DAYS", &days.to_string())).await.json();
        let field = &answer["errors"][0]["extensions"]["fields"][0];
        assert_eq!((&field["path"], &field["code"]), (&json!("filter.migrationDueWithinDays"), &json!("OUT_OF_RANGE")));
    }
}

async fn deadlines_are_configured(db: TestDb) {
    let mut known = Deadline::known();
    known[0].due_on = "2026-06-30".parse().expect("a day");
    known[0].legal_basis = "unknown".to_owned();
    for (deadlines, expected) in [
        (vec![], json!(null)),
        (known, json!({ "to": "NDOP", "dueOn": "2026-06-30", "daysLeft": 166, "legalBasis": null })),
    ] {
        let app = db.app_as(&Config { deadlines, ..Config::default() }).await;
        let answer = Asker::stranger(app).ask(&MOVING.replace("DAYS", "200")).await;
        assert_eq!(answer["here"]["migration"], expected);
        assert_eq!(answer["dataLinks"]["nodes"].as_array().map(Vec::is_empty), Some(expected.is_null()));
    }
}
