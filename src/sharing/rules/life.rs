//! The life cycle of a data link (vòng đời kết nối): the allowed transitions, and the requirements of each.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use entity::{
    data_link,
    kinds::{
        Intermediary, LinkNeed,
        LinkStatus::{
            self, Active, Approved, Draft, Expired, Migrating, Planned, Rejected, Requested, Retired, Revoked,
            Suspended, Testing, UnderReview,
        },
    },
    time::PartialDate,
};

use crate::kernel::{
    check::{Faults, PARAGRAPH},
    error::{Code, FieldFault, Refusal},
    locale::{Locale, Message},
};

/// The statuses in which a link is still a draft.
pub const DRAFTS: [LinkStatus; 2] = [Planned, Draft];

/// The terminal statuses: a link never leaves them.
pub const ENDED: [LinkStatus; 4] = [Rejected, Expired, Revoked, Retired];

/// The statuses that turn into EXPIRED after the expiry date.
pub const EXPIRING: [LinkStatus; 2] = [Active, Suspended];

/// The statuses that may follow a status.
pub fn allowed(from: LinkStatus) -> &'static [LinkStatus] {
    match from {
        Planned | Draft => &[Requested, Retired],
        Requested => &[UnderReview, Retired],
        UnderReview => &[Approved, Rejected, Retired],
        Approved => &[Testing, Retired],
        Testing => &[Active, Approved, Retired],
        Active => &[Suspended, Migrating, Expired, Revoked, Retired],
        Suspended => &[Active, Expired, Revoked, Retired],
        Migrating => &[Active, Suspended],
        Rejected | Expired | Revoked | Retired => &[],
    }
}

/// The status of a link on a day: the stored one, or EXPIRED if its expiry date has passed.
pub fn standing(stored: LinkStatus, expires_on: Option<NaiveDate>, today: NaiveDate) -> LinkStatus {
    match EXPIRING.contains(&stored) && expires_on.is_some_and(|day| day < today) {
        true => Expired,
        false => stored,
    }
}

/// Days until a link expires: 0 on the last day, negative afterwards. None without an expiry date, or once the link has
/// ended.
pub fn days_left(status: LinkStatus, expires_on: Option<NaiveDate>, today: NaiveDate) -> Option<i32> {
    let day = expires_on.filter(|_| !ENDED.contains(&status))?;
    i32::try_from((day - today).num_days()).ok()
}

fn words(states: &[LinkStatus]) -> Vec<String> {
    states.iter().map(|state| state.word()).collect()
}

fn conflict(from: LinkStatus, message: Message) -> Refusal {
    Refusal { allowed: Some(words(allowed(from))), ..Refusal::new(Code::Conflict, message) }
}

/// A link in a terminal status cannot change.
///
/// # Errors
/// CONFLICT.
pub fn check_alive(status: LinkStatus) -> Result<(), Refusal> {
    if !ENDED.contains(&status) {
        return Ok(());
    }
    let word = status.word();
    let over = Message::new(
        format!("Kết nối đã kết thúc ({word}), không thay đổi nữa."),
        format!("The life of this link is over ({word}): it does not change any more."),
    );
    Err(conflict(status, over))
}

/// Only allowed transitions are possible.
///
/// # Errors
/// CONFLICT naming the allowed statuses.
pub fn check_step(from: LinkStatus, to: LinkStatus) -> Result<(), Refusal> {
    check_alive(from)?;
    if allowed(from).contains(&to) {
        return Ok(());
    }
    let [from_word, to_word] = [from, to].map(LinkStatus::word);
    let next = words(allowed(from)).join(", ");
    let message = Message::new(
        format!("Từ {from_word} không thể chuyển sang {to_word}; có thể chuyển sang: {next}."),
        format!("A link cannot go from {from_word} to {to_word}; it can go to: {next}."),
    );
    Err(conflict(from, message))
}

/// The input of a transition.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The status before.
    pub from: LinkStatus,
    /// The status after.
    pub to: LinkStatus,
    /// The reason.
    pub reason: Option<&'a str>,
    /// The number of legal documents cited for it.
    pub laws: usize,
    /// The new intermediary.
    pub intermediary: Option<Intermediary>,
    /// The new expiry date.
    pub expires_on: Option<NaiveDate>,
    /// The reason for having none.
    pub no_expiry_reason: Option<&'a str>,
}

impl Told<'_> {
    /// Whether the transition completes a migration.
    fn arrives(&self) -> bool {
        (self.from, self.to) == (Migrating, Active)
    }
}

fn fault(path: &str, code: &'static str, message: Message) -> FieldFault {
    FieldFault { path: path.to_owned(), code, message }
}

