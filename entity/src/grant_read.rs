//! `audit_entry`: a second model of the table, for the entries of reads under a grant.

use sea_orm::entity::prelude::*;

use crate::ids::AuditEntryId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AuditEntryId,
    pub at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub action: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub resource: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub request_id: Option<String>,
    /// What was read: a JSON array of `{field, before, after}`; the field is an indicator and an area, `after` the
    /// number of observations.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
