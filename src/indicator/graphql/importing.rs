//! The result of an import of observations.

use async_graphql::SimpleObject;

use crate::{
    indicator::import::{Imported, RowFault},
    kernel::locale::Locale,
};

/// The result of an import of observations.
#[derive(SimpleObject)]
pub struct ImportPayload {
    /// How many rows were recorded; in a dry run, how many would be. 0 when an atomic import has a rejected row (số
    /// dòng nhận).
    accepted: i32,
    /// How many rows were rejected because of their content (số dòng bị từ chối).
    rejected: i32,
    /// Whether this was a dry run, which records nothing (chạy thử).
    dry_run: bool,
    /// All errors, in row order; a row can have several (lỗi).
    errors: Vec<ImportError>,
    /// Problems that reject no row, in row order: text in an encoding older than Unicode. For a spreadsheet sent to
    /// `/import/observations` also hidden rows and columns (cảnh báo).
    warnings: Vec<ImportWarning>,
}

impl ImportPayload {
    /// Puts the messages into one language.
    pub fn of(imported: Imported, warnings: Vec<RowFault>, locale: Locale) -> Self {
        ImportPayload {
            warnings: warnings.into_iter().map(|fault| ImportWarning::of(fault, locale)).collect(),
            accepted: count(imported.accepted),
            rejected: count(imported.rejected),
            dry_run: imported.dry_run,
            errors: imported.errors.into_iter().map(|fault| ImportError::of(fault, locale)).collect(),
        }
    }
}

/// An error in a row of an import.
#[derive(SimpleObject)]
pub struct ImportError {
    /// The row's number, from 1 (dòng).
    row: i32,
    /// The field with the error; null when it concerns the whole row (trường).
    field: Option<String>,
    /// A stable error code (mã lỗi).
    code: String,
    /// An explanation in the caller's language (diễn giải).
    message: String,
}

impl ImportError {
    /// Puts the message into one language.
    pub fn of(fault: RowFault, locale: Locale) -> Self {
        ImportError {
            row: count(fault.row),
            field: fault.field,
            code: fault.code,
            message: fault.message.text(locale).to_owned(),
        }
    }
}

/// A problem in a row that does not stop the row from being imported.
#[derive(SimpleObject)]
pub struct ImportWarning {
    /// The row's number, from 1 (dòng).
    row: i32,
    /// The field with the problem; null when it concerns the whole row (trường).
    field: Option<String>,
    /// A stable code: `TCVN3_TEXT`, `VNI_TEXT`, `HIDDEN_ROW` or `HIDDEN_COLUMN` (mã cảnh báo).
    code: String,
    /// An explanation in the caller's language (diễn giải).
    message: String,
}

impl ImportWarning {
    fn of(fault: RowFault, locale: Locale) -> Self {
        ImportWarning {
            row: count(fault.row),
            field: fault.field,
            code: fault.code,
            message: fault.message.text(locale).to_owned(),
        }
    }
}

/// Converts a number of rows to the schema's integer.
pub fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
