//! `repeatable_request`: a request that came with an idempotency key, and how it was answered.

use sea_orm::entity::prelude::*;

use crate::ids::RepeatableRequestId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repeatable_request")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RepeatableRequestId,
    /// As acts are audited under.
    #[sea_orm(column_type = "Text")]
    pub caller: String,
    /// The key itself is kept nowhere.
    #[sea_orm(column_type = "Text")]
    pub key_hash: String,
    /// Of what was asked.
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    pub begun_at: DateTimeUtc,
    /// Whether anything of it was carried out.
    pub committed: bool,
    /// Sealed with the key.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
    /// The process that carries it out, by its lock; null of a version that had none.
    pub holder: Option<i64>,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
