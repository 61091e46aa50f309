//! `shortcoming`: a shortcoming that a source reports (hạn chế, tồn tại).

use sea_orm::entity::prelude::*;

use crate::ids::{IndicatorId, ObservationId, ShortcomingId, SourceId, UnitId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shortcoming")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ShortcomingId,
    pub area_id: UnitId,
    pub area_on: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub text: String,
    pub indicator_id: Option<IndicatorId>,
    pub observation_id: Option<ObservationId>,
    pub source_id: SourceId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
