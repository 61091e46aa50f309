//! `legal_document_proposal`: a change to a legal document, proposed by an area that does not maintain it (đề xuất
//! sửa văn bản).

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
    /// The document to change. For a new document: null until the proposal is accepted, then the document that was
    /// created.
    pub document_id: Option<LegalDocumentId>,
    /// The document's code, also for a new document.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// The proposed operation, as JSON.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// The proposed field changes, in the format of the audit log.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// The area that proposes; null: the country.
    pub area_id: Option<UnitId>,
    /// The day that selects the version of the area to show.
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

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
