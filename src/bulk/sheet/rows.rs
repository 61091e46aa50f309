//! What the cells of a row say: an order for the command, or every fault of them.

use std::collections::HashMap;

use entity::kinds::{ObservationStatus, Qualifier, SharingClass};
use serde::Deserialize;

use super::{
    headings::Column,
    numbers::{self, Meaning, Notation},
    shortened,
    table::{Cell, Line, Table},
    times,
    words::{self, Words},
};
use crate::{
    citation::NewSource,
    indicator::{NewObservation, import::Row},
    kernel::{
        error::FieldFault,
        locale::{Locale, Message, number},
        text::clean,
    },
};

/// The columns whose cells are numbers.
const NUMBERS: [Column; 4] = [Column::Value, Column::Numerator, Column::Denominator, Column::RankOf];

/// How the numbers of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// In one notation and no other: somebody said so.
    Told(Notation),
    /// As each shows; those that could be either, in this notation. `None`: they are faults.
    Shown(Option<Notation>),
}

/// The rows of a table. `otherwise` is the notation of numbers where the file's own do not show one.
pub(super) fn rows(table: &Table, told: Option<Notation>, otherwise: Option<Notation>) -> Vec<Row> {
    let reading = match told {
        Some(notation) => Reading::Told(notation),
        None => Reading::Shown(numbers::shown(number_texts(table)).or(otherwise)),
    };
    table.lines.iter().map(|line| row(table, line, reading)).collect()
}

fn number_texts(table: &Table) -> impl Iterator<Item = &str> {
    let columns: Vec<usize> =
        table.headings.iter().filter(|h| NUMBERS.contains(&h.column)).map(|heading| heading.at).collect();
    table.lines.iter().flat_map(|line| &line.cells).filter_map(move |(at, cell)| match cell {
        Cell::Text(text) if columns.contains(at) => Some(text.as_str()),
        _ => None,
    })
}

fn row(table: &Table, line: &Line, reading: Reading) -> Row {
    let headed = |at: usize| table.headings.iter().find(|heading| heading.at == at);
    let mut cells = Cells { of: HashMap::new(), faults: vec![], reading };
    for (at, cell) in &line.cells {
        match headed(*at) {
            Some(heading) => drop(cells.of.insert(heading.column, cell)),
            None => cells.stray(*at, cell),
        }
    }
    // A note beside the table is one fault, not one for everything that its line lacks.
    if cells.of.is_empty() {
        return Row { number: line.number, order: Err(cells.faults) };
    }
    let order = cells.order();
    let order = order.filter(|_| cells.faults.is_empty());
    Row { number: line.number, order: order.ok_or(cells.faults) }
}

struct Cells<'a> {
    of: HashMap<Column, &'a Cell>,
    faults: Vec<FieldFault>,
    reading: Reading,
}