/// The fault of an expiry date in the past.
fn past(day: NaiveDate) -> FieldFault {
    let message = Message::new(format!("Ngày hết hạn {day} đã qua."), format!("The last day, {day}, is over already."));
    fault("expiresOn", "PAST", message)
}

/// The fault of an expiry date that is too far ahead. Allowing it would let a link avoid both a real expiry date and a
/// reason for none.
fn too_far(day: NaiveDate, last: NaiveDate) -> FieldFault {
    let message = Message::new(
        format!("Ngày hết hạn {day} quá xa: muộn nhất là {last}. Nếu không có thời hạn, hãy nêu lý do."),
        format!("The last day, {day}, is too far away: it is {last} or before. Give a reason where there is none."),
    );
    fault("expiresOn", "TOO_FAR", message)
}

/// A new expiry date must lie within `days`: from today on, and not too far ahead.
pub fn check_last_day(faults: &mut Faults, expires_on: Option<NaiveDate>, days: &RangeInclusive<NaiveDate>) {
    let Some(day) = expires_on else { return };
    faults.extend((day < *days.start()).then(|| past(day)));
    faults.extend((day > *days.end()).then(|| too_far(day, *days.end())));
}

/// A new expiry date must not lie before the first day on which the link may have become active.
pub fn check_begun(faults: &mut Faults, expires_on: Option<NaiveDate>, active_from: Option<&PartialDate>) {
    let Some((day, begun)) = expires_on.zip(active_from.and_then(PartialDate::span)) else { return };
    if day < begun.start {
        let message = Message::new(
            format!("Ngày hết hạn {day} trước khi kết nối bắt đầu hoạt động ({}).", begun.start),
            format!("The last day, {day}, lies before the link became active ({}).", begun.start),
        );
        faults.add("expiresOn", "ENDS_BEFORE_IT_BEGINS", message);
    }
}

/// The fault of a link with both an expiry date and a reason for having none.
pub fn contradiction() -> FieldFault {
    let message = Message::new(
        "Kết nối có ngày hết hạn thì không có lý do không thời hạn.",
        "A link that has a last day has no reason for having none.",
    );
    fault("noExpiryReason", "CONTRADICTION", message)
}

/// Validates the input of a transition. `before` is the link before it; a new expiry date must lie within `days`.
pub fn check_told(faults: &mut Faults, told: Told<'_>, before: &data_link::Model, days: &RangeInclusive<NaiveDate>) {
    faults.maybe("reason", told.reason, PARAGRAPH);
    faults.maybe("noExpiryReason", told.no_expiry_reason, PARAGRAPH);
    let to = told.to.word();
    let idle = |path: &str| {
        let message = Message::new(
            format!("Không dùng `{path}` khi chuyển sang {to}."),
            format!("`{path}` has no place in a step to {to}."),
        );
        fault(path, "NOT_APPLICABLE", message)
    };
    let ends = ENDED.contains(&told.to);
    if told.intermediary.is_some() && !told.arrives() {
        faults.extend([idle("intermediary")]);
    }
    if told.expires_on.is_some() && ends && told.to != Expired {
        faults.extend([idle("expiresOn")]);
    } else {
        check_begun(faults, told.expires_on, before.active_from.as_ref());
    }
    if told.no_expiry_reason.is_some() && ends {
        faults.extend([idle("noExpiryReason")]);
    } else if told.no_expiry_reason.is_some() && told.expires_on.or(before.expires_on).is_some() {
        faults.extend([contradiction()]);
    }
    if !ends {
        check_last_day(faults, told.expires_on, days);
    }
}

/// The properties of a link that transitions depend on, including what the transition itself sets.
#[derive(Clone, Copy, Debug)]
pub struct Has {
    /// The intermediary before the transition.
    pub intermediary: Intermediary,
    /// Whether it has an active agreement with a document in force today, or a document of its own in force.
    pub grounded: bool,
    /// Whether the information-security level of the source is approved.
    pub source_approved: bool,
    /// Whether that of the target is approved.
    pub target_approved: bool,
    /// The expiry date.
    pub expires_on: Option<NaiveDate>,
    /// Whether a reason for having no expiry date is recorded.
    pub endless: bool,
}

/// The fault of a field that can change only while the link is a draft.
pub fn not_a_draft(field: &str) -> FieldFault {
    let message = Message::new(
        format!("`{field}` chỉ thay đổi được khi kết nối còn là bản nháp."),
        format!("`{field}` is changed only while the link is a draft."),
    );
    fault(field, "NOT_A_DRAFT", message)
}

