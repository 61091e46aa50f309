//! The cells of a row, read as their columns ask for: codes, texts, numbers, periods. Every fault is noted on the way.

use std::{collections::HashMap, str::FromStr};

use entity::time::{PartialDate, Period};
use serde::Deserialize;

use super::{
    headings::Column,
    numbers::{self, Meaning, Notation},
    shortened,
    table::{Cell, Line, Table},
    times,
    words::{self, Words},
};
use crate::kernel::{
    error::FieldFault,
    locale::{Locale, Message, number},
    text::{clean, without_invisible},
};

/// How the numbers of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// In one notation and no other: somebody said so.
    Told(Notation),
    /// As each shows; those that could be either, in this notation. `None`: they are faults.
    Shown(Option<Notation>),
}

/// The cells of a row, by column.
pub(super) struct Cells<'a> {
    of: HashMap<Column, &'a Cell>,
    faults: Vec<FieldFault>,
    reading: Reading,
}

impl<'a> Cells<'a> {
    /// The cells of a line of a table.
    pub fn new(table: &Table, line: &'a Line, reading: Reading) -> Self {
        let mut cells = Cells { of: HashMap::new(), faults: vec![], reading };
        for (at, cell) in &line.cells {
            match table.headings.iter().find(|heading| heading.at == *at) {
                Some(heading) => drop(cells.of.insert(heading.column, cell)),
                None => cells.stray(*at, cell),
            }
        }
        cells
    }
    /// Whether nothing stands below a heading.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }
    /// Whether something stands in a column.
    pub fn has(&self, column: Column) -> bool {
        self.of.contains_key(&column)
    }
    /// What was found to be wrong.
    pub fn into_faults(self) -> Vec<FieldFault> {
        self.faults
    }
    /// Notes a fault of a cell.
    pub fn fault(&mut self, column: Column, code: &'static str, vi: impl Into<String>, en: impl Into<String>) {
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
            Cell::Hidden => {
                self.fault(
                    column,
                    "NOT_SHOWN",
                    "Định dạng của ô không hiển thị nội dung; hãy sửa định dạng hoặc để ô trống.",
                    "The cell's number format hides what is in it; change the format, or empty the cell.",
                );
                None
            }
            Cell::Unclear { format, why } => {
                let why = why.reason();
                let vi = format!(
                    "Định dạng số \"{format}\" của ô có thể hiển thị khác với số trong ô: {}. Hãy đổi sang định dạng General.",
                    why.text(Locale::Vi)
                );
                let en = format!(
                    "The cell's number format \"{format}\" may show another number than the cell holds: {}. Format it as General.",
                    why.text(Locale::En)
                );
                self.fault(column, "UNCLEAR_FORMAT", vi, en);
                None
            }
            cell => Some((*cell).clone()),
        }
    }
    /// A text.
    pub fn text(&mut self, column: Column) -> Option<String> {
        Some(clean(&self.cell(column)?.written()))
    }
    /// A text that others are compared with: a code, a word of a list. What takes no room is no part of it.
    pub fn key(&mut self, column: Column) -> Option<String> {
        Some(clean(&without_invisible(&self.cell(column)?.written())))
    }
    /// The printed text. Where the cell has become a number, it is printed as Vietnamese text prints it.
    pub fn printed(&mut self) -> Option<String> {
        match self.cell(Column::Text)? {
            Cell::Number(shown) => {
                let value = if shown.digits.starts_with('-') { shown.value } else { shown.value.abs() };
                Some(clean(&format!("{}{}{}", shown.before, number(value, Locale::Vi), shown.after)))
            }
            other => Some(clean(&other.written())),
        }
    }
    /// A code, which a name may follow: `25 - Phú Thọ`.
    pub fn code(&mut self, column: Column) -> Option<String> {
        let text = self.key(column)?;
        let named = text.split_once(char::is_whitespace).filter(|(_, name)| name.trim_start().starts_with(['-', '–']));
        Some(named.map_or(text.as_str(), |(code, _)| code).to_owned())
    }
    /// An area's code. Spreadsheets make 1 of 01.
    pub fn area(&mut self) -> Option<String> {
        let code = self.code(Column::Area)?.to_uppercase();
        let lost = code.len() == 1 && code.bytes().all(|b| b.is_ascii_digit());
        Some(if lost { format!("0{code}") } else { code })
    }
    /// The period that a cell shows.
    pub fn period(&mut self) -> Option<Period> {
        self.time(Column::Period, times::period, ["INVALID_PERIOD", "AMBIGUOUS_PERIOD"], invalid_period)
    }
    /// The day of publication that a cell shows, as precise as it is.
    pub fn day(&mut self) -> Option<PartialDate> {
        self.time(Column::PublishedOn, times::day, ["INVALID_DATE", "AMBIGUOUS_DATE"], invalid_day)
    }
    /// What a cell shows of a time. A number is one only where it is a whole year: 2025.1 may have been typed 2025.10.
    fn time<T: FromStr>(
        &mut self,
        column: Column,
        read: fn(&str) -> Option<T>,
        [invalid, ambiguous]: [&'static str; 2],
        wrong: fn(&str) -> (String, String),
    ) -> Option<T> {
        let cell = self.cell(column)?;
        let text = clean(&without_invisible(&cell.written()));
        let (found, several) = match &cell {
            Cell::Moment(moment) => (moment.code.as_deref().and_then(|code| code.parse().ok()), false),
            Cell::Number(number) if number.is_bare() => {
                let year = !number.converted && (1000.0..10_000.0).contains(&number.value);
                let whole = number.value.fract() == 0.0;
                (Some(number.value.to_string()).filter(|_| year && whole).and_then(|year| read(&year)), year && !whole)
            }
            Cell::Number(number) if number.is_rounded() => (None, false),
            _ => (read(&text), times::is_ambiguous(&text)),
        };
        if found.is_none() {
            let short = shortened(&text);
            let (code, (vi, en)) = if several { (ambiguous, several_times(&short)) } else { (invalid, wrong(&short)) };
            self.fault(column, code, vi, en);
        }
        found
    }
    /// A word of a list.
    pub fn word<T: Words + for<'de> Deserialize<'de>>(&mut self, column: Column) -> Option<T> {
        let text = self.key(column)?;
        let word = words::word(&text);
        if word.is_none() {
            let short = shortened(&text);
            let vi = format!("Không có từ \"{short}\" trong danh mục; xem trang Danh mục của tệp mẫu.");
            let en = format!("\"{short}\" is not in the list; see the sheet Danh mục of the template.");
            self.fault(column, "UNKNOWN_WORD", vi, en);
        }
        word
    }
    /// A number.
    pub fn number(&mut self, column: Column) -> Option<f64> {
        let text = match self.cell(column)? {
            Cell::Number(number) => return Some(number.value),
            other => without_invisible(&other.written()).into_owned(),
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
    /// A whole number that is not below 0.
    pub fn count(&mut self, column: Column) -> Option<i32> {
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

fn several_times(text: &str) -> (String, String) {
    (
        format!("\"{text}\" có thể là nhiều kỳ; hãy viết dạng chữ: 2025-01, 2025-10 hoặc 2025-10-31."),
        format!("\"{text}\" may mean several periods; write it as text: 2025-01, 2025-10 or 2025-10-31."),
    )
}
