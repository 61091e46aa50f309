//! `quality_finding`: an anomaly that a check found in an observation (phát hiện chất lượng). It neither blocks nor
//! changes the observation.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{ObservationId, QualityFindingId},
    kinds::Severity,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quality_finding")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: QualityFindingId,
    pub observation_id: ObservationId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    pub severity: Severity,
    #[sea_orm(column_type = "Text")]
    pub message_vi: String,
    #[sea_orm(column_type = "Text")]
    pub message_en: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
