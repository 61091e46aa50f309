//! `link_transition_basis`: a legal basis of a transition.

use sea_orm::entity::prelude::*;

use crate::ids::{LegalDocumentId, LinkTransitionBasisId, LinkTransitionId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_transition_basis")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LinkTransitionBasisId,
    pub transition_id: LinkTransitionId,
    pub document_id: LegalDocumentId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
