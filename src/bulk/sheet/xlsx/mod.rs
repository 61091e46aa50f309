//! Tables in workbooks (.xlsx), read cell by cell as they stand in the file: what lies between two cells costs nothing.

mod cell;
pub(super) mod package;
mod workbook;
mod xml;

use self::{
    cell::Raw,
    package::Package,
    workbook::Workbook,
    xml::{Damaged, Element, Node, Xml},
};
use super::{
    headings,
    table::{Cell, Line, Lines, Table},
};
use crate::kernel::{error::Refusal, text::fold};

/// The sheet that is looked at first, folded.
const FIGURES: &str = "so lieu";

/// How many columns a sheet has.
const COLUMNS: usize = 16_384;

/// How many rows a sheet has.
const ROWS: usize = 1_048_576;

/// Reads a workbook: the first of its visible sheets that has the headings; the one with the template's name before others.
///
/// # Errors
/// For a file that is no workbook, or one that must not be read; too many rows, or other headings than it should have.
pub(super) fn read(bytes: &[u8]) -> Result<Table, Refusal> {
    let package = Package::unpack(bytes)?;
    let workbook = Workbook::read(&package).map_err(broken)?;
    let mut sheets: Vec<(&str, &str)> = vec![];
    for (name, part) in &workbook.sheets {
        sheets.push((name, package.part(part).ok_or_else(package::broken)?));
    }
    sheets.sort_by_key(|(name, _)| fold(name) != FIGURES);
    let mut best: Option<(usize, &str)> = None;
    for (_, sheet) in sheets {
        let lines = lines(&workbook, sheet, true)?;
        if lines.top().iter().any(headings::complete) {
            return self::lines(&workbook, sheet, false)?.table();
        }
        let known = lines.top().iter().map(headings::known).max().unwrap_or(0);
        if best.as_ref().is_none_or(|(most, _)| known > *most) {
            best = Some((known, sheet));
        }
    }
    match best {
        Some((_, sheet)) => lines(&workbook, sheet, false)?.table(),
        None => Lines::default().table(),
    }
}

/// The lines of a sheet, or only those at its top.
fn lines(workbook: &Workbook, sheet: &str, top: bool) -> Result<Lines, Refusal> {
    let mut rows = Rows { xml: Xml::new(sheet), row: 0, array_ends: vec![] };
    let mut lines = Lines::default();
    while let Some(node) = rows.xml.next().map_err(broken)? {
        let Node::Open(element) = node else { continue };
        match element.name() {
            "col" => lines.hidden_columns.extend(hidden_columns(&element).map_err(broken)?),
            "row" => {
                lines.push(rows.line(workbook, &element).map_err(broken)?)?;
                if top && lines.has_headings() {
                    break;
                }
            }
            _ => {}
        }
    }
    Ok(lines)
}

fn hidden_columns(element: &Element<'_>) -> Result<std::ops::Range<usize>, Damaged> {
    let (first, last) = (element.number("min")?.unwrap_or(1), element.number("max")?.unwrap_or(0usize));
    let narrow = element.number::<f64>("width")?.is_some_and(|width| width == 0.0);
    let hidden = element.is("hidden")? || narrow;
    // All that follow the table are hidden as well, in some files.
    Ok(if hidden { first.max(1) - 1..last.min(COLUMNS).min(first.saturating_add(255)) } else { 0..0 })
}

/// The rows of a sheet, as they come.
struct Rows<'a> {
    xml: Xml<'a>,
    /// The number of the last one, from 1.
    row: usize,
    /// By column: down to which row an array formula, or a table of one, fills the cells. Only its first cell says so.
    array_ends: Vec<usize>,
}