/// The fault of a link without a valid legal basis.
pub fn no_ground() -> FieldFault {
    let message = Message::new(
        "Cần thoả thuận đang có hiệu lực hoặc căn cứ pháp lý còn hiệu lực.",
        "It needs an agreement that is active, or a legal basis that is in force.",
    );
    fault("legalBasis", "NO_GROUND", message)
}

/// The fault of a link with neither an expiry date nor a reason for having none.
pub fn no_end() -> FieldFault {
    let message = Message::new(
        "Cần ngày hết hạn, hoặc lý do không có thời hạn.",
        "It needs a last day, or a reason for having none.",
    );
    fault("expiresOn", "REQUIRED", message)
}

fn not_approved(code: &'static str, vi: &str, en: &str) -> FieldFault {
    let message = Message::new(
        format!("Cấp độ an toàn thông tin của {vi} chưa được phê duyệt."),
        format!("The level of information security of the {en} is not approved."),
    );
    fault("to", code, message)
}

/// The statuses of operating links: data flow over them.
pub const OPERATING: [LinkStatus; 2] = [Active, Migrating];

/// The requirements for operation that a link does not meet on a day.
pub fn needs(has: Has, today: NaiveDate) -> Vec<LinkNeed> {
    let ends = has.expires_on.map_or(has.endless, |day| day >= today);
    let had = [
        (LinkNeed::Ground, has.grounded),
        (LinkNeed::SourceApproval, has.source_approved),
        (LinkNeed::TargetApproval, has.target_approved),
        (LinkNeed::LastDay, ends),
    ];
    had.into_iter().filter(|(_, has)| !has).map(|(need, _)| need).collect()
}

/// All requirements that a transition does not meet.
pub fn lacking(told: Told<'_>, has: Has, today: NaiveDate) -> Vec<FieldFault> {
    let mut lacking = vec![];
    if matches!(told.to, Rejected | Suspended | Revoked | Retired) && told.reason.is_none() {
        lacking.push(fault("reason", "REQUIRED", Message::new("Cần nêu lý do.", "It needs a reason.")));
    }
    if told.to == Rejected && told.laws == 0 {
        let law = Message::new(
            "Từ chối chia sẻ dữ liệu phải nêu căn cứ pháp lý.",
            "Sharing is the default: to refuse it needs a legal basis.",
        );
        lacking.push(fault("legalBasis", "REQUIRED", law));
    }
    if told.to == Expired && has.expires_on.is_none_or(|day| day >= today) {
        let message = Message::new(
            "Kết nối chỉ hết hạn khi ngày cuối cùng đã qua.",
            "A link expires when its last day is over, not before.",
        );
        lacking.push(fault("expiresOn", "NOT_PAST", message));
    }
    if told.to == Active {
        // An expiry date that the transition itself sets was already validated; a second fault for it would be noise.
        let looked_at = |need: &LinkNeed| *need == LinkNeed::LastDay && told.expires_on.is_some();
        lacking.extend(needs(has, today).into_iter().filter(|need| !looked_at(need)).map(|need| match need {
            LinkNeed::Ground => no_ground(),
            LinkNeed::SourceApproval => not_approved("SOURCE_NOT_APPROVED", "hệ thống nguồn", "source"),
            LinkNeed::TargetApproval => not_approved("TARGET_NOT_APPROVED", "hệ thống đích", "target"),
            LinkNeed::LastDay => has.expires_on.map_or_else(no_end, past),
        }));
    }
    if told.arrives() {
        lacking.extend(not_moved(has.intermediary, told.intermediary));
    }
    lacking
}

/// A migration must end at a known intermediary other than the old one.
fn not_moved(before: Intermediary, after: Option<Intermediary>) -> Option<FieldFault> {
    let code = match after {
        None | Some(Intermediary::Unknown) => "REQUIRED",
        Some(after) if after == before => "SAME",
        Some(_) => return None,
    };
    let before = before.word();
    let message = Message::new(
        format!("Chuyển đổi xong thì nền tảng trung gian phải khác {before}; cần nêu rõ là nền tảng nào."),
        format!("A migration ends at another intermediary than {before}: say which."),
    );
    Some(fault("intermediary", code, message))
}

/// Fails if any requirement is not met.
///
/// # Errors
/// CONFLICT with all faults in `lacking`.
pub fn unless_lacking(from: LinkStatus, lacking: Vec<FieldFault>) -> Result<(), Refusal> {
    if lacking.is_empty() {
        return Ok(());
    }
    let told = |locale| lacking.iter().map(|fault| fault.message.text(locale)).collect::<Vec<_>>().join(" ");
    let message = Message::new(told(Locale::Vi), told(Locale::En));
    Err(Refusal { fields: lacking, ..conflict(from, message) })
}

#[cfg(test)]
mod tests;
