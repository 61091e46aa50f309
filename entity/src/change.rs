//! `change`: the outbox, one row for each record that changed, written in the transaction that changed it.

use sea_orm::entity::prelude::*;

use crate::{
    ids::ChangeId,
    kinds::{ChangeAction, ChangeType},
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ChangeId,
    #[sea_orm(column_name = "type")]
    pub kind: ChangeType,
    pub action: ChangeAction,
    /// The record's natural key.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// The record's id in its table.
    pub node_id: i64,
    pub at: DateTimeUtc,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
