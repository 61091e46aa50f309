//! `unit_lineage`: every unit with itself and all that it came from, so that what predecessors had is one join away.

use sea_orm::entity::prelude::*;

use crate::ids::{UnitId, UnitLineageId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_lineage")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UnitLineageId,
    pub unit_id: UnitId,
    /// The unit itself or one that became part of it.
    pub ancestor_id: UnitId,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
