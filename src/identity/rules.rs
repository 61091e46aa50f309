//! Rules for user names, passwords, sign-ins and the granting of roles. Pure: no database access.

use chrono::{DateTime, Duration, Utc};
use entity::{kinds::Role, user_account};

use super::password::prepared;
use crate::kernel::{
    check::{Faults, LINE},
    client_scope::ClientScope,
    error::{FieldFault, Refusal},
    locale::Message,
    policy::Caller,
};

/// The minimum length of a password, in characters.
pub const SHORTEST_PASSWORD: usize = 12;

/// The number of previous passwords that may not be reused.
pub const REMEMBERED_PASSWORDS: u64 = 10;

/// The maximum number of valid secrets of a client.
pub const LIVE_SECRETS: usize = 2;

fn fault(path: &str, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> FieldFault {
    FieldFault { path: path.to_owned(), code, message: Message::new(vi.into(), en.into()) }
}

/// Validates a user name.
pub fn check_username(path: &str, name: &str) -> Option<FieldFault> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let sane = (3..=64).contains(&name.len())
        && name.chars().all(letters)
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    (!sane).then(|| {
        fault(
            path,
            "INVALID",
            "Tên đăng nhập gồm 3 đến 64 ký tự a-z, 0-9, dấu chấm, gạch dưới, gạch ngang, bắt đầu bằng chữ.",
            "A user name has 3 to 64 characters of a-z, 0-9, dot, underscore and hyphen, a letter first.",
        )
    })
}

/// Validates a display name.
pub fn check_name(path: &str, name: &str) -> Option<FieldFault> {
    let long = name.chars().count();
    (name.trim().is_empty() || long > 200 || name.chars().any(char::is_control)).then(|| {
        fault(
            path,
            "INVALID",
            "Tên gồm 1 đến 200 ký tự, không có ký tự điều khiển.",
            "A name has 1 to 200 characters, and no control characters.",
        )
    })
}

/// Checks that a reason is given.
///
/// # Errors
/// BAD_USER_INPUT naming `reason`, if it is empty or too long.
pub fn check_reason(reason: &str) -> crate::kernel::error::Result<()> {
    let mut faults = Faults::default();
    faults.text("reason", reason, LINE);
    faults.refuse()
}

/// Validates a new password: long enough, without control characters and the given names, and not easy to guess (zxcvbn
/// score 3 or better).
pub fn check_password(path: &str, password: &str, names: &[&str]) -> Option<FieldFault> {
    // In the form that will be hashed.
    let password = &*prepared(password);
    let folded = password.to_lowercase();
    if password.chars().count() < SHORTEST_PASSWORD || password.len() > super::password::LONGEST {
        return Some(fault(
            path,
            "TOO_SHORT",
            format!(
                "Mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự (và nhiều nhất {} byte).",
                super::password::LONGEST
            ),
            format!(
                "A password has at least {SHORTEST_PASSWORD} characters (and at most {} bytes).",
                super::password::LONGEST
            ),
        ));
    }
    if password.chars().any(char::is_control) {
        return Some(fault(
            path,
            "CONTROL_CHARACTER",
            "Mật khẩu không được có ký tự điều khiển (như tab hay xuống dòng).",
            "A password must not have control characters (such as a tab or a line break).",
        ));
    }
    if names.iter().any(|name| name.len() >= 3 && folded.contains(&name.to_lowercase())) {
        return Some(fault(
            path,
            "CONTAINS_NAME",
            "Mật khẩu không được chứa tên đăng nhập.",
            "A password must not contain the user name.",
        ));
    }
    (u8::from(zxcvbn::zxcvbn(password, names).score()) < 3).then(|| {
        fault(
            path,
            "TOO_COMMON",
            "Mật khẩu này quá phổ biến hoặc dễ đoán; một câu dài của riêng bạn thì tốt hơn.",
            "This password is too common or too easily guessed; a long phrase of your own is better.",
        )
    })
}

/// Whether an account has been idle for too long: neither a sign-in nor an enabling within `idle`.
pub fn is_idle(user: &user_account::Model, now: DateTime<Utc>, idle: Duration) -> bool {
    user.last_login_at.map_or(user.enabled_at, |at| at.max(user.enabled_at)) + idle < now
}

