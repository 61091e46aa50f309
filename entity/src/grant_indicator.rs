//! `grant_indicator`: an indicator that a grant covers.

use sea_orm::entity::prelude::*;

use crate::ids::{AccessGrantId, GrantIndicatorId, IndicatorId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_indicator")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: GrantIndicatorId,
    pub grant_id: AccessGrantId,
    pub indicator_id: IndicatorId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
