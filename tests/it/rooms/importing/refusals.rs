//! What is not taken: from whom, of which type, and files that are no tables of figures or must not be opened.

use std::io::{Cursor, Read, Write};

use axum::{body::Body, http::Method};
use serde_json::json;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    CSV, HEADINGS, XLSX, editor,
    files::{texts, workbook},
    refused, send,
};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http,
    rooms::people::Asker,
};

on_both! { SEEDED =>
    only_somebody_who_is_signed_in_sends_files,
    only_the_two_types_are_taken,
    parameters_are_read_to_the_letter,
    a_file_has_at_most_sixteen_mebibytes,
    headings_that_are_not_known_refuse_the_file,
    a_file_of_another_type_is_refused_by_its_name,
    a_workbook_that_must_not_be_opened_is_refused,
    text_that_is_no_table_is_refused,
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}

/// A workbook with one more entry.
fn with_entry(name: &str, bytes: &[u8]) -> Vec<u8> {
    let book = workbook(|sheet| texts(sheet, 0, &super::files::HEADINGS));
    let mut archive = ZipWriter::new_append(Cursor::new(book)).expect("an archive");
    archive.start_file(name, SimpleFileOptions::default()).expect("an entry");
    archive.write_all(bytes).expect("written");
    archive.finish().expect("an archive").into_inner()
}

/// A workbook, one part of which says something else.
fn with_part(part: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let book = workbook(|sheet| texts(sheet, 0, &super::files::HEADINGS));
    let mut parts = ZipArchive::new(Cursor::new(book)).expect("an archive");
    let mut entries = vec![];
    for n in 0..parts.len() {
        let mut entry = parts.by_index(n).expect("an entry");
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        let name = entry.name().expect("a name").into_owned();
        let edited = if name == part { edit(&text) } else { text.clone() };
        assert!(name != part || edited != text, "{part} was not changed: {text}");
        entries.push((name, edited));
    }
    archive(&entries.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect::<Vec<_>>())
}

async fn only_somebody_who_is_signed_in_sends_files(db: TestDb) {
    let stranger = Asker::stranger(db.app().await);
    let answer = send(&stranger, "?dryRun=true", CSV, HEADINGS).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer realm=\"lienthong\""));
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let answer = send(&stranger.with("nonsense"), "?dryRun=true", CSV, HEADINGS).await;
    assert_eq!(answer.status, 401);
    assert_eq!(send(&editor(&db).await, "?dryRun=true", CSV, HEADINGS).await.status, 200);
}

