//! Many figures come in at once: every bad row is told, and nothing is half written.

use serde_json::{Value, json};

use super::{
    people::Asker,
    recording::{editor, order, recorded},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    good_rows_become_drafts,
    a_bad_row_keeps_all_out_or_only_itself,
    a_trial_leaves_nothing_and_answers_the_same,
    every_fault_of_every_row_is_told,
    thousands_come_in_at_once,
    more_than_ten_thousand_do_not,
}

fn row(indicator: &str, area: &str, period: &str, rest: Value) -> Value {
    let mut row = json!({ "indicator": indicator, "area": area, "period": period, "source": { "title": "Báo cáo" } });
    row.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
    row
}

async fn send(asker: &Asker, rows: &[Value], how: &str) -> Value {
    let query = format!(
        "mutation ($rows: [RecordObservationInput!]!) {{ importObservations(input: {{ rows: $rows {how} }}) {{ accepted rejected dryRun errors {{ row field code message }} }} }}"
    );
    asker.post(&json!({ "query": query, "variables": { "rows": rows } })).await.json()
}

async fn import(asker: &Asker, rows: &[Value], how: &str) -> Value {
    let answer = send(asker, rows, how).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["importObservations"].clone()
}

async fn drafts(asker: &Asker) -> Value {
    asker.ask("{ observations(filter: { states: [DRAFT] }) { totalCount } }").await["observations"]["totalCount"]
        .clone()
}

async fn good_rows_become_drafts(db: TestDb) {
    let lan = editor(&db).await;
    let rows = [
        row("commune_fibre_pct", "25", "2025", json!({ "value": 90 })),
        row("village_fibre_pct", "26", "2024", json!({ "value": 80 })),
    ];
    assert_eq!(import(&lan, &rows, "").await, json!({ "accepted": 2, "rejected": 0, "dryRun": false, "errors": [] }));
    let query = "{ observations(filter: { states: [DRAFT] }, orderBy: { field: VALUE, direction: ASC }) { nodes { value revision indicator { code } area { code } source { title } } } }";
    assert_eq!(
        lan.ask(query).await["observations"]["nodes"],
        json!([
            { "value": 80.0, "revision": 1, "indicator": { "code": "village_fibre_pct" }, "area": { "code": "26" }, "source": { "title": "Báo cáo" } },
            { "value": 90.0, "revision": 1, "indicator": { "code": "commune_fibre_pct" }, "area": { "code": "25" }, "source": { "title": "Báo cáo" } },
        ])
    );
}

