//! `plan`: a plan, scheme, programme, project, master plan or resolution (kế hoạch, đề án, chương trình, dự án, quy
//! hoạch, nghị quyết).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, PlanId, SourceId, UnitId},
    kinds::{PlanKind, PlanStatus},
    time::PartialDate,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PlanId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// The number as printed, without stray blanks. Many provinces issue the same number.
    #[sea_orm(column_type = "Text", nullable)]
    pub number: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub kind: PlanKind,
    pub status: PlanStatus,
    pub issuer_id: Option<AgencyId>,
    pub area_id: UnitId,
    pub area_on: Option<Date>,
    pub issued_on: Option<PartialDate>,
    pub period_start: Option<i32>,
    pub period_end: Option<i32>,
    /// The year of the vision or orientation, not the end of the period.
    pub vision_year: Option<i32>,
    pub source_id: SourceId,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub title_sort: String,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
