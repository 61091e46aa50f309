//! `revoked_token`: an access token that was revoked before it expired.

use sea_orm::entity::prelude::*;

use crate::ids::RevokedTokenId;

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revoked_token")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RevokedTokenId,
    #[sea_orm(column_type = "Text")]
    pub jti: String,
    pub expires_at: DateTimeUtc,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
