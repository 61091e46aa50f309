//! `audit_value`: a value of which the audit chain holds only the commitment, with the salt that opens it. It stands outside the chain.

use sea_orm::entity::prelude::*;

use crate::ids::{AuditEntryId, AuditValueId, ObservationId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_value")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AuditValueId,
    pub entry_id: AuditEntryId,
    /// The commitment, as the entry has it: SHA-256(salt ‖ value), in hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// 32 random bytes, in hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub salt: String,
    #[sea_orm(column_type = "Text")]
    pub value: String,
    /// The revision whose value it is: only its readers see it.
    pub observation_id: ObservationId,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
