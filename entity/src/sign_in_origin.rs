//! `sign_in_origin`: an address from which a user signed in or tried to (nơi đăng nhập).

use sea_orm::entity::prelude::*;

use crate::ids::{SignInOriginId, UserId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_origin")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: SignInOriginId,
    pub user_id: UserId,
    /// A hash of the address and the user; the address itself is not stored.
    #[sea_orm(column_type = "Text")]
    pub origin: String,
    /// The number of consecutive wrong passwords.
    pub failures: i32,
    pub failed_at: Option<DateTimeUtc>,
    pub locked_until: Option<DateTimeUtc>,
    pub signed_in_at: Option<DateTimeUtc>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
