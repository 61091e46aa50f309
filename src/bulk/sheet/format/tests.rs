//! Formats as people and programs write them, and what each shows.

use super::*;

fn show(code: &str, number: f64) -> Result<Shown, Unclear> {
    NumberFormat::parse(code).ok_or(Unclear::Unreadable)?.show(number, false)
}

/// The number that is shown, and the text of the cell.
fn number(code: &str, value: f64) -> (f64, String) {
    match show(code, value) {
        Ok(Shown::Number(number)) => (number.value, number.text()),
        other => panic!("{code} shows {other:?} of {value}"),
    }
}

/// The period that is shown, and the text of the cell.
fn moment(code: &str, value: f64) -> (Option<String>, String) {
    match show(code, value) {
        Ok(Shown::Moment(moment)) => (moment.code, moment.text),
        other => panic!("{code} shows {other:?} of {value}"),
    }
}

/// 2025-10-01, a Wednesday.
const OCTOBER: f64 = 45_931.0;

#[test]
fn numbers_are_scaled_by_the_signs_of_the_format_alone() {
    for (code, value, shown, text) in [
        ("General", 12.5, 12.5, "12.5"),
        ("General\" km\"", 12.5, 12.5, "12.5 km"),
        ("@", 12.5, 12.5, "12.5"),
        ("0", 12.0, 12.0, "12"),
        ("00", 1.0, 1.0, "01"),
        ("#,##0.00", 1_234.5, 1_234.5, "1,234.50"),
        ("# ##0", 1_234.0, 1_234.0, "1234"),
        ("0.0%", 0.936, 93.6, "93.6%"),
        ("%0.0", 0.936, 93.6, "%93.6"),
        ("0.0 %", 0.936, 93.6, "93.6 %"),
        ("0.0\\%", 85.0, 85.0, "85.0%"),
        ("0.0\"%\"", 85.0, 85.0, "85.0%"),
        ("0.0_%", 85.0, 85.0, "85.0"),
        ("#,##0_%_)", 85.0, 85.0, "85"),
        ("0.0*%", 85.0, 85.0, "85.0"),
        ("*%0.0", 85.0, 85.0, "85.0"),
        ("0.0[$%-409]", 85.0, 85.0, "85.0%"),
        ("[Color10]0%", 0.85, 85.0, "85%"),
        ("0%%", 0.0085, 85.0, "85%%"),
        ("#,##0.0,", 1_234_500.0, 1_234.5, "1,234.5"),
        ("0,", 5_000.0, 5.0, "5"),
        ("0.00,,", 1_550_000.0, 1.55, "1.55"),
        ("0,.0", 12_300.0, 12.3, "12.3"),
        ("#,##0\" km\"", 1_234.0, 1_234.0, "1,234 km"),
        ("0.0\" thuê bao/100 dân\"", 85.0, 85.0, "85.0 thuê bao/100 dân"),
        ("[$₫-42A]#,##0", 1_234.0, 1_234.0, "₫1,234"),
        ("$#,##0_);($#,##0)", -5.0, -5.0, "($5)"),
        ("0.00E+00", 12_345.0, 12_345.0, "1.23E+04"),
        ("##0.0E-0", 0.012, 0.012, "1.2E-02"),
        ("# ?/?", 2.5, 2.5, "2 1/2"),
        ("# ??/??", 0.3125, 0.3125, "5/16"),
        ("# ?/16", 0.25, 0.25, "4/16"),
        ("?/10", 0.3, 0.3, "3/10"),
        ("0.0", -5.0, -5.0, "-5.0"),
        ("0;-0", -5.0, -5.0, "-5"),
        ("0;(0)", -5.0, -5.0, "(5)"),
        ("_-[$₫-42A]* #,##0_-;\\-[$₫-42A]* #,##0_-;_-[$₫-42A]* \"-\"_-;_-@_-", -5.0, -5.0, "-₫ 5"),
        ("#,##0\\ [$VND-42A];[RED]\\-#,##0\\ [$VND-42A]", -5.0, -5.0, "-5 VND"),
        ("[$-409]General", 5.0, 5.0, "5"),
        ("_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)", -5.0, -5.0, "(5)"),
        ("#", 5.0, 5.0, "5"),
        ("0\" công ty\"", 5.0, 5.0, "5 công ty"),
        ("0\" m\"", 5.0, 5.0, "5 m"),
    ] {
        assert_eq!(number(code, value), (shown, text.to_owned()), "{code}");
    }
}

