//! What checks find in figures that are written: none of it stands in the way.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{
    people::{Asker, somebody},
    recording::{order, recorded},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_value_far_from_its_own_series_is_an_outlier_and_says_how_far,
    a_value_a_thousand_times_its_series_is_suspected_of_another_unit,
    figures_of_one_scope_with_different_totals_are_found,
    a_series_that_changes_its_scope_is_found_unless_it_says_so,
    the_same_figure_twice_is_found,
    a_finding_tells_nothing_of_what_fewer_people_see,
    a_finding_tells_nothing_of_what_its_recorder_does_not_see,
}

/// Somebody of Hà Nội, which the merger left as it was: its series go on.
async fn editor(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Editor], Some("01")).await
}

const SPEED: &str = "mobile_broadband_speed_mbps";

async fn codes(asker: &Asker, query: &str) -> Vec<String> {
    let made = recorded(asker, query).await;
    made["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|f| f["code"].as_str().expect("a code").to_owned())
        .collect()
}

async fn series(asker: &Asker, values: &[f64], rest: &str) {
    for (n, value) in values.iter().enumerate() {
        let period = format!("{}-Q{}", 2023 + n / 4, 1 + n % 4);
        let found =
            codes(asker, &order(SPEED, "01", &period, &format!(r#"value: {value}, revisionReason: "x" {rest}"#))).await;
        assert_eq!(found, [""; 0], "{value}");
    }
}

async fn a_value_far_from_its_own_series_is_an_outlier_and_says_how_far(db: TestDb) {
    let lan = editor(&db).await;
    series(&lan, &[40.0, 42.0, 45.0, 47.0, 50.0, 52.0], "").await;
    assert_eq!(codes(&lan, &order(SPEED, "01", "2025-Q3", "value: 60")).await, [""; 0], "growth is no fault");
    let query = order(SPEED, "01", "2025-Q4", "value: 190").replace(
        "findings { code }",
        "findings { code severity message vi: message(locale: VI) en: message(locale: EN) }",
    );
    let found = recorded(&lan, &query).await["findings"].clone();
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("OUTLIER"), &json!("WARNING")));
    let said = |key: &str| found[0][key].as_str().expect("a text").to_owned();
    assert!(said("en").contains("7 other periods have a median of 47 and a spread of 7.413"), "{}", said("en"));
    assert!(said("vi").contains("trung vị 47, độ phân tán 7,413"), "{}", said("vi"));
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    // Others are not its series: another restriction, another area.
    assert_eq!(codes(&lan, &order(SPEED, "01", "2025-Q4", r#"value: 190, dimension: "urban""#)).await, [""; 0]);
}

async fn a_value_a_thousand_times_its_series_is_suspected_of_another_unit(db: TestDb) {
    let lan = editor(&db).await;
    let count = "mobile_phone_subs_count";
    for quarter in ["2024-Q3", "2024-Q4", "2025-Q1"] {
        recorded(&lan, &order(count, "01", quarter, "value: 1550000, sharing: SHARED, text: \"1,55 triệu\"")).await;
    }
    let shared = |quarter: &str, value: u64| order(count, "01", quarter, &format!("value: {value}, sharing: SHARED"));
    assert_eq!(codes(&lan, &shared("2025-Q2", 1_600)).await, ["UNIT_SUSPECT"]);
    assert_eq!(codes(&lan, &shared("2025-Q3", 1_700_000)).await, [""; 0]);
    assert_eq!(codes(&lan, &shared("2025-Q4", 1_600_000_000)).await, ["OUTLIER", "UNIT_SUSPECT"]);
}

async fn figures_of_one_scope_with_different_totals_are_found(db: TestDb) {
    let lan = editor(&db).await;
    let fraction = |indicator: &str, denominator: u32, scope: &str| {
        let value = f64::from(denominator - 8) / f64::from(denominator) * 100.0;
        let value = (value * 10.0).round() / 10.0;
        order(
            indicator,
            "01",
            "2025",
            &format!(
                r#"value: {value}, numerator: {}, denominator: {denominator}, scopeText: "{scope}""#,
                denominator - 8
            ),
        )
    };
    assert_eq!(codes(&lan, &fraction("commune_fibre_pct", 148, "xã, phường")).await, [""; 0]);
    assert_eq!(
        codes(&lan, &fraction("commune_fixed_broadband_pct", 147, "Xã,  phường")).await,
        ["DENOMINATOR_MISMATCH"]
    );
    assert_eq!(codes(&lan, &fraction("village_fibre_pct", 2000, "thôn")).await, [""; 0], "another scope");
}

async fn a_series_that_changes_its_scope_is_found_unless_it_says_so(db: TestDb) {
    let lan = editor(&db).await;
    let share = |period: &str, rest: &str| order("commune_fibre_pct", "01", period, &format!("value: 90, {rest}"));
    codes(&lan, &share("2025-Q3", r#"scopeText: "xã""#)).await;
    assert_eq!(codes(&lan, &share("2025-Q4", r#"scopeText: "xã, phường""#)).await, ["DENOMINATOR_MISMATCH"]);
    let honest =
        share("2025-Q4", r#"scopeText: "xã, phường", status: DEFINITION_DIFFERS, revisionReason: "định nghĩa khác""#);
    assert_eq!(codes(&lan, &honest).await, [""; 0]);
}

async fn the_same_figure_twice_is_found(db: TestDb) {
    let lan = editor(&db).await;
    let count = "mobile_phone_subs_count";
    recorded(&lan, &order(count, "01", "2025-Q4", "value: 1551234")).await;
    assert_eq!(codes(&lan, &order(count, "01", "2025-12", "value: 1551234")).await, ["DUPLICATE"], "a period within");
    assert_eq!(codes(&lan, &order(count, "01", "2024", "value: 1551234")).await, ["DUPLICATE"], "to the last digit");
    let again = order(count, "01", "2025-Q4", r#"value: 1551234, revisionReason: "x""#);
    let made = recorded(&lan, &again.replace("findings { code }", "findings { code message(locale: EN) }")).await;
    assert_eq!(made["findings"], json!([{ "code": "DUPLICATE", "message": "Says just what its revision 1 says." }]));
    recorded(&lan, &order("commune_fibre_pct", "01", "2024", "value: 100")).await;
    assert_eq!(
        codes(&lan, &order("commune_fibre_pct", "01", "2025", "value: 100")).await,
        [""; 0],
        "a round share lasts"
    );
}

async fn a_finding_tells_nothing_of_what_fewer_people_see(db: TestDb) {
    let lan = editor(&db).await;
    series(&lan, &[40.0, 41.0, 42.0, 43.0, 44.0], ", sharing: PRIVATE").await;
    assert_eq!(codes(&lan, &order(SPEED, "01", "2025-Q4", "value: 400")).await, [""; 0]);
    let private = order(SPEED, "01", "2025-Q4", r#"value: 400, sharing: PRIVATE, revisionReason: "x""#);
    let found: Value = recorded(&lan, &private).await["findings"].clone();
    assert_eq!(found, json!([{ "code": "OUTLIER" }]));
}

async fn a_finding_tells_nothing_of_what_its_recorder_does_not_see(db: TestDb) {
    let lan = editor(&db).await;
    series(&lan, &[40.0, 41.0, 42.0, 43.0, 44.0], ", sharing: PRIVATE").await;
    // Private figures are their home area's: who holds a role in the country does not see them.
    let country = somebody(&db, "tuan", &[Role::Editor], Some("VN")).await;
    assert_eq!(codes(&country, &order(SPEED, "01", "2025-Q4", "value: 400, sharing: PRIVATE")).await, [""; 0]);
}
