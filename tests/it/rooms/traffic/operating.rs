//! Calls are taken of the time when a link operated, and those that tried it are counted apart.

use serde_json::{Value, json};

use super::{LINK, OTHER, ask, call, of_month, reported, sent, system, with};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    calls_go_over_links_that_operate,
    a_call_is_judged_by_the_state_of_its_time,
    calls_that_try_a_link_are_not_made_public_as_sharing,
}

/// What is wrong with a call: its code, and what it says.
async fn wrong(system: &super::Asker, record: Value) -> Option<(String, String)> {
    let answer = sent(system, &[record]).await;
    let payload = &answer["data"]["recordExchanges"];
    let error = &payload["errors"][0];
    assert_eq!(payload["accepted"], i32::from(error.is_null()), "{answer}");
    let text = |field: &str| error[field].as_str().expect("a text").to_owned();
    (!error.is_null()).then(|| {
        assert_eq!(text("field"), "at", "{answer}");
        (text("code"), text("message"))
    })
}

async fn calls_go_over_links_that_operate(db: TestDb) {
    let system = system(&db, None).await;
    let at = "2026-01-15T10:00:00Z";
    for (status, taken) in [
        ("PLANNED", ["", "", ""]),
        ("DRAFT", ["", "", ""]),
        ("REQUESTED", ["", "", ""]),
        ("UNDER_REVIEW", ["", "", ""]),
        ("REJECTED", ["", "", ""]),
        ("APPROVED", ["", "", ""]),
        ("TESTING", ["SUCCEEDED", "FAILED", "DENIED"]),
        ("ACTIVE", ["SUCCEEDED", "FAILED", "DENIED"]),
        ("SUSPENDED", ["", "FAILED", "DENIED"]),
        ("MIGRATING", ["SUCCEEDED", "FAILED", "DENIED"]),
        ("EXPIRED", ["", "", ""]),
        ("REVOKED", ["", "", ""]),
        ("RETIRED", ["", "", ""]),
    ] {
        db.execute(&format!("UPDATE data_link SET status = '{status}' WHERE code = '{LINK}'")).await;
        for (outcome, taken) in ["SUCCEEDED", "FAILED", "DENIED"].into_iter().zip(taken) {
            let record = call(LINK, "CONSUMER", &format!("{status} {outcome}"), at, 1);
            let fault = wrong(&system, with(record, "outcome", json!(outcome))).await;
            let refused =
                fault.as_ref().is_some_and(|(code, message)| code == "NOT_OPERATING" && message.contains(status));
            assert_eq!(
                (fault.is_some(), refused),
                (taken.is_empty(), taken.is_empty()),
                "{status} {outcome}: {fault:?}"
            );
        }
    }
}

async fn a_call_is_judged_by_the_state_of_its_time(db: TestDb) {
    let system = system(&db, None).await;
    let code = async |link: &str, at: &str| {
        wrong(&system, call(link, "CONSUMER", at, at, 1)).await.map(|(_, message)| message)
    };
    let steps = [
        ("NULL", "DRAFT", "2026-01-02T00:00:00+00:00"),
        ("'DRAFT'", "APPROVED", "2026-01-04T00:00:00+00:00"),
        ("'APPROVED'", "ACTIVE", "2026-01-05T03:00:00+00:00"),
        ("'ACTIVE'", "REVOKED", "2026-01-10T03:00:00+00:00"),
    ];
    for (from, to, at) in steps {
        let step = format!(
            "INSERT INTO link_transition (link_id, from_status, to_status, at, by) SELECT id, {from}, '{to}', '{at}', 'lan' FROM data_link WHERE code = '{LINK}'"
        );
        db.execute(&step).await;
    }
    db.execute(&format!("UPDATE data_link SET status = 'REVOKED' WHERE code = '{LINK}'")).await;
    for (at, expected) in [
        ("2026-01-01T00:00:00Z", Some("The link did not operate yet then.")),
        ("2026-01-02T00:00:00Z", Some("The link was DRAFT then: no calls go over it in that state.")),
        ("2026-01-05T02:59:59Z", Some("The link was APPROVED then: no calls go over it in that state.")),
        ("2026-01-05T03:00:00Z", None),
        ("2026-01-10T02:59:59.999Z", None),
        ("2026-01-10T03:00:00Z", Some("The link was REVOKED then: no calls go over it in that state.")),
    ] {
        assert_eq!(code(LINK, at).await.as_deref(), expected, "{at}");
    }
    assert_eq!(of_month(&db, LINK).await[0]["succeeded"], 2, "what went over it while it operated");
    // A link of which no step is known: as its source tells, from its first day to its last, in Việt Nam.
    let days = "active_from = '2026-01-08', expires_on = '2026-01-12'";
    db.execute(&format!("UPDATE data_link SET {days} WHERE code = '{OTHER}'")).await;
    for (at, expected) in [
        ("2026-01-07T16:59:59Z", Some("The link did not operate yet then.")),
        ("2026-01-07T17:00:00Z", None),
        ("2026-01-12T16:59:59Z", None),
        ("2026-01-12T17:00:00Z", Some("The link was EXPIRED then: no calls go over it in that state.")),
    ] {
        assert_eq!(code(OTHER, at).await.as_deref(), expected, "{at}");
    }
}

async fn calls_that_try_a_link_are_not_made_public_as_sharing(db: TestDb) {
    let system = system(&db, None).await;
    let set = async |what: &str| {
        db.execute(&format!("UPDATE data_link SET {what} WHERE code = '{LINK}'")).await;
    };
    let public = async || {
        let query = r#"{ sharingBulletin(quarter: "2026-Q1") { transactions failures denied } }"#;
        ask(&db, query).await["sharingBulletin"]["transactions"].clone()
    };
    let slow = |side: &str, message: &str, ms| call(LINK, side, message, "2026-01-15T10:00:00Z", ms);
    set("status = 'TESTING'").await;
    assert_eq!(reported(&system, &[slow("CONSUMER", "a", 900), slow("CONSUMER", "b", 70)]).await, (2, 0));
    set("status = 'ACTIVE', environment = 'STAGING'").await;
    assert_eq!(reported(&system, &[slow("PROVIDER", "c", 50)]).await, (1, 0));
    let all = async || {
        let month = of_month(&db, LINK).await;
        (month[0]["succeeded"].clone(), month[0]["latencyMaxMs"].clone())
    };
    assert_eq!((all().await, public().await), ((json!(3), json!(900.0)), json!(0.0)));
    // The provider's word on a call that its consumer took for a test.
    set("environment = 'PRODUCTION'").await;
    assert_eq!(reported(&system, &[slow("PROVIDER", "a", 80)]).await, (1, 0));
    assert_eq!((all().await, public().await), ((json!(3), json!(80.0)), json!(1.0)));
    assert_eq!(reported(&system, &[slow("CONSUMER", "d", 10)]).await, (1, 0));
    assert_eq!((all().await, public().await), ((json!(4), json!(80.0)), json!(2.0)));
}
