//! `agency`: an agency or organisation, or a class of them (cơ quan, tổ chức).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, SourceId, UnitId},
    kinds::AgencyKind,
    time::PartialDate,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agency")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AgencyId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub name_vi: String,
    #[sea_orm(column_type = "Text")]
    pub name_en: String,
    pub kind: AgencyKind,
    /// Whether it is a class of agencies that a source names without naming one.
    pub generic: bool,
    pub area_id: Option<UnitId>,
    /// The day that selects the version of the area to show; null: today.
    pub area_on: Option<Date>,
    pub parent_id: Option<AgencyId>,
    pub valid_from: Option<PartialDate>,
    pub valid_to: Option<PartialDate>,
    pub source_id: Option<SourceId>,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
