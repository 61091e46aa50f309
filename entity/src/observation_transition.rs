//! `observation_transition`: a step in the review of an observation (bước duyệt): actor, time, reason.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{ObservationId, ObservationTransitionId},
    kinds::ReviewState,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "observation_transition")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ObservationTransitionId,
    pub observation_id: ObservationId,
    pub from_state: Option<ReviewState>,
    pub to_state: ReviewState,
    pub at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub by: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
