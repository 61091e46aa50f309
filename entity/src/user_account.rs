//! `user_account`: a person who signs in (người dùng). The table is not called `user`, which is a word of SQL.

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
    /// The words of [`crate::kinds::Role`].
    pub roles: TextList,
    pub area_id: Option<UnitId>,
    /// The day whose version of the unit is shown; null: today.
    pub area_on: Option<Date>,
    pub active: bool,
    /// Wrong passwords lately, from all addresses.
    pub failures: i32,
    pub failed_at: Option<DateTimeUtc>,
    pub locked_until: Option<DateTimeUtc>,
    pub last_login_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// Since when it may sign in: its creation, or the day on which it was enabled again.
    pub enabled_at: DateTimeUtc,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
