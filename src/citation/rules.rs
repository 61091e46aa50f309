//! What must hold of sources and legal documents, and whether a document is in force, from values alone.

use chrono::NaiveDate;
use entity::{kinds::LegalStatus, source};

use super::{NewLegalDocument, NewSource};
use crate::kernel::{
    check::{Faults, LINE, PARAGRAPH},
    error::{Refusal, Result},
    locale::Message,
    text::clean,
};

/// How a document stands on a day. Without a first day nothing can be said until its last day is past.
pub fn status(from: Option<NaiveDate>, to: Option<NaiveDate>, on: NaiveDate) -> LegalStatus {
    match (from, to) {
        (_, Some(to)) if to < on => LegalStatus::Expired,
        (Some(from), _) if on < from => LegalStatus::NotYet,
        (Some(_), _) => LegalStatus::InForce,
        (None, _) => LegalStatus::Unknown,
    }
}

/// What a source says can be: it has a title, and an address is one of a page.
pub fn check_source(faults: &mut Faults, path: &str, source: &NewSource) {
    let at = |field: &str| format!("{path}.{field}");
    faults.text(&at("title"), source.title.as_deref().unwrap_or_default(), PARAGRAPH);
    faults.maybe(&at("author"), source.author.as_deref(), LINE);
    faults.maybe(&at("publisher"), source.publisher.as_deref(), LINE);
    faults.maybe(&at("statedBy"), source.stated_by.as_deref(), LINE);
    faults.url(&at("url"), source.url.as_deref());
    faults.maybe(&at("quote"), source.quote.as_deref(), PARAGRAPH);
}

/// A source as it is stored: what says nothing is not there.
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

/// What a stored source says.
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

/// What a new document says can be.
///
/// # Errors
/// BAD_USER_INPUT for every field that cannot.
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

/// A document's days are in order.
///
/// # Errors
/// BAD_USER_INPUT for `inForceTo`.
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
