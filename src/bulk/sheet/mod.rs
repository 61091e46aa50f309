//! Spreadsheets of figures: a table in a text file (CSV) or in a workbook (.xlsx), a figure a row.
//!
//! A file is read whole, and every fault of every row is found, before anything is recorded. What is refused at once is a file
//! that cannot be taken for a table of figures; what is wrong with a row is told of the row.

mod csv;
mod fields;
mod format;
mod guide;
pub mod headings;
pub mod numbers;
mod rows;
mod table;
pub mod template;
mod times;
mod words;
mod xlsx;

use self::{
    headings::Headings,
    numbers::Notation,
    xlsx::package::{self, Looks, wrong_type},
};
pub use crate::indicator::import::{Import, MOST_ROWS};
use crate::{
    indicator::import::{self, Row, RowFault},
    kernel::{
        error::{Refusal, Result},
        locale::Message,
        op::Op,
    },
};

/// What sort of file a table is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text with separators.
    Csv,
    /// A workbook.
    Xlsx,
}

/// A table of figures that was read; its rows may have faults.
#[derive(Clone, Debug)]
pub struct Sheet {
    kind: Kind,
    headings: Headings,
    rows: Vec<Row>,
    warnings: Vec<RowFault>,
}

/// Something wrong in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row: the line of a text, the number of a workbook's row.
    pub row: usize,
    /// The heading, as the file has it; none where the file has no such column, or no single one is to blame.
    pub column: Option<String>,
    /// In a workbook, the cell: `F12`.
    pub cell: Option<String>,
    /// The field, as the API names it.
    pub field: Option<String>,
    /// A stable code.
    pub code: String,
    /// In words.
    pub message: Message,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many rows were, or would be, recorded.
    pub accepted: usize,
    /// How many were not.
    pub rejected: usize,
    /// Whether nothing was to be recorded.
    pub dry_run: bool,
    /// Everything that is wrong, by row.
    pub errors: Vec<Fault>,
    /// What may be wrong in rows, whether they were recorded or not: it keeps none of them out.
    pub warnings: Vec<Fault>,
}

impl Sheet {
    /// Reads a file. `numbers` is the notation of its numbers, where somebody says so.
    ///
    /// # Errors
    /// BAD_USER_INPUT for a file that is no table of figures, is of another kind, has too many rows, or must not be opened; for
    /// every heading that is unknown, doubled or missing.
    pub fn read(bytes: &[u8], kind: Kind, numbers: Option<Notation>) -> std::result::Result<Self, Refusal> {
        let (table, otherwise) = match (kind, package::looks(bytes)?) {
            (Kind::Csv, Looks::Text) => csv::read(bytes)?,
            (Kind::Xlsx, Looks::Archive) => (xlsx::read(bytes)?, None),
            (Kind::Csv, Looks::Archive) => {
                return Err(wrong_type(
                    "Đây là tệp .xlsx hoặc .zip, không phải CSV.",
                    "This is an .xlsx or a .zip, not a CSV.",
                ));
            }
            (Kind::Xlsx, Looks::Text) => {
                return Err(wrong_type("Đây không phải tệp .xlsx.", "This is not an .xlsx file."));
            }
        };
        let rows = rows::rows(&table, numbers, otherwise);
        let warnings = rows::warnings(&table);
        Ok(Sheet { kind, headings: table.headings, rows, warnings })
    }
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }
    /// Imports it. `progress` is told how many rows have been gone through.
    ///
    /// # Errors
    /// As the command that records the rows.
    pub async fn import(self, op: &Op, how: Import, progress: impl FnMut(usize)) -> Result<Report> {
        let Sheet { kind, headings, rows, warnings } = self;
        let imported = import::import(op, rows, how, progress).await?;
        let placed = |faults: Vec<RowFault>| faults.into_iter().map(|fault| told(kind, &headings, fault)).collect();
        Ok(Report {
            accepted: imported.accepted,
            rejected: imported.rejected,
            dry_run: imported.dry_run,
            errors: placed(imported.errors),
            warnings: placed(warnings),
        })
    }
}

impl Kind {
    /// What a file looks like: an archive is taken for a workbook, all else for text.
    pub fn of(bytes: &[u8]) -> Self {
        match package::looks(bytes) {
            Ok(Looks::Archive) => Kind::Xlsx,
            _ => Kind::Csv,
        }
    }
}

/// A fault as it stands in the file.
fn told(kind: Kind, headings: &Headings, fault: RowFault) -> Fault {
    let field = fault.field.filter(|field| !field.is_empty());
    let heading = field.as_deref().and_then(|field| headings.of_field(field));
    let cell = heading.filter(|_| kind == Kind::Xlsx).map(|heading| format!("{}{}", letters(heading.at), fault.row));
    let column = heading.map(|heading| heading.written.clone());
    Fault { row: fault.row, column, cell, field, code: fault.code, message: fault.message }
}

/// A column's letters, from 0: A, Z, AA.
fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column + 1, vec![]);
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// A text as a message quotes it: no longer than a line.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// A file that is refused as a whole.
fn refused(code: &'static str, message: Message) -> Refusal {
    Refusal::field("file", code, message)
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_have_letters() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(super::letters(column), letters);
        }
    }
}
