//! Spreadsheets of figures that come in: what is read, what is refused, and how a fault is told.

mod command;
mod files;
mod formats;
mod package;
mod programs;
mod refusals;
mod template;
mod together;

use axum::{body::Body, http::Method};
use entity::kinds::Role;
use serde_json::{Value, json};

use super::people::{Asker, somebody};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http::{self, Answer},
};

pub const CSV: &str = "text/csv";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The headings that every file has, and the value.
pub const HEADINGS: &str = "Chỉ tiêu,Địa bàn,Kỳ,Giá trị,Nguồn\n";

on_both! { SEEDED =>
    a_text_file_is_read_in_either_notation,
    every_fault_of_every_row_is_told_by_line_and_column,
    rows_without_faults_may_be_taken_alone,
}

/// Somebody who may enter figures.
pub async fn editor(db: &TestDb) -> Asker {
    somebody(db, "editor", &[Role::Editor], Some("VN")).await
}

/// Sends a file, in English.
pub async fn send(asker: &Asker, query: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let bearer = asker.token.as_ref().map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", kind), ("accept-language", "en")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    http::send(&asker.service, Method::POST, &format!("/import/observations{query}"), &headers, body).await
}

/// Row, column and code of each fault, of a file that is only looked at.
pub async fn faults(asker: &Asker, query: &str, kind: &str, body: impl Into<Body>) -> Value {
    let answer = send(asker, &format!("?dryRun=true{query}"), kind, body).await;
    let told = answer.json();
    let errors = told["errors"].as_array().unwrap_or_else(|| panic!("{told}"));
    assert!(errors.iter().all(|error| error["row"].is_number()), "refused as a whole: {told}");
    assert_eq!(told["dryRun"], true);
    assert_eq!(answer.status, if errors.is_empty() { 200 } else { 422 }, "{told}");
    errors.iter().map(|error| json!([error["row"], error["column"], error["code"]])).collect()
}

/// What a file is refused for: path and code of each field.
pub async fn refused(asker: &Asker, kind: &str, body: impl Into<Body>) -> Value {
    let answer = send(asker, "?dryRun=true", kind, body).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["errors"][0]["extensions"]["code"]), (400, &json!("BAD_USER_INPUT")), "{told}");
    let fields = told["errors"][0]["extensions"]["fields"].as_array().expect("fields").clone();
    fields.iter().map(|field| json!([field["path"], field["code"]])).collect()
}

async fn a_text_file_is_read_in_either_notation(db: TestDb) {
    let editor = editor(&db).await;
    let row = |number: &str| format!("fibre_route_km,25,2030,{number},x\n");
    let ambiguous = json!([[2, "Giá trị", "AMBIGUOUS_NUMBER"]]);
    for (numbers, query, expected) in [
        (vec!["\"1.234,5\"", "1.234"], "", json!([])),
        (vec!["1.234"], "", ambiguous.clone()),
        (vec!["\"1,234\""], "", ambiguous.clone()),
        (vec!["1.234", "\"93,66\"", "93.66"], "", ambiguous),
        (vec!["1.234", "93.66"], "", json!([])),
        (vec!["1.234"], "&numbers=vi", json!([])),
        (vec!["1.234"], "&numbers=plain", json!([])),
        (vec!["93.66"], "&numbers=vi", json!([[2, "Giá trị", "INVALID_NUMBER"]])),
        (vec!["85 %", "1 207 233"], "", json!([])),
        (vec!["nhiều"], "", json!([[2, "Giá trị", "INVALID_NUMBER"]])),
    ] {
        // Each row is a figure of its own.
        let rows: String =
            (0..).zip(&numbers).map(|(n, number)| row(number).replace("2030", &(2030 + n).to_string())).collect();
        assert_eq!(faults(&editor, query, CSV, format!("{HEADINGS}{rows}")).await, expected, "{numbers:?} {query}");
    }
    let semicolons = format!("{HEADINGS}{}", row("1.234")).replace(',', ";");
    assert_eq!(faults(&editor, "", CSV, semicolons).await, json!([]));
}

async fn every_fault_of_every_row_is_told_by_line_and_column(db: TestDb) {
    let editor = editor(&db).await;
    let file = "\u{feff}Báo cáo năm 2030\r\n\r\n\
        indicator;ĐỊA BÀN;Ky;Giá trị;rankOf;Từ hạn định;Phân loại chia sẻ;Nguồn;Ngày công bố\r\n\
        fibre_route_km;25 - Phú Thọ;Quý I/2030;1.234,5;;khoảng;dùng chung;x;31/10/2030\r\n\
        ;;;;;;;;\r\n\
        ;25;quý 5/2030;=1+1;1,5;chừng;mật;;hôm qua\r\n\
        fibre_route_km;1;2030;12;;;;\"hai\r\ndòng\";\r\n\
        fibre_route_km;25;2030;12;;;;@SUM(A1);;ghi chú\r\n";
    assert_eq!(
        faults(&editor, "", CSV, file).await,
        json!([
            [6, "Ky", "INVALID_PERIOD"],
            [6, "Giá trị", "FORMULA"],
            [6, "Từ hạn định", "UNKNOWN_WORD"],
            [6, "rankOf", "NOT_WHOLE"],
            [6, "Phân loại chia sẻ", "UNKNOWN_WORD"],
            [6, "Ngày công bố", "INVALID_DATE"],
            [6, "indicator", "REQUIRED"],
            [6, "Nguồn", "REQUIRED"],
            [9, null, "NO_HEADING"],
            [9, "Nguồn", "FORMULA"],
        ])
    );
    let answer = send(&editor, "?dryRun=true", CSV, file).await;
    let first = &answer.json()["errors"][0];
    assert_eq!(
        *first,
        json!({
            "row": 6, "column": "Ky", "field": "period", "code": "INVALID_PERIOD",
            "message": "\"quý 5/2030\" is not a period; write 2025, 2025-S1, 2025-Q1, 2025-10 or 2025-10-31."
        })
    );
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
}

async fn rows_without_faults_may_be_taken_alone(db: TestDb) {
    let editor = editor(&db).await;
    let file = format!("{HEADINGS}fibre_route_km,25,2030,5,x\nfibre_route_km,25,nay,5,x\n");
    let answer = send(&editor, "?dryRun=true&atomic=false", CSV, file.clone()).await;
    assert_eq!((answer.status, &answer.json()["accepted"], &answer.json()["rejected"]), (200, &json!(1), &json!(1)));
    let answer = send(&editor, "?dryRun=true", CSV, file).await;
    assert_eq!((answer.status, &answer.json()["accepted"], &answer.json()["rejected"]), (422, &json!(0), &json!(1)));
}
