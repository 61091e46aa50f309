//! `link_transition`: one step in the life of a data link.

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
    /// The first of those in `link_transition_basis`.
    pub legal_basis_id: Option<LegalDocumentId>,
    /// Through what the link runs after it.
    pub intermediary: Option<Intermediary>,
    /// Its last day after it, and why it has none.
    pub expires_on: Option<Date>,
    #[sea_orm(column_type = "Text", nullable)]
    pub no_expiry_reason: Option<String>,
    /// Under which agreement it operates after it.
    pub agreement_id: Option<AgreementId>,
}

/// None are declared here: each room says how its rows belong together.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
