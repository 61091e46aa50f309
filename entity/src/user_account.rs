//! `user_account`: a user (người dùng). The name avoids `user`, a reserved word in SQL.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{UnitId, UserId},
    text_list::TextList,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UserId,
    #[sea_orm(column_type = "Text")]
    pub username: String,
    #[sea_orm(column_type = "Text")]
    pub display_name: String,
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// The names of [`crate::kinds::Role`].
    pub roles: TextList,
    pub area_id: Option<UnitId>,
    /// The day that selects the version of the area to show; null: today.
    pub area_on: Option<Date>,
    pub active: bool,
    /// The number of recent wrong passwords, from all addresses.
    pub failures: i32,
    pub failed_at: Option<DateTimeUtc>,
    pub locked_until: Option<DateTimeUtc>,
    pub last_login_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// Since when the account may sign in: its creation, or the last time it was enabled.
    pub enabled_at: DateTimeUtc,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
