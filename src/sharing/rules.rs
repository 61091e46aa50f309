//! What must hold of systems and links, from values alone.

use chrono::{DateTime, NaiveDate, Utc};
use entity::kinds::GrantStatus;

use super::{NewSystemUse, system::NewInformationSystem};
use crate::kernel::{
    check::{Faults, LINE},
    error::Refusal,
    locale::Message,
};

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
    faults.maybe("acronym", order.acronym.as_deref(), LINE);
    for (n, alias) in order.aliases.iter().enumerate() {
        faults.text(&format!("aliases[{n}]"), alias, LINE);
    }
    check_level(faults, order.security_level, order.security_level_approved);
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

/// The two ends are two systems.
///
/// # Errors
/// BAD_USER_INPUT for the second end.
pub fn check_ends(field: &str, one: &str, other: &str) -> Result<(), Refusal> {
    if one == other {
        return Err(Refusal::field(
            field,
            "SAME_SYSTEM",
            Message::new("Hai đầu phải là hai hệ thống khác nhau.", "The two ends must be two systems."),
        ));
    }
    Ok(())
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

/// How many days are left until a link's last one; 0 on that day, negative after it.
pub fn days_left(expires_on: Option<NaiveDate>, today: NaiveDate) -> Option<i32> {
    expires_on.and_then(|day| i32::try_from((day - today).num_days()).ok())
}
