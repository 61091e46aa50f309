//! `legal_document`: a law, decree, decision or resolution (văn bản pháp luật).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgencyId, LegalDocumentId, UnitId},
    time::PartialDate,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_document")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LegalDocumentId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub number: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub title: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub issuer: Option<String>,
    pub issued_on: Option<PartialDate>,
    pub in_force_from: Option<Date>,
    /// The last day in force, inclusive.
    pub in_force_to: Option<Date>,
    /// Whether somebody read its days in the gazette.
    pub verified: bool,
    /// The agency that issued it, where it is one of those recorded.
    pub issuing_agency_id: Option<AgencyId>,
    /// The area whose registrars keep it: that of the agency that issued it; null: the country's.
    pub area_id: Option<UnitId>,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
