//! Sources (nguồn) and legal documents (văn bản pháp luật), which all other records cite.
//!
//! This module depends on no other domain module. A source is written together with the fact that it states. A legal
//! document is a record of its own; whether it is in force is computed for a day, never stored. Registrars of the issuing
//! agency's area maintain it. Documents that no agency of an area issued belong to the country, and areas propose changes
//! to them.

pub mod amending;
pub mod graphql;
pub mod proposing;
mod record;
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
pub use self::record::{AGENCY, LEGAL_DOCUMENT, SOURCE, UNIT};
use crate::kernel::{
    check::{Faults, taken},
    error::{Refusal, Result},
    locale::Message,
    op::Op,
    policy::Action,
    text::clean,
    tx::{Change, FieldChange, Outcome, Tx},
};

/// Input for the source of a fact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSource {
    /// The title of the article or document.
    pub title: Option<String>,
    /// The author.
    pub author: Option<String>,
    /// The publisher.
    pub publisher: Option<String>,
    /// The person or agency that the source quotes for the fact.
    pub stated_by: Option<String>,
    /// The address on the web.
    pub url: Option<String>,
    /// The date of publication.
    pub published_on: Option<PartialDate>,
    /// The sentence that states the fact, verbatim.
    pub quote: Option<String>,
}

/// Input for a new legal document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLegalDocument {
    /// The key: by convention the number in lower case.
    pub code: String,
    /// The number, as printed.
    pub number: String,
    /// The title.
    pub title: Option<String>,
    /// The kind, in one word: LAW, RESOLUTION, DECREE, DECISION, …
    pub kind: String,
    /// The name of the issuing authority.
    pub issuer: Option<String>,
    /// The date of issue.
    pub issued_on: Option<PartialDate>,
    /// The first day in force; `None` if not known.
    pub in_force_from: Option<NaiveDate>,
    /// The last day in force, inclusive; `None` if no end is known.
    pub in_force_to: Option<NaiveDate>,
    /// Whether the days in force were checked against the official gazette.
    #[serde(default)]
    pub verified: bool,
    /// The code of the issuing agency, if it is recorded.
    pub issuing_agency: Option<String>,
}

impl NewLegalDocument {
    /// The values as field changes of a new record.
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

/// Inserts a source, in the transaction that records the fact.
pub async fn cite(tx: &Tx, order: NewSource) -> Result<SourceId> {
    store::insert_source(tx, order).await
}

/// Inserts sources, in the transaction that records the facts. Equal sources share one row. Returns the ids by source.
pub async fn cite_all(tx: &Tx, orders: impl IntoIterator<Item = &NewSource>) -> Result<HashMap<NewSource, SourceId>> {
    let orders: HashSet<NewSource> = orders.into_iter().cloned().map(rules::clean_source).collect();
    let rows = store::insert_sources(tx, orders).await?;
    Ok(rows.into_iter().map(|row| (row.id, rules::source_of(row))).map(|(id, source)| (source, id)).collect())
}

/// Inserts a source, if one is given.
pub async fn cite_maybe(tx: &Tx, order: Option<NewSource>) -> Result<Option<SourceId>> {
    match order {
        Some(order) => Ok(Some(cite(tx, order).await?)),
        None => Ok(None),
    }
}

/// Returns the source for a revised fact: the previous one if `order` equals it, otherwise a new one.
pub async fn cite_again(tx: &Tx, before: SourceId, order: NewSource) -> Result<SourceId> {
    let order = rules::clean_source(order);
    if store::source(tx, before).await?.is_some_and(|row| rules::source_of(row) == order) {
        return Ok(before);
    }
    cite(tx, order).await
}

/// The issuing agency of a legal document, and the area whose registrars maintain it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// The issuing agency, if it is recorded.
    pub agency: Option<AgencyId>,
    /// The area; `None` means the whole country.
    pub area: Option<UnitId>,
}

