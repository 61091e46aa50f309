//! `legal_succession`: one legal document replaced another.

use sea_orm::entity::prelude::*;

use crate::ids::{LegalDocumentId, LegalSuccessionId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_succession")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LegalSuccessionId,
    pub document_id: LegalDocumentId,
    pub successor_id: LegalDocumentId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
