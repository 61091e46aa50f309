//! `system_use`: an agency has access to a system, supplies it or uses it.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, InformationSystemId, SourceId, SystemUseId},
    kinds::SystemUseKind,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "system_use")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: SystemUseId,
    pub system_id: InformationSystemId,
    pub agency_id: AgencyId,
    pub kind: SystemUseKind,
    /// The number of access points, if it is known.
    pub points: Option<i32>,
    pub source_id: Option<SourceId>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
