//! `data_link_basis`: a legal document that a data link rests on.

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

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
