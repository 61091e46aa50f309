//! `unit_lineage`: each unit with itself and all its predecessors, so that one join finds the records of
//! predecessors.

use sea_orm::entity::prelude::*;

use crate::ids::{UnitId, UnitLineageId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_lineage")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UnitLineageId,
    pub unit_id: UnitId,
    /// The unit itself or a predecessor.
    pub ancestor_id: UnitId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
