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
    /// Whether a person has checked the dates in the official gazette.
    pub verified: bool,
    /// The issuing agency, if it is recorded.
    pub issuing_agency_id: Option<AgencyId>,
    /// The area whose registrars maintain the record: that of the issuing agency; null: the country.
    pub area_id: Option<UnitId>,
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
