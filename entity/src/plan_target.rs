//! `plan_target`: a target of a plan (mục tiêu). A target in words has neither an indicator nor a value.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{IndicatorId, PlanId, PlanTargetId, SourceId, UnitId},
    kinds::Qualifier,
    time::PartialDate,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_target")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PlanTargetId,
    pub plan_id: PlanId,
    pub indicator_id: Option<IndicatorId>,
    pub area_id: UnitId,
    pub area_on: Option<Date>,
    pub value: Option<f64>,
    pub qualifier: Qualifier,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    pub due_on: Option<PartialDate>,
    pub source_id: SourceId,
    pub version: i32,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
