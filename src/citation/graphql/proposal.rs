//! GraphQL types, root fields and mutations of proposals for legal documents.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::{
    ids::LegalDocumentProposalId,
    kinds::ProposalStatus,
    legal_document,
    legal_document_proposal::{self, Column as C},
    unit_version,
};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select};

use super::mutation::{CreateLegalDocumentInput, UpdateLegalDocumentInput};
use crate::{
    citation::{
        proposing::{self, Content, ProposedChange},
        store::proposal as store,
    },
    kernel::{
        error::{Broken, Error, Refusal},
        locale::Message,
        object::{Args, Declare, GlobalId, NoArgs, Noun, One, Roots, Shape, Shaped, declare::Loading},
        op::Op,
        page::Listing,
        policy::Action,
    },
};

impl Noun for legal_document_proposal::Entity {
    const NAME: &'static str = "LegalDocumentProposal";
    const DOC: &'static str = "A registrar's proposal to create or change a legal document that belongs to another area or to the whole country (đề xuất về văn bản pháp luật).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .column("code", "The code of the existing or proposed document (mã văn bản).", C::Code)
            .one::<legal_document::Entity>(
                "document",
                "The document to change. For a proposed new document, null until the proposal is accepted (văn bản).",
                C::DocumentId,
            )
            .computed_list::<ProposedChange, NoArgs>(
                "changes",
                "The proposed changes by field, compared with the document at the time of the proposal (thay đổi đề xuất).",
                C::Id,
                changes,
            )
            .column("reason", "The reason given by the proposer (lý do).", C::Reason)
            .one_on::<unit_version::Entity>(
                "area",
                "The area in which the proposer's roles apply; null means the whole country (địa bàn đề xuất).",
                C::AreaId,
                C::AreaOn,
            )
            .column("proposedBy", "The proposer, as named in the audit log, such as `user:lan` (người đề xuất).", C::ProposedBy)
            .column("proposedAt", "The time of the proposal (thời điểm đề xuất).", C::ProposedAt)
            .stored::<ProposalStatus>("status", "Pending, accepted or rejected (trạng thái).", C::Status)
            .column("decidedBy", "The registrar who decided, as named in the audit log; null while pending (người quyết định).", C::DecidedBy)
            .column("decidedAt", "The time of the decision; null while pending (thời điểm quyết định).", C::DecidedAt)
            .column("decisionReason", "The reason for the decision. Always given for a rejection (lý do quyết định).", C::DecisionReason)
            .column("version", "The version number, incremented by each change. Decisions must state the expected version (phiên bản).", C::Version)
    }
}

fn changes<'a>(op: &'a Op, ids: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Vec<ProposedChange>>> {
    Box::pin(async move {
        let read = |row: legal_document_proposal::Model| -> crate::kernel::error::Result<(i64, Vec<ProposedChange>)> {
            Ok((row.id.0, serde_json::from_str(&row.changes).map_err(Broken::new)?))
        };
        store::visible_by_ids(op, ids).await?.into_iter().map(read).collect()
    })
}

impl Shape for ProposedChange {
    const NAME: &'static str = "ProposedChange";
    const DOC: &'static str = "A proposed change of one field (thay đổi đề xuất của một trường).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("field", "The name of the field (trường).", |change| change.field.clone())
            .value(
                "before",
                "The value at the time of the proposal; null if the field was empty (trước).",
                |change| change.before.clone(),
            )
            .value("after", "The proposed value; null if the field would be cleared (sau).", |change| {
                change.after.clone()
            })
    }
}

/// A filter on proposals.
#[derive(InputObject)]
struct LegalDocumentProposalFilter {
    /// Proposals that have one of these statuses (trạng thái).
    statuses: Option<Vec<ProposalStatus>>,
}

/// The arguments of the list of proposals.
#[derive(InputObject)]
struct LegalDocumentProposals {
    /// Which proposals to list; all by default (bộ lọc).
    filter: Option<LegalDocumentProposalFilter>,
}

impl Args for LegalDocumentProposals {}

impl Listing for LegalDocumentProposals {
    fn condition(&self, op: &Op) -> Condition {
        let statuses = self.filter.as_ref().and_then(|filter| filter.statuses.as_deref());
        Condition::all().add_option(statuses.map(|statuses| store::with(op, statuses)))
    }
}

