//! Arguments that fields of many rooms have.

use async_graphql::{Enum, InputObject};
use chrono::NaiveDate;
use sea_orm::ColumnTrait;

use super::{
    error::Refusal,
    object::Args,
    op::Op,
    page::{By, Order, Sorted},
    scalar::Date,
};

/// A day to look at something from.
#[derive(InputObject)]
pub struct OnDay {
    /// The day; today by default (ngày).
    on: Option<Date>,
}

impl OnDay {
    /// The day, once settled.
    pub fn day(&self) -> NaiveDate {
        self.on.map(|d| d.0).unwrap_or_default()
    }
}

impl Args for OnDay {
    fn settle(&mut self, op: &Op) -> Result<(), Refusal> {
        self.on.get_or_insert(Date(op.today()));
        Ok(())
    }
}

/// A code to look something up by.
#[derive(InputObject)]
pub struct ByCode {
    /// The code (mã).
    pub code: String,
}

impl Args for ByCode {}

/// Which way a list runs.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// Upwards (tăng dần).
    Asc,
    /// Downwards (giảm dần).
    Desc,
}

impl SortDirection {
    /// An order by one column in this direction.
    pub fn by(self, name: &str, column: impl ColumnTrait, holds: Sorted) -> Order {
        Order::by(name, self.along(column, holds))
    }
    /// One column in this direction.
    pub fn along(self, column: impl ColumnTrait, holds: Sorted) -> By {
        match self {
            SortDirection::Asc => By::asc(column, holds),
            SortDirection::Desc => By::desc(column, holds),
        }
    }
}
