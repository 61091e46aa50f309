//! `exchange_horizon`: how far calls were dropped (mốc xoá bản ghi trao đổi), in its one row; none while nothing was.

use sea_orm::entity::prelude::*;

use crate::ids::ExchangeHorizonId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_horizon")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ExchangeHorizonId,
    /// The first hour of which every call is still there, counted from 1970-01-01T00:00Z.
    pub hour: i64,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