/// Why a sign-in is rejected, as a stable code for the audit log; `None` if it is accepted.
pub fn refused(user: &user_account::Model, locked: bool, idle: bool, right_password: bool) -> Option<&'static str> {
    match () {
        () if locked => Some("LOCKED"),
        () if !user.active => Some("DISABLED"),
        () if idle => Some("IDLE"),
        () if !right_password => Some("WRONG_PASSWORD"),
        () => None,
    }
}

/// Checks that the caller may grant these roles: only roles that it has. An administrator may grant all; the permit checks
/// the area.
///
/// # Errors
/// FORBIDDEN otherwise.
pub fn check_grant(caller: &Caller, roles: &[Role]) -> Result<(), Refusal> {
    let has = |role: &Role| match caller {
        Caller::Operator => true,
        Caller::User(user) => user.roles.contains(&Role::Admin) || user.roles.contains(role),
        Caller::Anonymous | Caller::Client(_) | Caller::System => false,
    };
    match roles.iter().all(has) {
        true => Ok(()),
        false => Err(Refusal::new(
            crate::kernel::error::Code::Forbidden,
            Message::new("Không thể trao vai trò mà mình không có.", "You cannot give a role that you do not have."),
        )),
    }
}

/// Validates the roles of an account. Roles other than ADMIN and SECURITY_OFFICER need an area.
pub fn check_roles(roles: &[Role], has_area: bool) -> Vec<FieldFault> {
    let mut faults = vec![];
    if roles.is_empty() {
        faults.push(fault("roles", "REQUIRED", "Cần ít nhất một vai trò.", "At least one role is needed."));
    }
    if !has_area && roles.iter().any(|role| !matches!(role, Role::Admin | Role::SecurityOfficer)) {
        faults.push(fault(
            "area",
            "REQUIRED",
            "Vai trò này cần địa bàn: mã tỉnh, hoặc \"VN\" cho cả nước.",
            "These roles need an area: a province's code, or \"VN\" for the country.",
        ));
    }
    faults
}

/// Parses the names of scopes. Repeated names count once.
///
/// # Errors
/// BAD_USER_INPUT naming each unknown one.
pub fn scopes(names: &[String]) -> Result<Vec<ClientScope>, Refusal> {
    let (mut scopes, mut faults) = (vec![], vec![]);
    for (n, name) in names.iter().enumerate() {
        match ClientScope::named(name) {
            Some(scope) if scopes.contains(&scope) => {}
            Some(scope) => scopes.push(scope),
            None => faults.push(fault(
                &format!("scopes[{n}]"),
                "UNKNOWN",
                format!("Không có phạm vi \"{name}\"; có: {}.", ClientScope::ALL.map(ClientScope::name).join(", ")),
                format!(
                    "There is no scope \"{name}\"; there are {}.",
                    ClientScope::ALL.map(ClientScope::name).join(", ")
                ),
            )),
        }
    }
    Refusal::unless_empty(faults).map(|()| scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_to_sign_in_with_are_plain() {
        for name in ["abc", "nguyen.van-a_1"] {
            assert_eq!(check_username("username", name), None, "{name}");
        }
        for name in ["", "ab", "1abc", "Abc", "a b", "nguyễn", &"a".repeat(65)] {
            assert!(check_username("username", name).is_some(), "{name}");
        }
    }

    #[test]
    fn passwords_that_are_guessed_are_refused() {
        let code = |password: &str| check_password("password", password, &["nguyenvana"]).map(|fault| fault.code);
        for (password, fault) in [
            ("ngan-hang-7-cau-vong", None),
            ("con mèo ngủ trên ghế đá", None),
            ("short", Some("TOO_SHORT")),
            ("password1234", Some("TOO_COMMON")),
            ("123456789012", Some("TOO_COMMON")),
            ("qwertyuiop12", Some("TOO_COMMON")),
            ("aaaaaaaaaaaaaaa", Some("TOO_COMMON")),
            ("x NguyenVanA 9!kq", Some("CONTAINS_NAME")),
            ("con mèo\tngủ trên ghế đá", Some("CONTROL_CHARACTER")),
        ] {
            assert_eq!(code(password), fault, "{password}");
        }
        assert_eq!(code(&"ô".repeat(600)), Some("TOO_SHORT"));
    }
}
