//! `unit_version`: the names and the type of a unit over a range of days. Versions of a unit never overlap.

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
    /// The first day; null: the first day of the unit.
    pub valid_from: Option<Date>,
    /// The last day, inclusive; null: the last day of the unit.
    pub valid_to: Option<Date>,
    pub legal_basis_id: Option<LegalDocumentId>,
    /// The sort key of the Vietnamese name.
    #[sea_orm(column_type = "Text")]
    pub name_sort: String,
    /// The folded names, for searching.
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
