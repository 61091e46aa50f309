//! `plan_task`: a task of a plan (nhiệm vụ, giải pháp).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, PlanId, PlanTaskId, SourceId},
    kinds::{TaskKind, TaskStatus},
    time::PartialDate,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_task")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PlanTaskId,
    pub plan_id: PlanId,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub kind: TaskKind,
    pub lead_id: Option<AgencyId>,
    pub starts_on: Option<PartialDate>,
    pub due_on: Option<PartialDate>,
    pub status: TaskStatus,
    pub progress_percent: Option<i32>,
    pub source_id: SourceId,
    pub version: i32,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
