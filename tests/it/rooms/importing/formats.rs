//! What a cell shows is what is recorded of it, or the row is rejected.

use serde_json::json;

use super::{
    CSV, editor, faults,
    package::{Package, codes, figure, number, recorded, text},
    send,
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    numbers_are_recorded_as_their_formats_show_them,
    periods_are_recorded_as_their_formats_show_them,
    days_that_are_written_as_such_are_as_precise_as_they_are_shown,
    a_number_is_a_period_only_where_it_is_a_whole_year,
    formats_that_are_named_by_number_are_read,
    a_text_may_mean_one_period_only,
}

/// 2025-10-01.
const OCTOBER: &str = "45931";

/// Imports a figure for each case, with a format of its own; `cell` makes its period and its value.
async fn check<T: PartialEq<(String, f64)> + std::fmt::Debug>(
    db: &TestDb,
    cases: &[(&str, &str, Result<T, &str>)],
    field: &str,
    cells: impl Fn(usize, &str) -> (String, String),
) {
    let editor = editor(db).await;
    let formats: Vec<&str> = cases.iter().map(|(format, ..)| *format).collect();
    let rows = cases.iter().enumerate().map(|(n, (_, raw, _))| {
        let (period, value) = cells(n + 1, raw);
        figure(n + 2, &format!("case-{n}"), period, value)
    });
    let report = Package::new(&rows.collect::<String>(), &formats).import(&editor).await;
    let recorded = recorded(&editor).await;
    for (n, (format, raw, expected)) in cases.iter().enumerate() {
        let of_row = |error: &&serde_json::Value| error["row"] == n + 2;
        let errors: Vec<_> = report["errors"].as_array().expect("errors").iter().filter(of_row).collect();
        let found = recorded.get(&format!("case-{n}")).map(|(period, value, _)| (period.clone(), *value));
        match expected {
            Ok(expected) => assert!(
                found.as_ref().is_some_and(|found| *expected == *found) && errors.is_empty(),
                "{format} of {raw}: {found:?}, not {expected:?}: {errors:?}"
            ),
            Err(code) => {
                assert_eq!(found, None, "{format} of {raw}");
                let told: Vec<_> = errors.iter().map(|error| (&error["field"], &error["code"])).collect();
                assert_eq!(told, [(&json!(field), &json!(code))], "{format} of {raw}: {errors:?}");
            }
        }
    }
}

#[derive(Debug)]
struct OfValue(f64);

impl PartialEq<(String, f64)> for OfValue {
    fn eq(&self, found: &(String, f64)) -> bool {
        self.0 == found.1
    }
}

