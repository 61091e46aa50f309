//! `repeatable_request`: a request with an idempotency key, and its stored response.

use sea_orm::entity::prelude::*;

use crate::ids::RepeatableRequestId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repeatable_request")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RepeatableRequestId,
    /// The caller, by the name in the audit log.
    #[sea_orm(column_type = "Text")]
    pub caller: String,
    /// The hash of the key; the key itself is not stored.
    #[sea_orm(column_type = "Text")]
    pub key_hash: String,
    /// The digest of the request.
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    pub begun_at: DateTimeUtc,
    /// Whether the request wrote anything.
    pub committed: bool,
    /// The response, encrypted with a key derived from the idempotency key.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
    /// The process that executes the request, by its lock; null if an older version wrote the row.
    pub holder: Option<i64>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
