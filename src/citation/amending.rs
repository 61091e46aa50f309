//! Changes to legal documents (sửa văn bản). A change is computed first and written in a second step, so that a proposal can
//! store the computed change without writing it.

use chrono::NaiveDate;
use entity::{
    ids::{LegalDocumentId, UnitId},
    kinds::ChangeType,
    legal_document,
};
use serde::{Deserialize, Serialize};

use super::{issuer, named, rules, store};
use crate::kernel::{
    check::{Faults, PARAGRAPH},
    error::{Code, Refusal, Result},
    locale::Message,
    op::Op,
    patch::Patch,
    policy::{Action, Permit, Placed},
    text::clean,
    tx::{Change, FieldChange, Outcome, Tx},
};

/// Changes to a legal document. Omitted fields keep their value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LegalDocumentPatch {
    /// The title.
    pub title: Patch<String>,
    /// The first day in force.
    pub in_force_from: Patch<NaiveDate>,
    /// The last day in force, inclusive.
    pub in_force_to: Patch<NaiveDate>,
    /// Whether the days in force were checked against the official gazette.
    pub verified: Option<bool>,
    /// The codes of all documents that replaced it; replaces the previous list.
    pub superseded_by: Option<Vec<String>>,
    /// The code of the issuing agency, whose area maintains the document from then on.
    pub issuing_agency: Patch<String>,
}

impl LegalDocumentPatch {
    /// Validates the fields that need no look-up.
    ///
    /// # Errors
    /// BAD_USER_INPUT for every invalid field.
    pub(super) fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.maybe("title", self.title.set().map(String::as_str), PARAGRAPH);
        faults.refuse()
    }
}

/// The computed result of a patch, not written yet.
pub(super) struct Amended {
    /// The document before the change.
    pub before: legal_document::Model,
    after: legal_document::Model,
    successors: Option<Vec<LegalDocumentId>>,
    /// The change to record; `None` if nothing changes.
    pub change: Option<Change>,
}

impl Amended {
    /// The area that would maintain the document, if that changes.
    pub fn moved(&self) -> Option<Option<UnitId>> {
        (self.before.area_id != self.after.area_id).then_some(self.after.area_id)
    }
}

/// Computes the result of a patch.
///
/// # Errors
/// BAD_USER_INPUT for an unknown agency or successor, the document itself as its successor, or days out of order.
pub(super) async fn amended(tx: &Tx, before: legal_document::Model, patch: LegalDocumentPatch) -> Result<Amended> {
    let id = before.id;
    let mut after = before.clone();
    after.title = patch.title.map(|title| clean(&title)).apply(after.title);
    after.in_force_from = patch.in_force_from.apply(after.in_force_from);
    after.in_force_to = patch.in_force_to.apply(after.in_force_to);
    after.verified = patch.verified.unwrap_or(after.verified);
    rules::check_days(after.in_force_from, after.in_force_to)?;
    match &patch.issuing_agency {
        Patch::Keep => {}
        Patch::Clear => (after.issuing_agency_id, after.area_id) = (None, None),
        Patch::Set(code) => {
            let agency = issuer(tx, "issuingAgency", code).await?;
            (after.issuing_agency_id, after.area_id) = (Some(agency.id), agency.area_id);
        }
    }
    let (was, mut becomes) = (store::successors(tx, id).await?, None);
    if let Some(codes) = &patch.superseded_by {
        let (mut faults, mut ids) = (Faults::default(), vec![]);
        for named in named(tx, &mut faults, "supersededBy", codes).await? {
            match named.document() {
                Ok(document) if document.id == id => faults.add(
                    &named.path,
                    "ITSELF",
                    Message::new("Văn bản không thể thay thế chính nó.", "A document cannot take its own place."),
                ),
                Ok(document) => ids.push(document.id),
                Err(unknown) => faults.extend(unknown.fields),
            }
        }
        faults.refuse()?;
        becomes = Some(ids).filter(|ids| *ids != was);
    }
    let ids = |ids: &[LegalDocumentId]| ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(", ");
    let agency = |document: &legal_document::Model| document.issuing_agency_id.map(|id| id.0);
    let fields = [
        FieldChange::of("title", before.title.as_ref(), after.title.as_ref()),
        FieldChange::of("inForceFrom", before.in_force_from, after.in_force_from),
        FieldChange::of("inForceTo", before.in_force_to, after.in_force_to),
        FieldChange::of("verified", Some(before.verified), Some(after.verified)),
        becomes.as_ref().and_then(|new| FieldChange::of("supersededBy", Some(ids(&was)), Some(ids(new)))),
        FieldChange::of("issuingAgency", agency(&before), agency(&after)),
        FieldChange::of("area", before.area_id.map(|id| id.0), after.area_id.map(|id| id.0)),
    ];
    let change = Change::updated(ChangeType::LegalDocument, &before.code, id, fields);
    Ok(Amended { before, after, successors: becomes, change })
}

/// Writes a computed change. Returns `None` if nothing changes.
///
/// # Errors
/// PRECONDITION_FAILED if the document has changed since it was read.
pub(super) async fn write(tx: &Tx, amended: Amended) -> Result<Option<Change>> {
    let Some(change) = amended.change else { return Ok(None) };
    let id = amended.before.id;
    if !store::change(tx, &amended.before, amended.after).await? {
        return Err(Refusal::changed_since(amended.before.version).into());
    }
    if let Some(successors) = amended.successors {
        store::set_successors(tx, id, successors).await?;
    }
    Ok(Some(change))
}

/// Checks that the caller may write in the area that maintains a document.
///
/// # Errors
/// FORBIDDEN otherwise, with the advice to propose the change.
pub(super) fn kept(permit: &Permit, document: &legal_document::Model) -> Result<Placed> {
    let elsewhere = |refusal: Refusal| Refusal {
        message: Message::new(
            format!(
                "Văn bản \"{}\" không do cơ quan trong địa bàn của bạn ban hành; hãy đề xuất (proposeLegalDocument).",
                document.code
            ),
            format!(
                "The legal document \"{}\" was not issued by an agency of your area: propose the change (proposeLegalDocument).",
                document.code
            ),
        ),
        code: Code::Forbidden,
        ..refusal
    };
    Ok(permit.at(document.area_id).map_err(elsewhere)?)
}

/// Changes a legal document, if it still has the expected version.
///
/// # Errors
/// NOT_FOUND; FORBIDDEN if the document is, or would afterwards be, maintained outside the caller's area;
/// PRECONDITION_FAILED for another version; BAD_USER_INPUT for an unknown agency or successor, the document itself as its
/// successor, or days out of order.
pub async fn update(op: &Op, id: LegalDocumentId, version: i32, patch: LegalDocumentPatch) -> Result<()> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    patch.check()?;
    op.write(permit, async |tx, permit| {
        let before = store::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = kept(permit, &before)?;
        Refusal::unless_current(before.version, version)?;
        let amended = amended(tx, before, patch).await?;
        let _ = permit.at_related(amended.moved().map(|area| ("issuingAgency".to_owned(), area)))?;
        match write(tx, amended).await? {
            Some(change) => Ok(Outcome::changed(placed, (), vec![change])),
            None => Ok(Outcome::unchanged(())),
        }
    })
    .await
}
