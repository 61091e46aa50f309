//! `unit`: a territorial unit across all its versions (đơn vị hành chính). A code does not identify a unit: seven
//! codes meant another province before 2025-07-01.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{LegalDocumentId, UnitId},
    kinds::AdministrativeLevel,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UnitId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    pub level: AdministrativeLevel,
    /// The first day; null if it is before the first recorded day.
    pub valid_from: Option<Date>,
    /// The last day, inclusive; null while the unit exists.
    pub valid_to: Option<Date>,
    pub legal_basis_id: Option<LegalDocumentId>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