#[test]
fn a_section_is_chosen_by_the_number() {
    let percent = "[=0]\"-\";0.0%";
    assert_eq!(number(percent, 0.936).0, 93.6);
    assert_eq!(show(percent, 0.0), Ok(Shown::Text("-".to_owned())));
    for (code, value, shown) in [
        ("0;-0%;0.0", 5.0, 5.0),
        ("0;-0%;0.0", -0.5, -50.0),
        ("0;-0%;0.0%", 0.0, 0.0),
        ("[<1]0%;0", 0.5, 50.0),
        ("[<1]0%;0", 2.0, 2.0),
        ("[>=1000000]0.0,,;[>=1000]0.0,;0", 2_500_000.0, 2.5),
        ("[>=1000000]0.0,,;[>=1000]0.0,;0", 2_500.0, 2.5),
        ("[>=1000000]0.0,,;[>=1000]0.0,;0", 25.0, 25.0),
        ("[<>1]0;0%", 1.0, 100.0),
        ("[Red][<=0.5]0%;[Blue]0", 0.5, 50.0),
    ] {
        assert_eq!(number(code, value).0, shown, "{code} of {value}");
    }
    assert_eq!(moment("[<45000]yyyy;mm/yyyy", OCTOBER).0.as_deref(), Some("2025-10"));
    assert_eq!(moment("[<45000]yyyy;mm/yyyy", 44_931.0).0.as_deref(), Some("2023"));
    assert_eq!(show("[<1]0;[>5]0", 3.0), Err(Unclear::OutOfRange));
    let accounts = "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)";
    assert_eq!(show(accounts, 0.0), Ok(Shown::Text("-".to_owned())));
    assert_eq!(show("#,###", 0.0), Ok(Shown::Text(String::new())));
    assert_eq!(show("0;-0;;@", 0.0), Ok(Shown::Text(String::new())));
    assert_eq!(show(";;;", 5.0), Ok(Shown::Text(String::new())));
}

#[test]
fn what_is_not_certain_is_rejected() {
    for (code, value, why) in [
        ("0;0", -5.0, Unclear::Sign),
        ("0;[Red]0", -5.0, Unclear::Sign),
        ("[>=0]0;0", -5.0, Unclear::Sign),
        ("\\-0", 5.0, Unclear::Sign),
        ("(0)", 5.0, Unclear::Sign),
        ("0\\.00", 123.0, Unclear::Digits),
        ("0000\\-000", 1_234_567.0, Unclear::Digits),
        ("\"1\"0", 5.0, Unclear::Digits),
        ("0\"000\"", 5.0, Unclear::Digits),
        ("0\" 000\"", 5.0, Unclear::Digits),
        ("0\",5\"", 5.0, Unclear::Digits),
        ("0.123", 5.0, Unclear::Digits),
        ("0.0\" triệu\"", 1.5, Unclear::Magnitude),
        ("0.0,,\" triệu đồng\"", 1.5e6, Unclear::Magnitude),
        ("0.0,\"K\"", 1.5e3, Unclear::Magnitude),
        ("0.0,,\"M\"", 1.5e6, Unclear::Magnitude),
        ("0 km", 5.0, Unclear::Unreadable),
        ("yyyy0", OCTOBER, Unclear::Unreadable),
        ("[Red", 5.0, Unclear::Unreadable),
        ("yyyy", -1.0, Unclear::OutOfRange),
        ("yyyy-mm-dd", 60.0, Unclear::OutOfRange),
        ("yyyy", 3e6, Unclear::OutOfRange),
        ("\"Quý \"m/yyyy", 45_717.0, Unclear::Period),
    ] {
        assert_eq!(show(code, value), Err(why), "{code} of {value}");
    }
}

