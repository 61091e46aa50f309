//! The life of a data link (vòng đời kết nối): where it may go from where it stands, and what it needs to get there.

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

/// The states in which a link is still being drawn.
pub const DRAFTS: [LinkStatus; 2] = [Planned, Draft];

/// The states in which a link's life is over. None of them is left again.
pub const ENDED: [LinkStatus; 4] = [Rejected, Expired, Revoked, Retired];

/// The states that a link leaves by itself when its last day is over.
pub const EXPIRING: [LinkStatus; 2] = [Active, Suspended];

/// Where a link may go from a state.
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

/// Where a link stands on a day: as it is stored, unless its last day is over.
pub fn standing(stored: LinkStatus, expires_on: Option<NaiveDate>, today: NaiveDate) -> LinkStatus {
    match EXPIRING.contains(&stored) && expires_on.is_some_and(|day| day < today) {
        true => Expired,
        false => stored,
    }
}

/// How many days are left until a link's last one; 0 on that day, negative after it. A life that is over has none left.
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

/// A link whose life is over does not change.
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

/// A link goes from a state only to those that follow it.
///
/// # Errors
/// CONFLICT naming them.
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

/// What is told with a step.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// From where.
    pub from: LinkStatus,
    /// To where.
    pub to: LinkStatus,
    /// Why.
    pub reason: Option<&'a str>,
    /// How many legal documents it rests on.
    pub laws: usize,
    /// Through what it runs from now on.
    pub intermediary: Option<Intermediary>,
    /// Its last day.
    pub expires_on: Option<NaiveDate>,
    /// Why it has none.
    pub no_expiry_reason: Option<&'a str>,
}

impl Told<'_> {
    /// Whether the step ends a migration.
    fn arrives(&self) -> bool {
        (self.from, self.to) == (Migrating, Active)
    }
}

fn fault(path: &str, code: &'static str, message: Message) -> FieldFault {
    FieldFault { path: path.to_owned(), code, message }
}

/// A last day that is over before it begins.
fn past(day: NaiveDate) -> FieldFault {
    let message = Message::new(format!("Ngày hết hạn {day} đã qua."), format!("The last day, {day}, is over already."));
    fault("expiresOn", "PAST", message)
}

/// A last day that lies so far ahead that it says no more than none, and gives no reason.
fn too_far(day: NaiveDate, last: NaiveDate) -> FieldFault {
    let message = Message::new(
        format!("Ngày hết hạn {day} quá xa: muộn nhất là {last}. Nếu không có thời hạn, hãy nêu lý do."),
        format!("The last day, {day}, is too far away: it is {last} or before. Give a reason where there is none."),
    );
    fault("expiresOn", "TOO_FAR", message)
}

/// A last day that is to be set is one of those that it may be: from today on, and not too far away.
pub fn check_last_day(faults: &mut Faults, expires_on: Option<NaiveDate>, days: &RangeInclusive<NaiveDate>) {
    let Some(day) = expires_on else { return };
    faults.extend((day < *days.start()).then(|| past(day)));
    faults.extend((day > *days.end()).then(|| too_far(day, *days.end())));
}

/// A last day that is to be set does not lie before the first day on which the link may have become active.
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

/// A link that has a last day has no reason for having none.
pub fn contradiction() -> FieldFault {
    let message = Message::new(
        "Kết nối có ngày hết hạn thì không có lý do không thời hạn.",
        "A link that has a last day has no reason for having none.",
    );
    fault("noExpiryReason", "CONTRADICTION", message)
}

/// What is told with a step can be, and belongs to it. `before` is the link as it was; a last day that is set is one of `days`.
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

/// What a link has, as far as steps depend on it. With what the step tells.
#[derive(Clone, Copy, Debug)]
pub struct Has {
    /// Through what it ran so far.
    pub intermediary: Intermediary,
    /// Whether an agreement binds its ends today, or a legal document that it rests on is in force.
    pub grounded: bool,
    /// Whether the level of information security of the source is approved.
    pub source_approved: bool,
    /// The same of the target.
    pub target_approved: bool,
    /// Its last day.
    pub expires_on: Option<NaiveDate>,
    /// Whether it is known why it has none.
    pub endless: bool,
}

/// A field that is changed only while the link is a draft.
pub fn not_a_draft(field: &str) -> FieldFault {
    let message = Message::new(
        format!("`{field}` chỉ thay đổi được khi kết nối còn là bản nháp."),
        format!("`{field}` is changed only while the link is a draft."),
    );
    fault(field, "NOT_A_DRAFT", message)
}

/// There is nothing that the link rests on.
pub fn no_ground() -> FieldFault {
    let message = Message::new(
        "Cần thoả thuận đang có hiệu lực hoặc căn cứ pháp lý còn hiệu lực.",
        "It needs an agreement that is active, or a legal basis that is in force.",
    );
    fault("legalBasis", "NO_GROUND", message)
}

/// The link has neither a last day nor a reason for having none.
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

/// The states of links that operate.
pub const OPERATING: [LinkStatus; 2] = [Active, Migrating];

/// What a link that operates should have, and has not on a day.
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

/// Everything that a step lacks.
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
        // A last day that the step itself sets was looked at already.
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

/// A migration ends at another intermediary, which is known.
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

/// What the state asks for is lacking.
///
/// # Errors
/// CONFLICT with everything that is, as far as anything is.
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
