//! `unit`: a territorial unit through all its versions (đơn vị hành chính). A code is not a unit: seven codes meant another province before 2025-07-01.

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
    /// Its first day; null where the records begin later.
    pub valid_from: Option<Date>,
    /// Its last day, inclusive; null while it is in being.
    pub valid_to: Option<Date>,
    pub legal_basis_id: Option<LegalDocumentId>,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
