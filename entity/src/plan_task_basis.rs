//! `plan_task_basis`: a legal document that a task rests on.

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

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
