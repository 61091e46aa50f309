//! The legal documents (căn cứ pháp lý) that an agreement, a data link or a step of its life is put on. One that is no longer in force is
//! no ground for anything new; what rested on it before goes on to say so.

use chrono::NaiveDate;
use entity::{kinds::LegalStatus, legal_document};

use super::{rules, store::link as rows};
use crate::{
    citation::{self, rules::status},
    kernel::{check::Faults, error::Result, tx::Tx},
};

/// The legal documents with some codes, each once. Notes those that are unknown, and those that are not in force any more on a day,
/// unless they were `known` before. One that is not in force yet may be named.
pub async fn named(
    tx: &Tx,
    faults: &mut Faults,
    codes: &[String],
    known: &[legal_document::Model],
    on: NaiveDate,
) -> Result<Vec<legal_document::Model>> {
    let mut named = vec![];
    for (n, code) in codes.iter().enumerate() {
        let path = format!("legalBasis[{n}]");
        let id = faults.gather(citation::resolve(tx, &path, code).await)?;
        named.extend(id.map(|id| (path, id)));
    }
    let ids: Vec<_> = named.iter().map(|(_, id)| *id).collect();
    let laws = rows::laws(tx, &ids).await?;
    for (path, id) in named {
        let law = laws.iter().find(|law| law.id == id && !known.contains(law));
        let Some(law) = law.filter(|law| has_expired(law, on)) else { continue };
        let successors = citation::store::successors(tx, id).await?;
        faults.extend([rules::agreed::not_in_force(path, law, &rows::laws(tx, &successors).await?)]);
    }
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
