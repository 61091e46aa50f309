//! `agreement_basis`: a legal basis of an agreement.

use sea_orm::entity::prelude::*;

use crate::ids::{AgreementBasisId, AgreementId, LegalDocumentId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_basis")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AgreementBasisId,
    pub agreement_id: AgreementId,
    pub document_id: LegalDocumentId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
