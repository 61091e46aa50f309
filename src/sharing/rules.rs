//! What must hold of systems and links, from values alone.

pub mod agreed;
pub mod endpoint;
pub mod life;

use std::{collections::HashSet, ops::RangeInclusive};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{agreement, ids::AgencyId, kinds::GrantStatus, legal_document, text_list::TextList};

use super::{
    NewDataLink, NewSystemUse,
    agreeing::{Agreed, NewAgreement},
    granting::NewGrant,
    law::is_in_force,
    system::NewInformationSystem,
};
use crate::kernel::{
    check::{Faults, LINE, PARAGRAPH},
    error::{Code, FieldFault, Refusal},
    locale::Message,
    network::Networks,
    text::clean,
};

/// The most other names of a system.
const MOST_ALIASES: usize = 50;

/// Where an agreement stands on a day.
pub fn agreement_status(
    activated: bool,
    revoked: bool,
    from: NaiveDate,
    to: Option<NaiveDate>,
    today: NaiveDate,
) -> GrantStatus {
    match () {
        () if revoked => GrantStatus::Revoked,
        () if to.is_some_and(|to| to < today) => GrantStatus::Expired,
        () if !activated || from > today => GrantStatus::Pending,
        () => GrantStatus::Active,
    }
}

/// Where an agreement that is kept stands on a day.
pub fn status_of(agreement: &agreement::Model, today: NaiveDate) -> GrantStatus {
    let (activated, revoked) = (agreement.activated_at.is_some(), agreement.revoked_at.is_some());
    agreement_status(activated, revoked, agreement.valid_from, agreement.valid_to, today)
}

/// Whether there is something that a link rests on: an agreement that binds on a day while a law of its is in force, or a legal document
/// in force.
pub fn is_grounded(agreed: Option<&Agreed>, laws: &[legal_document::Model], today: NaiveDate) -> bool {
    let in_force = |laws: &[legal_document::Model]| laws.iter().any(|law| is_in_force(law, today));
    let binds = |agreed: &Agreed| status_of(&agreed.agreement, today) == GrantStatus::Active && in_force(&agreed.laws);
    agreed.is_some_and(binds) || in_force(laws)
}

/// Where a grant stands at an instant.
pub fn grant_status(from: DateTime<Utc>, to: DateTime<Utc>, revoked: bool, now: DateTime<Utc>) -> GrantStatus {
    match () {
        () if revoked => GrantStatus::Revoked,
        () if to <= now => GrantStatus::Expired,
        () if from > now => GrantStatus::Pending,
        () => GrantStatus::Active,
    }
}

/// What a new system says can be, as far as the system alone tells.
pub fn check_new_system(faults: &mut Faults, order: &NewInformationSystem) {
    faults.code("code", &order.code);
    check_names(faults, &order.name_vi, &order.name_en);
    check_other_names(faults, order.acronym.as_deref(), &order.aliases);
    check_level(faults, order.security_level, order.security_level_approved);
}

/// What else a system is called.
pub fn check_other_names(faults: &mut Faults, acronym: Option<&str>, aliases: &[String]) {
    faults.maybe("acronym", acronym, LINE);
    if faults.at_most("aliases", aliases.len(), MOST_ALIASES) {
        for (n, alias) in aliases.iter().enumerate() {
            faults.text(&format!("aliases[{n}]"), alias, LINE);
        }
    }
}

/// Other names as they are kept: each once.
pub fn each_once(aliases: &[String]) -> TextList {
    let mut seen = HashSet::new();
    TextList(aliases.iter().map(|alias| clean(alias)).filter(|alias| seen.insert(alias.clone())).collect())
}

/// A system has a name in both languages, which may be one; what is wrong with that is told once.
pub fn check_names(faults: &mut Faults, vi: &str, en: &str) {
    faults.text("nameVi", vi, LINE);
    if en != vi {
        faults.text("nameEn", en, LINE);
    }
}

