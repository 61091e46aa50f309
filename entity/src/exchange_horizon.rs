//! `exchange_horizon`: the time before which exchange records were deleted (mốc xoá bản ghi trao đổi). One row; none
//! if nothing was deleted yet.

use sea_orm::entity::prelude::*;

use crate::ids::ExchangeHorizonId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_horizon")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ExchangeHorizonId,
    /// The first hour whose exchange records are complete, in hours since 1970-01-01T00:00Z.
    pub hour: i64,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
