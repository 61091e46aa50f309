//! `password_history`: a password that a person had, so that it is not taken again.

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

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
