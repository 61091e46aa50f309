//! `change`: the outbox: one row for each changed record, written in the same transaction.

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
    /// The natural key of the record.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// The id of the record in its table.
    pub node_id: i64,
    pub at: DateTimeUtc,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
