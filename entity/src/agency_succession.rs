//! `agency_succession`: one agency took over from another.

use sea_orm::entity::prelude::*;

use crate::ids::{AgencyId, AgencySuccessionId};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_succession")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: AgencySuccessionId,
    pub predecessor_id: AgencyId,
    pub successor_id: AgencyId,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
