//! `data_link_basis`: a legal basis of a data link.

use sea_orm::entity::prelude::*;

use crate::ids::{DataLinkBasisId, DataLinkId, LegalDocumentId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_link_basis")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: DataLinkBasisId,
    pub link_id: DataLinkId,
    pub document_id: LegalDocumentId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
