//! A town: most of what can be declared.

use lienthong::kernel::{
    object::{Declare, Link, NoArgs, Noun},
    op::Op,
    page::Listing,
    policy::{Caller, Places},
};
use sea_orm::{Condition, Select, entity::prelude::*};

use super::{
    project, refused, report,
    summary::{Count, Summary, Year, counts, newest, read, summaries, years},
};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "towns")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub population: i32,
    pub successor_id: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Which towns.
#[derive(async_graphql::InputObject)]
pub struct Towns {
    /// Whose name has this in it.
    like: Option<String>,
}

impl lienthong::kernel::object::Args for Towns {}

impl Listing for Towns {
    fn condition(&self, _: &Op) -> Condition {
        Condition::all().add_option(self.like.as_ref().map(|like| Column::Name.contains(like)))
    }
}

impl Noun for Entity {
    const NAME: &'static str = "Town";
    const DOC: &'static str = "A town.";
    fn visible(_: &Op) -> Select<Self> {
        Entity::find()
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        use Column as C;
        o.node()
            .in_union("Topic")
            .column("code", "The official code.", C::Code)
            .named("name", "The name.", C::Name, C::NameEn)
            .column("population", "How many people live there.", C::Population)
            .only(
                |caller| match caller {
                    Caller::Operator => Places::Everywhere,
                    Caller::User(user) => {
                        user.area.as_ref().map_or(Places::Nowhere, |a| Places::Units(a.units.clone()))
                    }
                    Caller::Anonymous | Caller::Client(_) | Caller::System => Places::Nowhere,
                },
                &[C::Id],
            )
            .value("broken", "Fails for odd ids.", [C::Id], |id: i64| {
                if id % 2 == 1 { Err(refused("lẻ", "odd")) } else { Ok(id as i32) }
            })
            .value("maybeBroken", "Fails for odd ids, and may be null.", [C::Id], |id: i64| {
                if id % 2 == 1 { Err(refused("lẻ", "odd")) } else { Ok(Some(id as i32)) }
            })
            .value(
                "square",
                "The population per id, as a double.",
                [C::Id, C::SuccessorId],
                |id: i64, to: Option<i64>| to.map(|to| to as f64 / id as f64),
            )
            .one::<Entity>("successor", "The town that it became part of.", C::SuccessorId)
            .page::<project::Entity, _>("projects", "What it builds.", C::Id, |_: &project::Projects| {
                Link::column(project::Column::TownId)
            })
            .page::<report::Entity, _>("reports", "What was written about it.", C::Id, |_: &report::Reports| {
                Link::column(report::Column::TownId)
            })
            .computed::<Summary, NoArgs>("summary", "Its projects in short.", C::Id, true, summaries)
            .computed::<Count, project::Projects>("count", "How many projects, if any.", C::Id, false, counts)
            .computed_list::<Year, NoArgs>("years", "Its projects by year.", C::Id, years)
            .found::<project::Entity, project::Projects>("newest", "Its last project, if it has one.", C::Id, newest)
            .found_list::<report::Entity, NoArgs>("read", "Reports of twice and once its number.", C::Id, read)
    }
}
