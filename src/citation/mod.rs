//! What facts rest on: sources (nguồn) and legal documents (văn bản pháp luật).
//!
//! Everything else cites these, so they stand leftmost. A source is written with the fact that it tells; a legal document has a
//! life of its own, and whether it is in force is computed for a day, never stored. It is kept by the area whose agency issued it; what
//! no agency of an area issued is the country's, and an area proposes what it would have changed of it.

pub mod amending;
pub mod graphql;
pub mod proposing;
pub mod rules;
pub mod store;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    agency,
    ids::{AgencyId, LegalDocumentId, SourceId, UnitId},
    kinds::ChangeType,
    legal_document,
    time::PartialDate,
};
use serde::{Deserialize, Serialize};

pub use self::amending::{LegalDocumentPatch, update};
use crate::kernel::{
    check::{Faults, taken},
    error::{Refusal, Result},
    locale::Message,
    op::Op,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The agency that issued it, by code, where it is one of those recorded.
    pub issuing_agency: Option<String>,
}

impl NewLegalDocument {
    /// What it says, field by field.
    fn fields(&self) -> Vec<FieldChange> {
        [
            FieldChange::of("number", None, Some(clean(&self.number))),
            FieldChange::of("title", None, self.title.as_deref().map(clean)),
            FieldChange::of("kind", None, Some(clean(&self.kind))),
            FieldChange::of("issuer", None, self.issuer.as_deref().map(clean)),
            FieldChange::of("issuedOn", None, self.issued_on.clone()),
            FieldChange::of("inForceFrom", None, self.in_force_from),
            FieldChange::of("inForceTo", None, self.in_force_to),
            FieldChange::of("verified", None, Some(self.verified)),
            FieldChange::of("issuingAgency", None, self.issuing_agency.as_deref().map(clean)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Records a source, as part of recording what it tells.
pub async fn cite(tx: &Tx, order: NewSource) -> Result<SourceId> {
    store::insert_source(tx, order).await
}

/// Records sources, as part of recording what they tell: one row for all that say the same, by what they say.
pub async fn cite_all(tx: &Tx, orders: impl IntoIterator<Item = &NewSource>) -> Result<HashMap<NewSource, SourceId>> {
    let orders: HashSet<NewSource> = orders.into_iter().cloned().map(rules::clean_source).collect();
    let rows = store::insert_sources(tx, orders).await?;
    Ok(rows.into_iter().map(|row| (row.id, rules::source_of(row))).map(|(id, source)| (source, id)).collect())
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

/// Where a legal document is kept: in the area of the agency that issued it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// The agency, where it is one of those recorded.
    pub agency: Option<AgencyId>,
    /// The area; none: the country.
    pub area: Option<UnitId>,
}

/// Where a document is kept that an agency issued; one of none that is recorded is kept at home.
async fn keeper(tx: &Tx, home: Option<UnitId>, issuing_agency: Option<&str>) -> Result<Kept> {
    let Some(code) = issuing_agency else { return Ok(Kept { agency: None, area: home }) };
    let agency = issuer(tx, "issuingAgency", code).await?;
    Ok(Kept { agency: Some(agency.id), area: agency.area_id })
}

/// Writes a document that is not recorded yet; tells the change.
async fn insert(tx: &Tx, order: NewLegalDocument, kept: Kept) -> Result<(LegalDocumentId, Change)> {
    let code = order.code.clone();
    if store::known(tx, &code).await?.is_some() {
        return Err(taken("code", &code).into());
    }
    let id = store::insert(tx, order, kept).await?;
    Ok((id, Change::created(ChangeType::LegalDocument, code, id)))
}

/// Records a legal document; one that is known stays as it is.
///
/// # Errors
/// BAD_USER_INPUT when it would end before it begins; FORBIDDEN where its keeper is not the caller's area.
pub async fn record(op: &Op, order: NewLegalDocument) -> Result<LegalDocumentId> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    rules::check_days(order.in_force_from, order.in_force_to)?;
    op.write(permit, async |tx, permit| {
        if let Some(known) = store::known(tx, &order.code).await? {
            return Ok(Outcome::unchanged(known));
        }
        let kept = keeper(tx, op.caller().home(), order.issuing_agency.as_deref()).await?;
        let placed = permit.at(kept.area)?;
        let (id, change) = insert(tx, order, kept).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// Creates a legal document, which is kept in the area of the agency that issued it, else in the caller's.
///
/// # Errors
/// BAD_USER_INPUT for a code that is taken, an unknown agency, and for every field that cannot be; FORBIDDEN for an agency outside the
/// caller's area, and for what only national bodies issue where the caller's roles hold in an area.
pub async fn create(op: &Op, order: NewLegalDocument) -> Result<LegalDocumentId> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    rules::check_new(&order)?;
    op.write(permit, async |tx, permit| {
        let kept = keeper(tx, op.caller().home(), order.issuing_agency.as_deref()).await?;
        let placed = permit.at_related([("issuingAgency".to_owned(), kept.area)])?;
        if kept.area.is_some() {
            rules::check_issued_in_an_area(&order)?;
        }
        let (id, change) = insert(tx, order, kept).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// The agency that issued something, by code.
///
/// # Errors
/// BAD_USER_INPUT naming the field that has the code, when there is none.
pub async fn issuer(tx: &Tx, field: &str, code: &str) -> Result<agency::Model> {
    let unknown = || {
        Refusal::field(
            field,
            "UNKNOWN_AGENCY",
            Message::new(
                format!("Không có cơ quan mã \"{code}\"."),
                format!("There is no agency with the code \"{code}\"."),
            ),
        )
    };
    Ok(store::agency(tx, code).await?.ok_or_else(unknown)?)
}

/// Records that one document gave way to another.
///
/// # Errors
/// BAD_USER_INPUT when either is unknown; FORBIDDEN where the one that gave way is not kept in the caller's area.
pub async fn supersede(op: &Op, code: &str, successor: &str) -> Result<()> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    op.write(permit, async |tx, permit| {
        let old = resolve(tx, "code", code).await?;
        let new = resolve(tx, "supersededBy", successor).await?;
        if store::superseded(tx, old, new).await? {
            return Ok(Outcome::unchanged(()));
        }
        let document = store::row(tx, old).await?.ok_or_else(Refusal::no_such_record)?;
        let placed = amending::kept(permit, &document)?;
        store::insert_succession(tx, old, new).await?;
        Ok(Outcome::changed(placed, (), vec![Change::created(ChangeType::LegalDocument, code, old)]))
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
