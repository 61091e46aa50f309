//! `api_client`: a system that calls the API with credentials of its own (hệ thống tích hợp).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, ApiClientId},
    text_list::TextList,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_client")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ApiClientId,
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub agency_id: Option<AgencyId>,
    pub scopes: TextList,
    pub active: bool,
    pub valid_to: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub version: i32,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