/// Determines which area maintains a document: that of the issuing agency, or `home` if none is given.
async fn keeper(tx: &Tx, home: Option<UnitId>, issuing_agency: Option<&str>) -> Result<Kept> {
    let Some(code) = issuing_agency else { return Ok(Kept { agency: None, area: home }) };
    let agency = issuer(tx, "issuingAgency", code).await?;
    Ok(Kept { agency: Some(agency.id), area: agency.area_id })
}

/// Inserts a document and returns the change. Rejects a code that is taken.
async fn insert(tx: &Tx, order: NewLegalDocument, kept: Kept) -> Result<(LegalDocumentId, Change)> {
    let code = order.code.clone();
    if store::known(tx, &code).await?.is_some() {
        return Err(taken("code", &code).into());
    }
    let row = legal_document::Model {
        id: LegalDocumentId(0),
        code: clean(&code),
        number: clean(&order.number),
        title: order.title.as_deref().map(clean),
        kind: clean(&order.kind),
        issuer: order.issuer.as_deref().map(clean),
        issued_on: order.issued_on,
        in_force_from: order.in_force_from,
        in_force_to: order.in_force_to,
        verified: order.verified,
        issuing_agency_id: kept.agency,
        area_id: kept.area,
        version: 1,
        search: String::new(),
    };
    let (row, change) = tx.create(row, |row| row.code.clone()).await?;
    Ok((row.id, change))
}

/// Records a legal document. If the code is already recorded, nothing changes and the existing id is returned.
///
/// # Errors
/// BAD_USER_INPUT if it would end before it begins; FORBIDDEN if another area maintains it.
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

/// Creates a legal document. The area of the issuing agency maintains it; without one, the caller's area does.
///
/// # Errors
/// BAD_USER_INPUT for a code that is taken, an unknown agency and every invalid field; FORBIDDEN for an agency outside the
/// caller's area, and for a document of a national authority that an area would maintain.
pub async fn create(op: &Op, order: NewLegalDocument) -> Result<LegalDocumentId> {
    let permit = op.permit(Action::RecordLegalDocument)?;
    rules::check_new(&order)?;
    op.write(permit, async |tx, permit| {
        let kept = keeper(tx, op.caller().home(), order.issuing_agency.as_deref()).await?;
        let placed = permit.at_related([("issuingAgency".to_owned(), kept.area)])?;
        if kept.area.is_some() {
            rules::check_issued_in_an_area(&order.kind, &order.number)?;
        }
        let (id, change) = insert(tx, order, kept).await?;
        Ok(Outcome::changed(placed, id, vec![change]))
    })
    .await
}

/// Finds the issuing agency by code.
///
/// # Errors
/// BAD_USER_INPUT naming `field`, if there is none.
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

/// Records that one document was replaced by another. Nothing changes if it is already recorded.
///
/// # Errors
/// BAD_USER_INPUT if either is unknown; FORBIDDEN if another area maintains the replaced document.
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

/// Resolves a code to a document.
///
/// # Errors
/// BAD_USER_INPUT naming `field`, if there is none.
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

/// The maximum length of a list of legal documents in an input.
const MOST_NAMED: usize = 100;

/// An entry of a list of legal documents in an input, looked up by code.
pub struct Named {
    /// The path of the entry in the input.
    pub path: String,
    code: String,
    document: Option<legal_document::Model>,
}

impl Named {
    /// Returns the document.
    ///
    /// # Errors
    /// BAD_USER_INPUT naming the entry, if no document has its code.
    pub fn document(&self) -> std::result::Result<&legal_document::Model, Refusal> {
        self.document.as_ref().ok_or_else(|| unknown(&self.path, &self.code))
    }
}

/// Looks up a list of codes, in its order; a repeated code counts once. A list that is too long adds a fault, and nothing is
/// looked up.
///
/// # Errors
/// Database errors.
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

/// Resolves a code to a document, if one is given.
///
/// # Errors
/// As for [`resolve`].
pub async fn resolve_maybe(tx: &Tx, field: &str, code: Option<&str>) -> Result<Option<LegalDocumentId>> {
    match code {
        Some(code) => Ok(Some(resolve(tx, field, code).await?)),
        None => Ok(None),
    }
}
