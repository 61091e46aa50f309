//! `audit_checkpoint`: a checkpoint of the audit chain: how long it was, and its head, signed.

use sea_orm::entity::prelude::*;

use crate::ids::AuditCheckpointId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoint")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AuditCheckpointId,
    pub sequence: i64,
    #[sea_orm(column_type = "Text")]
    pub hash: String,
    pub at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub jws: String,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
