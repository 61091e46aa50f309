//! In which state a link was: told by its steps in the order in which they were taken, and by its last day.

use lienthong::{
    kernel::{op::Op, policy::Caller},
    sharing::step,
};
use serde_json::{Value, json};

use super::{LINK, OTHER, ask, call, reported, system};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::{
        life::{approve, went},
        linking::{created, registrar, stand, two_systems},
        people::{Asker, sign_in},
    },
};

on_both! { SEEDED =>
    steps_follow_each_other_whatever_the_clocks_say,
    a_link_is_over_after_its_last_day_whenever_that_is_noted,
}

/// How many links were in some states at the end of a quarter.
async fn counts(db: &TestDb, quarter: &str, states: [&str; 3]) -> [i64; 3] {
    let query = format!(r#"{{ sharingBulletin(quarter: "{quarter}") {{ links {{ status count }} }} }}"#);
    let links = ask(db, &query).await["sharingBulletin"]["links"].clone();
    let all = links.as_array().expect("links").clone();
    states.map(|state| {
        let of = all.iter().find(|of| of["status"] == state).expect("every state");
        of["count"].as_i64().expect("a number")
    })
}

async fn steps_follow_each_other_whatever_the_clocks_say(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let link = created(&lan, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-06-30""#).await;
    db.execute("UPDATE link_transition SET at = '2026-01-15 08:00:00+00:00'").await;
    stand(&db, &link, "ACTIVE").await;
    let states = ["ACTIVE", "SUSPENDED", "DRAFT"];
    let [active, suspended, draft] = counts(&db, "2026-Q1", states).await;
    // An instance whose clock is ahead takes a step, and then one whose clock is behind.
    let at = async |second: u32| {
        let app = db.app_at(format!("2026-01-15T08:04:{second}Z").parse().expect("an instant")).await;
        sign_in(&Asker::stranger(app), "lan").await
    };
    let link = went(&at(48).await, &link, "SUSPENDED", r#", reason: "bảo trì""#).await;
    went(&at(43).await, &link, "ACTIVE", "").await;
    let query = r#"{ dataLink(code: "pt-a--hy-b") { history { nodes { to at } } } }"#;
    let steps = lan.ask(query).await["dataLink"]["history"]["nodes"].as_array().expect("steps").clone();
    let told: Vec<[&Value; 2]> = steps[1..].iter().map(|step| [&step["to"], &step["at"]]).collect();
    let both = json!("2026-01-15T08:04:48Z");
    assert_eq!(told, [[&json!("SUSPENDED"), &both], [&json!("ACTIVE"), &both]]);
    assert_eq!(counts(&db, "2026-Q1", states).await, [active + 1, suspended, draft - 1]);
    let system = system(&db, None).await;
    assert_eq!(reported(&system, &[call("pt-a--hy-b", "PROVIDER", "a", "2026-01-15T10:00:00Z", 1)]).await, (1, 0));
    // What was written in another order of time is read in the order in which it was taken.
    db.execute("UPDATE link_transition SET at = '2026-01-15 08:04:43+00:00' WHERE from_status = 'SUSPENDED'").await;
    assert_eq!(counts(&db, "2026-Q1", states).await, [active + 1, suspended, draft - 1]);
    assert_eq!(reported(&system, &[call("pt-a--hy-b", "PROVIDER", "b", "2026-01-15T10:00:00Z", 1)]).await, (1, 0));
}

async fn a_link_is_over_after_its_last_day_whenever_that_is_noted(db: TestDb) {
    let states = ["ACTIVE", "EXPIRED", "SUSPENDED"];
    let mut before = vec![];
    for quarter in ["2026-Q1", "2025-Q4", "2025-Q3"] {
        before.push(counts(&db, quarter, states).await);
    }
    // One of which no step is known, and one whose steps are.
    db.execute(&format!("UPDATE data_link SET expires_on = '2025-12-20' WHERE code IN ('{LINK}', '{OTHER}')")).await;
    db.execute(&format!("INSERT INTO link_transition (link_id, from_status, to_status, at, by) SELECT id, 'TESTING', 'ACTIVE', '2025-09-01T00:00:00+00:00', 'lan' FROM data_link WHERE code = '{OTHER}'")).await;
    for noted in [false, true] {
        if noted {
            let op = Op::new(&db.app().await, Caller::System, "worker");
            assert_eq!(step::expire(&op).await.expect("noted"), 2);
        }
        for (n, (quarter, over)) in [("2026-Q1", 2), ("2025-Q4", 2), ("2025-Q3", 0)].into_iter().enumerate() {
            let [active, expired, suspended] = before[n];
            let expected = [active - over, expired + over, suspended];
            assert_eq!(counts(&db, quarter, states).await, expected, "{quarter}, noted: {noted}");
        }
    }
}
