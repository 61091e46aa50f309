//! What may be wrong in rows that are taken all the same (cảnh báo).

use super::{NewObservation, import::RowFault};
use crate::kernel::{legacy_text::Legacy, locale::Message};

/// How much of a text a message quotes, in characters.
const QUOTED: usize = 60;

/// A text in an encoding from before Unicode.
pub fn of_text(row: usize, field: &str, text: &str) -> Option<RowFault> {
    let (legacy, decoded) = Legacy::of(text)?;
    let short: String = decoded.chars().take(QUOTED).collect();
    let name = legacy.name();
    let code = match legacy {
        Legacy::Tcvn3 => "TCVN3_TEXT",
        Legacy::Vni => "VNI_TEXT",
    };
    let message = Message::new(
        format!("Chữ có vẻ theo bảng mã {name}, không phải Unicode; nếu vậy thì nội dung là \"{short}\"."),
        format!("The text seems to be in {name}, not in Unicode; then it reads \"{short}\"."),
    );
    Some(RowFault { row, field: Some(field.to_owned()), code: code.to_owned(), message })
}

/// The texts of an order.
pub fn of_order(row: usize, order: &NewObservation) -> Vec<RowFault> {
    let source = &order.source;
    let texts = [
        ("dimension", Some(&order.dimension)),
        ("scopeText", order.scope_text.as_ref()),
        ("text", order.text.as_ref()),
        ("source.title", source.title.as_ref()),
        ("source.author", source.author.as_ref()),
        ("source.publisher", source.publisher.as_ref()),
        ("source.statedBy", source.stated_by.as_ref()),
        ("source.quote", source.quote.as_ref()),
        ("revisionReason", order.revision_reason.as_ref()),
    ];
    texts.into_iter().filter_map(|(field, text)| of_text(row, field, text?)).collect()
}
