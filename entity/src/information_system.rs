//! `information_system`: an information system, or a class of them (hệ thống thông tin).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, InformationSystemId, SourceId, UnitId},
    kinds::{SystemKind, SystemScope, SystemStatus},
    text_list::TextList,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "information_system")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: InformationSystemId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub name_vi: String,
    #[sea_orm(column_type = "Text")]
    pub name_en: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub acronym: Option<String>,
    pub aliases: TextList,
    pub kind: SystemKind,
    pub status: SystemStatus,
    pub scope: SystemScope,
    pub generic: bool,
    pub area_id: Option<UnitId>,
    pub area_on: Option<Date>,
    pub owner_id: Option<AgencyId>,
    pub operator_id: Option<AgencyId>,
    pub parent_id: Option<InformationSystemId>,
    /// The information-security level, 1 to 5.
    pub security_level: Option<i32>,
    pub security_level_approved: bool,
    pub source_id: SourceId,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub name_sort: String,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