async fn a_bad_row_keeps_all_out_or_only_itself(db: TestDb) {
    let lan = editor(&db).await;
    let rows = [
        row("commune_fibre_pct", "25", "2025", json!({ "value": 90 })),
        row("commune_fibre_pct", "25", "2024", json!({ "value": 900 })),
    ];
    let all_or_none = import(&lan, &rows, "").await;
    assert_eq!((&all_or_none["accepted"], &all_or_none["rejected"]), (&json!(0), &json!(1)));
    assert_eq!(drafts(&lan).await, 0);
    let partial = import(&lan, &rows, ", atomic: false").await;
    assert_eq!((&partial["accepted"], &partial["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(partial["errors"], all_or_none["errors"]);
    assert_eq!(
        (&partial["errors"][0]["row"], &partial["errors"][0]["field"], &partial["errors"][0]["code"]),
        (&json!(2), &json!("value"), &json!("OUT_OF_RANGE"))
    );
    assert_eq!(drafts(&lan).await, 1);
}

async fn a_trial_leaves_nothing_and_answers_the_same(db: TestDb) {
    let lan = editor(&db).await;
    let rows = [
        row("commune_fibre_pct", "25", "2025", json!({ "value": 90 })),
        row("commune_fibre_pct", "25", "2024", json!({ "value": 900 })),
    ];
    for how in ["", ", atomic: false"] {
        let trial = import(&lan, &rows, &format!("{how}, dryRun: true")).await;
        assert_eq!((&trial["dryRun"], drafts(&lan).await), (&json!(true), json!(0)));
        let real = import(&lan, &rows, how).await;
        for key in ["accepted", "rejected", "errors"] {
            assert_eq!(trial[key], real[key], "{how} {key}");
        }
    }
}

async fn every_fault_of_every_row_is_told(db: TestDb) {
    let lan = editor(&db).await;
    recorded(&lan, &order("commune_fibre_pct", "25", "2023", r#"value: 1, revisionReason: "x""#)).await;
    let submitted = recorded(&lan, &order("commune_fibre_pct", "25", "2025-Q1", "value: 1")).await;
    lan.ask(&format!(
        "mutation {{ submitObservation(input: {{ id: {}, version: 1 }}) {{ observation {{ id }} }} }}",
        submitted["id"]
    ))
    .await;
    let rows = [
        row("nothing", "99", "2025", json!({ "value": 1 })),
        row("commune_fibre_pct", "25", "2025", json!({ "value": 1 })),
        row("commune_fibre_pct", "25", "2025", json!({ "value": 2 })),
        row("commune_fibre_pct", "33", "2025", json!({ "value": 1 })),
        row("commune_fibre_pct", "25", "2023", json!({ "value": 2 })),
        row("commune_fibre_pct", "25", "2025-Q1", json!({ "value": 2, "revisionReason": "x" })),
        row("commune_fibre_pct", "25", "2022-06", json!({ "value": 50, "rankOf": 3 })),
    ];
    let told = import(&lan, &rows, ", atomic: false").await;
    assert_eq!((&told["accepted"], &told["rejected"]), (&json!(1), &json!(6)));
    let found: Vec<(i64, &str, &str)> = told["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|e| {
            (e["row"].as_i64().expect("a row"), e["field"].as_str().unwrap_or("-"), e["code"].as_str().expect("a code"))
        })
        .collect();
    assert_eq!(
        found,
        [
            (1, "indicator", "UNKNOWN_INDICATOR"),
            (1, "area", "UNKNOWN_AREA"),
            (3, "indicator", "DUPLICATE_ROW"),
            (4, "area", "FORBIDDEN"),
            (5, "revisionReason", "REQUIRED"),
            (6, "-", "CONFLICT"),
            (7, "rankOf", "NOT_A_RANK"),
        ]
    );
    assert!(told["errors"][2]["message"].as_str().expect("a text").contains("row 2"), "{told}");
}

fn months(count: usize) -> Vec<Value> {
    let indicators = ["commune_fibre_pct", "village_fibre_pct", "commune_fixed_broadband_pct"];
    (0..count)
        .map(|n| {
            let (year, month) = (2013 + (n / 3 / 12) % 13, 1 + (n / 3) % 12);
            let restriction = n / 3 / 12 / 13;
            let rest = json!({ "value": 50 + n % 50, "dimension": format!("d{restriction}") });
            row(indicators[n % 3], "25", &format!("{year}-{month:02}"), rest)
        })
        .collect()
}

async fn thousands_come_in_at_once(db: TestDb) {
    let lan = editor(&db).await;
    let done = import(&lan, &months(2000), "").await;
    assert_eq!(done, json!({ "accepted": 2000, "rejected": 0, "dryRun": false, "errors": [] }));
    assert_eq!(drafts(&lan).await, 2000);
    let again = import(&lan, &months(1), "").await;
    assert_eq!(again["errors"][0]["code"], "REQUIRED", "it stands already");
}

async fn more_than_ten_thousand_do_not(db: TestDb) {
    let lan = editor(&db).await;
    let rows = vec![json!({ "indicator": "a", "area": "25", "period": "2025", "source": { "title": "B" } }); 10_001];
    let answer = send(&lan, &rows, "").await;
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(
        (&error["code"], &error["fields"][0]["path"]),
        (&json!("BAD_USER_INPUT"), &json!("input.rows")),
        "{answer}"
    );
    assert_eq!(error["fields"][0]["code"], "TOO_MANY_ROWS");
}
