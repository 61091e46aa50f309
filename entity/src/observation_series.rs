//! `observation_series`: the existing series of observations. A database trigger adds a series with its first
//! observation; the program writes none.

use sea_orm::entity::prelude::*;

use crate::ids::{IndicatorId, ObservationSeriesId, UnitId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "observation_series")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ObservationSeriesId,
    pub indicator_id: IndicatorId,
    pub area_id: UnitId,
    /// The restriction of the observations; empty for none.
    #[sea_orm(column_type = "Text")]
    pub dimension: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
