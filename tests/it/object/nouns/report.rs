//! A report about a town: every sort of column, most of them nullable; and not for every caller.

use async_graphql::{Enum, InputObject};
use entity::time::{PartialDate, Period};
use lienthong::kernel::{
    object::{Args, Declare, Noun},
    op::Op,
    page::{By, Listing, Order, Sorted},
    policy::Caller,
};
use sea_orm::{QueryFilter, Select, entity::prelude::*};

use super::town;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reports")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub town_id: i64,
    pub score: Option<i32>,
    #[sea_orm(column_type = "Double", nullable)]
    pub weight: Option<f64>,
    pub title: Option<String>,
    pub day: Option<Date>,
    pub at: Option<DateTimeUtc>,
    pub issued: Option<PartialDate>,
    pub period: Period,
    pub secret: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What reports are put in order by.
#[derive(Enum, Copy, Clone, Debug, Eq, PartialEq)]
pub enum ReportBy {
    Age,
    Score,
    Weight,
    Title,
    Day,
    At,
    /// By score, then against the titles.
    ScoreAndTitle,
}

/// Which reports, in which order.
#[derive(InputObject)]
pub struct Reports {
    /// By what.
    by: Option<ReportBy>,
    /// The other way round.
    #[graphql(default)]
    descending: bool,
}

impl Args for Reports {}

impl Listing for Reports {
    fn order(&self) -> Order {
        use Column as C;
        let one =
            |name, column: C, holds| Order::by(name, By { descending: self.descending, ..By::asc(column, holds) });
        match self.by.unwrap_or(ReportBy::Age) {
            ReportBy::Age => Order { key_descending: self.descending, ..Order::by_key() },
            ReportBy::Score => one("score", C::Score, Sorted::Int),
            ReportBy::Weight => one("weight", C::Weight, Sorted::Float),
            ReportBy::Title => one("title", C::Title, Sorted::Text),
            ReportBy::Day => one("day", C::Day, Sorted::Date),
            ReportBy::At => one("at", C::At, Sorted::Instant),
            ReportBy::ScoreAndTitle => {
                let mut order = one("scoreAndTitle", C::Score, Sorted::Int);
                order.by.push(By { descending: !self.descending, ..By::asc(C::Title, Sorted::Text) });
                order
            }
        }
    }
}

impl Noun for Entity {
    const NAME: &'static str = "Report";
    const DOC: &'static str = "A report about a town.";
    fn visible(op: &Op) -> Select<Self> {
        let all = Entity::find();
        if *op.caller() == Caller::Operator { all } else { all.filter(Column::Secret.eq(false)) }
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        use Column as C;
        o.node()
            .in_union("Topic")
            .column("score", "A whole number.", C::Score)
            .column("weight", "A double.", C::Weight)
            .column("title", "A text.", C::Title)
            .column("day", "A day.", C::Day)
            .column("at", "An instant.", C::At)
            .stored::<PartialDate>("issued", "A day as its source tells it.", C::Issued)
            .stored::<Period>("period", "What it is about.", C::Period)
            .column("secret", "Whether it is.", C::Secret)
            .one::<town::Entity>("town", "Whose.", C::TownId)
    }
}