/// A level of information security is 1 to 5, and only a level can be approved.
pub fn check_level(faults: &mut Faults, level: Option<i32>, approved: bool) {
    if level.is_some_and(|level| !(1..=5).contains(&level)) {
        let wrong = Message::new("Cấp độ an toàn thông tin từ 1 đến 5.", "A level of information security is 1 to 5.");
        faults.add("securityLevel", "OUT_OF_RANGE", wrong);
    }
    if level.is_none() && approved {
        let nothing =
            Message::new("Chưa có cấp độ thì chưa thể được phê duyệt.", "Without a level there is nothing to approve.");
        faults.add("securityLevelApproved", "NO_LEVEL", nothing);
    }
}

fn same_system(field: &str) -> FieldFault {
    let message = Message::new("Hai đầu phải là hai hệ thống khác nhau.", "The two ends must be two systems.");
    FieldFault { path: field.to_owned(), code: "SAME_SYSTEM", message }
}

/// The two ends are two systems.
///
/// # Errors
/// BAD_USER_INPUT for the second end.
pub fn check_ends(field: &str, one: &str, other: &str) -> Result<(), Refusal> {
    Refusal::unless_empty(if one == other { vec![same_system(field)] } else { vec![] })
}

/// A use is at one point or more.
///
/// # Errors
/// BAD_USER_INPUT for `points`.
pub fn check_use(order: &NewSystemUse) -> Result<(), Refusal> {
    if order.points.is_some_and(|points| points < 1) {
        return Err(Refusal::field(
            "points",
            "OUT_OF_RANGE",
            Message::new("Số điểm phải từ 1.", "There must be at least one point."),
        ));
    }
    Ok(())
}

/// What a new link says can be, as far as the link alone tells: its last day is one of `days`.
pub fn check_new_link(faults: &mut Faults, order: &NewDataLink, days: &RangeInclusive<NaiveDate>, listed: &Networks) {
    faults.code("code", &order.code);
    faults.maybe("carries", order.carries.as_deref(), PARAGRAPH);
    faults.maybe("purpose", order.purpose.as_deref(), PARAGRAPH);
    endpoint::check(faults, order.endpoint.as_deref(), listed);
    life::check_last_day(faults, order.expires_on, days);
}

/// A link joins two systems, and the network below is a third. What is not known is told already.
pub fn check_joined<T: PartialEq>([source, target, via]: [Option<T>; 3], faults: &mut Faults) {
    if source.is_some() && source == target {
        faults.extend([same_system("target")]);
    }
    if via.is_some() && [source, target].contains(&via) {
        let message = Message::new("Mạng bên dưới phải là hệ thống khác.", "The network below must be another system.");
        faults.add("via", "SAME_SYSTEM", message);
    }
}

/// What a new agreement says can be, as far as it alone tells.
pub fn check_new_agreement(faults: &mut Faults, order: &NewAgreement) {
    faults.text("number", &order.number, LINE);
    faults.text("purpose", &order.purpose, PARAGRAPH);
    some(faults, "legalBasis", order.legal_basis.len());
    agreed::check_order(faults, order.valid_from, order.valid_to);
}

/// A list that must name something.
pub(super) fn some(faults: &mut Faults, path: &str, count: usize) {
    if count == 0 {
        let none =
            Message::new(format!("`{path}` phải nêu ít nhất một mục."), format!("`{path}` must name at least one."));
        faults.add(path, "REQUIRED", none);
    }
}

/// The two parties are two bodies.
pub fn check_parties(faults: &mut Faults, provider: AgencyId, consumer: AgencyId) {
    if provider == consumer {
        let same =
            Message::new("Hai bên phải là hai cơ quan khác nhau.", "The provider and the consumer must be two bodies.");
        faults.add("consumer", "SAME_AGENCY", same);
    }
}

/// Two bodies have an agreement of this number already.
pub fn number_taken(number: &str) -> Refusal {
    Refusal::field(
        "number",
        "TAKEN",
        Message::new(
            format!("Hai cơ quan này đã có thoả thuận số \"{number}\"."),
            format!("These two bodies have an agreement of the number \"{number}\"."),
        ),
    )
}

