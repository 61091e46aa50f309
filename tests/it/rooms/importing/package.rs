//! Workbooks part by part, as programs other than Excel write them.

use std::{
    collections::HashMap,
    io::{Cursor, Write},
};

use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{XLSX, send};
use crate::rooms::people::Asker;

/// The parts of a workbook, by name.
pub struct Package(pub Vec<(String, String)>);

/// A cell as it stands in a sheet, without its place.
pub type Cell = String;

pub fn text(text: &str) -> Cell {
    format!("t=\"inlineStr\"><is><t>{text}</t></is>")
}

/// A number in a style: 0 is General, others are the formats that the package is given.
pub fn number(style: usize, number: &str) -> Cell {
    format!("s=\"{style}\"><v>{number}</v>")
}

pub const LETTERS: [&str; 7] = ["A", "B", "C", "D", "E", "F", "G"];

/// A row: what stands in the cells from A on.
pub fn row(number: usize, attributes: &str, cells: &[Cell]) -> String {
    let cells: String =
        cells.iter().zip(LETTERS).map(|(cell, letter)| format!("<c r=\"{letter}{number}\" {cell}</c>")).collect();
    format!("<row r=\"{number}\" {attributes}>{cells}</row>")
}

/// The row of the headings: indicator, area, period, dimension, value, source, quote.
pub fn headings() -> String {
    let names = ["Chỉ tiêu", "Địa bàn", "Kỳ", "Phân tổ", "Giá trị", "Nguồn", "Trích dẫn"];
    row(1, "", &names.map(text))
}

/// A figure: its dimension names it, its period and its value are cells.
pub fn figure(number: usize, dimension: &str, period: Cell, value: Cell) -> String {
    let cells = [text("fibre_route_km"), text("25"), period, text(dimension), value, text("Báo cáo")];
    row(number, "", &cells)
}

impl Package {
    /// A workbook with a sheet of rows below the headings, and formats.
    pub fn new(rows: &str, formats: &[&str]) -> Self {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let rels = "http://schemas.openxmlformats.org/package/2006/relationships";
        let escaped = |code: &str| code.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let own: String = (170..)
            .zip(formats)
            .map(|(id, code)| format!("<numFmt numFmtId=\"{id}\" formatCode=\"{}\"/>", escaped(code)))
            .collect();
        let styles: String = (170..170 + formats.len()).map(|id| format!("<xf numFmtId=\"{id}\"/>")).collect();
        let parts = [
            (
                "[Content_Types].xml",
                "<Types><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>".to_owned(),
            ),
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{rels}\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{rels}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{office}/styles\" Target=\"/xl/styles.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    "<styleSheet xmlns=\"{main}\"><numFmts>{own}</numFmts><cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>{styles}</cellXfs></styleSheet>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{main}\"><sheetData>{}{rows}</sheetData></worksheet>", headings()),
            ),
        ];
        Package(parts.map(|(name, part)| (name.to_owned(), part)).into())
    }
    /// The same, with a part changed.
    pub fn with(mut self, part: &str, from: &str, to: &str) -> Self {
        let (_, text) = self.0.iter_mut().find(|(name, _)| name == part).expect("the part");
        assert!(text.contains(from), "{part} has no {from}: {text}");
        *text = text.replace(from, to);
        self
    }
    /// The same, with a part under another name.
    pub fn renamed(mut self, part: &str, other: &str) -> Self {
        self.0.iter_mut().find(|(name, _)| name == part).expect("the part").0 = other.to_owned();
        self
    }
    /// The same, with one more part.
    pub fn and(mut self, part: &str, text: &str) -> Self {
        self.0.push((part.to_owned(), text.to_owned()));
        self
    }
    pub fn bytes(&self) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(vec![]));
        for (name, part) in &self.0 {
            archive.start_file(name.as_str(), SimpleFileOptions::default()).expect("an entry");
            archive.write_all(part.as_bytes()).expect("written");
        }
        archive.finish().expect("an archive").into_inner()
    }
    /// Imports the rows that can be.
    pub async fn import(&self, editor: &Asker) -> Value {
        let answer = send(editor, "?atomic=false", XLSX, self.bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    }
}

/// What was recorded, by dimension: the period, the value and the quote.
pub async fn recorded(editor: &Asker) -> HashMap<String, (String, f64, Option<String>)> {
    let query = "{ observations(first: 200, filter: { states: [DRAFT] }) { nodes { dimension period value source { quote } } } }";
    let found = editor.ask(query).await;
    let nodes = found["observations"]["nodes"].as_array().expect("nodes").clone();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of = |node: &Value| {
        let period = text(&node["period"]).expect("a period");
        let value = node["value"].as_f64().expect("a value");
        (text(&node["dimension"]).expect("a dimension"), (period, value, text(&node["source"]["quote"])))
    };
    nodes.iter().map(of).collect()
}

/// The codes of the errors of an import, by row.
pub fn codes(report: &Value) -> Value {
    let errors = report["errors"].as_array().expect("errors");
    errors.iter().map(|error| json!([error["row"], error["field"], error["code"]])).collect()
}
