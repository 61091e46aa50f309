//! Proposals (đề xuất): a registrar proposes a new legal document, or a change to one that another area maintains. A
//! registrar of that area accepts or rejects the proposal, once. Registrars of the whole country decide where no area
//! maintains the document.

use entity::{
    ids::{LegalDocumentId, LegalDocumentProposalId},
    kinds::{ChangeAction, ProposalStatus},
    legal_document_proposal,
};
use serde::{Deserialize, Serialize};

use super::{
    LegalDocumentPatch, NewLegalDocument, amending, insert, rules,
    store::{self, proposal as rows},
};
use crate::kernel::{
    check::{Faults, PARAGRAPH, taken},
    error::{Broken, Code, Refusal, Result},
    locale::Message,
    op::Op,
    policy::{Action, Permit, Placed},
    text::clean,
    tx::{Change, FieldChange, Outcome, Tx},
};

/// The content of a proposal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Content {
    /// A new legal document.
    Create(NewLegalDocument),
    /// A change to an existing document.
    Change {
        /// The row id of the document.
        document: i64,
        /// The expected version of the document.
        version: i32,
        /// The changes.
        patch: LegalDocumentPatch,
    },
}

/// The proposed change of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedChange {
    /// The name of the field.
    pub field: String,
    /// The value at the time of the proposal.
    pub before: Option<String>,
    /// The proposed value.
    pub after: Option<String>,
}

impl From<&FieldChange> for ProposedChange {
    fn from(change: &FieldChange) -> Self {
        ProposedChange { field: change.field.clone(), before: change.before.clone(), after: change.after.clone() }
    }
}

/// Input for a new proposal row.
pub(super) struct NewProposal<'a> {
    /// The document to change; `None` for a proposed new document.
    pub document: Option<LegalDocumentId>,
    /// The code of the existing or proposed document.
    pub code: &'a str,
    /// The [`Content`] as JSON.
    pub content: String,
    /// The changes by field, as shown to readers.
    pub changes: Vec<ProposedChange>,
    /// The reason given by the proposer.
    pub reason: String,
}

/// The name of a proposal in the audit log.
fn name(id: LegalDocumentProposalId) -> String {
    format!("proposal:{}", id.0)
}

/// Proposes a new legal document, or a change to one.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED for another version of the document; BAD_USER_INPUT for every invalid field, a missing
/// reason and a change without effect.
pub async fn propose(op: &Op, content: Content, reason: &str) -> Result<LegalDocumentProposalId> {
    let permit = op.permit(Action::ProposeLegalDocument)?;
    let mut faults = Faults::default();
    faults.text("reason", reason, PARAGRAPH);
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        let stored = serde_json::to_string(&content).map_err(Broken::new)?;
        let (document, code, changes) = match content {
            Content::Create(order) => {
                rules::check_new(&order)?;
                if store::known(tx, &order.code).await?.is_some() {
                    return Err(taken("code", &order.code).into());
                }
                (None, clean(&order.code), order.fields())
            }
            Content::Change { document, version, patch } => {
                patch.check()?;
                let document = LegalDocumentId(document);
                let before = store::row(tx, document).await?.ok_or_else(Refusal::no_such_record)?;
                Refusal::unless_current(before.version, version)?;
                let code = before.code.clone();
                let changes = amending::amended(tx, before, patch).await?.fields(tx).await?;
                let nothing = || {
                    let same = Message::new("Đề xuất không thay đổi gì.", "The proposal changes nothing.");
                    Refusal::field("change", "NO_CHANGE", same)
                };
                if changes.is_empty() {
                    return Err(nothing().into());
                }
                (Some(document), code, changes)
            }
        };
        let order = NewProposal {
            document,
            code: &code,
            content: stored,
            changes: changes.iter().map(ProposedChange::from).collect(),
            reason: clean(reason),
        };
        let id = rows::insert(op, tx, order).await?;
        let mut fields = vec![FieldChange::new("document", code), FieldChange::new("reason", clean(reason))];
        fields.extend(changes);
        let change = Change::audited(ChangeAction::Created, name(id), id).with(fields);
        // A proposal changes no document, so it needs no write access to the document's area.
        Ok(Outcome::changed(permit.anywhere(), id, vec![change]))
    })
    .await
}

