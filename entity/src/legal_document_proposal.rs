//! `legal_document_proposal`: what an area proposes of a legal document that it does not keep (đề xuất sửa văn bản).

use sea_orm::entity::prelude::*;

use crate::{
    ids::{LegalDocumentId, LegalDocumentProposalId, UnitId},
    kinds::ProposalStatus,
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_document_proposal")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LegalDocumentProposalId,
    /// The document to be changed; of a new one: the one that it became, null until it was accepted.
    pub document_id: Option<LegalDocumentId>,
    /// The document's code, also of a new one.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// What is to be done, as JSON.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// What would change, field by field, as the audit log has it.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// The area that proposes; null: the country.
    pub area_id: Option<UnitId>,
    /// The day whose version of the unit is shown.
    pub area_on: Date,
    #[sea_orm(column_type = "Text")]
    pub proposed_by: String,
    pub proposed_at: DateTimeUtc,
    pub status: ProposalStatus,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_reason: Option<String>,
    pub version: i32,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
