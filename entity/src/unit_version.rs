//! `unit_version`: the names and the type of a unit over a span of days. Versions of one unit never overlap.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{LegalDocumentId, UnitId, UnitVersionId},
    kinds::AdministrativeUnitType,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_version")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UnitVersionId,
    pub unit_id: UnitId,
    #[sea_orm(column_type = "Text")]
    pub name_vi: String,
    #[sea_orm(column_type = "Text")]
    pub name_en: String,
    #[sea_orm(column_type = "Text")]
    pub full_name_vi: String,
    #[sea_orm(column_type = "Text")]
    pub full_name_en: String,
    pub unit_type: AdministrativeUnitType,
    /// Null: from the unit's first day.
    pub valid_from: Option<Date>,
    /// Null: to the unit's last day.
    pub valid_to: Option<Date>,
    pub legal_basis_id: Option<LegalDocumentId>,
    /// The Vietnamese name as it sorts in a Vietnamese alphabet.
    #[sea_orm(column_type = "Text")]
    pub name_sort: String,
    /// Every name, folded.
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
