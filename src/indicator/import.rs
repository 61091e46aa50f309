//! Many figures at once (nhập nhiều số liệu): every bad row is told, and all rows are written, or the good ones, or none for a trial.

use std::collections::HashMap;

use super::{
    NewObservation,
    recording::{self, AT_ONCE, Checked, Entry},
};
use crate::kernel::{
    error::{Code, FieldFault, Refusal, Result},
    locale::Message,
    op::Op,
    policy::Action,
    tx::Outcome,
};

/// The most rows of one import.
pub const MOST_ROWS: usize = 10_000;

/// A row to be imported.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which, as people count: the line of a file, or from 1.
    pub number: usize,
    /// What it says, or what of it could not be read.
    pub order: std::result::Result<NewObservation, Vec<FieldFault>>,
}

/// How rows are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// Only tell what would become of them.
    pub dry_run: bool,
    /// All of them or none.
    pub atomic: bool,
}

/// Something wrong in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// Which row, as people count.
    pub row: usize,
    /// The field, where one is to blame.
    pub field: Option<String>,
    /// What, as a stable code.
    pub code: String,
    /// What, in words.
    pub message: Message,
}

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many rows were taken, or would be.
    pub accepted: usize,
    /// How many were not because of what they say.
    pub rejected: usize,
    /// Whether it was a trial.
    pub dry_run: bool,
    /// Everything wrong in the rows, in their order.
    pub errors: Vec<RowFault>,
}

/// Imports rows as drafts. `progress` is told how many rows have been gone through.
///
/// # Errors
/// BAD_USER_INPUT for more than [`MOST_ROWS`]; what is wrong in a row is told in the answer.
pub async fn import(op: &Op, rows: Vec<Row>, how: Import, mut progress: impl FnMut(usize)) -> Result<Imported> {
    let permit = op.permit(Action::RecordObservation)?;
    if rows.len() > MOST_ROWS {
        return Err(too_many(rows.len()).into());
    }
    op.write(permit, async |tx, permit| {
        let (mut good, mut errors, mut rejected, mut gone) = (vec![], vec![], 0, 0);
        let mut seen = HashMap::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let (mut numbers, mut orders) = (vec![], vec![]);
            for row in rows.by_ref().take(AT_ONCE) {
                match row.order {
                    Ok(order) => {
                        numbers.push(row.number);
                        orders.push(order);
                    }
                    Err(faults) => {
                        rejected += 1;
                        errors.extend(faults.into_iter().map(|fault| RowFault::of(row.number, fault)));
                    }
                }
                gone += 1;
            }
            let checked = recording::check(op, tx, permit, orders, Entry::Draft).await?;
            for (number, checked) in numbers.into_iter().zip(checked) {
                match checked.and_then(|figure| once(&mut seen, number, figure)) {
                    Ok(figure) => good.push(figure),
                    Err(refusal) => {
                        rejected += 1;
                        errors.extend(refused(number, refusal));
                    }
                }
            }
            if how.dry_run {
                progress(gone);
            }
        }
        errors.sort_by_key(|fault| fault.row);
        let all_or_none = how.atomic && rejected > 0;
        let accepted = if all_or_none { 0 } else { good.len() };
        let imported = Imported { accepted, rejected, dry_run: how.dry_run, errors };
        if how.dry_run || accepted == 0 {
            return Ok(Outcome::unchanged(imported));
        }
        let placed = permit.at_all(good.iter().map(|figure| Some(figure.area)))?;
        let mut changes = vec![];
        for part in good.chunks(AT_ONCE) {
            changes.extend(recording::write(op, tx, part, Entry::Draft).await?);
            progress(changes.len());
        }
        Ok(Outcome::changed(placed, imported, changes))
    })
    .await
}

/// A figure that stands in no row before.
fn once(seen: &mut HashMap<String, usize>, number: usize, figure: Checked) -> std::result::Result<Checked, Refusal> {
    let order = &figure.order;
    let name = recording::name(&figure.indicator.code, &figure.area_code, &order.period, &order.dimension);
    if let Some(first) = seen.get(&name) {
        return Err(Refusal::field(
            "indicator",
            "DUPLICATE_ROW",
            Message::new(
                format!("Trùng với dòng {first}: cùng chỉ tiêu, địa bàn, kỳ và phân tổ."),
                format!("The same as row {first}: indicator, area, period and dimension."),
            ),
        ));
    }
    seen.insert(name, number);
    Ok(figure)
}

fn too_many(rows: usize) -> Refusal {
    Refusal::field(
        "rows",
        "TOO_MANY_ROWS",
        Message::new(
            format!("Có {rows} dòng; mỗi lần nhập nhiều nhất {MOST_ROWS} dòng."),
            format!("There are {rows} rows; at most {MOST_ROWS} are imported at once."),
        ),
    )
}

impl RowFault {
    /// What is wrong with a field of a row.
    pub fn of(row: usize, fault: FieldFault) -> Self {
        RowFault { row, field: Some(fault.path), code: fault.code.to_owned(), message: fault.message }
    }
}

fn refused(row: usize, refusal: Refusal) -> Vec<RowFault> {
    if refusal.fields.is_empty() {
        let code = refusal.code.as_str().to_owned();
        // The only thing that a row may be forbidden for is where it would be written.
        let field = (refusal.code == Code::Forbidden).then(|| "area".to_owned());
        return vec![RowFault { row, field, code, message: refusal.message }];
    }
    refusal.fields.into_iter().map(|fault| RowFault::of(row, fault)).collect()
}