#[test]
fn a_day_is_no_more_precise_than_it_is_shown() {
    for (code, period, text) in [
        ("yyyy", Some("2025"), "2025"),
        ("yy", Some("2025"), "25"),
        ("e", Some("2025"), "2025"),
        ("mm/yyyy", Some("2025-10"), "10/2025"),
        ("mmm-yy", Some("2025-10"), "Oct-25"),
        ("[$-42A]mmmm yyyy", Some("2025-10"), "Tháng Mười 2025"),
        ("dd/mm/yyyy", Some("2025-10-01"), "01/10/2025"),
        ("d-mmm-yy", Some("2025-10-01"), "1-Oct-25"),
        ("[$-F800]dddd, mmmm dd, yyyy", Some("2025-10-01"), "Wednesday, October 01, 2025"),
        ("yyyy-mm-ddThh:mm", Some("2025-10-01"), "2025-10-01T00:00"),
        ("\\n\\ă\\m\\ yyyy", Some("2025"), "năm 2025"),
        ("\"tháng \"m\" năm \"yyyy", Some("2025-10"), "tháng 10 năm 2025"),
        ("\\Tm/yyyy", Some("2025-10"), "T10/2025"),
        ("yyyy_m", Some("2025"), "2025"),
        ("yyyy*m", Some("2025"), "2025"),
        ("yyyy_d_d", Some("2025"), "2025"),
        ("Q/yyyy", Some("2025-Q4"), "Q4/2025"),
        ("QQ\\ yyyy", Some("2025-Q4"), "4th quarter 2025"),
        ("[$-42A]QQ/yyyy", Some("2025-Q4"), "Quý 4/2025"),
        ("yyyy\"-Q\"q", Some("2025-Q4"), "2025-QQ4"),
        ("\"Quý IV/\"yyyy", Some("2025-Q4"), "Quý IV/2025"),
        ("\"6 tháng cuối năm \"yyyy", Some("2025-S2"), "6 tháng cuối năm 2025"),
        ("\"9 tháng \"yyyy", None, "9 tháng 2025"),
        ("\"Quý \"m/yyyy", None, "Quý 10/2025"),
        ("\"Tháng \"yyyy", None, "Tháng 2025"),
        ("d/m", None, "1/10"),
        ("m", None, "10"),
        ("dddd yyyy", Some("2025"), "Wednesday 2025"),
        ("d yyyy", None, "1 2025"),
        ("WW/yyyy", None, "40/2025"),
        ("bbbb", None, "2568"),
        ("[$-107041E]yyyy", None, "2025"),
        ("[$-1010000]d/m/yyyy", Some("2025-10-01"), "1/10/2025"),
        ("năm yyyy", None, "nă10 2025"),
    ] {
        assert_eq!(moment(code, OCTOBER), (period.map(str::to_owned), text.to_owned()), "{code}");
    }
}

#[test]
fn times_are_no_periods() {
    for (code, text) in [
        ("h:mm", "12:05"),
        ("hh:mm:ss.00", "12:05:30.50"),
        ("h:mm AM/PM", "12:05 PM"),
        ("mm:ss", "05:30"),
        ("[h]:mm", "36:05"),
        ("[mm]", "2165"),
        ("[s]", "129930"),
    ] {
        assert_eq!(moment(code, 1.5 + 330.5 / 86_400.0), (None, text.to_owned()), "{code}");
    }
}

#[test]
fn days_are_counted_from_either_year() {
    let day = |number, since_1904| {
        let shown = NumberFormat::parse("yyyy-mm-dd").expect("a format").show(number, since_1904);
        match shown {
            Ok(Shown::Moment(moment)) => moment.code,
            _ => None,
        }
    };
    for (number, since_1904, expected) in [
        (1.0, false, "1900-01-01"),
        (59.0, false, "1900-02-28"),
        (61.0, false, "1900-03-01"),
        (45_931.0, false, "2025-10-01"),
        (45_930.999_999_999_9, false, "2025-10-01"),
        (0.0, true, "1904-01-01"),
        (44_469.0, true, "2025-10-01"),
        (2_958_465.0, false, "9999-12-31"),
    ] {
        assert_eq!(day(number, since_1904).as_deref(), Some(expected), "{number}");
    }
}

#[test]
fn texts_are_shown_by_the_section_for_texts() {
    for (code, expected) in [
        ("General", "x"),
        ("0.0%", "x"),
        ("@", "x"),
        ("\"Quý \"@", "Quý x"),
        ("0;-0;0;\"[\"@\"]\"", "[x]"),
        ("_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)", "x"),
        (";;;", ""),
    ] {
        assert_eq!(NumberFormat::parse(code).expect("a format").show_text("x"), expected, "{code}");
    }
}

#[test]
fn every_format_that_has_a_number_is_read() {
    for code in (0..=100).filter_map(builtin::code) {
        assert!(show(code, 1.5).is_ok(), "{code}");
    }
    assert_eq!(builtin::code(27), None);
}

proptest::proptest! {
    #[test]
    fn no_format_is_too_strange(code in "([0#?.,%/@;EeyYmdhsqQgbGeneral]|\\[[<>=$hms~R]*[0-9A-F-]*\\]|\"[a-z]*\"|[\\\\_*]?.){0,12}", number: f64) {
        if let Some(format) = NumberFormat::parse(&code) {
            let _ = format.show(number, false);
            format.show_text("x");
        }
    }
}
