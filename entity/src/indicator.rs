//! `indicator`: the definition of what is measured (chỉ tiêu).

use sea_orm::entity::prelude::*;

use crate::{
    ids::IndicatorId,
    kinds::{Direction, MergeRule, Topic, ValueType},
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: IndicatorId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub name_vi: String,
    #[sea_orm(column_type = "Text")]
    pub name_en: String,
    #[sea_orm(column_type = "Text")]
    pub definition_vi: String,
    #[sea_orm(column_type = "Text")]
    pub definition_en: String,
    #[sea_orm(column_type = "Text")]
    pub unit: String,
    pub value_type: ValueType,
    pub direction: Direction,
    pub merge_rule: MergeRule,
    pub weight_indicator_id: Option<IndicatorId>,
    pub topic: Topic,
    pub methodology_version: i32,
    /// The lowest allowed value.
    pub min: Option<f64>,
    /// The highest allowed value.
    pub max: Option<f64>,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub name_sort: String,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