/// Declares the root field for proposals.
pub fn roots(roots: Roots) -> Roots {
    roots
        .page::<legal_document_proposal::Entity, LegalDocumentProposals>(
            "legalDocumentProposals",
            "Proposals for legal documents, oldest first: those made from the caller's area and those for its documents; all for a caller of the whole country. Requires the role REGISTRAR or ADMIN (danh sách đề xuất về văn bản).",
        )
        .asks(Action::ReadLegalDocumentProposals)
}

/// Input for a proposal. Exactly one of `create` and `change` must be given.
#[derive(InputObject)]
struct ProposeLegalDocumentInput {
    /// The new document to create (văn bản mới).
    create: Option<CreateLegalDocumentInput>,
    /// The changes to an existing document (sửa văn bản).
    change: Option<UpdateLegalDocumentInput>,
    /// The reason for the proposal (lý do).
    reason: String,
}

/// Input for accepting a proposal.
#[derive(InputObject)]
struct AcceptLegalDocumentProposalInput {
    /// The global id of the proposal (đề xuất).
    id: ID,
    /// The expected version of the proposal. The decision is rejected if it has another (phiên bản).
    version: i32,
    /// The reason for accepting (lý do).
    reason: Option<String>,
}

/// Input for rejecting a proposal.
#[derive(InputObject)]
struct RejectLegalDocumentProposalInput {
    /// The global id of the proposal (đề xuất).
    id: ID,
    /// The expected version of the proposal. The decision is rejected if it has another (phiên bản).
    version: i32,
    /// The reason for rejecting (lý do).
    reason: String,
}

/// The proposal that was created or decided.
#[derive(SimpleObject)]
struct LegalDocumentProposalPayload {
    /// The proposal after the change (đề xuất).
    proposal: One<legal_document_proposal::Entity>,
}

impl LegalDocumentProposalPayload {
    fn of(op: &Op, id: LegalDocumentProposalId) -> Self {
        LegalDocumentProposalPayload { proposal: One(store::visible(op).filter(C::Id.eq(id))) }
    }
}

/// Prefixes the field paths of an error with the part of the input that holds the fields.
fn below(part: &'static str) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::Refused(mut refusal) => {
            for field in refusal.fields.iter_mut().filter(|field| !["reason", part].contains(&field.path.as_str())) {
                field.path = format!("{part}.{}", field.path);
            }
            Error::Refused(refusal)
        }
        broken => broken,
    }
}

/// The mutations of proposals.
#[derive(Default)]
pub struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// Propose a new legal document, or a change to one of another area. A registrar of the document's area decides; for new
    /// documents and for those of no area, a registrar of the whole country (đề xuất về văn bản pháp luật).
    async fn propose_legal_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal, with either `create` or `change`.")] input: ProposeLegalDocumentInput,
    ) -> Result<LegalDocumentProposalPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::ProposeLegalDocument)?;
        let (part, content) = match (input.create, input.change) {
            (Some(create), None) => ("create", Content::Create(create.into())),
            (None, Some(change)) => {
                let (document, version, patch) = change.parts()?;
                ("change", Content::Change { document: document.0, version, patch })
            }
            _ => {
                let one = Message::new(
                    "Cần đúng một trong hai: `create` hoặc `change`.",
                    "Exactly one of `create` and `change` is needed.",
                );
                return Err(Error::from(Refusal::field("create", "EXACTLY_ONE", one)).into());
            }
        };
        let id = proposing::propose(op, content, &input.reason).await.map_err(below(part))?;
        Ok(LegalDocumentProposalPayload::of(op, id))
    }
    /// Accept a pending proposal and apply it. Rejected if the document has changed since the proposal (chấp nhận đề xuất).
    async fn accept_legal_document_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to accept.")] input: AcceptLegalDocumentProposalInput,
    ) -> Result<LegalDocumentProposalPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::DecideLegalDocumentProposal)?;
        let id = LegalDocumentProposalId(GlobalId::of::<legal_document_proposal::Entity>(&input.id)?);
        proposing::accept(op, id, input.version, input.reason.as_deref()).await?;
        Ok(LegalDocumentProposalPayload::of(op, id))
    }
    /// Reject a pending proposal, with a reason (từ chối đề xuất).
    async fn reject_legal_document_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to reject, and the reason.")] input: RejectLegalDocumentProposalInput,
    ) -> Result<LegalDocumentProposalPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::DecideLegalDocumentProposal)?;
        let id = LegalDocumentProposalId(GlobalId::of::<legal_document_proposal::Entity>(&input.id)?);
        proposing::reject(op, id, input.version, &input.reason).await?;
        Ok(LegalDocumentProposalPayload::of(op, id))
    }
}
