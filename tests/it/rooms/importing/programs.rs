//! Workbooks as programs other than Excel write them, and what may be wrong in those that are taken.

use serde_json::json;

use super::{
    CSV, HEADINGS, XLSX, editor,
    package::{LETTERS, Package, codes, figure, number, recorded, row, text},
    refused, send,
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_type_that_is_only_declared_is_no_macro,
    a_workbook_is_found_by_what_leads_to_it,
    texts_keep_their_blanks_and_line_breaks,
    all_cells_of_an_array_formula_are_formulas,
    what_takes_no_room_is_removed_or_named,
    hidden_rows_and_columns_are_returned_as_warnings,
    text_from_before_unicode_is_returned_as_a_warning,
}

fn one_figure() -> Package {
    Package::new(&figure(2, "one", text("2001"), number(0, "5")), &[])
}

async fn a_type_that_is_only_declared_is_no_macro(db: TestDb) {
    let editor = editor(&db).await;
    let declare = |kind: &str| {
        one_figure().with(
            "[Content_Types].xml",
            "</Types>",
            &format!("<Default Extension=\"bin\" ContentType=\"{kind}\"/></Types>"),
        )
    };
    let binary = "application/vnd.ms-excel.sheet.binary.macroEnabled.main";
    let printer = ("xl/printerSettings/printerSettings1.bin", "x");
    for package in
        [declare(binary), declare(binary).and(printer.0, printer.1), declare("application/vnd.ms-office.vbaProject")]
    {
        assert_eq!(super::faults(&editor, "", XLSX, package.bytes()).await, json!([]));
    }
    let kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml";
    let enabled = format!("<Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}\"/></Types>");
    let office = "http://schemas.microsoft.com/office/2006/relationships";
    let led = format!("<Relationship Id=\"r9\" Type=\"{office}/vbaProject\" Target=\"code.dat\"/></Relationships>");
    for package in [
        declare("application/vnd.ms-office.vbaProject").and("xl/code.bin", "x"),
        one_figure().with("[Content_Types].xml", "</Types>", &enabled),
        one_figure().with("xl/_rels/workbook.xml.rels", "</Relationships>", &led).and("xl/code.dat", "x"),
        one_figure().and("xl/macrosheets/sheet1.xml", "<x/>"),
    ] {
        assert_eq!(refused(&editor, XLSX, package.bytes()).await, json!([["file", "MACRO"]]));
    }
}

async fn a_workbook_is_found_by_what_leads_to_it(db: TestDb) {
    let editor = editor(&db).await;
    let moved = one_figure()
        .with("_rels/.rels", "xl/workbook.xml", "/XL/workbook22.xml")
        .renamed("xl/workbook.xml", "xl/workbook22.xml")
        .renamed("xl/_rels/workbook.xml.rels", "xl/_rels/workbook22.xml.rels")
        .with("xl/_rels/workbook22.xml.rels", "worksheets/sheet1.xml", "../data/./sheet.xml")
        .renamed("xl/worksheets/sheet1.xml", "data/Sheet.xml");
    assert_eq!(moved.import(&editor).await["accepted"], 1);
    // Prefixes, and the other namespaces of the same standard.
    let strict = Package::new(&figure(2, "strict", text("2002"), number(0, "5")), &[])
        .with("xl/workbook.xml", "<sheet ", "<x:sheet xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\" ")
        .with(
            "xl/_rels/workbook.xml.rels",
            "http://schemas.openxmlformats.org/officeDocument/2006",
            "http://purl.oclc.org/ooxml/officeDocument",
        );
    assert_eq!(strict.import(&editor).await["accepted"], 1);
    let document = one_figure().and("word/document.xml", "<x/>");
    assert_eq!(refused(&editor, XLSX, document.bytes()).await, json!([["file", "WRONG_TYPE"]]));
}

