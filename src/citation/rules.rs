//! Validation rules for sources and legal documents, and whether a document is in force. Pure: no database access.

use chrono::NaiveDate;
use entity::{kinds::LegalStatus, source};

use super::{NewLegalDocument, NewSource};
use crate::kernel::{
    check::{Faults, LINE, PARAGRAPH},
    error::{Code, Refusal, Result},
    locale::Message,
    text::clean,
};

/// The status of a document on a day. Without a first day it is UNKNOWN until the last day has passed.
pub fn status(from: Option<NaiveDate>, to: Option<NaiveDate>, on: NaiveDate) -> LegalStatus {
    match (from, to) {
        (_, Some(to)) if to < on => LegalStatus::Expired,
        (Some(from), _) if on < from => LegalStatus::NotYet,
        (Some(_), _) => LegalStatus::InForce,
        (None, _) => LegalStatus::Unknown,
    }
}

/// Validates a source: the title is required, and `url` must be a web address.
pub fn check_source(faults: &mut Faults, path: &str, source: &NewSource) {
    let at = |field: &str| format!("{path}.{field}");
    faults.text(&at("title"), source.title.as_deref().unwrap_or_default(), PARAGRAPH);
    faults.maybe(&at("author"), source.author.as_deref(), LINE);
    faults.maybe(&at("publisher"), source.publisher.as_deref(), LINE);
    faults.maybe(&at("statedBy"), source.stated_by.as_deref(), LINE);
    faults.url(&at("url"), source.url.as_deref());
    faults.maybe(&at("quote"), source.quote.as_deref(), PARAGRAPH);
}

/// Normalises a source for storage: texts are cleaned, and empty ones become `None`.
pub fn clean_source(source: NewSource) -> NewSource {
    let clean = |text: Option<String>| text.map(|t| clean(&t)).filter(|t| !t.is_empty());
    NewSource {
        title: clean(source.title),
        author: clean(source.author),
        publisher: clean(source.publisher),
        stated_by: clean(source.stated_by),
        url: clean(source.url),
        published_on: source.published_on,
        quote: clean(source.quote),
    }
}

/// Converts a row back into a source.
pub fn source_of(row: source::Model) -> NewSource {
    NewSource {
        title: row.title,
        author: row.author,
        publisher: row.publisher,
        stated_by: row.stated_by,
        url: row.url,
        published_on: row.published_on,
        quote: row.quote,
    }
}

/// Validates a new document.
///
/// # Errors
/// BAD_USER_INPUT for every invalid field.
pub fn check_new(order: &NewLegalDocument) -> Result<()> {
    let mut faults = Faults::default();
    faults.code("code", &order.code);
    faults.text("number", &order.number, LINE);
    faults.text("kind", &order.kind, LINE);
    faults.maybe("title", order.title.as_deref(), PARAGRAPH);
    faults.maybe("issuer", order.issuer.as_deref(), LINE);
    faults.extend(
        check_days(order.in_force_from, order.in_force_to).err().into_iter().flat_map(|refusal| refusal.fields),
    );
    faults.refuse()
}

/// Kinds of documents that only national authorities issue (Luật Ban hành văn bản quy phạm pháp luật 64/2025/QH15).
const NATIONAL_KINDS: [&str; 6] = ["CONSTITUTION", "CODE", "LAW", "ORDINANCE", "DECREE", "CIRCULAR"];

/// Parts of the numbers of national authorities: the National Assembly and its Standing Committee, the Government, the Prime
/// Minister.
const NATIONAL_NUMBERS: [&str; 4] = ["/QH", "UBTVQH", "-CP", "-TTG"];

/// Checks by kind and number that an agency of an area can have issued a document.
///
/// # Errors
/// FORBIDDEN naming the field, if only a national authority can have issued it.
pub fn check_issued_in_an_area(kind: &str, number: &str) -> std::result::Result<(), Refusal> {
    let [kind, number] = [kind, number].map(|text| clean(text).to_uppercase());
    let path = if NATIONAL_KINDS.contains(&kind.as_str()) {
        "kind"
    } else if NATIONAL_NUMBERS.iter().any(|mark| number.contains(mark)) {
        "number"
    } else {
        return Ok(());
    };
    let national = Message::new(
        "Văn bản này do cơ quan trung ương ban hành; hãy đề xuất (proposeLegalDocument).",
        "A document of this kind or number is issued by a national body: propose it (proposeLegalDocument).",
    );
    Err(Refusal { code: Code::Forbidden, ..Refusal::field(path, "NATIONAL", national) })
}

/// Checks that a document does not end before it comes into force.
///
/// # Errors
/// BAD_USER_INPUT naming `inForceTo`.
pub fn check_days(from: Option<NaiveDate>, to: Option<NaiveDate>) -> std::result::Result<(), Refusal> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(Refusal::field(
            "inForceTo",
            "ENDS_BEFORE_IT_BEGINS",
            Message::new(
                format!("Văn bản không thể hết hiệu lực ({to}) trước khi có hiệu lực ({from})."),
                format!("A document cannot end ({to}) before it comes into force ({from})."),
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_national_bodies_issue_is_told_by_its_kind_or_its_number() {
        let issued = |kind: &str, number: &str| {
            check_issued_in_an_area(kind, number).err().map(|refusal| refusal.fields[0].path.clone())
        };
        for (kind, number) in [
            ("DECISION", "12/2026/QĐ-UBND"),
            ("RESOLUTION", "5/NQ-HĐND"),
            ("DECISION", "7/QĐ-SKHCN"),
            ("PLAN", "3927/KH-UBND"),
        ] {
            assert_eq!(issued(kind, number), None, "{number}");
        }
        for (kind, number, path) in [
            ("DECREE", "x", "kind"),
            (" law ", "x", "kind"),
            ("Nghị định", "278/2025/NĐ-CP", "number"),
            ("DECISION", "158/QĐ-TTg", "number"),
            ("RESOLUTION", "202/2025/QH15", "number"),
            ("RESOLUTION", "1/NQ-UBTVQH15", "number"),
        ] {
            assert_eq!(issued(kind, number).as_deref(), Some(path), "{number}");
        }
    }

    #[test]
    fn the_last_day_is_still_in_force() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let on = |text: &str| day(text).expect("a day");
        let (from, to) = (day("2020-06-01"), day("2025-10-21"));
        assert_eq!(status(from, to, on("2020-05-31")), LegalStatus::NotYet);
        assert_eq!(status(from, to, on("2025-10-21")), LegalStatus::InForce);
        assert_eq!(status(from, to, on("2025-10-22")), LegalStatus::Expired);
        assert_eq!(status(None, to, on("2025-10-22")), LegalStatus::Expired);
        assert_eq!(status(None, to, on("2025-10-21")), LegalStatus::Unknown);
        assert_eq!(status(None, None, on("2025-10-21")), LegalStatus::Unknown);
    }
}
