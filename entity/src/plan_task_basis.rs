//! `plan_task_basis`: a legal basis of a task.

use sea_orm::entity::prelude::*;

use crate::ids::{LegalDocumentId, PlanTaskBasisId, PlanTaskId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_task_basis")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PlanTaskBasisId,
    pub task_id: PlanTaskId,
    pub document_id: LegalDocumentId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
