//! The root of the made-up world's queries.

use async_graphql::{ID, InputObject};
use lienthong::kernel::{
    object::{Args, GlobalId, NoArgs, Noun, Roots, root::RootType},
    op::Op,
    page::{By, Order, Sorted},
};
use sea_orm::{ColumnTrait, QueryFilter};

use super::nouns::{
    MEMBERS, gauge, report, sector,
    summary::Home,
    town::{self, Towns},
};

pub struct Query;

#[derive(InputObject)]
struct Code {
    /// The code.
    code: String,
}

impl Args for Code {}

#[derive(InputObject)]
struct Id {
    /// The global id.
    id: ID,
}

impl Args for Id {}

impl RootType for Query {
    const NAME: &'static str = "Query";
    const DOC: &'static str = "Everything that can be read.";
    fn declare(roots: Roots) -> Roots {
        roots
            .one("town", "One town.", |op, by: &Code| {
                town::Entity::visible(op).filter(town::Column::Code.eq(by.code.as_str()))
            })
            .page::<town::Entity, Towns>("towns", "All towns.")
            .one("report", "One report.", |op, by: &Id| {
                let id = GlobalId::decode(&by.id).map_or(0, |found| found.id);
                report::Entity::visible(op).filter(report::Column::Id.eq(id))
            })
            .page::<report::Entity, report::Reports>("reports", "All reports.")
            .list("titled", "The reports with this title, by score.", by_score(), |op, by: &Code| {
                report::Entity::visible(op).filter(report::Column::Title.eq(by.code.as_str()))
            })
            .one("sector", "One sector.", |op, by: &Code| {
                sector::Entity::visible(op).filter(sector::Column::Code.eq(by.code.as_str()))
            })
            .page::<sector::Entity, NoArgs>("sectors", "All sectors.")
            .list("gauges", "All gauges.", Order::by_key(), |op: &Op, _: &NoArgs| gauge::Entity::visible(op))
            .made::<Home, NoArgs>("home", "Where everything begins.", |_, _| Box::pin(async { Ok(Home) }))
            .nodes(MEMBERS)
    }
}

fn by_score() -> Order {
    Order::by("score", By::asc(report::Column::Score, Sorted::Int))
}