#[derive(Debug)]
struct OfPeriod(&'static str);

impl PartialEq<(String, f64)> for OfPeriod {
    fn eq(&self, found: &(String, f64)) -> bool {
        self.0 == found.0
    }
}

async fn numbers_are_recorded_as_their_formats_show_them(db: TestDb) {
    let cases = [
        ("0.0\\%", "85", Ok(OfValue(85.0))),
        ("0.0\"%\"", "85", Ok(OfValue(85.0))),
        ("0.0%", "0.85", Ok(OfValue(85.0))),
        ("0.0_%", "85", Ok(OfValue(85.0))),
        ("#,##0_%_)", "85", Ok(OfValue(85.0))),
        ("0.0*%", "85", Ok(OfValue(85.0))),
        ("[=0]\"-\";0.0%", "0.936", Ok(OfValue(93.6))),
        ("[=0]\"-\";0.0%", "0", Ok(OfValue(0.0))),
        ("[<1]0%;0", "0.5", Ok(OfValue(50.0))),
        ("[<1]0%;0", "50", Ok(OfValue(50.0))),
        ("0;0;0%", "0", Ok(OfValue(0.0))),
        ("#,##0.0,", "1234500", Ok(OfValue(1234.5))),
        ("[Red]0.0%;[Blue]-0.0", "0.5", Ok(OfValue(50.0))),
        ("_(* #,##0.0_);_(* (#,##0.0);_(* \"-\"??_);_(@_)", "0", Ok(OfValue(0.0))),
        ("# ?/?", "2.5", Ok(OfValue(2.5))),
        ("0.0E+00", "12000", Ok(OfValue(12000.0))),
        ("[$-42A]#,##0\" km\"", "5", Ok(OfValue(5.0))),
        ("#,###;-#,###;;@", "0", Err("NOT_SHOWN")),
        (";;;", "5", Err("NOT_SHOWN")),
        ("0;0", "-5", Err("UNCLEAR_FORMAT")),
        ("0.0,,\" triệu\"", "1500000", Err("UNCLEAR_FORMAT")),
        ("0\\.00", "123", Err("UNCLEAR_FORMAT")),
        ("[Red", "5", Err("UNCLEAR_FORMAT")),
        ("[=5]\"không có\";0", "5", Err("INVALID_NUMBER")),
        ("mm/yyyy", OCTOBER, Err("INVALID_NUMBER")),
        ("[h]:mm", "1.5", Err("INVALID_NUMBER")),
    ];
    check(&db, &cases, "value", |style, raw| (text("2001"), number(style, raw))).await;
}

async fn periods_are_recorded_as_their_formats_show_them(db: TestDb) {
    let cases = [
        ("\\n\\ă\\m\\ yyyy", "45658", Ok(OfPeriod("2025"))),
        ("yyyy_m", "45658", Ok(OfPeriod("2025"))),
        ("yyyy*m", "45658", Ok(OfPeriod("2025"))),
        ("mm/yyyy", OCTOBER, Ok(OfPeriod("2025-10"))),
        ("[$-42A]mmmm\\ yyyy", OCTOBER, Ok(OfPeriod("2025-10"))),
        ("\"Tháng \"m/yyyy", OCTOBER, Ok(OfPeriod("2025-10"))),
        ("dd/mm/yyyy", OCTOBER, Ok(OfPeriod("2025-10-01"))),
        ("dd/mm/yyyy\\ hh:mm", OCTOBER, Ok(OfPeriod("2025-10-01"))),
        ("Q/yyyy", "45839", Ok(OfPeriod("2025-Q3"))),
        ("QQ\\ yyyy", "45839", Ok(OfPeriod("2025-Q3"))),
        ("yyyy\"-Q\"q", "45839", Ok(OfPeriod("2025-Q3"))),
        ("[<45000]yyyy;mm/yyyy", OCTOBER, Ok(OfPeriod("2025-10"))),
        ("[<45000]yyyy;mm/yyyy", "44931", Ok(OfPeriod("2023"))),
        ("0", "2025", Ok(OfPeriod("2025"))),
        ("\"Năm \"0", "2025", Ok(OfPeriod("2025"))),
        ("00\"/2025\"", "10", Ok(OfPeriod("2025-10"))),
        ("\"Quý III/\"yyyy", "45839", Ok(OfPeriod("2025-Q3"))),
        ("\"Quý \"m/yyyy", "45839", Err("INVALID_PERIOD")),
        ("d/m", OCTOBER, Err("INVALID_PERIOD")),
        ("\"9 tháng \"yyyy", OCTOBER, Err("INVALID_PERIOD")),
        ("bbbb", OCTOBER, Err("INVALID_PERIOD")),
        ("h:mm", "0.5", Err("INVALID_PERIOD")),
        ("yyyy", "-1", Err("UNCLEAR_FORMAT")),
    ];
    check(&db, &cases, "period", |style, raw| (number(style, raw), number(0, "5"))).await;
}

async fn days_that_are_written_as_such_are_as_precise_as_they_are_shown(db: TestDb) {
    let cases = [
        ("mm/yyyy", "2025-10-01", Ok(OfPeriod("2025-10"))),
        ("yyyy", "2025-10-01T00:00:00", Ok(OfPeriod("2025"))),
        ("yyyy-mm-dd", "2025-10-01T12:30:00.5Z", Ok(OfPeriod("2025-10-01"))),
        ("Q/yyyy", "2025-10-01", Ok(OfPeriod("2025-Q4"))),
        ("General", "2025-10-01", Ok(OfPeriod("2025-10-01"))),
        ("General", "2025-10", Ok(OfPeriod("2025-10"))),
        ("h:mm", "12:30:00", Err("INVALID_PERIOD")),
    ];
    check(&db, &cases, "period", |style, raw| (format!("s=\"{style}\" t=\"d\"><v>{raw}</v>"), number(0, "5"))).await;
}

async fn a_number_is_a_period_only_where_it_is_a_whole_year(db: TestDb) {
    let cases = [
        ("General", "2025", Ok(OfPeriod("2025"))),
        ("#,##0", "2024", Ok(OfPeriod("2024"))),
        ("General", "2025.1", Err("AMBIGUOUS_PERIOD")),
        ("0.00", "2025.1", Err("AMBIGUOUS_PERIOD")),
        ("General", "2025.12", Err("AMBIGUOUS_PERIOD")),
        ("0", "2025.4", Err("AMBIGUOUS_PERIOD")),
        ("General", "1.2025", Err("INVALID_PERIOD")),
        ("General", OCTOBER, Err("INVALID_PERIOD")),
        ("General", "202510", Err("INVALID_PERIOD")),
        ("0%", "20.25", Err("INVALID_PERIOD")),
        ("0,", "2025000", Err("INVALID_PERIOD")),
    ];
    check(&db, &cases, "period", |style, raw| (number(style, raw), number(0, "5"))).await;
}

async fn formats_that_are_named_by_number_are_read(db: TestDb) {
    let editor = editor(&db).await;
    let rows = [
        figure(2, "day", number(1, OCTOBER), number(0, "5")),
        figure(3, "month", number(2, OCTOBER), number(0, "5")),
        figure(4, "percent", text("2001"), number(3, "0.85")),
        figure(5, "account", text("2001"), number(4, "5")),
        // A year of an era in one language, a month in another.
        figure(6, "foreign", number(5, OCTOBER), number(0, "5")),
        // No such format, and no such style.
        figure(7, "unknown", text("2001"), number(6, "5")),
        figure(8, "nowhere", text("2001"), number(99, "6")),
    ];
    let styles: String = [14, 17, 10, 43, 27, 999].map(|id| format!("<xf numFmtId=\"{id}\"/>")).concat();
    let package = Package::new(&rows.concat(), &[]).with("xl/styles.xml", "</cellXfs>", &format!("{styles}</cellXfs>"));
    assert_eq!(codes(&package.import(&editor).await), json!([[6, "period", "UNCLEAR_FORMAT"]]));
    let recorded = recorded(&editor).await;
    let of = |dimension: &str| (recorded[dimension].0.as_str(), recorded[dimension].1);
    assert_eq!(of("day"), ("2025-10-01", 5.0));
    assert_eq!(of("month"), ("2025-10", 5.0));
    assert_eq!(of("percent"), ("2001", 85.0));
    assert_eq!(of("account"), ("2001", 5.0));
    assert_eq!(of("unknown"), ("2001", 5.0));
    assert_eq!(of("nowhere"), ("2001", 6.0));
}

async fn a_text_may_mean_one_period_only(db: TestDb) {
    let editor = editor(&db).await;
    let file = |separator: &str| {
        let periods = ["1-5/2025", "2025.1", "1&2/2025", "2025.10", "31/10/2025", "\u{200b}2024\u{feff}"];
        let rows = periods.iter().map(|period| format!("fibre_route_km,25,{period},5,x,2025.1\n"));
        let rows: String = rows.collect();
        format!("\u{feff}indicator,area,period,value,source.title,source.publishedOn\n{rows}").replace(',', separator)
    };
    for separator in [",", "\t", ";"] {
        let days = (2..8).map(|row| json!([row, "source.publishedOn", "AMBIGUOUS_DATE"]));
        let mut expected: Vec<_> = days.chain((2..5).map(|row| json!([row, "period", "AMBIGUOUS_PERIOD"]))).collect();
        expected.sort_by_key(|fault| (fault[0].as_i64(), fault[1].as_str() != Some("period")));
        assert_eq!(faults(&editor, "", CSV, file(separator)).await, json!(expected), "{separator:?}");
    }
    let told = send(&editor, "?dryRun=true", CSV, file(",")).await.json();
    let message = told["errors"][0]["message"].as_str().expect("a message");
    assert_eq!(message, "\"1-5/2025\" may mean several periods; write it as text: 2025-01, 2025-10 or 2025-10-31.");
}
