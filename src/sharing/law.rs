//! The legal basis (căn cứ pháp lý) of agreements, data links and transitions. A legal document that has expired cannot
//! be added as a legal basis; records that already cite it keep it.

use chrono::NaiveDate;
use entity::{kinds::LegalStatus, legal_document};

use super::{rules, store::link as rows};
use crate::{
    citation::{self, Named, rules::status},
    kernel::{check::Faults, error::Result, tx::Tx},
};

/// The legal documents with these codes, without duplicates, in the order in which they were recorded. Adds a fault, in
/// the order of the codes, for each that is unknown, and for each that has expired on the day `on`, unless it is in
/// `known`, the present legal basis. Also adds a fault for a list that is too long, and then returns `known`. A
/// document that is not yet in force is allowed.
pub async fn named(
    tx: &Tx,
    faults: &mut Faults,
    codes: &[String],
    known: &[legal_document::Model],
    on: NaiveDate,
) -> Result<Vec<legal_document::Model>> {
    let named = citation::named(tx, faults, "legalBasis", codes).await?;
    if named.is_empty() && !codes.is_empty() {
        return Ok(known.to_vec());
    }
    let is_past = |law: &legal_document::Model| has_expired(law, on) && !known.contains(law);
    let past: Vec<_> = named.iter().flat_map(Named::document).filter(|law| is_past(law)).map(|law| law.id).collect();
    let successions = citation::store::successions(tx, &past).await?;
    let successors: Vec<_> = successions.iter().map(|succession| succession.successor_id).collect();
    let successors = rows::laws(tx, &successors).await?;
    let mut laws = vec![];
    for entry in named {
        match entry.document() {
            Ok(law) => {
                if past.contains(&law.id) {
                    let followed = |new: &&legal_document::Model| {
                        successions.iter().any(|it| (it.document_id, it.successor_id) == (law.id, new.id))
                    };
                    let successors: Vec<_> = successors.iter().filter(followed).cloned().collect();
                    faults.extend([rules::agreed::not_in_force(entry.path.clone(), law, &successors)]);
                }
                laws.push(law.clone());
            }
            Err(unknown) => faults.extend(unknown.fields),
        }
    }
    laws.sort_unstable_by_key(|law| law.id);
    Ok(laws)
}

/// Whether a legal document has expired on a day.
pub fn has_expired(law: &legal_document::Model, on: NaiveDate) -> bool {
    status(law.in_force_from, law.in_force_to, on) == LegalStatus::Expired
}

/// Whether a legal document is in force on a day.
pub fn is_in_force(law: &legal_document::Model, on: NaiveDate) -> bool {
    status(law.in_force_from, law.in_force_to, on) == LegalStatus::InForce
}

/// The codes of legal documents as the audit log writes them; none for an empty list.
pub fn codes(laws: &[legal_document::Model]) -> Option<String> {
    let codes: Vec<&str> = laws.iter().map(|law| law.code.as_str()).collect();
    (!codes.is_empty()).then(|| codes.join(", "))
}