async fn texts_keep_their_blanks_and_line_breaks(db: TestDb) {
    let editor = editor(&db).await;
    let quoted = |number: usize, dimension: &str, quote: &str| {
        let cells = ["fibre_route_km", "25", "2001", dimension].map(text);
        let quote = format!("t=\"inlineStr\"><is>{quote}</is>");
        row(number, "", &[&cells[..], &[self::number(0, "5"), text("x"), quote]].concat())
    };
    let rows = [
        quoted(
            2,
            "rich",
            "<r><t>Báo cáo</t></r><r><rPr><b/></rPr><t> </t></r><r><t>số 12</t></r><rPh sb=\"0\" eb=\"1\"><t>hint</t></rPh>",
        ),
        quoted(3, "escaped", "<t>Câu 1._x000D_&#10;Câu 2.</t>"),
        quoted(4, "feeds", "<t>Câu 1.&#13;&#10;Câu 2.&#13;Câu 3.</t>"),
    ];
    assert_eq!(codes(&Package::new(&rows.concat(), &[]).import(&editor).await), json!([]));
    let csv = "indicator,area,period,dimension,value,source.title,source.quote\r\nfibre_route_km,25,2001,csv,5,x,\"Câu 1.\r\nCâu 2.\rCâu 3.\"\r\n";
    assert_eq!(send(&editor, "", CSV, csv).await.status, 200);
    let mutation = json!({ "query": "mutation ($quote: String!) { recordObservation(input: { indicator: \"fibre_route_km\", area: \"25\", period: \"2001\", dimension: \"api\", value: 5, source: { title: \"x\", quote: $quote } }) { observation { id } } }", "variables": { "quote": "Câu 1.\r\nCâu 2." } });
    let answer = editor.post(&mutation).await.json();
    assert_eq!(answer.get("errors"), None, "{answer}");
    let recorded = recorded(&editor).await;
    let quote = |dimension: &str| recorded[dimension].2.clone().expect("a quote");
    assert_eq!(quote("rich"), "Báo cáo số 12");
    assert_eq!(quote("escaped"), "Câu 1.\nCâu 2.");
    assert_eq!(quote("feeds"), "Câu 1.\nCâu 2.\nCâu 3.");
    assert_eq!(quote("csv"), "Câu 1.\nCâu 2.\nCâu 3.");
    assert_eq!(quote("api"), "Câu 1.\nCâu 2.");
}

async fn all_cells_of_an_array_formula_are_formulas(db: TestDb) {
    let editor = editor(&db).await;
    let formula = |kind: &str| format!("><f t=\"{kind}\" ref=\"E2:E3\" si=\"0\">A1*2</f><v>5</v>");
    let rows = |first: &str| {
        let rows = [
            figure(2, "first", text("2001"), formula(first)),
            figure(3, "second", text("2001"), number(0, "5")),
            figure(4, "below", text("2001"), number(0, "5")),
        ];
        Package::new(&rows.concat(), &[]).bytes()
    };
    let both = json!([[2, "Giá trị", "FORMULA"], [3, "Giá trị", "FORMULA"]]);
    for kind in ["array", "dataTable"] {
        assert_eq!(super::faults(&editor, "", XLSX, rows(kind)).await, both, "{kind}");
    }
    // What was typed over a shared formula is a value.
    assert_eq!(super::faults(&editor, "", XLSX, rows("shared")).await, json!([[2, "Giá trị", "FORMULA"]]));
}

async fn what_takes_no_room_is_removed_or_named(db: TestDb) {
    let editor = editor(&db).await;
    let file = "indi\u{200b}cator,area,period,value,source.title\n\
        fibre_route_km\u{200b},\u{feff}25,20\u{2060}25,1\u{200b}2\u{ad},x\n";
    assert_eq!(super::faults(&editor, "", CSV, file).await, json!([]));
    let query = "mutation { importObservations(input: { dryRun: true, rows: [{ indicator: \"fibre_route_km\u{200b}\", area: \"25\", period: \"2025\", value: 5, source: { title: \"x\" } }] }) { errors { field message } } }";
    let told = editor.ask(query).await;
    assert_eq!(
        told["importObservations"]["errors"],
        json!([{ "field": "indicator", "message": "There is no indicator with the code \"fibre_route_km[U+200B]\"." }])
    );
}

