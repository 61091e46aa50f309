//! What a town was called, from a day on.

use lienthong::kernel::{
    object::{Declare, Noun},
    op::Op,
};
use sea_orm::{Select, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "town_names")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub town_id: i64,
    pub name: String,
    pub since: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Noun for Entity {
    const NAME: &'static str = "TownName";
    const DOC: &'static str = "What a town was called, from a day on.";
    fn visible(_: &Op) -> Select<Self> {
        Entity::find()
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        use Column as C;
        o.versions(C::TownId, C::Since).column("name", "The name.", C::Name).column("since", "Since when.", C::Since)
    }
}
