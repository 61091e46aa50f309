//! `password_history`: the hash of an earlier password, which may not be used again.

use sea_orm::entity::prelude::*;

use crate::ids::{PasswordHistoryId, UserId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "password_history")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: PasswordHistoryId,
    pub user_id: UserId,
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    pub at: DateTimeUtc,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
