//! What is noted of the rows of a type as they are answered.

use sea_orm::QueryResult;

use super::noun::{Declare, Noun};
use crate::kernel::{error::Result, object::Col, op::Op};

/// Notes rows, whose columns stand at these places.
pub type NoteRows = fn(&Op, &[QueryResult], &[usize]) -> Result<()>;

/// For which callers something is noted, from which columns, and what.
#[derive(Clone)]
pub struct Watch {
    /// For which operations.
    pub when: fn(&Op) -> bool,
    /// The columns that are read for it.
    pub cols: Vec<Col>,
    /// Notes the rows of a level.
    pub note: NoteRows,
}

impl<E: Noun> Declare<E> {
    /// Of the rows that are answered something is noted, in some operations: from these columns, whichever fields are asked for.
    pub fn watched<const N: usize>(mut self, when: fn(&Op) -> bool, columns: [E::Column; N], note: NoteRows) -> Self {
        self.object.watch = Some(Watch { when, cols: columns.map(Col::of).to_vec(), note });
        self
    }
}
