//! The template: anybody may have it, it knows the codes of the database, and what is filled in comes in.

use std::io::{Cursor, Read};

use axum::{body::Body, http::Request};
use calamine::{Reader, Xlsx};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use zip::ZipArchive;

use super::{XLSX, editor, faults, send};
use crate::{
    harness::{MIGRATED, SEEDED, TestDb, on_both},
    http,
};

on_both! { SEEDED =>
    the_template_is_for_everybody_and_comes_in_again,
    it_has_the_codes_of_the_database,
}

mod empty {
    use super::{MIGRATED, an_empty_database_has_a_template_too, on_both};
    on_both! { MIGRATED => an_empty_database_has_a_template_too }
}

async fn template(db: &TestDb) -> Vec<u8> {
    let request = Request::get("/import/template.xlsx").body(Body::empty()).expect("a request");
    let response = http::service(db).await.oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], XLSX);
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"lienthong-so-lieu.xlsx\"");
    response.into_body().collect().await.expect("a body").to_bytes().to_vec()
}

fn part(book: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(book)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("text");
    text
}

async fn the_template_is_for_everybody_and_comes_in_again(db: TestDb) {
    let blank = template(&db).await;
    let editor = editor(&db).await;
    let answer = send(&editor, "?dryRun=true", XLSX, blank.clone()).await;
    assert_eq!(answer.json(), json!({ "accepted": 0, "rejected": 0, "dryRun": true, "errors": [], "warnings": [] }));
    let sheet = part(&blank, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("state=\"frozen\""), "the headings stay in sight");
    assert_eq!(sheet.matches("<dataValidation ").count(), 5);
    assert!(part(&blank, "xl/comments1.xml").contains("Bắt buộc"));
    // The first row below the headings, filled in.
    let row = |value: &str| {
        let cells =
            [("A", "fibre_route_km - Chiều dài"), ("B", "25 - Phú Thọ"), ("C", "Quý I/2030"), ("F", value), ("N", "x")];
        let cells = cells.map(|(at, text)| format!("<c r=\"{at}2\" t=\"inlineStr\"><is><t>{text}</t></is></c>"));
        format!("<row r=\"2\">{}</row></sheetData>", cells.concat())
    };
    let filled = |value: &str| {
        let mut archive = ZipArchive::new(Cursor::new(&blank)).expect("an archive");
        let mut out = zip::ZipWriter::new(Cursor::new(vec![]));
        for n in 0..archive.len() {
            let mut bytes = vec![];
            let mut entry = archive.by_index(n).expect("an entry");
            let name = entry.name().expect("a name").into_owned();
            entry.read_to_end(&mut bytes).expect("read");
            if name == "xl/worksheets/sheet1.xml" {
                bytes = sheet.replace("</sheetData>", &row(value)).into_bytes();
            }
            out.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
            std::io::Write::write_all(&mut out, &bytes).expect("written");
        }
        out.finish().expect("an archive").into_inner()
    };
    assert_eq!(faults(&editor, "", XLSX, filled("1.234,5")).await, json!([]));
    assert_eq!(faults(&editor, "", XLSX, filled("nhiều")).await, json!([[2, "Giá trị", "INVALID_NUMBER"]]));
}

async fn it_has_the_codes_of_the_database(db: TestDb) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(template(&db).await)).expect("a workbook");
    assert_eq!(book.sheet_names(), ["Số liệu", "Hướng dẫn", "Danh mục", "Tỉnh cũ"]);
    let mut column = |sheet: &str, at: u32| -> Vec<String> {
        let range = book.worksheet_range(sheet).expect("the sheet");
        let (last, _) = range.end().expect("cells");
        (1..=last)
            .filter_map(|row| range.get_value((row, at)).map(ToString::to_string))
            .filter(|t| !t.is_empty())
            .collect()
    };
    let areas = column("Danh mục", 3);
    assert_eq!(areas.len(), 35, "34 provinces and the country: {areas:?}");
    assert!(areas.contains(&"25 - Phú Thọ".to_owned()) && areas.contains(&"VN - Việt Nam".to_owned()), "{areas:?}");
    assert!(column("Danh mục", 0).iter().any(|known| known.starts_with("fibre_route_km - ")));
    assert_eq!(column("Danh mục", 6), ["dữ liệu mở", "dữ liệu dùng chung", "dữ liệu dùng riêng"]);
    let former = column("Tỉnh cũ", 1);
    assert!(former.contains(&"Tỉnh Vĩnh Phúc".to_owned()), "{former:?}");
    let explained = column("Hướng dẫn", 1);
    assert_eq!(explained.len(), 21);
}

async fn an_empty_database_has_a_template_too(db: TestDb) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(template(&db).await)).expect("a workbook");
    let figures = book.worksheet_range("Số liệu").expect("the sheet");
    assert_eq!(figures.get_value((0, 0)).map(ToString::to_string).as_deref(), Some("Chỉ tiêu"));
}
