//! `access_grant`: a client's permission to read observations, under an agreement (quyền truy cập).

use sea_orm::entity::prelude::*;

use crate::ids::{AccessGrantId, AgreementId, ApiClientId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "access_grant")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AccessGrantId,
    pub agreement_id: AgreementId,
    pub client_id: ApiClientId,
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    pub valid_from: DateTimeUtc,
    pub valid_to: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub revoked_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub revoke_reason: Option<String>,
    pub version: i32,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
