//! Changes to legal documents (sửa văn bản). A change is computed first and written in a second step, so that a proposal can
//! store the computed change without writing it.

use chrono::NaiveDate;
use entity::{
    ids::{LegalDocumentId, UnitId},
    legal_document,
    time::PartialDate,
};
use serde::{Deserialize, Serialize};

use super::{LEGAL_DOCUMENT, issuer, named, rules, store};
use crate::kernel::{
    check::{Faults, LINE, PARAGRAPH},
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
    /// The number, as printed.
    pub number: Option<String>,
    /// The title.
    pub title: Patch<String>,
    /// The kind of document.
    pub kind: Option<String>,
    /// The name of the issuing authority.
    pub issuer: Patch<String>,
    /// The date of issue.
    pub issued_on: Patch<PartialDate>,
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
        for (path, text) in [("number", &self.number), ("kind", &self.kind)] {
            if let Some(text) = text {
                faults.text(path, text, LINE);
            }
        }
        faults.maybe("issuer", self.issuer.set().map(String::as_str), LINE);
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
    superseded: Option<FieldChange>,
}

impl Amended {
    /// Checks that an area does not turn its document into one of a national authority.
    fn check_issued_in_an_area(&self) -> std::result::Result<(), Refusal> {
        let same = (&self.before.kind, &self.before.number) == (&self.after.kind, &self.after.number);
        match self.after.area_id {
            Some(_) if !same => rules::check_issued_in_an_area(&self.after.kind, &self.after.number),
            _ => Ok(()),
        }
    }
    /// What changes, field by field; empty if nothing does.
    ///
    /// # Errors
    /// Database errors.
    pub async fn fields(self, tx: &Tx) -> Result<Vec<FieldChange>> {
        let mut fields = tx.compare(Some(&self.before), &self.after).await?;
        fields.extend(self.superseded);
        Ok(fields)
    }
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
    after.number = patch.number.as_deref().map_or(after.number, clean);
    after.kind = patch.kind.as_deref().map_or(after.kind, clean);
    after.issuer = patch.issuer.map(|issuer| clean(&issuer)).apply(after.issuer);
    after.issued_on = patch.issued_on.apply(after.issued_on);
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
    let superseded = match &becomes {
        Some(becomes) => {
            let [was, becomes] = [tx.list(LEGAL_DOCUMENT, &was).await?, tx.list(LEGAL_DOCUMENT, becomes).await?];
            FieldChange::of("supersededBy", was, becomes)
        }
        None => None,
    };
    Ok(Amended { before, after, successors: becomes, superseded })
}

/// Writes a computed change. Returns `None` if nothing changes.
///
/// # Errors
/// PRECONDITION_FAILED if the document has changed since it was read.
pub(super) async fn write(tx: &Tx, amended: Amended) -> Result<Option<Change>> {
    let id = amended.before.id;
    let change = tx.change(&amended.before.code, &amended.before, amended.after, [amended.superseded]).await?;
    if let Some(successors) = amended.successors {
        store::set_successors(tx, id, successors).await?;
    }
    Ok(change)
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
        amended.check_issued_in_an_area()?;
        let _ = permit.at_related(amended.moved().map(|area| ("issuingAgency".to_owned(), area)))?;
        match write(tx, amended).await? {
            Some(change) => Ok(Outcome::changed(placed, (), vec![change])),
            None => Ok(Outcome::unchanged(())),
        }
    })
    .await
}
