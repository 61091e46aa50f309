//! The deadlines by which data links must migrate to another intermediary (chuyển đổi). They are configured, with their
//! legal basis, and apply to links that have not ended.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::kinds::Intermediary;

use super::store::link as store;
use crate::kernel::{deadline::Deadline, error::Result, op::Op};

/// A migration that a link must complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The new intermediary.
    pub to: Intermediary,
    /// The deadline.
    pub due_on: NaiveDate,
    /// Days until the deadline: 0 on the day itself, negative afterwards.
    pub days_left: i32,
    /// The legal document that sets the deadline, if it is recorded.
    pub legal_basis: Option<i64>,
}

/// The pending migrations of some links.
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
    let rows = store::visible_rows(op, links, store::to_move(op, deadlines.iter())).await?;
    let of = |through: Intermediary| deadlines.iter().find(|deadline| deadline.from == through);
    Ok(rows.iter().filter_map(|row| Some((row.id.0, moves(of(row.intermediary)?)))).collect())
}
