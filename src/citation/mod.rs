//! What facts rest on: sources (nguồn) and legal documents (văn bản pháp luật).
//!
//! Everything else cites these, so they stand leftmost. A source is written with the fact that it tells; a legal document has a
//! life of its own, and whether it is in force is computed for a day, never stored.

pub mod graphql;
pub mod rules;
pub mod store;

use chrono::NaiveDate;
use entity::{
    ids::{LegalDocumentId, SourceId},
    kinds::ChangeType,
    time::PartialDate,
};
use serde::Deserialize;

use crate::kernel::{
    error::{Refusal, Result},
    locale::Message,
    op::Op,
    policy::Action,
    tx::{Change, Outcome, Tx},
};

/// Where a fact is told.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
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

/// Records a legal document; one that is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT when it would end before it begins.
pub async fn record(op: &Op, order: NewLegalDocument) -> Result<LegalDocumentId> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    rules::check(&order)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known));
        }
        let (code, id) = (order.code.clone(), store::insert(tx, order).await?);
        Ok(Outcome::changed(permit.anywhere(), id, vec![Change::created(ChangeType::LegalDocument, code, id)]))
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
    let unknown = || {
        Refusal::field(
            field,
            "UNKNOWN_LEGAL_DOCUMENT",
            Message::new(
                format!("Không có văn bản pháp luật mã \"{code}\"."),
                format!("There is no legal document with the code \"{code}\"."),
            ),
        )
    };
    Ok(store::known(tx, code).await?.ok_or_else(unknown)?)
}
