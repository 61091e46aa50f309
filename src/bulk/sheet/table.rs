//! A table as it stands in a file: headings, and below them lines of cells. What a cell means is decided later.

use super::{
    format::{Moment, Number, Unclear},
    headings::{self, Headings},
};
use crate::{
    indicator::import::MOST_ROWS,
    kernel::{error::Refusal, locale::Message},
};

/// How many lines with a title may stand above the headings.
pub(super) const TITLE_LINES: usize = 10;

/// How large all cells of a table may be together, in bytes: a file may name the same long text from each of them.
const SIZE: usize = 64 * 1024 * 1024;

/// Of the columns beyond these only the first with something in it is kept: that there is something is a fault.
const COLUMNS: usize = 256;

/// What is in a cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// A text.
    Text(String),
    /// A number that the file holds as a number.
    Number(Number),
    /// A day, a month or a time that the file holds as such.
    Moment(Moment),
    /// Something that the cell's format does not show.
    Hidden,
    /// Something of which it is not certain that the format shows what the cell holds.
    Unclear {
        /// The format's code.
        format: String,
        /// Why.
        why: Unclear,
    },
    /// A formula; what it comes to is nobody's word.
    Formula,
    /// What a formula or a person left as an error: #N/A.
    Error(String),
}

impl Cell {
    /// What is in it, as a text.
    pub fn written(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Error(text) => text.clone(),
            Cell::Number(number) => number.text(),
            Cell::Moment(moment) => moment.text.clone(),
            Cell::Hidden => String::new(),
            Cell::Unclear { format, .. } => format.clone(),
            Cell::Formula => "=…".to_owned(),
        }
    }
    /// The room that it takes, in bytes.
    fn size(&self) -> usize {
        size_of::<Cell>() + if let Cell::Text(text) = self { text.len() } else { 0 }
    }
}

/// A line that is not blank.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Which one, from 1, as the program shows it that the file is edited with.
    pub number: usize,
    /// Column, from 0, and what is in it; empty cells are left out.
    pub cells: Vec<(usize, Cell)>,
    /// Whether the file hides it.
    pub hidden: bool,
}

/// The headings and what stands below them.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What each column holds.
    pub headings: Headings,
    /// The lines below.
    pub lines: Vec<Line>,
    /// The number of the line of the headings.
    pub headed: usize,
    /// The columns that the file hides, from 0.
    pub hidden_columns: Vec<usize>,
}

/// The lines of a file, as they come.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<Line>,
    size: usize,
    /// The columns that the file hides, from 0.
    pub hidden_columns: Vec<usize>,
}

impl Lines {
    /// Takes the next line; a blank one is passed over.
    ///
    /// # Errors
    /// When there are too many rows, or too much text.
    pub fn push(&mut self, mut line: Line) -> Result<(), Refusal> {
        let mut beyond = 0;
        line.cells.retain(|(column, cell)| {
            if matches!(cell, Cell::Text(text) if text.trim().is_empty()) {
                return false;
            }
            beyond += usize::from(*column >= COLUMNS);
            *column < COLUMNS || beyond == 1
        });
        if line.cells.is_empty() {
            return Ok(());
        }
        self.size += line.cells.iter().map(|(_, cell)| cell.size()).sum::<usize>();
        if self.size > SIZE {
            return Err(super::refused(
                "TOO_LARGE",
                Message::new(
                    "Bảng quá lớn: quá 64 MiB khi đọc.",
                    "The table is too large: more than 64 MiB once it is read.",
                ),
            ));
        }
        self.lines.push(line);
        // The headings are among the first lines: below them are the rows.
        if self.lines.len() > MOST_ROWS + TITLE_LINES + 1 {
            return Err(too_many());
        }
        Ok(())
    }
    /// Whether the lines are here among which the headings must be.
    pub fn has_headings(&self) -> bool {
        self.lines.len() > TITLE_LINES
    }
    /// The lines among which the headings must be.
    pub fn top(&self) -> &[Line] {
        self.lines.get(..TITLE_LINES + 1).unwrap_or(&self.lines)
    }
    /// Parts the headings from the rows.
    ///
    /// # Errors
    /// BAD_USER_INPUT naming every heading that is unknown, doubled or missing; or when there are too many rows.
    pub fn table(mut self) -> Result<Table, Refusal> {
        let at = headings::line(self.top());
        let line = at.and_then(|at| self.lines.get(at));
        let headed = line.map_or(0, |line| line.number);
        let headings = Headings::read(line)?;
        let lines = self.lines.split_off(at.map_or(0, |at| at + 1));
        match lines.len() > MOST_ROWS {
            true => Err(too_many()),
            false => Ok(Table { headings, lines, headed, hidden_columns: self.hidden_columns }),
        }
    }
}

fn too_many() -> Refusal {
    super::refused(
        "TOO_MANY_ROWS",
        Message::new(
            "Tệp có quá 10.000 dòng số liệu; hãy chia thành nhiều tệp.",
            "The file has more than 10,000 rows; split it into several.",
        ),
    )
}
