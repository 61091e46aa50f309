//! An observation as computed fields use it: what series, rankings and attainments are worked out from. A whole row has twice as many
//! columns, half of them texts, and a series over predecessors reads thousands of rows.

use entity::{
    ids::{IndicatorId, ObservationId, UnitId},
    kinds::{ObservationStatus, Qualifier, SharingClass},
    observation,
    time::Period,
};
use sea_orm::{DerivePartialModel, prelude::Date};

/// The columns of an observation that computed fields use.
#[allow(missing_docs)] // as `observation::Model` says
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "observation::Entity")]
pub struct Input {
    pub id: ObservationId,
    pub indicator_id: IndicatorId,
    pub area_id: UnitId,
    pub period: Period,
    pub period_start: Date,
    pub period_end: Date,
    pub value: Option<f64>,
    pub qualifier: Qualifier,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    pub dimension: String,
    pub methodology_version: i32,
    pub status: ObservationStatus,
    pub sharing: SharingClass,
    pub recorded_by: String,
}
