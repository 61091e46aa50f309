//! Plans, what they rest on, their targets and tasks.

use serde_json::json;

use super::ask;
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_plan_is_as_its_document_is,
    a_plan_being_drafted_has_no_number,
    targets_say_what_is_measured_and_by_when,
    targets_are_found_by_the_span_in_which_they_are_due,
    tasks_rest_on_legal_documents,
    a_plan_that_rests_on_an_expired_decree_is_found_by_its_task,
    plans_are_found_by_number_kind_year_and_text,
    plans_without_a_day_come_last_whichever_way,
}

async fn a_plan_is_as_its_document_is(db: TestDb) {
    let query = r#"{ plan(code: "pt-3927") { number title kind status issuedOn periodStart periodEnd issuer { code } area { fullName } basedOn { relation plan { code } document { code } valid } source { author title } } }"#;
    let answer = ask(&db, query).await;
    let plan = &answer["plan"];
    assert_eq!(plan["number"], "3927/KH-UBND");
    assert_eq!(plan["issuedOn"], "2022-10");
    assert_eq!([&plan["periodStart"], &plan["periodEnd"]], [2022, 2025]);
    assert_eq!(plan["issuer"]["code"], "pt-ubnd");
    assert_eq!(plan["area"]["fullName"], "Tỉnh Phú Thọ");
    assert_eq!(plan["source"]["author"], "Nguyên Vỵ");
    let based: Vec<&str> =
        plan["basedOn"].as_array().expect("a list").iter().filter_map(|b| b["plan"]["code"].as_str()).collect();
    assert_eq!(based, ["pt-qhhtvt", "pt-vtci", "pt-dacqdt", "pt-dacqdt"]);
    assert!(plan["basedOn"].as_array().expect("a list").iter().all(|b| b["valid"].is_null()));
}

async fn a_plan_being_drafted_has_no_number(db: TestDb) {
    let query = r#"{ plan(code: "qn-khhts") { number status issuedOn periodEnd visionYear } unknown: plan(code: "xx-1") { code } }"#;
    assert_eq!(
        ask(&db, query).await,
        json!({
            "plan": { "number": null, "status": "DRAFTING", "issuedOn": null, "periodEnd": 2025, "visionYear": 2030 },
            "unknown": null,
        })
    );
}

async fn targets_say_what_is_measured_and_by_when(db: TestDb) {
    let query = r#"{ plan(code: "pt-3927") { targets(filter: { indicators: ["household_fibre_pct", "mobile_broadband_speed_mbps"] }) { totalCount nodes { indicator { code unit } value qualifier dueOn plan { code } area { validTo } } } } }"#;
    let answer = ask(&db, query).await;
    let target = |code: &str, unit: &str, value: f64| {
        json!({
            "indicator": { "code": code, "unit": unit }, "value": value, "qualifier": "EXACT", "dueOn": "2025",
            "plan": { "code": "pt-3927" }, "area": { "validTo": "2025-06-30" },
        })
    };
    assert_eq!(
        answer["plan"]["targets"],
        json!({
            "totalCount": 2,
            "nodes": [target("mobile_broadband_speed_mbps", "Mbps", 100.0), target("household_fibre_pct", "%", 85.0)],
        })
    );
}

async fn targets_are_found_by_the_span_in_which_they_are_due(db: TestDb) {
    for (filter, count) in [
        (r#"dueTo: "2022""#, 0),
        (r#"dueTo: "2023-02""#, 0),
        (r#"dueTo: "2023-03""#, 1),
        (r#"dueTo: "2023""#, 1),
        (r#"dueFrom: "2023-03""#, 1),
        (r#"dueFrom: "2023-03-31""#, 1),
        (r#"dueFrom: "2023-04""#, 0),
    ] {
        let query = format!(
            r#"{{ plan(code: "qn-phuvunglom") {{ targets(filter: {{ {filter} }}) {{ totalCount }} }} direction: plan(code: "qn-direction") {{ targets(filter: {{ {filter} }}) {{ totalCount }} }} }}"#
        );
        let answer = ask(&db, &query).await;
        let found = answer["plan"]["targets"]["totalCount"].as_i64().unwrap_or(0)
            + answer["direction"]["targets"]["totalCount"].as_i64().unwrap_or(0);
        assert_eq!(found, count, "{filter}");
    }
}

async fn tasks_rest_on_legal_documents(db: TestDb) {
    let query = r#"{ plan(code: "qn-direction") { tasks(first: 50) { nodes { basedOn { number status(on: "2023-01-01") today: status } } } } }"#;
    let answer = ask(&db, query).await;
    let bases: Vec<_> = answer["plan"]["tasks"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .filter(|task| task["basedOn"] != json!([]))
        .map(|task| task["basedOn"].clone())
        .collect();
    assert_eq!(
        bases,
        [json!([
            { "number": "61/2018/NĐ-CP", "status": "UNKNOWN", "today": "EXPIRED" },
            { "number": "45/2020/NĐ-CP", "status": "UNKNOWN", "today": "UNKNOWN" },
        ])]
    );
}

async fn a_plan_that_rests_on_an_expired_decree_is_found_by_its_task(db: TestDb) {
    let query = r#"{ rests: plans(filter: { restsOnExpired: true }) { nodes { code } } not: plans(filter: { restsOnExpired: false }) { totalCount } all: plans { totalCount } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(answer["rests"]["nodes"], json!([{ "code": "qn-direction" }]));
    assert_eq!(answer["not"]["totalCount"].as_i64().map(|n| n + 1), answer["all"]["totalCount"].as_i64());
}

async fn plans_are_found_by_number_kind_year_and_text(db: TestDb) {
    for (filter, codes) in [
        (r#"numbers: ["148/KH-UBND", "137/KH-UBND"]"#, vec!["hy-148", "nd-137"]),
        (r#"kinds: [DIRECTION], areas: ["22"]"#, vec!["qn-direction"]),
        (r#"inYear: 2013"#, vec!["qn-dacqdt-gd1"]),
        (r#"text: "ha tang so", areas: ["33"]"#, vec!["hy-148", "hy-direction"]),
        (r#"statuses: [DRAFTING]"#, vec!["qn-khhts"]),
        (r#"codes: ["pt-qht", "nothing"]"#, vec!["pt-qht"]),
        (r#"areas: ["25"], on: "2025-07-01""#, vec![]),
        (r#"areas: []"#, vec![]),
    ] {
        let query = format!(r#"{{ plans(filter: {{ {filter} }}) {{ nodes {{ code }} }} }}"#);
        let answer = ask(&db, &query).await;
        let found: Vec<&str> =
            answer["plans"]["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["code"].as_str()).collect();
        assert_eq!(found, codes, "{filter}");
    }
}

async fn plans_without_a_day_come_last_whichever_way(db: TestDb) {
    for (direction, first) in [("ASC", "2022-10"), ("DESC", "2024-10-08")] {
        let query = format!(
            r#"{{ plans(orderBy: {{ field: ISSUED_ON, direction: {direction} }}, first: 200) {{ nodes {{ issuedOn }} }} }}"#
        );
        let answer = ask(&db, &query).await;
        let days: Vec<Option<&str>> =
            answer["plans"]["nodes"].as_array().expect("nodes").iter().map(|n| n["issuedOn"].as_str()).collect();
        let dated = days.iter().take_while(|day| day.is_some()).count();
        assert!(days.iter().skip(dated).all(Option::is_none), "{days:?}");
        assert!(dated >= 3, "{days:?}");
        if direction == "DESC" {
            assert_eq!(days.first(), Some(&Some(first)));
        }
    }
}
