//! The legal documents (căn cứ pháp lý) that an agreement, a data link or a step of its life is put on. One that is no longer in force is
//! no ground for anything new; what rested on it before goes on to say so.

use chrono::NaiveDate;
use entity::{kinds::LegalStatus, legal_document};

use super::{rules, store::link as rows};
use crate::{
    citation::{self, Named, rules::status},
    kernel::{check::Faults, error::Result, tx::Tx},
};

/// The legal documents with some codes, each once, in the order in which they were recorded. Notes, in the order of the codes, those that
/// are unknown, and those that are not in force any more on a day, unless they were `known` before; and a list that is too long, which
/// names those that were known. One that is not in force yet may be named.
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

/// Whether a legal document is not in force any more on a day.
pub fn has_expired(law: &legal_document::Model, on: NaiveDate) -> bool {
    status(law.in_force_from, law.in_force_to, on) == LegalStatus::Expired
}

/// Whether a legal document is in force on a day.
pub fn is_in_force(law: &legal_document::Model, on: NaiveDate) -> bool {
    status(law.in_force_from, law.in_force_to, on) == LegalStatus::InForce
}

/// Some legal documents as the audit log names them; none, of none.
pub fn codes(laws: &[legal_document::Model]) -> Option<String> {
    let codes: Vec<&str> = laws.iter().map(|law| law.code.as_str()).collect();
    (!codes.is_empty()).then(|| codes.join(", "))
}
