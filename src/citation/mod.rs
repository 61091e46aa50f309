//! What facts rest on: sources (nguồn) and legal documents (văn bản pháp luật).
//!
//! Everything else cites these, so they stand leftmost. A source is written with the fact that it tells; a legal document has a
//! life of its own, and whether it is in force is computed for a day, never stored.

pub mod graphql;
pub mod rules;
pub mod store;

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    ids::{LegalDocumentId, SourceId},
    kinds::ChangeType,
    legal_document,
    time::PartialDate,
};
use serde::Deserialize;

use crate::kernel::{
    check::{Faults, PARAGRAPH, taken},
    error::{Refusal, Result},
    locale::Message,
    op::Op,
    patch::Patch,
    policy::Action,
    text::clean,
    tx::{Change, FieldChange, Outcome, Tx},
};

/// Where a fact is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSource {
    /// The title of the article or document.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Who says it there.
    pub stated_by: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
    /// When it was published.
    pub published_on: Option<PartialDate>,
    /// The words that say it, verbatim.
    pub quote: Option<String>,
}

/// A legal document to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLegalDocument {
    /// Its key.
    pub code: String,
    /// Its number, as printed.
    pub number: String,
    /// Its title.
    pub title: Option<String>,
    /// LAW, RESOLUTION, DECREE, DECISION.
    pub kind: String,
    /// Who issued it.
    pub issuer: Option<String>,
    /// When.
    pub issued_on: Option<PartialDate>,
    /// Its first day in force.
    pub in_force_from: Option<NaiveDate>,
    /// Its last day in force, inclusive.
    pub in_force_to: Option<NaiveDate>,
    /// Whether somebody read its days in the gazette.
    #[serde(default)]
    pub verified: bool,
}

/// Records a source, as part of recording what it tells.
pub async fn cite(tx: &Tx, order: NewSource) -> Result<SourceId> {
    store::insert_source(tx, order).await
}

/// Records a source, where one is told.
pub async fn cite_maybe(tx: &Tx, order: Option<NewSource>) -> Result<Option<SourceId>> {
    match order {
        Some(order) => Ok(Some(cite(tx, order).await?)),
        None => Ok(None),
    }
}

/// Records where something is told now: another source, unless it says what the one before said.
pub async fn cite_again(tx: &Tx, before: SourceId, order: NewSource) -> Result<SourceId> {
    let order = rules::clean_source(order);
    if store::source(tx, before).await?.is_some_and(|row| rules::source_of(row) == order) {
        return Ok(before);
    }
    cite(tx, order).await
}

/// Records a legal document; one that is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT when it would end before it begins.
pub async fn record(op: &Op, order: NewLegalDocument) -> Result<LegalDocumentId> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    rules::check_days(order.in_force_from, order.in_force_to)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known));
        }
        let (code, id) = (order.code.clone(), store::insert(tx, order).await?);
        Ok(Outcome::changed(permit.anywhere(), id, vec![Change::created(ChangeType::LegalDocument, code, id)]))
    })
    .await
}

/// Creates a legal document.
///
/// # Errors
/// BAD_USER_INPUT for a code that is taken, and for every field that cannot be.
pub async fn create(op: &Op, order: NewLegalDocument) -> Result<LegalDocumentId> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    rules::check_new(&order)?;
    op.write(permit, async |tx, permit| {
        if store::known(tx, &order.code).await?.is_some() {
            return Err(taken("code", &order.code).into());
        }
        let (code, id) = (order.code.clone(), store::insert(tx, order).await?);
        Ok(Outcome::changed(permit.anywhere(), id, vec![Change::created(ChangeType::LegalDocument, code, id)]))
    })
    .await
}

/// What changes of a legal document; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct LegalDocumentPatch {
    /// Its title.
    pub title: Patch<String>,
    /// Its first day in force.
    pub in_force_from: Patch<NaiveDate>,
    /// Its last day in force, inclusive.
    pub in_force_to: Patch<NaiveDate>,
    /// Whether somebody read its days in the gazette.
    pub verified: Option<bool>,
    /// The documents that took its place, by code: all of them.
    pub superseded_by: Option<Vec<String>>,
}

