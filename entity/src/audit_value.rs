//! `audit_value`: a value whose commitment is in the audit log, with the salt of the commitment. Not part of the hash
//! chain.

use sea_orm::entity::prelude::*;

use crate::ids::{AuditEntryId, AuditValueId, ObservationId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_value")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AuditValueId,
    pub entry_id: AuditEntryId,
    /// The commitment in the entry: SHA-256(salt ‖ value), in hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// 32 random bytes, in hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub salt: String,
    #[sea_orm(column_type = "Text")]
    pub value: String,
    /// The revision that has this value: only callers that may read it see the value.
    pub observation_id: ObservationId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
