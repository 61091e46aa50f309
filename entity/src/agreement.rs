//! `agreement`: a data-sharing agreement between two agencies (thoả thuận).

use sea_orm::entity::prelude::*;

use crate::ids::{AgencyId, AgreementId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AgreementId,
    #[sea_orm(column_type = "Text")]
    pub number: String,
    pub provider_id: AgencyId,
    pub consumer_id: AgencyId,
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub activated_at: Option<DateTimeUtc>,
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
