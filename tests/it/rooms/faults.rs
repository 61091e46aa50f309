//! What is refused, and in which words: the field is named, the code is stable, the language is the caller's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::refused;
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_malformed_code_is_named,
    pages_are_one_to_two_hundred_rows,
    a_cursor_of_another_list_or_order_is_refused,
    a_span_the_wrong_way_round_is_refused,
    days_and_periods_are_read_to_the_letter,
    what_no_database_can_look_for_is_refused,
    a_fragment_that_is_spread_twice_is_answered_once,
}

fn field(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

async fn a_malformed_code_is_named(db: TestDb) {
    for (query, path) in [
        (r#"{ province(code: "P070") { name } }"#, "code"),
        (r#"{ codeHistory(code: "1") { name } }"#, "code"),
        (r#"{ plans(filter: { areas: ["25", "Phú Thọ"] }) { totalCount } }"#, "filter.areas[1]"),
        (r#"{ observations(filter: { areas: ["vn"] }) { totalCount } }"#, "filter.areas[0]"),
        (r#"{ provinces(filter: { codes: ["001"] }) { totalCount } }"#, "filter.codes[0]"),
        (r#"{ province(code: "25") { plans(filter: { areas: ["x"] }) { totalCount } } }"#, "filter.areas[0]"),
    ] {
        let (code, fields, said) = refused(&db, "vi", query).await;
        assert_eq!((code.as_str(), fields), ("BAD_USER_INPUT", field(path, "INVALID_AREA_CODE")), "{query}");
        assert!(said.contains("không phải mã đơn vị hành chính"), "{said}");
        assert!(refused(&db, "en", query).await.2.contains("is not the code of a territorial unit"));
    }
}

async fn pages_are_one_to_two_hundred_rows(db: TestDb) {
    for (args, path, code) in [
        ("first: 0", "first", "OUT_OF_RANGE"),
        ("first: -1", "first", "OUT_OF_RANGE"),
        ("first: 201", "first", "OUT_OF_RANGE"),
        ("last: 0", "last", "OUT_OF_RANGE"),
        ("last: 201", "last", "OUT_OF_RANGE"),
        ("first: 1, last: 1", "last", "FIRST_AND_LAST"),
        (r#"after: "nonsense""#, "after", "FOREIGN_CURSOR"),
        (r#"before: """#, "before", "FOREIGN_CURSOR"),
    ] {
        for query in [
            format!("{{ plans({args}) {{ totalCount nodes {{ code }} }} }}"),
            format!(r#"{{ province(code: "25") {{ plans({args}) {{ totalCount nodes {{ code }} }} }} }}"#),
        ] {
            let (refusal, fields, _) = refused(&db, "en", &query).await;
            assert_eq!((refusal.as_str(), fields), ("BAD_USER_INPUT", field(path, code)), "{query}");
        }
    }
}

async fn a_cursor_of_another_list_or_order_is_refused(db: TestDb) {
    let query = r#"{ provinces(first: 1) { pageInfo { endCursor } } }"#;
    let cursor = super::ask(&db, query).await["provinces"]["pageInfo"]["endCursor"].as_str().expect("one").to_owned();
    for list in [
        format!(r#"{{ plans(after: "{cursor}") {{ nodes {{ code }} }} }}"#),
        format!(
            r#"{{ provinces(after: "{cursor}", orderBy: {{ field: NAME, direction: ASC }}) {{ nodes {{ code }} }} }}"#
        ),
        format!(
            r#"{{ provinces(after: "{cursor}", orderBy: {{ field: CODE, direction: DESC }}) {{ nodes {{ code }} }} }}"#
        ),
        format!(r#"{{ provinces(after: "{cursor}x") {{ nodes {{ code }} }} }}"#),
    ] {
        let (code, fields, _) = refused(&db, "en", &list).await;
        assert_eq!((code.as_str(), fields), ("BAD_USER_INPUT", field("after", "FOREIGN_CURSOR")), "{list}");
    }
    let same = format!(r#"{{ provinces(first: 1, after: "{cursor}") {{ nodes {{ code }} }} }}"#);
    assert_eq!(super::ask(&db, &same).await["provinces"]["nodes"][0]["code"], "04");
}

async fn a_span_the_wrong_way_round_is_refused(db: TestDb) {
    for (query, path) in [
        (r#"{ observations(filter: { periodFrom: "2023", periodTo: "2022-Q4" }) { totalCount } }"#, "filter.periodTo"),
        (r#"{ dataLinks(filter: { expiringWithinDays: -1 }) { totalCount } }"#, "filter.expiringWithinDays"),
        (
            r#"{ dataLinks(first: 1) { nodes { statistics(from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z") { start } } } }"#,
            "to",
        ),
    ] {
        let (code, fields, _) = refused(&db, "en", query).await;
        assert_eq!((code.as_str(), fields), ("BAD_USER_INPUT", field(path, "OUT_OF_RANGE")), "{query}");
    }
}

async fn days_and_periods_are_read_to_the_letter(db: TestDb) {
    for (query, path) in [
        (r#"{ province(code: "25", on: "2025-7-1") { name } }"#, "on"),
        (r#"{ province(code: "25", on: "2025-02-30") { name } }"#, "on"),
        (r#"{ provinces(on: "hôm nay") { totalCount } }"#, "on"),
        (r#"{ observations(filter: { periodFrom: "2025-13" }) { totalCount } }"#, "filter.periodFrom"),
        (r#"{ observations(asOf: "2025-01-01") { totalCount } }"#, "asOf"),
        (r#"{ observations(asOf: "9999-12-31T23:59:59-23:59") { totalCount } }"#, "asOf"),
        (r#"{ provinces(on: "-99999-1-1") { totalCount } }"#, "on"),
        (r#"{ provinces(on: "+12345-1-1") { totalCount } }"#, "on"),
        (r#"{ provinces(on: "2025- 1- 1") { totalCount } }"#, "on"),
        (r#"{ plans(filter: { inYear: 30 }) { totalCount } }"#, "filter.inYear"),
    ] {
        let (code, fields, _) = refused(&db, "vi", query).await;
        assert_eq!(code, "BAD_USER_INPUT", "{query}");
        assert_eq!(fields.first().map(|(path, _)| path.as_str()), Some(path), "{query}: {fields:?}");
    }
}

async fn what_no_database_can_look_for_is_refused(db: TestDb) {
    let long = "a".repeat(60_000);
    for (query, path, code) in [
        (r#"{ plan(code: "a\u0000b") { code } }"#.to_owned(), "code", "INVALID"),
        (r#"{ plans(filter: { codes: ["x", "\u0000"] }) { totalCount } }"#.to_owned(), "filter.codes[1]", "INVALID"),
        (
            r#"{ observations(filter: { dimensions: ["\u0000"] }) { totalCount } }"#.to_owned(),
            "filter.dimensions[0]",
            "INVALID",
        ),
        (format!(r#"{{ plans(filter: {{ text: "{long}" }}) {{ totalCount }} }}"#), "filter.text", "TOO_LONG"),
    ] {
        let (refusal, fields, _) = refused(&db, "vi", &query).await;
        assert_eq!((refusal.as_str(), fields), ("BAD_USER_INPUT", field(path, code)));
    }
    // Cursors that were made by hand.
    for place in [
        r#"["Observation","+PERIOD","-4800-01-01","-4800-01-01",1]"#,
        r#"["Observation","+PERIOD","99999-01-01","2025-01-01",1]"#,
    ] {
        let cursor = URL_SAFE_NO_PAD.encode(place);
        let query = format!(
            r#"{{ observations(after: "{cursor}", orderBy: {{ field: PERIOD, direction: ASC }}) {{ totalCount nodes {{ id }} }} }}"#
        );
        let (refusal, fields, _) = refused(&db, "vi", &query).await;
        assert_eq!((refusal.as_str(), fields), ("BAD_USER_INPUT", field("after", "FOREIGN_CURSOR")), "{place}");
    }
    let dash = super::ask(&db, r#"{ dash: plans(filter: { text: "-" }) { totalCount } nothing: plans(filter: { text: "" }) { totalCount } all: plans { totalCount } }"#).await;
    assert_eq!(dash["dash"]["totalCount"], 0);
    assert_eq!(dash["nothing"], dash["all"]);
}

async fn a_fragment_that_is_spread_twice_is_answered_once(db: TestDb) {
    let query = r#"{ ...F ...F } fragment F on Query { province(code: "xx") { name } }"#;
    assert_eq!(refused(&db, "vi", query).await.0, "BAD_USER_INPUT");
    let query = r#"{ ...F ... on Query { ...F province(code: "22") { code } } ...F } fragment F on Query { province(code: "22") { name } }"#;
    assert_eq!(super::ask(&db, query).await, serde_json::json!({ "province": { "name": "Quảng Ninh", "code": "22" } }));
}