impl Rows<'_> {
    /// The row that was opened.
    fn line(&mut self, workbook: &Workbook, row: &Element<'_>) -> Result<Line, Damaged> {
        self.row = row.number("r")?.unwrap_or(self.row + 1);
        if !(1..=ROWS).contains(&self.row) {
            return Err(Damaged);
        }
        let flat = row.number::<f64>("ht")?.is_some_and(|height| height == 0.0);
        let mut line = Line { number: self.row, cells: vec![], hidden: row.is("hidden")? || flat };
        let mut next = 0;
        loop {
            match self.xml.next()?.ok_or(Damaged)? {
                Node::Open(element) if element.name() == "c" => {
                    let column = match element.attribute("r")? {
                        Some(place) => place_of(&place).ok_or(Damaged)?.0,
                        None => next,
                    };
                    if column >= COLUMNS || line.cells.len() > COLUMNS {
                        return Err(Damaged);
                    }
                    next = column + 1;
                    let cell = self.cell(workbook, &element, column)?;
                    line.cells.extend(cell.map(|cell| (column, cell)));
                }
                Node::Open(_) => drop(self.xml.text()?),
                Node::Close(_) => return Ok(line),
                Node::Text(_) => {}
            }
        }
    }
    /// What is in the cell that was opened.
    fn cell(&mut self, workbook: &Workbook, element: &Element<'_>, column: usize) -> Result<Option<Cell>, Damaged> {
        let kind = element.attribute("t")?.unwrap_or_default();
        let style = element.number("s")?.unwrap_or(0);
        let (mut raw, mut formula) = (Raw::Nothing, false);
        loop {
            match self.xml.next()?.ok_or(Damaged)? {
                Node::Open(element) => match element.name() {
                    "v" => raw = Raw::Value(self.xml.text()?),
                    "is" => raw = Raw::Text(self.xml.string()?),
                    "f" => {
                        formula = true;
                        // Cells of a shared formula say so themselves; of an array or a table of data, only the first does.
                        let fills = matches!(element.attribute("t")?.as_deref(), Some("array" | "dataTable"));
                        if let Some(range) = element.attribute("ref")?.filter(|_| fills) {
                            self.fill(&range)?;
                        }
                        self.xml.text()?;
                    }
                    _ => drop(self.xml.text()?),
                },
                Node::Close(_) => break,
                Node::Text(_) => {}
            }
        }
        formula |= self.array_ends.get(column).is_some_and(|end| self.row <= *end && raw != Raw::Nothing);
        if formula {
            return Ok(Some(Cell::Formula));
        }
        cell::read(workbook, &kind, workbook.style(style), raw)
    }
    /// A formula fills a range: `D2:E9`.
    fn fill(&mut self, range: &str) -> Result<(), Damaged> {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        let (from, _) = place_of(first).ok_or(Damaged)?;
        let (to, end) = place_of(last).ok_or(Damaged)?;
        if to >= COLUMNS {
            return Err(Damaged);
        }
        if self.array_ends.len() <= to {
            self.array_ends.resize(to + 1, 0);
        }
        for column in self.array_ends.iter_mut().take(to + 1).skip(from) {
            *column = end.max(*column);
        }
        Ok(())
    }
}

/// The column, from 0, and the row, from 1, of a cell: `AB12`.
fn place_of(place: &str) -> Option<(usize, usize)> {
    let place = place.replace('$', "");
    let digits = place.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = place.split_at(digits);
    let row = row.parse().ok().filter(|row| (1..=ROWS).contains(row))?;
    let column = letters.bytes().try_fold(0usize, |column, letter| {
        let letter = letter.to_ascii_uppercase();
        letter.is_ascii_uppercase().then(|| column.saturating_mul(26).saturating_add(usize::from(letter - b'A') + 1))
    })?;
    Some((column.checked_sub(1).filter(|column| *column < COLUMNS)?, row))
}

fn broken(Damaged: Damaged) -> Refusal {
    package::broken()
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn places_have_a_column_and_a_row() {
        for (place, expected) in [
            ("A1", Some((0, 1))),
            ("$AB$12", Some((27, 12))),
            ("xfd1048576", Some((16_383, 1_048_576))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("12", None),
            ("A", None),
            ("Ă1", None),
            ("AAAAAAAAAAAAAAAAAAAAAAAA1", None),
        ] {
            assert_eq!(place_of(place), expected, "{place}");
        }
    }
}