/// Changes a legal document that has not changed since the caller saw it.
///
/// # Errors
/// NOT_FOUND; PRECONDITION_FAILED with another version; BAD_USER_INPUT for an unknown successor, itself among them, or days that are
/// not in order.
pub async fn update(op: &Op, id: LegalDocumentId, version: i32, patch: LegalDocumentPatch) -> Result<()> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    let mut faults = Faults::default();
    faults.maybe("title", patch.title.set().map(String::as_str), PARAGRAPH);
    faults.refuse()?;
    op.write(permit, async |tx, permit| {
        let before = store::row(tx, id).await?.ok_or_else(Refusal::no_such_record)?;
        let mut after = before.clone();
        after.title = patch.title.map(|title| clean(&title)).apply(after.title);
        after.in_force_from = patch.in_force_from.apply(after.in_force_from);
        after.in_force_to = patch.in_force_to.apply(after.in_force_to);
        after.verified = patch.verified.unwrap_or(after.verified);
        rules::check_days(after.in_force_from, after.in_force_to)?;
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
        Refusal::unless_current(before.version, version)?;
        let ids = |ids: &[LegalDocumentId]| ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(", ");
        let change = Change::updated(
            ChangeType::LegalDocument,
            &before.code,
            id,
            [
                FieldChange::of("title", before.title.as_ref(), after.title.as_ref()),
                FieldChange::of("inForceFrom", before.in_force_from, after.in_force_from),
                FieldChange::of("inForceTo", before.in_force_to, after.in_force_to),
                FieldChange::of("verified", Some(before.verified), Some(after.verified)),
                becomes.as_ref().and_then(|new| FieldChange::of("supersededBy", Some(ids(&was)), Some(ids(new)))),
            ],
        );
        let Some(change) = change else { return Ok(Outcome::unchanged(())) };
        if !store::change(tx, &before, after).await? {
            return Err(Refusal::changed_since(before.version).into());
        }
        if let Some(successors) = becomes {
            store::set_successors(tx, id, successors).await?;
        }
        Ok(Outcome::changed(permit.anywhere(), (), vec![change]))
    })
    .await
}

/// Records that one document gave way to another.
///
/// # Errors
/// BAD_USER_INPUT when either is unknown.
pub async fn supersede(op: &Op, code: &str, successor: &str) -> Result<()> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    op.write(permit, async |tx, permit| {
        let old = resolve(tx, "code", code).await?;
        let new = resolve(tx, "supersededBy", successor).await?;
        if store::superseded(tx, old, new).await? {
            return Ok(Outcome::unchanged(()));
        }
        store::insert_succession(tx, old, new).await?;
        Ok(Outcome::changed(permit.anywhere(), (), vec![Change::created(ChangeType::LegalDocument, code, old)]))
    })
    .await
}

/// The document with a code.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when there is none.
pub async fn resolve(tx: &Tx, field: &str, code: &str) -> Result<LegalDocumentId> {
    Ok(store::known(tx, code).await?.ok_or_else(|| unknown(field, code))?)
}

fn unknown(field: &str, code: &str) -> Refusal {
    let message = Message::new(
        format!("Không có văn bản pháp luật mã \"{code}\"."),
        format!("There is no legal document with the code \"{code}\"."),
    );
    Refusal::field(field, "UNKNOWN_LEGAL_DOCUMENT", message)
}

/// The most legal documents that one list names.
const MOST_NAMED: usize = 100;

/// An entry of a list that names legal documents by code.
pub struct Named {
    /// Where it stands.
    pub path: String,
    code: String,
    document: Option<legal_document::Model>,
}

impl Named {
    /// The document.
    ///
    /// # Errors
    /// BAD_USER_INPUT naming the entry, when there is none with its code.
    pub fn document(&self) -> std::result::Result<&legal_document::Model, Refusal> {
        self.document.as_ref().ok_or_else(|| unknown(&self.path, &self.code))
    }
}

/// The documents that a list names by code, in its order: each where it is named first. Notes a list that is too long, of which
/// nothing is looked up.
///
/// # Errors
/// The database's.
pub async fn named(tx: &Tx, faults: &mut Faults, field: &str, codes: &[String]) -> Result<Vec<Named>> {
    if !faults.at_most(field, codes.len(), MOST_NAMED) {
        return Ok(vec![]);
    }
    let documents = store::with_codes(tx, codes).await?;
    let mut seen = HashSet::new();
    let entry = |(n, code): (usize, &String)| {
        let code = clean(code);
        let document = documents.iter().find(|document| document.code == code).cloned();
        let path = format!("{field}[{n}]");
        seen.insert(code.clone()).then_some(Named { path, code, document })
    };
    Ok(codes.iter().enumerate().filter_map(entry).collect())
}

/// The document with a code, where one is named.
///
/// # Errors
/// As [`resolve`]'s.
pub async fn resolve_maybe(tx: &Tx, field: &str, code: Option<&str>) -> Result<Option<LegalDocumentId>> {
    match code {
        Some(code) => Ok(Some(resolve(tx, field, code).await?)),
        None => Ok(None),
    }
}
