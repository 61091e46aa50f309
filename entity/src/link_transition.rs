//! `link_transition`: one transition of a data link.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AgreementId, DataLinkId, LegalDocumentId, LinkTransitionId},
    kinds::{Intermediary, LinkStatus},
};

#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_transition")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: LinkTransitionId,
    pub link_id: DataLinkId,
    pub from_status: Option<LinkStatus>,
    pub to_status: LinkStatus,
    pub at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub by: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// The first legal basis in `link_transition_basis`.
    pub legal_basis_id: Option<LegalDocumentId>,
    /// The intermediary after the transition.
    pub intermediary: Option<Intermediary>,
    /// The expiry date after the transition, and the reason if there is none.
    pub expires_on: Option<Date>,
    #[sea_orm(column_type = "Text", nullable)]
    pub no_expiry_reason: Option<String>,
    /// The agreement after the transition.
    pub agreement_id: Option<AgreementId>,
}

/// No relations: the modules define their own joins.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