impl Cells<'_> {
    /// The order, as far as it can be read: all faults are noted on the way.
    fn order(&mut self) -> Option<NewObservation> {
        let indicator = self.code(Column::Indicator);
        let area = self.area();
        let period = self.parsed(Column::Period, times::period, invalid_period);
        let dimension = self.text(Column::Dimension).unwrap_or_default();
        let scope_text = self.text(Column::ScopeText);
        let value = self.number(Column::Value);
        let qualifier = self.word(Column::Qualifier).unwrap_or(Qualifier::Exact);
        let numerator = self.number(Column::Numerator);
        let denominator = self.number(Column::Denominator);
        let rank_of = self.count(Column::RankOf);
        let text = self.printed();
        let status = self.word(Column::Status).unwrap_or(ObservationStatus::Official);
        let sharing = self.word(Column::Sharing).unwrap_or(SharingClass::Open);
        let source = NewSource {
            title: self.text(Column::Title),
            author: self.text(Column::Author),
            publisher: self.text(Column::Publisher),
            stated_by: self.text(Column::StatedBy),
            url: self.text(Column::Url),
            published_on: self.parsed(Column::PublishedOn, times::day, invalid_day),
            quote: self.text(Column::Quote),
        };
        let revision_reason = self.text(Column::RevisionReason);
        for column in Column::ALL.into_iter().filter(|column| column.required()) {
            if !self.of.contains_key(&column) {
                self.fault(column, "REQUIRED", "Ô này không được để trống.", "The cell must not be empty.");
            }
        }
        Some(NewObservation {
            indicator: indicator?,
            area: area?,
            on: None,
            period: period?,
            period_inferred: false,
            as_of_text: None,
            value,
            qualifier,
            numerator,
            denominator,
            rank_of,
            text,
            dimension,
            scope_text,
            status,
            sharing,
            source,
            revision_reason,
            revises: None,
        })
    }
    fn fault(&mut self, column: Column, code: &'static str, vi: impl Into<String>, en: impl Into<String>) {
        let message = Message::new(vi.into(), en.into());
        self.faults.push(FieldFault { path: column.field().to_owned(), code, message });
    }
    /// Something below no heading. A comma that was meant as a decimal mark looks like this.
    fn stray(&mut self, at: usize, cell: &Cell) {
        if self.faults.iter().any(|fault| fault.code == "NO_HEADING") {
            return;
        }
        let (column, written) = (super::letters(at), shortened(&cell.written()));
        let message = Message::new(
            format!("Ô \"{written}\" ở cột thứ {} ({column}) không nằm dưới tiêu đề nào.", at + 1),
            format!("The cell \"{written}\" in column {} ({column}) stands below no heading.", at + 1),
        );
        self.faults.push(FieldFault { path: String::new(), code: "NO_HEADING", message });
    }
    /// What a cell has that is a value.
    fn cell(&mut self, column: Column) -> Option<Cell> {
        match self.of.get(&column)? {
            Cell::Formula => {
                self.fault(
                    column,
                    "FORMULA",
                    "Ô có công thức; hãy dán giá trị (Paste Special → Values).",
                    "The cell has a formula; paste its value instead (Paste Special → Values).",
                );
                None
            }
            Cell::Error(error) => {
                let (vi, en) = (format!("Ô có lỗi {error}."), format!("The cell has the error {error}."));
                self.fault(column, "CELL_ERROR", vi, en);
                None
            }
            cell => Some((*cell).clone()),
        }
    }
    fn text(&mut self, column: Column) -> Option<String> {
        Some(clean(&self.cell(column)?.written()))
    }
    /// The printed text. Where the cell has become a number, it is printed as Vietnamese text prints it.
    fn printed(&mut self) -> Option<String> {
        match self.cell(Column::Text)? {
            Cell::Number(value) => Some(number(value, Locale::Vi)),
            other => Some(clean(&other.written())),
        }
    }
    /// A code, which a name may follow: `25 - Phú Thọ`.
    fn code(&mut self, column: Column) -> Option<String> {
        let text = self.text(column)?;
        let named = text.split_once(char::is_whitespace).filter(|(_, name)| name.trim_start().starts_with(['-', '–']));
        Some(named.map_or(text.as_str(), |(code, _)| code).to_owned())
    }
    /// An area's code. Spreadsheets make 1 of 01.
    fn area(&mut self) -> Option<String> {
        let code = self.code(Column::Area)?.to_uppercase();
        let lost = code.len() == 1 && code.bytes().all(|b| b.is_ascii_digit());
        Some(if lost { format!("0{code}") } else { code })
    }
    fn parsed<T>(
        &mut self,
        column: Column,
        read: fn(&str) -> Option<T>,
        wrong: fn(&str) -> (String, String),
    ) -> Option<T> {
        let text = self.text(column)?;
        let read = read(&text);
        if read.is_none() {
            let (vi, en) = wrong(&shortened(&text));
            let code = if column == Column::Period { "INVALID_PERIOD" } else { "INVALID_DATE" };
            self.fault(column, code, vi, en);
        }
        read
    }
    fn word<T: Words + for<'de> Deserialize<'de>>(&mut self, column: Column) -> Option<T> {
        let text = self.text(column)?;
        let word = words::word(&text);
        if word.is_none() {
            let short = shortened(&text);
            let vi = format!("Không có từ \"{short}\" trong danh mục; xem trang Danh mục của tệp mẫu.");
            let en = format!("\"{short}\" is not in the list; see the sheet Danh mục of the template.");
            self.fault(column, "UNKNOWN_WORD", vi, en);
        }
        word
    }
    fn number(&mut self, column: Column) -> Option<f64> {
        let text = match self.cell(column)? {
            Cell::Number(value) => return Some(value),
            other => other.written(),
        };
        let short = shortened(&text);
        let read = match (numbers::meaning(&text), self.reading) {
            (Some(Meaning::Either(value)), _) => Some(value),
            (Some(Meaning::Only(notation, value)), Reading::Told(told)) => (notation == told).then_some(value),
            (Some(Meaning::Only(_, value)), Reading::Shown(_)) => Some(value),
            (
                Some(Meaning::Ambiguous { vietnamese, plain }),
                Reading::Told(notation) | Reading::Shown(Some(notation)),
            ) => Some(if notation == Notation::Vietnamese { vietnamese } else { plain }),
            (Some(Meaning::Ambiguous { vietnamese, plain }), Reading::Shown(None)) => {
                let vi =
                    format!("\"{short}\" có thể là {vietnamese} hoặc {plain}; hãy chọn numbers=vi hoặc numbers=plain.");
                let en = format!("\"{short}\" may be {vietnamese} or {plain}; say numbers=vi or numbers=plain.");
                self.fault(column, "AMBIGUOUS_NUMBER", vi, en);
                return None;
            }
            (None, _) => None,
        };
        if read.is_none() {
            let (vi, en) = match self.reading {
                Reading::Told(Notation::Vietnamese) => (" theo cách viết Việt Nam", " in Vietnamese notation"),
                Reading::Told(Notation::Plain) => (" theo cách viết 1,234.5", " in plain notation"),
                Reading::Shown(_) => ("", ""),
            };
            let (vi, en) = (format!("\"{short}\" không phải một số{vi}."), format!("\"{short}\" is not a number{en}."));
            self.fault(column, "INVALID_NUMBER", vi, en);
        }
        read
    }
    fn count(&mut self, column: Column) -> Option<i32> {
        let value = self.number(column)?;
        if value.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(&value) {
            return Some(value as i32);
        }
        self.fault(
            column,
            "NOT_WHOLE",
            "Đây phải là một số nguyên không âm.",
            "This must be a whole number, not below 0.",
        );
        None
    }
}

