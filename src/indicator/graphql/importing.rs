//! What an import of figures returns.

use async_graphql::SimpleObject;

use crate::{
    indicator::import::{Imported, RowFault},
    kernel::locale::Locale,
};

/// What an import came to.
#[derive(SimpleObject)]
pub struct ImportPayload {
    /// How many rows were recorded, or would be (số dòng nhận).
    accepted: i32,
    /// How many were not, because of what they say (số dòng bị từ chối).
    rejected: i32,
    /// Whether it was a trial (chạy thử).
    dry_run: bool,
    /// Everything wrong in the rows, in their order (lỗi).
    errors: Vec<ImportError>,
    /// Problems that reject no row, in the order of the rows: text in an encoding older than Unicode, here; hidden rows and columns
    /// as well in a spreadsheet that is sent to `/import/observations` (cảnh báo).
    warnings: Vec<ImportWarning>,
}

impl ImportPayload {
    /// As it is returned in a language.
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

/// Something wrong in a row.
#[derive(SimpleObject)]
pub struct ImportError {
    /// Which row, from 1 (dòng).
    row: i32,
    /// The field, where one is to blame (trường).
    field: Option<String>,
    /// What, as a stable code (mã lỗi).
    code: String,
    /// What, in words, in the caller's language (diễn giải).
    message: String,
}

impl ImportError {
    /// As it is told in a language.
    pub fn of(fault: RowFault, locale: Locale) -> Self {
        ImportError {
            row: count(fault.row),
            field: fault.field,
            code: fault.code,
            message: fault.message.text(locale).to_owned(),
        }
    }
}

/// Something in a row that may be wrong; the row is imported all the same.
#[derive(SimpleObject)]
pub struct ImportWarning {
    /// The row's number, from 1 (dòng).
    row: i32,
    /// The field that it is about; null for the whole row (trường).
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

/// A number of rows.
pub fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}
