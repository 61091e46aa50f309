//! The bulletin of a quarter.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{LINK, OTHER, ask, call, reported, system, with};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::refused,
};

on_both! { SEEDED => a_bulletin_tells_of_a_quarter }

async fn a_bulletin_tells_of_a_quarter(db: TestDb) {
    let bulletin = async |quarter: &str, area: &str| {
        let query = format!(
            r#"{{ sharingBulletin(quarter: "{quarter}" {area}) {{ quarter area {{ fullName }} asOf bodies systems databases links {{ status count }} transactions failures denied uptime }} }}"#
        );
        ask(&db, &query).await["sharingBulletin"].clone()
    };
    let status = |bulletin: &Value, status: &str| {
        let links = bulletin["links"].as_array().expect("links");
        links.iter().find(|of| of["status"] == status).expect("every state")["count"].as_i64().expect("a number")
    };
    let totals = ask(&db, r#"{ all: dataLinks { totalCount } active: dataLinks(filter: { statuses: [ACTIVE] }) { totalCount } here: dataLinks(filter: { statuses: [ACTIVE], areas: ["25", "26", "17"] }) { totalCount nodes { source { code generic kind area { validTo } } target { code generic kind area { validTo } } } } }"#).await;
    let country = bulletin("2026-Q1", "").await;
    assert_eq!((&country["area"], &country["asOf"]), (&json!(null), &json!("2026-01-15T12:00:00Z")));
    let all: i64 = country["links"].as_array().expect("links").iter().filter_map(|of| of["count"].as_i64()).sum();
    assert_eq!(json!(all), totals["all"]["totalCount"]);
    assert_eq!(json!(status(&country, "ACTIVE")), totals["active"]["totalCount"]);
    assert_eq!((&country["transactions"], &country["uptime"]), (&json!(0.0), &json!(null)));
    // A province, with what its predecessors had.
    let here = bulletin("2026-Q1", r#", area: "25""#).await;
    assert_eq!(here["area"], json!({ "fullName": "Tỉnh Phú Thọ" }));
    assert_eq!(json!(status(&here, "ACTIVE")), totals["here"]["totalCount"]);
    let named: HashSet<(String, bool)> = totals["here"]["nodes"]
        .as_array()
        .expect("links")
        .iter()
        .flat_map(|link| [&link["source"], &link["target"]])
        .filter(|system| system["area"]["validTo"] == "2025-06-30" && system["generic"] == false)
        .map(|system| (system["code"].to_string(), system["kind"] == "DATABASE"))
        .collect();
    assert_eq!(here["systems"], named.len());
    assert!(!named.is_empty());
    assert_eq!(here["databases"], named.iter().filter(|(_, database)| *database).count());
    // A body comes with its system, and its system with a link that operates.
    db.execute("UPDATE information_system SET owner_id = (SELECT id FROM agency WHERE code = 'pt-ubnd') WHERE code IN ('pt-lgsp', 'pt-dc')").await;
    let owned = bulletin("2026-Q1", r#", area: "25""#).await["bodies"].as_i64().expect("a number");
    assert_eq!(owned, here["bodies"].as_i64().expect("a number") + 1);
    // As it stood: in the last quarter it was being tested, and before it was requested it was not there.
    let step = |from: &str, to: &str, day: &str| {
        format!(
            "INSERT INTO link_transition (link_id, from_status, to_status, at, by) SELECT id, {from}, '{to}', '{day}T00:00:00+00:00', 'lan' FROM data_link WHERE code = '{LINK}'"
        )
    };
    db.execute(&step("NULL", "TESTING", "2025-10-01")).await;
    db.execute(&step("'TESTING'", "ACTIVE", "2026-01-02")).await;
    for (quarter, as_of, testing, active) in [
        ("2026-Q1", "2026-01-15T12:00:00Z", 0, 0),
        ("2025-Q4", "2025-12-31T17:00:00Z", 1, -1),
        ("2025-Q3", "2025-09-30T17:00:00Z", 0, -1),
    ] {
        let then = bulletin(quarter, "").await;
        assert_eq!(then["asOf"], as_of);
        assert_eq!(status(&then, "TESTING"), status(&country, "TESTING") + testing, "{quarter}");
        assert_eq!(status(&then, "ACTIVE"), status(&country, "ACTIVE") + active, "{quarter}");
    }
    // The calls of the quarter, and of the area.
    let system = system(&db, None).await;
    let failed = with(call(LINK, "CONSUMER", "b", "2026-01-15T10:00:00Z", 1), "outcome", json!("FAILED"));
    let denied = with(call(LINK, "CONSUMER", "c", "2026-01-15T10:00:00Z", 1), "outcome", json!("DENIED"));
    let records = [
        call(LINK, "PROVIDER", "a", "2026-01-02T00:00:00Z", 1),
        call(LINK, "PROVIDER", "y", "2026-01-01T23:59:59Z", 1),
        call(OTHER, "PROVIDER", "b", "2025-12-31T17:00:00Z", 1),
        call(OTHER, "PROVIDER", "z", "2025-12-31T16:59:59Z", 1),
        failed,
        denied,
        call(OTHER, "CONSUMER", "a", "2026-01-15T10:00:00Z", 1),
    ];
    assert_eq!(reported(&system, &records).await, (7, 0), "one of them while the link was tested");
    for (quarter, area, numbers) in [
        ("2026-Q1", "", [5.0, 1.0, 1.0]),
        ("2026-Q1", r#", area: "25""#, [3.0, 1.0, 1.0]),
        ("2026-Q1", r#", area: "33""#, [0.0; 3]),
        ("2025-Q4", "", [1.0, 0.0, 0.0]),
    ] {
        let told = bulletin(quarter, area).await;
        assert_eq!([&told["transactions"], &told["failures"], &told["denied"]], numbers.map(|n| json!(n)).each_ref());
    }
    // For which share of the quarter links answered, of all that were checked together.
    for (link, day, answered, failed) in
        [(LINK, "2026-01-10", 900, 100), (OTHER, "2026-01-10", 600, 400), (LINK, "2025-12-31", 0, 1_000)]
    {
        let of = format!("SELECT id, '{day}', {answered}, {failed} FROM data_link WHERE code = '{link}'");
        db.execute(&format!("INSERT INTO link_uptime (link_id, day, answered_ms, failed_ms) {of}")).await;
    }
    for (quarter, area, uptime) in [
        ("2026-Q1", "", json!(0.75)),
        ("2026-Q1", r#", area: "25""#, json!(0.9)),
        ("2026-Q1", r#", area: "33""#, json!(null)),
        ("2025-Q4", r#", area: "25""#, json!(0.0)),
        ("2025-Q3", "", json!(null)),
    ] {
        assert_eq!(bulletin(quarter, area).await["uptime"], uptime, "{quarter} {area}");
    }
    for (quarter, area, field, code) in [
        ("2026", "", "quarter", "INVALID"),
        ("2026-Q2", "", "quarter", "OUT_OF_RANGE"),
        ("2026-Q1", r#", area: "26""#, "area", "UNKNOWN_AREA"),
        ("2026-Q1", r#", area: "x""#, "area", "INVALID"),
    ] {
        let query = format!(r#"{{ sharingBulletin(quarter: "{quarter}" {area}) {{ asOf }} }}"#);
        let (refusal, fields, _) = refused(&db, "en", &query).await;
        assert_eq!(refusal, "BAD_USER_INPUT", "{query}");
        assert_eq!(fields[0].0, field, "{query}");
        assert!(code == "INVALID" || fields[0].1 == code, "{query}: {fields:?}");
    }
}
