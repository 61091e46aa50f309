//! GraphQL arguments that several modules share.

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

/// The date at which to look at a record.
#[derive(InputObject)]
pub struct OnDay {
    /// The date, a day in Việt Nam (UTC+7); today by default (ngày).
    on: Option<Date>,
}

impl OnDay {
    /// The date, after `settle` filled in the default.
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

/// The code of a record.
#[derive(InputObject)]
pub struct ByCode {
    /// The code of the record (mã).
    pub code: String,
}

impl Args for ByCode {}

/// The direction of a sort order.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SortDirection {
    /// Ascending (tăng dần).
    Asc,
    /// Descending (giảm dần).
    Desc,
}

impl SortDirection {
    /// An order by one column in this direction.
    pub fn by(self, name: &str, column: impl ColumnTrait, holds: Sorted) -> Order {
        Order::by(name, self.along(column, holds))
    }
    /// One column of an order in this direction.
    pub fn along(self, column: impl ColumnTrait, holds: Sorted) -> By {
        match self {
            SortDirection::Asc => By::asc(column, holds),
            SortDirection::Desc => By::desc(column, holds),
        }
    }
}
