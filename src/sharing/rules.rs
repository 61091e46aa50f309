//! What must hold of systems and links, from values alone.

use chrono::{DateTime, NaiveDate, Utc};
use entity::kinds::GrantStatus;

use super::{NewInformationSystem, NewSystemUse};
use crate::kernel::{error::Refusal, locale::Message};

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

/// A level of information security is 1 to 5, and only a level can be approved.
///
/// # Errors
/// BAD_USER_INPUT for the field.
pub fn check_system(order: &NewInformationSystem) -> Result<(), Refusal> {
    match order.security_level {
        Some(level) if !(1..=5).contains(&level) => Err(Refusal::field(
            "securityLevel",
            "OUT_OF_RANGE",
            Message::new("Cấp độ an toàn thông tin từ 1 đến 5.", "A level of information security is 1 to 5."),
        )),
        None if order.security_level_approved => Err(Refusal::field(
            "securityLevelApproved",
            "NO_LEVEL",
            Message::new("Chưa có cấp độ thì chưa thể được phê duyệt.", "Without a level there is nothing to approve."),
        )),
        _ => Ok(()),
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
