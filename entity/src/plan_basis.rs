//! `plan_basis`: what a plan is based on: either another plan or a legal document.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{LegalDocumentId, PlanBasisId, PlanId, SourceId},
    kinds::PlanRelationKind,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_basis")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PlanBasisId,
    pub plan_id: PlanId,
    pub based_plan_id: Option<PlanId>,
    pub based_document_id: Option<LegalDocumentId>,
    pub relation: PlanRelationKind,
    pub source_id: Option<SourceId>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
