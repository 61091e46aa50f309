//! `data_link`: a data-sharing connection between two systems (kết nối chia sẻ dữ liệu).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgreementId, DataLinkId, InformationSystemId, SourceId, UnitId},
    kinds::{Environment, Intermediary, LinkDirection, LinkStatus, SharingMethod},
    time::PartialDate,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_link")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: DataLinkId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    pub source_system_id: InformationSystemId,
    pub target_system_id: InformationSystemId,
    pub intermediary: Intermediary,
    pub method: Option<SharingMethod>,
    pub direction: LinkDirection,
    pub environment: Environment,
    pub status: LinkStatus,
    #[sea_orm(column_type = "Text", nullable)]
    pub carries: Option<String>,
    /// The areas of the two ends, copied from their systems.
    pub source_area_id: Option<UnitId>,
    pub target_area_id: Option<UnitId>,
    pub agreement_id: Option<AgreementId>,
    /// The network that carries the link.
    pub via_id: Option<InformationSystemId>,
    #[sea_orm(column_type = "Text", nullable)]
    pub purpose: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub endpoint: Option<String>,
    pub requested_on: Option<Date>,
    pub decision_due_on: Option<Date>,
    pub decided_on: Option<Date>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_reason: Option<String>,
    pub active_from: Option<PartialDate>,
    pub expires_on: Option<Date>,
    /// The reason why the link has no expiry date.
    #[sea_orm(column_type = "Text", nullable)]
    pub no_expiry_reason: Option<String>,
    pub evidence_id: Option<SourceId>,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
