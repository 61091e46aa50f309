//! A project of a town.

use async_graphql::InputObject;
use lienthong::kernel::{
    object::{Args, Declare, Link, NoArgs, Noun},
    op::Op,
    page::{By, Listing, Order, Sorted},
};
use sea_orm::{Condition, Select, entity::prelude::*};

use super::{gauge, goal, project_gauge, town, town_name};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub town_id: i64,
    pub number: String,
    pub title: String,
    pub status: String,
    pub adopted: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Narrows projects.
#[derive(InputObject)]
pub struct ProjectFilter {
    /// In this state.
    status: Option<String>,
    /// In one of these states.
    #[graphql(name = "in")]
    among: Option<Vec<String>>,
}

/// Which projects.
#[derive(InputObject)]
pub struct Projects {
    /// Those that match.
    filter: Option<ProjectFilter>,
    /// By their towns' codes instead of by age.
    #[graphql(default)]
    by_town: bool,
}

impl Args for Projects {}

impl Listing for Projects {
    fn condition(&self, _: &Op) -> Condition {
        let filter = self.filter.as_ref();
        Condition::all()
            .add_option(filter.and_then(|f| f.status.clone()).map(|s| Column::Status.eq(s)))
            .add_option(filter.and_then(|f| f.among.clone()).map(|s| Column::Status.is_in(s)))
    }
    fn order(&self) -> Order {
        if self.by_town { Order::by("town", By::desc(town::Column::Code, Sorted::Text)) } else { Order::by_key() }
    }
}

impl Noun for Entity {
    const NAME: &'static str = "Project";
    const DOC: &'static str = "Something that a town builds.";
    fn visible(_: &Op) -> Select<Self> {
        Entity::find()
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        use Column as C;
        o.node()
            .joined(C::TownId, town::Column::Id)
            .column("code", "The code.", C::Number)
            .column("title", "The title.", C::Title)
            .column("status", "The state.", C::Status)
            .column("adopted", "The day of its adoption.", C::Adopted)
            .value(
                "number",
                "The number that the code begins with, unless three divides it.",
                [C::Number],
                |code: String| code.split('/').next().and_then(|n| n.parse::<i32>().ok()).filter(|n| n % 3 != 0),
            )
            .column("townCode", "The code of its town.", town::Column::Code)
            .column_always("townName", "The name of its town.", town::Column::Name)
            .one::<town::Entity>("town", "Whose it is.", C::TownId)
            .one_on::<town_name::Entity>("townThen", "The town on the day of adoption.", C::TownId, C::Adopted)
            .page::<goal::Entity, NoArgs>("goals", "What it aims at.", C::Id, |_| Link::column(goal::Column::ProjectId))
            .list::<goal::Entity>(
                "hardest",
                "What it aims at, the highest first.",
                C::Id,
                || Link::column(goal::Column::ProjectId),
                || Order::by("value", By::desc(goal::Column::Value, Sorted::Float)),
            )
            .page::<gauge::Entity, NoArgs>("gauges", "What measures it.", C::Id, |_| through())
            .list::<gauge::Entity>("allGauges", "All that measures it.", C::Id, through, Order::by_key)
    }
}

fn through() -> Link {
    Link::through(project_gauge::Column::ProjectId, project_gauge::Column::GaugeId, gauge::Column::Id)
}
