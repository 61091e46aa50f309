//! `system_relation`: a relation between two systems other than a data exchange.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{InformationSystemId, SourceId, SystemRelationId},
    kinds::SystemRelationKind,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "system_relation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: SystemRelationId,
    pub from_id: InformationSystemId,
    pub to_id: InformationSystemId,
    pub kind: SystemRelationKind,
    pub source_id: Option<SourceId>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
