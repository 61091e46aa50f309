//! Proposals of legal documents in the schema.

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
    const DOC: &'static str = "What a registrar proposes of a legal document that no agency of the registrar's area issued: a new one, or a change (đề xuất về văn bản pháp luật).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .column("code", "The code of the document, also of one that is proposed (mã văn bản).", C::Code)
            .one::<legal_document::Entity>(
                "document",
                "The document to be changed; of a new one null, until it was accepted (văn bản).",
                C::DocumentId,
            )
            .computed_list::<ProposedChange, NoArgs>(
                "changes",
                "What would change, field by field, as the document was when this was proposed (thay đổi đề xuất).",
                C::Id,
                changes,
            )
            .column("reason", "Why (lý do).", C::Reason)
            .one_on::<unit_version::Entity>(
                "area",
                "The area in which the roles of whoever proposes it hold; null: the country (địa bàn đề xuất).",
                C::AreaId,
                C::AreaOn,
            )
            .column("proposedBy", "Who proposes it, as the audit log names them (người đề xuất).", C::ProposedBy)
            .column("proposedAt", "When (thời điểm đề xuất).", C::ProposedAt)
            .stored::<ProposalStatus>("status", "Whether it was decided on, and how (trạng thái).", C::Status)
            .column("decidedBy", "Who decided (người quyết định).", C::DecidedBy)
            .column("decidedAt", "When (thời điểm quyết định).", C::DecidedAt)
            .column("decisionReason", "Why it was decided so (lý do quyết định).", C::DecisionReason)
            .column("version", "Counts its changes; a decision names the one that was seen.", C::Version)
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
    const DOC: &'static str = "A field that a proposal would change (thay đổi đề xuất của một trường).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("field", "Which field (trường).", |change| change.field.clone())
            .value("before", "What it said when this was proposed; null where it said nothing (trước).", |change| {
                change.before.clone()
            })
            .value("after", "What it would say; null where it would say nothing (sau).", |change| change.after.clone())
    }
}

/// Which proposals.
#[derive(InputObject)]
struct LegalDocumentProposalFilter {
    /// That stand so (trạng thái).
    statuses: Option<Vec<ProposalStatus>>,
}

/// The arguments of the list of proposals.
#[derive(InputObject)]
struct LegalDocumentProposals {
    /// Which of them.
    filter: Option<LegalDocumentProposalFilter>,
}

impl Args for LegalDocumentProposals {}

impl Listing for LegalDocumentProposals {
    fn condition(&self, op: &Op) -> Condition {
        let statuses = self.filter.as_ref().and_then(|filter| filter.statuses.as_deref());
        Condition::all().add_option(statuses.map(|statuses| store::with(op, statuses)))
    }
}

/// The root field of proposals.
pub fn roots(roots: Roots) -> Roots {
    roots
        .page::<legal_document_proposal::Entity, LegalDocumentProposals>(
            "legalDocumentProposals",
            "What is proposed of legal documents, oldest first: by the caller's area, and of documents that are kept there; in the country all. For registrars and administrators (danh sách đề xuất về văn bản).",
        )
        .asks(Action::ReadLegalDocumentProposals)
}

/// A proposal: either a new document or a change of one.
#[derive(InputObject)]
struct ProposeLegalDocumentInput {
    /// A document that is not recorded yet (văn bản mới).
    create: Option<CreateLegalDocumentInput>,
    /// A change of one (sửa văn bản).
    change: Option<UpdateLegalDocumentInput>,
    /// Why (lý do).
    reason: String,
}

/// A proposal to be accepted.
#[derive(InputObject)]
struct AcceptLegalDocumentProposalInput {
    /// Which (đề xuất).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// Why (lý do).
    reason: Option<String>,
}

/// A proposal to be rejected.
#[derive(InputObject)]
struct RejectLegalDocumentProposalInput {
    /// Which (đề xuất).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// Why (lý do).
    reason: String,
}

/// A proposal that was written.
#[derive(SimpleObject)]
struct LegalDocumentProposalPayload {
    /// The proposal (đề xuất).
    proposal: One<legal_document_proposal::Entity>,
}

impl LegalDocumentProposalPayload {
    fn of(op: &Op, id: LegalDocumentProposalId) -> Self {
        LegalDocumentProposalPayload { proposal: One(store::visible(op).filter(C::Id.eq(id))) }
    }
}

/// The refusal of a field, with its path below the part of the input that it stands in.
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

/// Mutations of proposals.
#[derive(Default)]
pub struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// Propose a legal document that no agency of your area issued, or a change of one. A registrar of where it is kept decides: of the
    /// country, where no agency of an area issued it (đề xuất về văn bản pháp luật).
    async fn propose_legal_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal: `create` or `change`.")] input: ProposeLegalDocumentInput,
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
    /// Accept a proposal, which does what it proposes (chấp nhận đề xuất).
    async fn accept_legal_document_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AcceptLegalDocumentProposalInput,
    ) -> Result<LegalDocumentProposalPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::DecideLegalDocumentProposal)?;
        let id = LegalDocumentProposalId(GlobalId::of::<legal_document_proposal::Entity>(&input.id)?);
        proposing::accept(op, id, input.version, input.reason.as_deref()).await?;
        Ok(LegalDocumentProposalPayload::of(op, id))
    }
    /// Reject a proposal, for a reason (từ chối đề xuất).
    async fn reject_legal_document_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RejectLegalDocumentProposalInput,
    ) -> Result<LegalDocumentProposalPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::DecideLegalDocumentProposal)?;
        let id = LegalDocumentProposalId(GlobalId::of::<legal_document_proposal::Entity>(&input.id)?);
        proposing::reject(op, id, input.version, &input.reason).await?;
        Ok(LegalDocumentProposalPayload::of(op, id))
    }
}
