//! `observation`: one revision of an observation (số liệu). It is never overwritten: a correction is the next
//! revision.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{IndicatorId, ObservationId, SourceId, UnitId},
    kinds::{ObservationStatus, Qualifier, ReviewState, SharingClass},
    time::Period,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "observation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ObservationId,
    pub indicator_id: IndicatorId,
    pub area_id: UnitId,
    pub period: Period,
    pub period_start: Date,
    pub period_end: Date,
    pub period_inferred: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub as_of_text: Option<String>,
    pub value: Option<f64>,
    pub qualifier: Qualifier,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    pub rank_of: Option<i32>,
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub dimension: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub scope_text: Option<String>,
    /// The folded scope: only totals with the same scope are compared.
    #[sea_orm(column_type = "Text", nullable)]
    pub scope_key: Option<String>,
    pub methodology_version: i32,
    pub status: ObservationStatus,
    pub state: ReviewState,
    pub sharing: SharingClass,
    pub source_id: SourceId,
    pub revision: i32,
    pub recorded_at: DateTimeUtc,
    pub published_at: Option<DateTimeUtc>,
    /// When another revision replaced this one. A draft does not replace a published revision; the next published
    /// revision does.
    pub superseded_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub revision_reason: Option<String>,
    pub version: i32,
    /// The caller, by the name in the audit log.
    #[sea_orm(column_type = "Text")]
    pub recorded_by: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub submitted_by: Option<String>,
    pub withdrawn_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawal_reason: Option<String>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
