//! Indicators are kept, by administrators of the country.

use entity::kinds::Role;
use serde_json::json;

use super::{
    people::{Asker, somebody},
    recording::order,
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    an_indicator_is_created_with_the_usual_bounds,
    everything_wrong_with_an_indicator_is_told_at_once,
    an_indicator_is_changed_as_far_as_it_is_the_one_that_was_seen,
    a_new_method_is_counted_and_figures_keep_theirs,
}

const FIELDS: &str = "{ indicator { id version code name en: name(locale: EN) definition unit valueType direction mergeRule weightIndicator { code } topic methodologyVersion min max } }";

fn create(code: &str, rest: &str) -> String {
    format!(
        r#"mutation {{ createIndicator(input: {{ code: "{code}", nameVi: "Tỷ lệ hồ sơ", nameEn: "Share of files", definitionVi: "Hồ sơ / hồ sơ", definitionEn: "Files / files", unit: "%", direction: HIGHER_BETTER, topic: PUBLIC_SERVICE, {rest} }}) {FIELDS} }}"#
    )
}

const SHARE: &str = "valueType: PERCENT, mergeRule: RATIO_OF_SUMS";

async fn admin(db: &TestDb) -> Asker {
    somebody(db, "chief", &[Role::Admin], None).await
}

async fn an_indicator_is_created_with_the_usual_bounds(db: TestDb) {
    let chief = admin(&db).await;
    let made = chief.ask(&create("online_file_pct", SHARE)).await["createIndicator"]["indicator"].clone();
    let mut said = made.clone();
    said.as_object_mut().expect("an object").remove("id");
    assert_eq!(
        said,
        json!({
            "version": 1, "code": "online_file_pct", "name": "Tỷ lệ hồ sơ", "en": "Share of files", "definition": "Hồ sơ / hồ sơ", "unit": "%",
            "valueType": "PERCENT", "direction": "HIGHER_BETTER", "mergeRule": "RATIO_OF_SUMS", "weightIndicator": null,
            "topic": "PUBLIC_SERVICE", "methodologyVersion": 1, "min": 0.0, "max": 100.0,
        })
    );
    let open = create("growth_pct", &format!("{SHARE}, max: null, min: -100"));
    let made = chief.ask(&open).await["createIndicator"]["indicator"].clone();
    assert_eq!((&made["min"], &made["max"]), (&json!(-100.0), &json!(null)));
    let lan = somebody(&db, "lan", &[Role::Editor], Some("25")).await;
    lan.ask(&order("growth_pct", "25", "2025", "value: 120")).await;
    let found = super::ask(
        &db,
        r#"{ search(text: "online_file_pct", types: [INDICATOR], first: 1) { result { ... on Indicator { code } } } }"#,
    )
    .await;
    assert_eq!(found["search"], json!([{ "result": { "code": "online_file_pct" } }]));
    let province = somebody(&db, "phu-tho", &[Role::Admin], Some("25")).await;
    assert_eq!(province.refused(&create("mine", SHARE)).await.0, "FORBIDDEN");
}

async fn everything_wrong_with_an_indicator_is_told_at_once(db: TestDb) {
    let chief = admin(&db).await;
    let query =
        create("Tỷ lệ", "valueType: PERCENT, mergeRule: WEIGHTED_MEAN, min: 5, max: 1").replace("\"%\"", "\" \"");
    let mut bad = chief.bad_fields(&query).await;
    bad.sort();
    let expected = [
        ("code", "INVALID_CODE"),
        ("max", "OUT_OF_RANGE"),
        ("unit", "REQUIRED"),
        ("weightIndicator", "WEIGHT_AND_RULE"),
    ];
    assert_eq!(bad, expected.map(|(path, code)| (path.to_owned(), code.to_owned())));
    let query = create("dti_rank", r#"valueType: SPEED, mergeRule: WEIGHTED_MEAN, weightIndicator: "nothing""#);
    assert_eq!(
        chief.bad_fields(&query).await,
        [("code", "TAKEN"), ("weightIndicator", "UNKNOWN_INDICATOR")].map(|(p, c)| (p.to_owned(), c.to_owned()))
    );
}

async fn an_indicator_is_changed_as_far_as_it_is_the_one_that_was_seen(db: TestDb) {
    let chief = admin(&db).await;
    let made = chief.ask(&create("online_file_pct", SHARE)).await["createIndicator"]["indicator"].clone();
    let change = |version: i32, what: &str| {
        format!("mutation {{ updateIndicator(input: {{ id: {}, version: {version}, {what} }}) {FIELDS} }}", made["id"])
    };
    let weighted =
        r#"nameVi: "Tỷ lệ khác", mergeRule: WEIGHTED_MEAN, weightIndicator: "mobile_phone_subs_count", max: null"#;
    let after = chief.ask(&change(1, weighted)).await["updateIndicator"]["indicator"].clone();
    assert_eq!(
        (&after["name"], &after["mergeRule"], &after["weightIndicator"]["code"], &after["max"], &after["version"]),
        (&json!("Tỷ lệ khác"), &json!("WEIGHTED_MEAN"), &json!("mobile_phone_subs_count"), &json!(null), &json!(2))
    );
    assert_eq!(chief.refused(&change(1, r#"nameVi: "x""#)).await.0, "PRECONDITION_FAILED");
    for (what, path, code) in [
        ("weightIndicator: null", "weightIndicator", "WEIGHT_AND_RULE"),
        (r#"weightIndicator: "online_file_pct""#, "weightIndicator", "ITSELF"),
        (r#"nameEn: "  ""#, "nameEn", "REQUIRED"),
        ("methodologyVersion: 3", "methodologyVersion", "OUT_OF_ORDER"),
        ("min: 5, max: 1", "max", "OUT_OF_RANGE"),
    ] {
        assert_eq!(chief.bad_fields(&change(2, what)).await, [(path.to_owned(), code.to_owned())], "{what}");
    }
    let same = chief.ask(&change(2, r#"nameVi: "Tỷ lệ khác""#)).await["updateIndicator"]["indicator"].clone();
    assert_eq!(same["version"], 2, "nothing changed");
}

async fn a_new_method_is_counted_and_figures_keep_theirs(db: TestDb) {
    let (chief, lan) = (admin(&db).await, somebody(&db, "lan", &[Role::Editor], Some("25")).await);
    let made = chief.ask(&create("online_file_pct", SHARE)).await["createIndicator"]["indicator"].clone();
    let record = |period: &str| {
        order("online_file_pct", "25", period, "value: 50").replace("findings { code }", "methodologyVersion")
    };
    let before = lan.ask(&record("2024")).await["recordObservation"]["observation"].clone();
    let next = format!(
        "mutation {{ updateIndicator(input: {{ id: {}, version: 1, methodologyVersion: 2 }}) {FIELDS} }}",
        made["id"]
    );
    chief.ask(&next).await;
    let after = lan.ask(&record("2025")).await["recordObservation"]["observation"].clone();
    assert_eq!((&before["methodologyVersion"], &after["methodologyVersion"]), (&json!(1), &json!(2)));
}
