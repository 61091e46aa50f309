//! Validation rules for systems, links, agreements and grants. They need no database.

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

/// The largest number of aliases of a system.
const MOST_ALIASES: usize = 50;

/// The status of an agreement on a day.
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

/// The status of a stored agreement on a day.
pub fn status_of(agreement: &agreement::Model, today: NaiveDate) -> GrantStatus {
    let (activated, revoked) = (agreement.activated_at.is_some(), agreement.revoked_at.is_some());
    agreement_status(activated, revoked, agreement.valid_from, agreement.valid_to, today)
}

/// Whether a link has a valid legal basis on a day: an ACTIVE agreement with at least one document in force, or a
/// document of its own in force.
pub fn is_grounded(agreed: Option<&Agreed>, laws: &[legal_document::Model], today: NaiveDate) -> bool {
    let in_force = |laws: &[legal_document::Model]| laws.iter().any(|law| is_in_force(law, today));
    let binds = |agreed: &Agreed| status_of(&agreed.agreement, today) == GrantStatus::Active && in_force(&agreed.laws);
    agreed.is_some_and(binds) || in_force(laws)
}

/// The status of a grant at an instant.
pub fn grant_status(from: DateTime<Utc>, to: DateTime<Utc>, revoked: bool, now: DateTime<Utc>) -> GrantStatus {
    match () {
        () if revoked => GrantStatus::Revoked,
        () if to <= now => GrantStatus::Expired,
        () if from > now => GrantStatus::Pending,
        () => GrantStatus::Active,
    }
}

/// Validates the fields of a new system that need no look-up.
pub fn check_new_system(faults: &mut Faults, order: &NewInformationSystem) {
    faults.code("code", &order.code);
    check_names(faults, &order.name_vi, &order.name_en);
    check_other_names(faults, order.acronym.as_deref(), &order.aliases);
    check_level(faults, order.security_level, order.security_level_approved);
}

/// Validates the acronym and the aliases of a system.
pub fn check_other_names(faults: &mut Faults, acronym: Option<&str>, aliases: &[String]) {
    faults.maybe("acronym", acronym, LINE);
    if faults.at_most("aliases", aliases.len(), MOST_ALIASES) {
        for (n, alias) in aliases.iter().enumerate() {
            faults.text(&format!("aliases[{n}]"), alias, LINE);
        }
    }
}

/// Aliases as they are stored: cleaned, without duplicates.
pub fn each_once(aliases: &[String]) -> TextList {
    let mut seen = HashSet::new();
    TextList(aliases.iter().map(|alias| clean(alias)).filter(|alias| seen.insert(alias.clone())).collect())
}

/// Validates the two names. If they are equal, a fault is reported only once, for the Vietnamese name.
pub fn check_names(faults: &mut Faults, vi: &str, en: &str) {
    faults.text("nameVi", vi, LINE);
    if en != vi {
        faults.text("nameEn", en, LINE);
    }
}

/// An information-security level is 1 to 5, and approval needs a level.
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

/// The two ends must be different systems.
///
/// # Errors
/// BAD_USER_INPUT for the second end.
pub fn check_ends(field: &str, one: &str, other: &str) -> Result<(), Refusal> {
    Refusal::unless_empty(if one == other { vec![same_system(field)] } else { vec![] })
}

/// A use has at least one connection point.
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

/// Validates the fields of a new link that need no look-up. Its expiry date must lie within `days`.
pub fn check_new_link(faults: &mut Faults, order: &NewDataLink, days: &RangeInclusive<NaiveDate>, listed: &Networks) {
    faults.code("code", &order.code);
    faults.maybe("carries", order.carries.as_deref(), PARAGRAPH);
    faults.maybe("purpose", order.purpose.as_deref(), PARAGRAPH);
    endpoint::check(faults, order.endpoint.as_deref(), listed);
    life::check_last_day(faults, order.expires_on, days);
}

/// A link joins two different systems, and the network that it runs over is a third. Unknown systems (`None`) are
/// already reported.
pub fn check_joined<T: PartialEq>([source, target, via]: [Option<T>; 3], faults: &mut Faults) {
    if source.is_some() && source == target {
        faults.extend([same_system("target")]);
    }
    if via.is_some() && [source, target].contains(&via) {
        let message = Message::new("Mạng bên dưới phải là hệ thống khác.", "The network below must be another system.");
        faults.add("via", "SAME_SYSTEM", message);
    }
}

/// Validates the fields of a new agreement that need no look-up.
pub fn check_new_agreement(faults: &mut Faults, order: &NewAgreement) {
    faults.text("number", &order.number, LINE);
    faults.text("purpose", &order.purpose, PARAGRAPH);
    some(faults, "legalBasis", order.legal_basis.len());
    agreed::check_order(faults, order.valid_from, order.valid_to);
}

/// A list must not be empty.
pub(super) fn some(faults: &mut Faults, path: &str, count: usize) {
    if count == 0 {
        let none =
            Message::new(format!("`{path}` phải nêu ít nhất một mục."), format!("`{path}` must name at least one."));
        faults.add(path, "REQUIRED", none);
    }
}

/// The two parties must be different agencies.
pub fn check_parties(faults: &mut Faults, provider: AgencyId, consumer: AgencyId) {
    if provider == consumer {
        let same =
            Message::new("Hai bên phải là hai cơ quan khác nhau.", "The provider and the consumer must be two bodies.");
        faults.add("consumer", "SAME_AGENCY", same);
    }
}

/// The error for a number that the two agencies have already used.
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

/// Only an agreement that is not revoked, expired or already activated can be activated.
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

/// A grant needs an agreement that is ACTIVE or PENDING.
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

/// Validates a new grant: it names at least one indicator and area, and its period lies within the agreement's and is
/// not over. `days` are its first and last day.
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

/// The client of a grant must be active, belong to the consumer, and have the scope observation:read.
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
