//! `succession`: one unit replaced another (kế thừa đơn vị hành chính).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{LegalDocumentId, SuccessionId, UnitId},
    kinds::SuccessionKind,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "succession")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: SuccessionId,
    pub predecessor_id: UnitId,
    pub successor_id: UnitId,
    pub kind: SuccessionKind,
    /// The first day of the successor.
    pub effective_on: Date,
    pub legal_basis_id: Option<LegalDocumentId>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
