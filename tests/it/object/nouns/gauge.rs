//! Something that is measured.

use lienthong::kernel::{
    object::{Declare, Noun},
    op::Op,
};
use sea_orm::{Select, entity::prelude::*};

use super::sector;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "gauges")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub code: String,
    pub sector_code: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Noun for Entity {
    const NAME: &'static str = "Gauge";
    const DOC: &'static str = "Something that is measured.";
    fn visible(_: &Op) -> Select<Self> {
        Entity::find()
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        o.node().column("code", "The code.", Column::Code).one::<sector::Entity>(
            "sector",
            "Where it belongs.",
            Column::SectorCode,
        )
    }
}