fn conflict(vi: &'static str, en: &'static str) -> Refusal {
    Refusal::new(Code::Conflict, Message::new(vi, en))
}

/// Only what is PENDING, and was not activated, can be activated.
///
/// # Errors
/// CONFLICT.
pub fn check_activation(status: GrantStatus, activated: bool) -> Result<(), Refusal> {
    match status {
        GrantStatus::Revoked => Err(conflict("Thoả thuận đã bị thu hồi.", "The agreement was revoked.")),
        GrantStatus::Expired => Err(conflict("Thoả thuận đã hết hạn.", "The agreement is over.")),
        GrantStatus::Pending | GrantStatus::Active if activated => {
            Err(conflict("Thoả thuận đã được kích hoạt.", "The agreement was activated already."))
        }
        GrantStatus::Pending | GrantStatus::Active => Ok(()),
    }
}

/// Grants are given under an agreement that holds, or will.
///
/// # Errors
/// CONFLICT.
pub fn check_grantable(status: GrantStatus) -> Result<(), Refusal> {
    match status {
        GrantStatus::Revoked => Err(conflict(
            "Thoả thuận đã bị thu hồi: không thể cấp quyền.",
            "The agreement was revoked: nothing can be granted under it.",
        )),
        GrantStatus::Expired => Err(conflict(
            "Thoả thuận đã hết hạn: không thể cấp quyền.",
            "The agreement is over: nothing can be granted under it.",
        )),
        GrantStatus::Pending | GrantStatus::Active => Ok(()),
    }
}

/// What a new grant says can be, beside its agreement: it names something, and its time lies within the agreement's days and is not
/// past. Its `days` are the first and the last on which it holds.
pub fn check_new_grant(
    faults: &mut Faults,
    order: &NewGrant,
    days: [NaiveDate; 2],
    agreement: &agreement::Model,
    now: DateTime<Utc>,
) {
    let [first, last] = days;
    some(faults, "indicators", order.indicators.len());
    some(faults, "areas", order.areas.len());
    faults.text("purpose", &order.purpose, PARAGRAPH);
    let outside = || {
        let from = agreement.valid_from;
        let [vi, en] = match agreement.valid_to {
            Some(to) => [format!("từ {from} đến hết {to}"), format!("from {from} to {to}")],
            None => [format!("từ {from} trở đi"), format!("from {from} on")],
        };
        Message::new(
            format!("Phải nằm trong thời hạn của thoả thuận: {vi}, theo giờ Việt Nam (+07:00)."),
            format!("This must lie within the agreement's days: {en}, days at +07:00."),
        )
    };
    if first < agreement.valid_from {
        faults.add("validFrom", "OUTSIDE_AGREEMENT", outside());
    }
    if order.valid_to <= order.valid_from {
        let ends = Message::new("Quyền phải kết thúc sau khi bắt đầu.", "A grant must end after it begins.");
        faults.add("validTo", "ENDS_BEFORE_IT_BEGINS", ends);
    } else if order.valid_to <= now {
        faults.add("validTo", "PAST", Message::new("Thời hạn đã qua.", "This end is past already."));
    }
    if agreement.valid_to.is_some_and(|end| last > end) {
        faults.add("validTo", "OUTSIDE_AGREEMENT", outside());
    }
}

/// A grant is for a client that is good, is the consumer's, and may read figures at all.
pub fn check_client(faults: &mut Faults, good: bool, of_consumer: bool, reads: bool) {
    let wrong = [
        (good, "CLIENT_NOT_ACTIVE", "Hệ thống này đã bị thu hồi hoặc hết hạn.", "This client was revoked, or is over."),
        (
            of_consumer,
            "NOT_OF_CONSUMER",
            "Hệ thống này không thuộc bên khai thác.",
            "This client is not the consumer's.",
        ),
        (
            reads,
            "CLIENT_WITHOUT_SCOPE",
            "Hệ thống này không có phạm vi observation:read.",
            "This client has no scope observation:read.",
        ),
    ];
    for (right, code, vi, en) in wrong {
        if !right {
            faults.add("client", code, Message::new(vi, en));
        }
    }
}
