//! Which data links must move to another intermediary (chuyển đổi), by when, and on which legal basis: the deadlines that are
//! configured, for links whose life is not over.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::kinds::Intermediary;

use super::store::link as store;
use crate::kernel::{deadline::Deadline, error::Result, op::Op};

/// A move that lies before a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// To where.
    pub to: Intermediary,
    /// The last day.
    pub due_on: NaiveDate,
    /// How many days are left until then: 0 on that day, negative after it.
    pub days_left: i32,
    /// The legal document that says so, if it is known here.
    pub legal_basis: Option<i64>,
}

/// The moves that lie before some links.
///
/// # Errors
/// The database's.
pub async fn of_links(op: &Op, links: &[i64]) -> Result<HashMap<i64, Move>> {
    let deadlines = &op.app().settings().deadlines;
    if deadlines.is_empty() {
        return Ok(HashMap::new());
    }
    let laws: Vec<String> = deadlines.iter().map(|deadline| deadline.legal_basis.clone()).collect();
    let laws = store::visible_laws(op, &laws).await?;
    let moves = |deadline: &Deadline| Move {
        to: deadline.to,
        due_on: deadline.due_on,
        days_left: i32::try_from((deadline.due_on - op.today()).num_days()).unwrap_or(i32::MAX),
        legal_basis: laws.iter().find(|law| law.code == deadline.legal_basis).map(|law| law.id.0),
    };
    let rows = store::visible_rows(op, links, store::to_move(deadlines.iter())).await?;
    let of = |through: Intermediary| deadlines.iter().find(|deadline| deadline.from == through);
    Ok(rows.iter().filter_map(|row| Some((row.id.0, moves(of(row.intermediary)?)))).collect())
}
