//! Until when a data link operates, on what it rests, where it is reached: what of that can be, and who changed it, when and why.

use lienthong::kernel::config::Config;
use serde_json::{Value, json};

use super::{
    agreements::agree,
    life::{approve, to, went},
    linking::{agreement, create, created, lacking, registrar, stand, two_systems, update, updated},
    people::{Asker, sign_in},
    traces::{audited, faults},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_link_has_a_last_day_or_a_reason_for_none,
    a_last_day_is_no_further_away_than_is_configured,
    a_change_of_terms_is_told_in_the_history,
    an_endpoint_is_kept_as_addresses_are_written,
}

async fn a_link_has_a_last_day_or_a_reason_for_none(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let mut link = created(&lan, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-12-31""#).await;
    for state in ["ACTIVE", "MIGRATING"] {
        stand(&db, &link, state).await;
        let both = faults(&[("noExpiryReason", "CONTRADICTION")]);
        for what in [r#"noExpiryReason: "x""#, r#"expiresOn: "2026-11-30", noExpiryReason: "x""#] {
            assert_eq!(lan.bad_fields(&update(&link, what)).await, both, "{state} {what}");
        }
        let neither = faults(&[("expiresOn", "REQUIRED")]);
        for what in ["expiresOn: null", r#"expiresOn: null, noExpiryReason: " ""#] {
            assert_eq!(lacking(&lan, &update(&link, what)).await, neither, "{state} {what}");
        }
        link = updated(&lan, &link, r#"expiresOn: null, noExpiryReason: " thường xuyên ""#).await;
        assert_eq!((&link["expiresOn"], &link["noExpiryReason"]), (&json!(null), &json!("thường xuyên")));
        assert_eq!(lacking(&lan, &update(&link, "noExpiryReason: null")).await, neither, "{state}");
        link = updated(&lan, &link, r#"noExpiryReason: "theo nghị định""#).await;
        assert_eq!(link["noExpiryReason"], "theo nghị định");
        link = updated(&lan, &link, r#"expiresOn: "2026-12-31", noExpiryReason: null"#).await;
        assert_eq!((&link["expiresOn"], &link["noExpiryReason"]), (&json!("2026-12-31"), &json!(null)));
    }
    let long = format!(r#"expiresOn: null, noExpiryReason: "{}""#, "x".repeat(5001));
    assert_eq!(lan.bad_fields(&update(&link, &long)).await, faults(&[("noExpiryReason", "TOO_LONG")]));
    // It does not end before it begins, of which a source may tell no more than the month.
    db.execute("UPDATE data_link SET active_from = '2026-03' WHERE code = 'pt-a--hy-b'").await;
    let early = faults(&[("expiresOn", "ENDS_BEFORE_IT_BEGINS")]);
    assert_eq!(lan.bad_fields(&update(&link, r#"expiresOn: "2026-02-28""#)).await, early);
    let link = updated(&lan, &link, r#"expiresOn: "2026-03-01""#).await;
    // One of which a source tells, and that has neither, is given a reason.
    db.execute("UPDATE data_link SET expires_on = NULL").await;
    let link = updated(&lan, &link, r#"noExpiryReason: "thường xuyên""#).await;
    assert_eq!(link["noExpiryReason"], "thường xuyên");
}

async fn a_last_day_is_no_further_away_than_is_configured(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    approve(&db).await;
    let too_far = faults(&[("expiresOn", "TOO_FAR")]);
    let with = |day: &str| format!(r#", expiresOn: "{day}""#);
    let query = create("x", ["pt-a", "hy-b"], &with("9999-12-31"));
    assert_eq!(lan.bad_fields(&query).await, too_far);
    let mut link = created(&lan, &with("2036-01-15")).await;
    assert_eq!(lan.bad_fields(&update(&link, r#"expiresOn: "2036-01-16""#)).await, too_far);
    stand(&db, &link, "TESTING").await;
    let rest = r#", legalBasis: ["278-2025-nd-cp"]"#;
    assert_eq!(lan.bad_fields(&to(&link, "ACTIVE", &format!("{rest}{}", with("2036-01-16")))).await, too_far);
    link = went(&lan, &link, "ACTIVE", &format!("{rest}{}", with("2036-01-15"))).await;
    let app = db.app_as(&Config { link_years: 1, ..Config::default() }).await;
    let lan = sign_in(&Asker::stranger(app), "lan").await;
    assert_eq!(lan.bad_fields(&update(&link, r#"expiresOn: "2027-01-16""#)).await, too_far);
    assert_eq!(
        updated(&lan, &link, r#"expiresOn: "2036-01-15", carries: "x""#).await["carries"],
        "x",
        "it has it already"
    );
}

/// What the history of the link tells, but for its beginning.
async fn history(asker: &Asker) -> Vec<Value> {
    let query = r#"{ dataLink(code: "pt-a--hy-b") { history { nodes { from to by reason expiresOn noExpiryReason agreement { number } legalBases { code } } } } }"#;
    let all = asker.ask(query).await["dataLink"]["history"]["nodes"].as_array().expect("steps").clone();
    all[1..].to_vec()
}

async fn a_change_of_terms_is_told_in_the_history(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    agree(&db, "nobody").await;
    let mut link = created(&lan, r#", legalBasis: ["278-2025-nd-cp"], expiresOn: "2026-12-31""#).await;
    link = updated(&lan, &link, r#"expiresOn: "2026-12-30", reason: "x""#).await;
    assert_eq!(history(&lan).await, [json!(null); 0], "a draft has no terms yet");
    stand(&db, &link, "ACTIVE").await;
    let first = agreement(&lan, "1/TT").await;
    for what in [
        r#"expiresOn: "2027-06-30", reason: " gia hạn ""#.to_owned(),
        r#"carries: "hồ sơ", endpoint: "https://lgsp.example/x", reason: "sửa""#.to_owned(),
        format!("agreement: {first}, legalBasis: null"),
        r#"expiresOn: null, noExpiryReason: "thường xuyên", reason: "theo thoả thuận""#.to_owned(),
        r#"legalBasis: ["278-2025-nd-cp"]"#.to_owned(),
        r#"legalBasis: ["278-2025-nd-cp"], reason: "không đổi""#.to_owned(),
    ] {
        link = updated(&lan, &link, &what).await;
    }
    let law = json!([{ "code": "278-2025-nd-cp" }]);
    let entry = |reason: Value, day: Value, endless: Value, number: Value, laws: Value| {
        json!({
            "from": "ACTIVE", "to": "ACTIVE", "by": "user:lan", "reason": reason, "expiresOn": day, "noExpiryReason": endless,
            "agreement": number, "legalBases": laws,
        })
    };
    let (none, day, number) = (json!(null), json!("2027-06-30"), json!({ "number": "1/TT" }));
    let endless = json!("thường xuyên");
    let told = [
        entry(json!("gia hạn"), day.clone(), none.clone(), none.clone(), law.clone()),
        entry(none.clone(), day, none.clone(), number.clone(), json!([])),
        entry(json!("theo thoả thuận"), none.clone(), endless.clone(), number.clone(), json!([])),
        entry(none, json!(null), endless, number, law),
    ];
    assert_eq!(history(&lan).await, told);
    assert_eq!(link["version"], 7, "what changes nothing is not told");
    let link = went(&lan, &link, "SUSPENDED", r#", reason: "bảo trì""#).await;
    let last = history(&lan).await.pop().expect("a step");
    assert_eq!((&last["to"], &last["noExpiryReason"]), (&json!("SUSPENDED"), &json!("thường xuyên")));
    assert_eq!(link["status"], "SUSPENDED");
    let log = audited(&db, "pt-a--hy-b").await;
    assert_eq!(
        log[2]["changes"],
        json!([
            { "field": "expiresOn", "before": "2026-12-30", "after": "2027-06-30" },
            { "field": "reason", "before": null, "after": "gia hạn" },
        ])
    );
    // Who does not see the details sees none of it.
    let seen = super::ask(&db, r#"{ dataLink(code: "pt-a--hy-b") { history { totalCount } } }"#).await;
    assert_eq!(seen["dataLink"]["history"]["totalCount"], 0);
}

async fn an_endpoint_is_kept_as_addresses_are_written(db: TestDb) {
    let lan = registrar(&db).await;
    two_systems(&db).await;
    let mut link = created(&lan, r#", endpoint: " HTTP://Trục.Example:80/../ndxp ""#).await;
    assert_eq!(link["endpoint"], "http://xn--trc-loz.example/ndxp");
    link = updated(&lan, &link, r#"endpoint: "HTTPS://lgsp.example:443""#).await;
    assert_eq!((&link["endpoint"], &link["version"]), (&json!("https://lgsp.example/"), &json!(2)));
    link = updated(&lan, &link, r#"endpoint: "https://lgsp.example/""#).await;
    assert_eq!(link["version"], 2, "it is the same");
    for (endpoint, code) in [
        ("http:y", "INVALID"),
        ("http://@y", "CREDENTIALS"),
        ("http://y/#z", "FRAGMENT"),
        ("http://10.20.1.2/", "ADDRESS_NOT_ALLOWED"),
        ("http://127.1/", "ADDRESS_NOT_ALLOWED"),
    ] {
        let expected = faults(&[("endpoint", code)]);
        assert_eq!(lan.bad_fields(&update(&link, &format!(r#"endpoint: "{endpoint}""#))).await, expected, "{endpoint}");
        let query = create("x", ["pt-a", "hy-b"], &format!(r#", endpoint: "{endpoint}""#));
        assert_eq!(lan.bad_fields(&query).await, expected, "{endpoint}");
    }
    let listed = ["10.20.0.0/16".parse().expect("a network")].into_iter().collect();
    let app = db.app_as(&Config { probe_private_networks: listed, ..Config::default() }).await;
    let lan = sign_in(&Asker::stranger(app), "lan").await;
    assert_eq!(updated(&lan, &link, r#"endpoint: "http://10.20.1.2""#).await["endpoint"], "http://10.20.1.2/");
}