/// Loads a pending proposal, and checks that the caller may decide on it.
async fn pending(
    op: &Op,
    tx: &Tx,
    permit: &Permit,
    id: LegalDocumentProposalId,
    version: i32,
) -> Result<(legal_document_proposal::Model, Placed)> {
    let before = rows::seen(op, tx, id).await?.ok_or_else(Refusal::no_such_record)?;
    let placed = match before.document_id {
        Some(document) => {
            let document = store::row(tx, document).await?;
            permit.at(document.ok_or_else(|| Broken::new("a proposal for a document that is not there"))?.area_id)?
        }
        None => permit.at(None)?,
    };
    Refusal::unless_current(before.version, version)?;
    if before.status != ProposalStatus::Pending {
        let decided = Message::new("Đề xuất này đã được quyết định.", "This proposal was decided on already.");
        return Err(Refusal::new(Code::Conflict, decided).into());
    }
    Ok((before, placed))
}

/// Accepts a proposal and applies it.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if the caller's area does not maintain the document; PRECONDITION_FAILED for another version of the
/// proposal, or if the document has changed since the proposal; CONFLICT if it was decided already; BAD_USER_INPUT if it
/// can no longer be applied.
pub async fn accept(op: &Op, id: LegalDocumentProposalId, version: i32, reason: Option<&str>) -> Result<()> {
    let permit = op.permit(Action::DecideLegalDocumentProposal)?;
    let mut faults = Faults::default();
    faults.maybe("reason", reason, PARAGRAPH);
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        let (before, placed) = pending(op, tx, permit, id, version).await?;
        let (document, done) = match serde_json::from_str(&before.content).map_err(Broken::new)? {
            Content::Create(order) => {
                let kept = super::keeper(tx, None, order.issuing_agency.as_deref()).await?;
                let _ = permit.at_related([("issuingAgency".to_owned(), kept.area)])?;
                let (id, change) = insert(tx, order, kept).await?;
                (id, Some(change))
            }
            Content::Change { document, version, patch } => {
                let document = LegalDocumentId(document);
                let row = store::row(tx, document).await?.ok_or_else(Refusal::no_such_record)?;
                Refusal::unless_current(row.version, version)?;
                let amended = amending::amended(tx, row, patch).await?;
                let _ = permit.at_related(amended.moved().map(|area| ("issuingAgency".to_owned(), area)))?;
                (document, amending::write(tx, amended).await?)
            }
        };
        let decision = decide(op, tx, &before, ProposalStatus::Accepted, Some(document), reason).await?;
        Ok(Outcome::changed(placed, (), [Some(decision), done].into_iter().flatten().collect()))
    })
    .await
}

/// Rejects a proposal.
///
/// # Errors
/// As for [`accept`]; BAD_USER_INPUT without a reason.
pub async fn reject(op: &Op, id: LegalDocumentProposalId, version: i32, reason: &str) -> Result<()> {
    let permit = op.permit(Action::DecideLegalDocumentProposal)?;
    let mut faults = Faults::default();
    faults.text("reason", reason, PARAGRAPH);
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        let (before, placed) = pending(op, tx, permit, id, version).await?;
        let document = before.document_id;
        let decision = decide(op, tx, &before, ProposalStatus::Rejected, document, Some(reason)).await?;
        Ok(Outcome::changed(placed, (), vec![decision]))
    })
    .await
}

/// Writes a decision and returns the change.
async fn decide(
    op: &Op,
    tx: &Tx,
    before: &legal_document_proposal::Model,
    status: ProposalStatus,
    document: Option<LegalDocumentId>,
    reason: Option<&str>,
) -> Result<Change> {
    let reason = reason.map(clean).filter(|reason| !reason.is_empty());
    if !rows::decide(op, tx, before, status, document, reason.clone()).await? {
        return Err(Refusal::changed_since(before.version).into());
    }
    let fields = [
        FieldChange::of("status", Some(before.status.word()), Some(status.word())),
        FieldChange::of("decisionReason", None, reason),
    ];
    let change = Change::audited(ChangeAction::Updated, name(before.id), before.id);
    Ok(change.with(fields.into_iter().flatten().collect()))
}
