//! Validation rules for the legal basis, the expiry date and the changes of agreements.

use chrono::NaiveDate;
use entity::{kinds::GrantStatus, legal_document};

use super::conflict;
use crate::{
    kernel::{
        check::Faults,
        error::{FieldFault, Refusal},
        locale::Message,
    },
    sharing::law::has_expired,
};

/// The day on which an agreement's legal basis must not have expired: its first day or today, whichever is later.
pub fn day_of_laws(valid_from: NaiveDate, today: NaiveDate) -> NaiveDate {
    valid_from.max(today)
}

/// The fault of an expired legal document; the message names its successors.
pub fn not_in_force(path: String, law: &legal_document::Model, successors: &[legal_document::Model]) -> FieldFault {
    let quoted: Vec<String> = successors.iter().map(|law| format!("\"{}\"", law.code)).collect();
    let instead = |words: &str| match quoted.is_empty() {
        true => String::new(),
        false => format!("; {words} {}", quoted.join(", ")),
    };
    let code = &law.code;
    let last = law.in_force_to.map(|day| format!(" ({day})")).unwrap_or_default();
    let message = Message::new(
        format!("Văn bản \"{code}\" đã hết hiệu lực{last}{}.", instead("được thay thế bởi")),
        format!("The legal document \"{code}\" is no longer in force{last}{}.", instead("it gave way to")),
    );
    FieldFault { path, code: "NOT_IN_FORCE", message }
}

/// An agreement can be activated or extended only if at least one of its legal documents has not expired.
///
/// # Errors
/// CONFLICT.
pub fn check_laws(laws: &[legal_document::Model], on: NaiveDate) -> Result<(), Refusal> {
    match laws.iter().all(|law| has_expired(law, on)) {
        false => Ok(()),
        true => Err(conflict(
            "Các căn cứ pháp lý của thoả thuận đều đã hết hiệu lực.",
            "None of the legal documents that the agreement rests on is in force any more.",
        )),
    }
}

/// An agreement's expiry date is not before its first day.
pub fn check_order(faults: &mut Faults, from: NaiveDate, to: Option<NaiveDate>) {
    if let Some(to) = to.filter(|to| *to < from) {
        let ends = Message::new(
            format!("Thoả thuận không thể hết hiệu lực ({to}) trước khi có hiệu lực ({from})."),
            format!("An agreement cannot end ({to}) before it begins ({from})."),
        );
        faults.add("validTo", "ENDS_BEFORE_IT_BEGINS", ends);
    }
}

/// A new expiry date must not be in the past: the agreement was in effect on those days.
pub fn check_last_day(faults: &mut Faults, to: Option<NaiveDate>, from: NaiveDate, today: NaiveDate) {
    check_order(faults, from, to);
    if let Some(to) = to.filter(|to| *to < today) {
        let past = Message::new(
            format!("Ngày {to} đã qua; muốn chấm dứt ngay thì thu hồi thoả thuận."),
            format!("{to} is past; to end an agreement at once, revoke it."),
        );
        faults.add("validTo", "PAST", past);
    }
}

/// Whether a change extends an agreement.
pub fn lasts_longer(before: Option<NaiveDate>, after: Option<NaiveDate>) -> bool {
    before.is_some_and(|before| after.is_none_or(|after| after > before))
}

/// Only agreements that are not revoked or expired can change.
///
/// # Errors
/// CONFLICT.
pub fn check_changeable(status: GrantStatus) -> Result<(), Refusal> {
    match status {
        GrantStatus::Revoked => Err(conflict(
            "Thoả thuận đã bị thu hồi, không thay đổi nữa.",
            "The agreement was revoked: it does not change any more.",
        )),
        GrantStatus::Expired => Err(conflict(
            "Thoả thuận đã hết hạn, không thay đổi nữa.",
            "The agreement is over: it does not change any more.",
        )),
        GrantStatus::Pending | GrantStatus::Active => Ok(()),
    }
}
