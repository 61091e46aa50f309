//! What is in a cell of a workbook, as it is shown.

use chrono::{NaiveDate, NaiveDateTime};

use super::{
    super::{
        format::{Moment, Number, Shown, Unclear},
        table::Cell,
    },
    workbook::{Style, Workbook},
    xml::{Damaged, shown},
};

/// What stands in a cell's element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// Nothing.
    Nothing,
    /// A value (`v`), whose meaning depends on the cell's type.
    Value(String),
    /// A text of its own (`is`).
    Text(String),
}

/// Reads a cell of a type and a style; `None` for an empty one.
///
/// # Errors
/// Where it names a text that is not there.
pub(super) fn read(workbook: &Workbook, kind: &str, style: Option<&Style>, raw: Raw) -> Result<Option<Cell>, Damaged> {
    let value = match raw {
        Raw::Nothing => return Ok(None),
        Raw::Text(text) => return Ok(text_cell(style, &shown(&text))),
        Raw::Value(value) => value,
    };
    Ok(match kind {
        "s" if value.trim().is_empty() => None,
        "s" => {
            let at: usize = value.trim().parse().map_err(|_| Damaged)?;
            text_cell(style, workbook.strings.get(at).ok_or(Damaged)?)
        }
        "str" | "inlineStr" => text_cell(style, &shown(&value)),
        "b" => Some(Cell::Text(if matches!(value.trim(), "0" | "false") { "FALSE" } else { "TRUE" }.to_owned())),
        "e" => Some(Cell::Error(value)),
        "d" => Some(iso_cell(workbook, style, value.trim())),
        _ => match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Some(number_cell(workbook, style, number)),
            _ if value.trim().is_empty() => None,
            _ => text_cell(style, &shown(&value)),
        },
    })
}

/// A text, with what its format puts beside it.
fn text_cell(style: Option<&Style>, text: &str) -> Option<Cell> {
    let text_is_blank = text.trim().is_empty();
    match style.and_then(|style| style.format.as_ref()).map(|format| format.show_text(text)) {
        _ if text_is_blank => None,
        Some(shown) if shown.trim().is_empty() => Some(Cell::Hidden),
        Some(shown) => Some(Cell::Text(shown)),
        None => Some(Cell::Text(text.to_owned())),
    }
}

fn number_cell(workbook: &Workbook, style: Option<&Style>, number: f64) -> Cell {
    let Some(style) = style else { return Cell::Number(Number::plain(number)) };
    let Some(format) = &style.format else { return unclear(style, Unclear::Unreadable) };
    match format.show(number, workbook.since_1904) {
        Ok(Shown::Number(number)) => Cell::Number(number),
        Ok(Shown::Moment(moment)) => Cell::Moment(moment),
        Ok(Shown::Text(text)) if text.is_empty() => Cell::Hidden,
        // Accounts and statistics print nothing at all as a dash.
        Ok(Shown::Text(text)) if number == 0.0 && matches!(text.as_str(), "-" | "–" | "—") => {
            Cell::Number(Number { digits: text, ..Number::plain(0.0) })
        }
        Ok(Shown::Text(text)) => Cell::Text(text),
        Err(why) => unclear(style, why),
    }
}

/// A day that is written as one. Its format shows it as if it were a number.
fn iso_cell(workbook: &Workbook, style: Option<&Style>, text: &str) -> Cell {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let Ok(day) = date.parse::<NaiveDate>() else { return Cell::Text(text.to_owned()) };
    let number = serial(day, time, workbook.since_1904);
    match (style, number) {
        (Some(style), Some(number)) if style.format.as_ref().is_none_or(|format| format.is_moment(number)) => {
            number_cell(workbook, Some(style), number)
        }
        _ => Cell::Moment(Moment { code: Some(day.to_string()), text: day.to_string() }),
    }
}

/// The number of a day and a time.
fn serial(day: NaiveDate, time: &str, since_1904: bool) -> Option<f64> {
    let first = match since_1904 {
        true => NaiveDate::from_ymd_opt(1904, 1, 1),
        false if day < NaiveDate::from_ymd_opt(1900, 3, 1)? => NaiveDate::from_ymd_opt(1899, 12, 31),
        false => NaiveDate::from_ymd_opt(1899, 12, 30),
    };
    let days = day.signed_duration_since(first?).num_days();
    let time = time.trim_end_matches('Z');
    let moment = NaiveDateTime::parse_from_str(&format!("{day}T{time}"), "%Y-%m-%dT%H:%M:%S%.f");
    let seconds =
        moment.map_or(0, |moment| moment.signed_duration_since(day.and_time(Default::default())).num_milliseconds());
    Some(days as f64 + seconds as f64 / 86_400_000.0)
}

fn unclear(style: &Style, why: Unclear) -> Cell {
    Cell::Unclear { format: style.code.clone(), why }
}