async fn hidden_rows_and_columns_are_returned_as_warnings(db: TestDb) {
    let editor = editor(&db).await;
    let hidden = |number: usize, attributes: &str| {
        figure(number, &format!("row-{number}"), text("2001"), super::package::number(0, "5"))
            .replace("<row ", &format!("<row {attributes} "))
    };
    let rows = [hidden(2, "hidden=\"1\""), hidden(3, "hidden=\"false\""), hidden(4, "ht=\"0\" customHeight=\"1\"")];
    let package = Package::new(&rows.concat(), &[]).with(
        "xl/worksheets/sheet1.xml",
        "<sheetData>",
        "<cols><col min=\"4\" max=\"4\" hidden=\"1\"/><col min=\"8\" max=\"16384\" hidden=\"1\"/></cols><sheetData>",
    );
    let report = package.import(&editor).await;
    assert_eq!((&report["accepted"], &report["errors"]), (&json!(3), &json!([])));
    let message = "The row is hidden in the file, by hand or by a filter, and is read all the same.";
    let row =
        |row: usize| json!({ "row": row, "column": null, "field": null, "code": "HIDDEN_ROW", "message": message });
    let column = json!({
        "row": 1, "column": "Phân tổ", "cell": "D1", "field": "dimension", "code": "HIDDEN_COLUMN",
        "message": "The column \"Phân tổ\" is hidden in the file; its cells are read all the same."
    });
    assert_eq!(report["warnings"], json!([column, row(2), row(4)]));
}

async fn text_from_before_unicode_is_returned_as_a_warning(db: TestDb) {
    let editor = editor(&db).await;
    let cells = ["fibre_route_km", "25", "2001", "one"].map(text);
    let legacy = [number(0, "5"), text("Baùo caùo"), text("n«ng th«n")];
    let package = Package::new(&row(2, "", &[&cells[..], &legacy[..]].concat()), &[]);
    let report = package.import(&editor).await;
    assert_eq!((&report["accepted"], &report["errors"]), (&json!(1), &json!([])));
    let at = |letter: usize, column: &str, field: &str, code: &str, message: &str| {
        let cell = format!("{}2", LETTERS[letter]);
        json!({ "row": 2, "column": column, "cell": cell, "field": field, "code": code, "message": message })
    };
    let tcvn3 = "The text seems to be in TCVN3 (ABC, .VnTime), not in Unicode; then it reads \"nông thôn\".";
    let vni = "The text seems to be in VNI, not in Unicode; then it reads \"Báo cáo\".";
    let expected = json!([
        at(5, "Nguồn", "source.title", "VNI_TEXT", vni),
        at(6, "Trích dẫn", "source.quote", "TCVN3_TEXT", tcvn3),
    ]);
    assert_eq!(report["warnings"], expected);
    // The same of a text file, and of rows that have errors; Unicode is left alone.
    let csv = format!("{HEADINGS}fibre_route_km,25,nay,5,B¸o c¸o\nfibre_route_km,25,2002,5,Báo cáo São Paulo 5 m²\n");
    let report = send(&editor, "?dryRun=true", CSV, csv).await.json();
    let codes: Vec<_> =
        report["warnings"].as_array().expect("warnings").iter().map(|w| (&w["row"], &w["code"])).collect();
    assert_eq!(codes, [(&json!(2), &json!("TCVN3_TEXT"))]);
    let query = "mutation { importObservations(input: { dryRun: true, rows: [{ indicator: \"fibre_route_km\", area: \"25\", period: \"2025\", value: 5, source: { title: \"Së Khoa häc\", quote: \"Báo cáo\" } }] }) { accepted warnings { row field code message } } }";
    assert_eq!(
        editor.ask(query).await["importObservations"],
        json!({ "accepted": 1, "warnings": [{
            "row": 1, "field": "source.title", "code": "TCVN3_TEXT",
            "message": "The text seems to be in TCVN3 (ABC, .VnTime), not in Unicode; then it reads \"Sở Khoa học\"."
        }] })
    );
}
