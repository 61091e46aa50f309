//! A value that a project aims at. It has no global id.

use async_graphql::Enum;
use lienthong::kernel::{
    object::{Declare, Noun, Word},
    op::Op,
};
use sea_orm::{Select, entity::prelude::*};

use super::gauge;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "goals")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub project_id: i64,
    pub gauge_id: i64,
    #[sea_orm(column_type = "Double")]
    pub value: f64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How a value is meant.
#[derive(Enum, Copy, Clone, Debug, Eq, PartialEq)]
pub enum Qualifier {
    /// No less.
    AtLeast,
    /// No more.
    AtMost,
}

impl Noun for Entity {
    const NAME: &'static str = "Goal";
    const DOC: &'static str = "A value that a project aims at.";
    fn visible(_: &Op) -> Select<Self> {
        Entity::find()
    }
    fn declare(o: Declare<Self>) -> Declare<Self> {
        use Column as C;
        o.column("value", "The value.", C::Value)
            .value("qualifier", "How it is meant.", [C::Value], |value: f64| {
                Word(if value > 300.0 { Qualifier::AtLeast } else { Qualifier::AtMost })
            })
            .one::<gauge::Entity>("gauge", "What is measured.", C::GaugeId)
    }
}
