//! A sector, whose key is a text.

use lienthong::kernel::{
    object::{Declare, Link, NoArgs, Noun},
    op::Op,
    page::{By, Order, Sorted},
};
use sea_orm::{Select, entity::prelude::*};

use super::gauge;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sectors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Noun for Entity {
    const NAME: &'static str = "Sector";
    const DOC: &'static str = "A sector.";
    fn visible(_: &Op) -> Select<Self> {
        Entity::find()
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        use Column as C;
        o.column("code", "The code.", C::Code)
            .column("name", "The name.", C::Name)
            .page::<gauge::Entity, NoArgs>("gauges", "What belongs there.", C::Code, |_| {
                Link::column(gauge::Column::SectorCode)
            })
            .list::<gauge::Entity>(
                "lastGauges",
                "What belongs there, the last first.",
                C::Code,
                || Link::column(gauge::Column::SectorCode),
                || Order::by("code", By::desc(gauge::Column::Code, Sorted::Text)),
            )
    }
}
