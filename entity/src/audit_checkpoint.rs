//! `audit_checkpoint`: a signed checkpoint of the audit log: its length and the hash of its last entry.

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

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
