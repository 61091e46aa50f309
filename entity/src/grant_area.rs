//! `grant_area`: an area that a grant covers.

use sea_orm::entity::prelude::*;

use crate::ids::{AccessGrantId, GrantAreaId, UnitId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_area")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: GrantAreaId,
    pub grant_id: AccessGrantId,
    pub unit_id: UnitId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