async fn only_the_two_types_are_taken(db: TestDb) {
    let editor = editor(&db).await;
    for (kind, status) in [
        ("text/csv; charset=UTF-8", 200),
        ("Text/CSV", 200),
        ("text/csv; charset=windows-1258", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("application/json", 415),
        ("application/vnd.ms-excel", 415),
        ("", 415),
    ] {
        assert_eq!(send(&editor, "?dryRun=true", kind, HEADINGS).await.status, status, "{kind}");
    }
    let answer = http::send(&editor.service, Method::GET, "/import/observations", &[], "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
}

async fn parameters_are_read_to_the_letter(db: TestDb) {
    let editor = editor(&db).await;
    let answer = send(&editor, "?dryRun=yes&atomic=1&numbers=en&dryrun=true&dryRun=true", CSV, HEADINGS).await;
    let told = answer.json();
    let fields = told["errors"][0]["extensions"]["fields"].as_array().expect("fields").clone();
    let fields: Vec<_> = fields.iter().map(|field| json!([field["path"], field["code"]])).collect();
    assert_eq!(answer.status, 400);
    assert_eq!(
        fields,
        [
            json!(["dryRun", "INVALID"]),
            json!(["atomic", "INVALID"]),
            json!(["numbers", "INVALID"]),
            json!(["dryrun", "UNKNOWN_PARAMETER"]),
            json!(["dryRun", "DUPLICATE_PARAMETER"]),
        ]
    );
}

async fn a_file_has_at_most_sixteen_mebibytes(db: TestDb) {
    let editor = editor(&db).await;
    let most = 16 * 1024 * 1024;
    // As much is taken, though it is no workbook.
    assert_eq!(send(&editor, "?dryRun=true", XLSX, vec![b'x'; most]).await.status, 400);
    assert_eq!(send(&editor, "?dryRun=true", XLSX, vec![b'x'; most + 1]).await.status, 413);
    // One that says so is refused before it has come.
    let bearer = format!("Bearer {}", editor.token.clone().expect("a token"));
    let long = (most + 1).to_string();
    let headers = [("content-type", CSV), ("content-length", &long), ("authorization", &bearer)];
    let answer = http::send(&editor.service, Method::POST, "/import/observations", &headers, Body::empty()).await;
    assert_eq!(answer.status, 413);
}

async fn headings_that_are_not_known_refuse_the_file(db: TestDb) {
    let editor = editor(&db).await;
    let file = "Chỉ tiêu,indicator,Ghi chú,Giá trị\nx,y,z,1\n";
    let faults = json!([
        ["indicator", "DUPLICATE_COLUMN"],
        ["Ghi chú", "UNKNOWN_COLUMN"],
        ["Địa bàn", "MISSING_COLUMN"],
        ["Kỳ", "MISSING_COLUMN"],
        ["Nguồn", "MISSING_COLUMN"],
    ]);
    assert_eq!(refused(&editor, CSV, file).await, faults);
    let book = workbook(|sheet| texts(sheet, 0, &["Chỉ tiêu", "indicator", "Ghi chú", "Giá trị"]));
    assert_eq!(refused(&editor, XLSX, book).await, faults);
    let below = |titles: usize| format!("{}{HEADINGS}", "Báo cáo\n".repeat(titles));
    assert_eq!(send(&editor, "?dryRun=true", CSV, below(10)).await.status, 200);
    assert_eq!(send(&editor, "?dryRun=true", CSV, below(11)).await.status, 400);
    assert_eq!(send(&editor, "?dryRun=true", CSV, "").await.status, 400);
}

async fn a_file_of_another_type_is_refused_by_its_name(db: TestDb) {
    let editor = editor(&db).await;
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 a workbook of 1997".to_vec();
    let book = workbook(|sheet| texts(sheet, 0, &super::files::HEADINGS));
    for (kind, body, reason) in [
        (XLSX, old.clone(), ".xls)"),
        (CSV, old, ".xls)"),
        (XLSX, b"%PDF-1.7".to_vec(), "PDF"),
        (XLSX, archive(&[("mimetype", b"x"), ("content.xml", b"<x/>")]), ".ods"),
        (XLSX, archive(&[("xl/workbook.bin", b"x")]), ".xlsb"),
        (XLSX, archive(&[("notes.txt", b"x")]), ".zip"),
        (XLSX, HEADINGS.as_bytes().to_vec(), "not an .xlsx"),
        (CSV, book, "not a CSV"),
    ] {
        let answer = send(&editor, "?dryRun=true", kind, body).await;
        let told = answer.json();
        assert_eq!((answer.status, &told["errors"][0]["extensions"]["fields"][0]["code"]), (400, &json!("WRONG_TYPE")));
        let said = told["errors"][0]["message"].as_str().expect("a message");
        assert!(said.contains(reason), "{said}");
    }
}

async fn a_workbook_that_must_not_be_opened_is_refused(db: TestDb) {
    let editor = editor(&db).await;
    let mut encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    encrypted.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    // 65 MiB of nothing are some 65 kB.
    let bomb = with_entry("xl/media/bomb.xml", &vec![0; 65 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    // An archive may say that it unpacks to less than it does.
    let mut liar = bomb.clone();
    let length = (65u32 * 1024 * 1024).to_le_bytes();
    while let Some(at) = liar.windows(4).position(|window| window == length) {
        liar[at..at + 4].copy_from_slice(&16u32.to_le_bytes());
    }
    let many: Vec<String> = (0..201).map(|n| format!("{n}.xml")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    let cut = workbook(|sheet| texts(sheet, 0, &super::files::HEADINGS));
    let wide: Vec<u8> = "<?xml version=\"1.0\"?><sst/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let foreign = with_part("xl/styles.xml", |text| text.replace("UTF-8", "ISO-2022-JP"));
    let types = br#"<Types><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>"#;
    for (body, code) in [
        (bomb, "TOO_LARGE"),
        (archive(&many), "TOO_LARGE"),
        (with_entry("xl/vbaProject.bin", b"x"), "MACRO"),
        (with_entry("XL/VBAPROJECT.BIN", b"x"), "MACRO"),
        (archive(&[("[Content_Types].xml", types), ("xl/workbook.xml", b"<x/>"), ("xl/code.bin", b"x")]), "MACRO"),
        (encrypted, "ENCRYPTED"),
        (with_entry("xl/wide.xml", &wide), "BROKEN_FILE"),
        (foreign, "BROKEN_FILE"),
        (cut[..cut.len() / 2].to_vec(), "BROKEN_FILE"),
        (archive(&[("xl/workbook.xml", b"<x/>")]), "BROKEN_FILE"),
        (with_part("xl/worksheets/sheet1.xml", |text| text.replace("</sheetData>", "")), "BROKEN_FILE"),
    ] {
        assert_eq!(refused(&editor, XLSX, body).await, json!([["file", code]]));
    }
    // How many texts a workbook says it has is nothing that room is made for.
    let boastful =
        with_part("xl/sharedStrings.xml", |text| text.replace("uniqueCount=\"5\"", "uniqueCount=\"199999999990\""));
    assert_eq!(send(&editor, "?dryRun=true", XLSX, boastful).await.status, 200);
    // One text is kept once, and each of its cells names it.
    let text = "ế".repeat(32_000);
    let named = workbook(|sheet| {
        texts(sheet, 0, &super::files::HEADINGS)?;
        (1..=700).try_for_each(|row| sheet.write(row, 4, text.as_str()).map(drop))
    });
    assert!(named.len() < 1024 * 1024);
    assert_eq!(refused(&editor, XLSX, named).await, json!([["file", "TOO_LARGE"]]));
    // A cell in a row that no sheet has: damaged, or without its headings.
    let nowhere = with_part("xl/worksheets/sheet1.xml", |text| text.replace("\"A1\"", "\"A99999999999\""));
    assert_eq!(send(&editor, "?dryRun=true", XLSX, nowhere).await.status, 400);
    // However a file lies, it is refused.
    let told = refused(&editor, XLSX, liar).await;
    assert!(["TOO_LARGE", "BROKEN_FILE"].iter().any(|code| told == json!([["file", code]])), "{told}");
}

async fn text_that_is_no_table_is_refused(db: TestDb) {
    let editor = editor(&db).await;
    let latin = "Nguồn".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (body, code) in [
        (latin, "NOT_UTF8"),
        (b"Ch\xfe ti\xeau,\xd0\xfea b\xe0n".to_vec(), "NOT_UTF8"),
        (format!("{HEADINGS}a,25,2030,5,\"x\nb,25,2030,5,x\n").into_bytes(), "UNCLOSED_QUOTE"),
    ] {
        assert_eq!(refused(&editor, CSV, body).await, json!([["file", code]]));
    }
}