fn invalid_period(text: &str) -> (String, String) {
    (
        format!("\"{text}\" không phải một kỳ; hãy viết 2025, 2025-S1, 2025-Q1, 2025-10 hoặc 2025-10-31."),
        format!("\"{text}\" is not a period; write 2025, 2025-S1, 2025-Q1, 2025-10 or 2025-10-31."),
    )
}

fn invalid_day(text: &str) -> (String, String) {
    (
        format!("\"{text}\" không phải một ngày; hãy viết 2025-10-31, 31/10/2025, 10/2025 hoặc 2025."),
        format!("\"{text}\" is not a day; write 2025-10-31, 31/10/2025, 10/2025 or 2025."),
    )
}

#[cfg(test)]
mod tests {
    use super::{super::csv, *};

    fn orders(text: &str, told: Option<Notation>) -> Vec<std::result::Result<NewObservation, Vec<&'static str>>> {
        let (table, otherwise) = csv::read(text.as_bytes()).expect("it is read");
        let codes = |faults: Vec<FieldFault>| faults.iter().map(|fault| fault.code).collect();
        rows(&table, told, otherwise).into_iter().map(|row| row.order.map_err(codes)).collect()
    }

    fn values(numbers: &[&str], told: Option<Notation>) -> Vec<std::result::Result<Option<f64>, Vec<&'static str>>> {
        let rows: String = numbers.iter().map(|number| format!("x\t25\t2030\t{number}\tx\n")).collect();
        let text = format!("indicator\tarea\tperiod\tvalue\tsource.title\n{rows}");
        orders(&text, told).into_iter().map(|order| order.map(|order| order.value)).collect()
    }

    #[test]
    fn a_row_is_an_order() {
        let text = "Chỉ tiêu;Địa bàn;Kỳ;Phân tổ;Phạm vi;Giá trị;Từ hạn định;Tử số;Mẫu số;Tổng số xếp hạng;Nguyên văn;\
             Loại số liệu;Phân loại chia sẻ;Nguồn;Tác giả;Đơn vị công bố;Người phát biểu;Địa chỉ;Ngày công bố;Trích dẫn;\
             Lý do sửa đổi\n\
             phone - Thuê bao;1;Quý I/2030;nữ;trên 100 dân;1.207,5;khoảng;1.207;1.311.388;34;khoảng 1.207,5;sơ bộ;dùng chung;\
             T;A;P;S;https://x.vn;10/2030;Q;R\n\
             phone;25 - Phú Thọ;2030;;;;;;;;;;;T;;;;;;;\n";
        let whole = NewObservation {
            indicator: "phone".to_owned(),
            area: "01".to_owned(),
            on: None,
            period: "2030-Q1".parse().expect("a period"),
            period_inferred: false,
            as_of_text: None,
            value: Some(1207.5),
            qualifier: Qualifier::About,
            numerator: Some(1207.0),
            denominator: Some(1_311_388.0),
            rank_of: Some(34),
            text: Some("khoảng 1.207,5".to_owned()),
            dimension: "nữ".to_owned(),
            scope_text: Some("trên 100 dân".to_owned()),
            status: ObservationStatus::Provisional,
            sharing: SharingClass::Shared,
            source: NewSource {
                title: Some("T".to_owned()),
                author: Some("A".to_owned()),
                publisher: Some("P".to_owned()),
                stated_by: Some("S".to_owned()),
                url: Some("https://x.vn".to_owned()),
                published_on: "2030-10".parse().ok(),
                quote: Some("Q".to_owned()),
            },
            revision_reason: Some("R".to_owned()),
            revises: None,
        };
        let bare = NewObservation {
            area: "25".to_owned(),
            period: "2030".parse().expect("a period"),
            value: None,
            qualifier: Qualifier::Exact,
            numerator: None,
            denominator: None,
            rank_of: None,
            text: None,
            dimension: String::new(),
            scope_text: None,
            status: ObservationStatus::Official,
            sharing: SharingClass::Open,
            source: NewSource { title: Some("T".to_owned()), ..NewSource::default() },
            revision_reason: None,
            revises: None,
            ..whole.clone()
        };
        assert_eq!(orders(text, None), [Ok(whole), Ok(bare)]);
    }

    #[test]
    fn a_number_is_read_as_the_others_show() {
        let refused = |code| Err(vec![code]);
        assert_eq!(values(&["1.234", "93,66"], None), [Ok(Some(1234.0)), Ok(Some(93.66))]);
        assert_eq!(values(&["1.234", "93.66"], None), [Ok(Some(1.234)), Ok(Some(93.66))]);
        assert_eq!(values(&["1,234", "93.66"], None), [Ok(Some(1234.0)), Ok(Some(93.66))]);
        assert_eq!(values(&["1.234"], None), [refused("AMBIGUOUS_NUMBER")]);
        assert_eq!(values(&["1.234"], Some(Notation::Vietnamese)), [Ok(Some(1234.0))]);
        assert_eq!(values(&["1.234"], Some(Notation::Plain)), [Ok(Some(1.234))]);
        // What somebody says holds against what the file shows.
        let told = values(&["1.234", "93.66"], Some(Notation::Vietnamese));
        assert_eq!(told, [Ok(Some(1234.0)), refused("INVALID_NUMBER")]);
        let semicolons = "indicator;area;period;value;source.title\nx;25;2030;1.234;x\n";
        assert_eq!(orders(semicolons, None).remove(0).map(|order| order.value), Ok(Some(1234.0)));
    }

    #[test]
    fn what_cannot_be_read_is_told_all_at_once() {
        let text =
            "indicator,area,period,value,qualifier,rankOf,source.title,source.publishedOn\n=1,,nay,x,y,\"1,5\",,z,!\n";
        let faults = orders(text, None).remove(0).expect_err("it has faults");
        assert_eq!(
            faults,
            [
                "NO_HEADING",
                "FORMULA",
                "INVALID_PERIOD",
                "INVALID_NUMBER",
                "UNKNOWN_WORD",
                "NOT_WHOLE",
                "INVALID_DATE",
                "REQUIRED",
                "REQUIRED"
            ]
        );
    }
}
