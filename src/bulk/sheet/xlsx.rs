//! Tables in workbooks (.xlsx), read cell by cell as they stand in the file: what lies between two cells costs nothing.

use std::{collections::HashMap, io::Cursor};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Style, Xlsx, XlsxCellReader, XlsxError};

use super::{
    headings,
    numbers::as_displayed,
    package,
    table::{Cell, Line, Lines, Table},
};
use crate::kernel::{error::Refusal, text::fold};

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The sheet that is looked at first, folded.
const FIGURES: &str = "so lieu";

/// Reads a workbook: the first of its visible sheets that has the headings; the one with the template's name before others.
///
/// # Errors
/// For a file that is no workbook, or one that must not be read; too many rows, or other headings than it should have.
pub(super) fn read(bytes: &[u8]) -> Result<Table, Refusal> {
    let texts = package::unpacked(bytes)?;
    // The reader of workbooks may stumble over numbers that no program writes.
    std::panic::catch_unwind(|| table(&texts)).unwrap_or_else(|_| Err(package::broken()))
}

fn table(texts: &[u8]) -> Result<Table, Refusal> {
    let mut workbook: Workbook<'_> = Xlsx::new(Cursor::new(texts)).map_err(unreadable)?;
    let visible =
        |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let mut names: Vec<String> = workbook.sheets_metadata().iter().filter(visible).map(|s| s.name.clone()).collect();
    names.sort_by_key(|name| fold(name) != FIGURES);
    let mut best: Option<(usize, String)> = None;
    for name in names {
        let lines = lines(&mut workbook, &name, true)?;
        if lines.top().iter().any(headings::complete) {
            return self::lines(&mut workbook, &name, false)?.table();
        }
        let known = lines.top().iter().map(headings::known).max().unwrap_or(0);
        if best.as_ref().is_none_or(|(most, _)| known > *most) {
            best = Some((known, name));
        }
    }
    match best {
        Some((_, name)) => lines(&mut workbook, &name, false)?.table(),
        None => Lines::default().table(),
    }
}

/// The lines of a sheet, or only those at its top.
fn lines(workbook: &mut Workbook<'_>, name: &str, top: bool) -> Result<Lines, Refusal> {
    let shown = shown(workbook, name, top)?;
    let mut reader = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
    let mut lines = Lines::default();
    let mut line = Line { number: 0, cells: vec![] };
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(unreadable)? {
        let (row, column) = record.pos;
        let number = row as usize + 1;
        if number != line.number {
            lines.push(std::mem::replace(&mut line, Line { number, cells: vec![] }))?;
            if top && lines.has_headings() {
                return Ok(lines);
            }
        }
        let cell = match record.formula {
            Some(_) => Some(Cell::Formula),
            None => cell(&record.value, shown.get(&record.pos).copied()),
        };
        line.cells.extend(cell.map(|cell| (column as usize, cell)));
    }
    lines.push(line)?;
    Ok(lines)
}

/// How a cell's number is shown, where that changes what its reader takes it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// 0.85 as 85%.
    Percent,
    /// A day as its month: 10/2025.
    Month,
    /// A day as its year.
    Year,
}

/// The cells whose numbers are shown as something else.
fn shown(workbook: &mut Workbook<'_>, name: &str, top: bool) -> Result<HashMap<(u32, u32), Shown>, Refusal> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
    let styles: Vec<Option<Shown>> = reader.styles().iter().map(style_shows).collect();
    let mut cells = HashMap::new();
    if styles.iter().all(Option::is_none) {
        return Ok(cells);
    }
    while let Some((row, column, style)) = next_style(&mut reader)? {
        // The headings have no numbers.
        if top {
            break;
        }
        if let Some(Some(shown)) = styles.get(style) {
            cells.insert((row, column), *shown);
        }
    }
    Ok(cells)
}

/// Where the next number stands that has a style.
fn next_style(reader: &mut XlsxCellReader<'_, Cursor<&[u8]>>) -> Result<Option<(u32, u32, usize)>, Refusal> {
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(unreadable)? {
        if matches!(cell.get_value(), DataRef::Float(_) | DataRef::Int(_) | DataRef::DateTime(_)) {
            let (row, column) = cell.get_position();
            return Ok(Some((row, column, style)));
        }
    }
    Ok(None)
}

fn style_shows(style: &Style) -> Option<Shown> {
    let code = style.number_format.as_ref()?.format_code.to_lowercase();
    // What stands in quotes or brackets is shown as it is, or is a language.
    let (mut bare, mut until) = (String::new(), None);
    for c in code.chars() {
        match (until, c) {
            (Some(end), c) if c == end => until = None,
            (Some(_), _) => {}
            (None, '"') => until = Some('"'),
            (None, '[') => until = Some(']'),
            (None, c) => bare.push(c),
        }
    }
    // What follows is for numbers below nought.
    let bare = bare.split(';').next().unwrap_or_default();
    let has = |c: char| bare.contains(c);
    match (has('d'), has('m') && has('y'), has('y')) {
        _ if has('%') => Some(Shown::Percent),
        (true, ..) => None,
        (false, true, _) => Some(Shown::Month),
        (false, false, true) if !has('g') => Some(Shown::Year),
        _ => None,
    }
}

fn cell(value: &DataRef<'_>, shown: Option<Shown>) -> Option<Cell> {
    Some(match value {
        DataRef::Empty => return None,
        DataRef::String(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) if shown == Some(Shown::Percent) => Cell::Number(as_displayed(number * 100.0)),
        DataRef::Float(number) => Cell::Number(as_displayed(*number)),
        DataRef::Bool(truth) => Cell::Text(if *truth { "TRUE" } else { "FALSE" }.to_owned()),
        DataRef::DateTime(day) => Cell::Text(day_text(day, shown)),
        DataRef::DateTimeIso(text) => Cell::Text(text.split('T').next().unwrap_or(text).to_owned()),
        DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    })
}

/// A day, no more precise than it is shown: spreadsheets make the first day of October of 10/2025.
fn day_text(day: &ExcelDateTime, shown: Option<Shown>) -> String {
    let (year, month, day, ..) = day.to_ymd_hms_milli();
    match shown {
        Some(Shown::Year) => format!("{year:04}"),
        Some(Shown::Month) => format!("{year:04}-{month:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}"),
    }
}

fn unreadable(_: XlsxError) -> Refusal {
    package::broken()
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn a_day_is_no_more_precise_than_it_is_shown() {
        let day = ExcelDateTime::new(45_931.0, ExcelDateTimeType::DateTime, false);
        assert_eq!(day_text(&day, None), "2025-10-01");
        assert_eq!(day_text(&day, Some(Shown::Month)), "2025-10");
        assert_eq!(day_text(&day, Some(Shown::Year)), "2025");
    }
}
