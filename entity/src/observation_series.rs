//! `observation_series`: the series of figures that there are. The database adds one with its first figure; nobody writes them.

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
    /// What the figures are restricted to; empty for nothing.
    #[sea_orm(column_type = "Text")]
    pub dimension: String,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
