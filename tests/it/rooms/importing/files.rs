//! Workbooks, as people make them.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};
use serde_json::json;

use super::{CSV, XLSX, editor, faults, send};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_workbook_is_read_as_its_cells_are_shown,
    the_first_visible_sheet_with_the_headings_is_read,
    a_cell_at_the_far_corner_costs_nothing,
    ten_thousand_rows_come_in_and_no_more,
}

/// A workbook with one sheet.
pub fn workbook(fill: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet()).expect("the sheet is written");
    workbook.save_to_buffer().expect("a workbook")
}

/// Writes a row of texts.
pub fn texts(sheet: &mut Worksheet, row: u32, texts: &[&str]) -> Result<(), XlsxError> {
    sheet.write_row(row, 0, texts.iter().copied()).map(drop)
}

pub const HEADINGS: [&str; 5] = ["Chỉ tiêu", "Địa bàn", "Kỳ", "Giá trị", "Nguồn"];

async fn a_workbook_is_read_as_its_cells_are_shown(db: TestDb) {
    let editor = editor(&db).await;
    let file = workbook(|sheet| {
        texts(sheet, 0, &["Số liệu năm 2030"])?;
        texts(sheet, 2, &HEADINGS)?;
        sheet.write(2, 5, "Tổng số xếp hạng")?;
        let rows: [(f64, f64); 2] = [(1.0, 2030.0), (25.0, 2031.0)];
        for (row, (area, year)) in (3u32..).zip(rows) {
            texts(sheet, row, &["fibre_route_km"])?;
            // Numbers of which nobody has made texts; and one that no program adds up exactly.
            sheet.write(row, 1, area)?.write(row, 2, year)?.write(row, 3, 0.1 + 0.2)?.write(row, 4, "x")?;
        }
        texts(sheet, 6, &["fibre_route_km", "25", "quý 1 năm 2030", "1.234", "x"])?;
        texts(sheet, 7, &["fibre_route_km", "25", "2030", "", "x"])?;
        sheet.write_formula(7, 3, Formula::new("=1+1").set_result("2"))?;
        sheet.write_formula(8, 0, Formula::new("=NA()").set_result("#N/A"))?;
        texts(sheet, 9, &["fibre_route_km", "25", "2030", "12", "x"])?;
        // 10/2030 has become a day that is shown as a month: it is no whole number either.
        let month = Format::new().set_num_format("mm/yyyy");
        sheet.write_datetime_with_format(9, 2, ExcelDateTime::from_ymd(2030, 10, 1)?, &month)?;
        sheet.write_datetime_with_format(9, 5, ExcelDateTime::from_ymd(2030, 10, 1)?, &month)?;
        // 85%, which is kept as 0.85.
        texts(sheet, 10, &["fibre_route_km", "25", "2032", "", "x"])?;
        let percent = Format::new().set_num_format("0%");
        sheet.write_number_with_format(10, 3, 0.85, &percent)?.write_number_with_format(10, 5, 0.07, &percent)?;
        Ok(())
    });
    assert_eq!(
        faults(&editor, "", XLSX, file.clone()).await,
        json!([
            [7, "Giá trị", "AMBIGUOUS_NUMBER"],
            [8, "Giá trị", "FORMULA"],
            [9, "Chỉ tiêu", "FORMULA"],
            [9, "Địa bàn", "REQUIRED"],
            [9, "Kỳ", "REQUIRED"],
            [9, "Nguồn", "REQUIRED"],
            [10, "Tổng số xếp hạng", "INVALID_NUMBER"],
            [11, "Tổng số xếp hạng", "NOT_A_RANK"],
        ])
    );
    let told = send(&editor, "?dryRun=true", XLSX, file).await.json();
    assert_eq!(told["errors"][0]["cell"], "D7");
    assert_eq!(told["errors"][0]["field"], "value");
    let month = told["errors"][6]["message"].as_str().expect("a message").to_owned();
    assert!(month.contains("\"10/2030\""), "{month}");
    assert_eq!(told["rejected"], 5);
}

async fn the_first_visible_sheet_with_the_headings_is_read(db: TestDb) {
    let editor = editor(&db).await;
    let make = |name: &str| {
        let mut workbook = Workbook::new();
        let hidden = workbook.add_worksheet();
        texts(hidden, 0, &HEADINGS).and_then(|()| texts(hidden, 1, &["hidden"])).expect("written");
        hidden.set_hidden(true);
        texts(workbook.add_worksheet(), 0, &["Ghi chú", "Kỳ"]).expect("written");
        let first = workbook.add_worksheet();
        texts(first, 0, &HEADINGS).and_then(|()| texts(first, 1, &["first", "25"])).expect("written");
        first.set_active(true);
        let second = workbook.add_worksheet().set_name(name).expect("a name");
        texts(second, 0, &HEADINGS)
            .and_then(|()| texts(second, 3, &["second", "25", "2030", "x", "x"]))
            .expect("written");
        workbook.save_to_buffer().expect("a workbook")
    };
    assert_eq!(faults(&editor, "", XLSX, make("Khác")).await, json!([[2, "Kỳ", "REQUIRED"], [2, "Nguồn", "REQUIRED"]]));
    assert_eq!(faults(&editor, "", XLSX, make("Số liệu")).await, json!([[4, "Giá trị", "INVALID_NUMBER"]]));
}

async fn a_cell_at_the_far_corner_costs_nothing(db: TestDb) {
    let editor = editor(&db).await;
    let file = workbook(|sheet| {
        texts(sheet, 0, &HEADINGS)?;
        texts(sheet, 1, &["fibre_route_km", "25", "2030", "5", "x"])?;
        sheet.write(1_048_575, 16_383, "!").map(drop)
    });
    // A table of all the cells between would be half a terabyte.
    let told = send(&editor, "?dryRun=true&atomic=false", XLSX, file).await.json();
    assert_eq!((&told["accepted"], &told["rejected"]), (&json!(1), &json!(1)));
    assert_eq!((&told["errors"][0]["row"], &told["errors"][0]["code"]), (&json!(1_048_576), &json!("NO_HEADING")));
    assert!(told["errors"][0]["message"].as_str().expect("a message").contains("XFD"));
}

async fn ten_thousand_rows_come_in_and_no_more(db: TestDb) {
    let editor = editor(&db).await;
    // Not figures to record: what is counted is read.
    let file = |rows: usize| format!("{}{}", super::HEADINGS, "x,25,nay,5,x\n".repeat(rows));
    let told = send(&editor, "?dryRun=true", CSV, file(10_000)).await.json();
    assert_eq!(told["rejected"], 10_000);
    assert_eq!(super::refused(&editor, CSV, file(10_001)).await, json!([["file", "TOO_MANY_ROWS"]]));
    let book = workbook(|sheet| {
        texts(sheet, 0, &HEADINGS)?;
        (1..=10_001).try_for_each(|row| sheet.write(row, 2, "nay").map(drop))
    });
    assert_eq!(super::refused(&editor, XLSX, book).await, json!([["file", "TOO_MANY_ROWS"]]));
}
