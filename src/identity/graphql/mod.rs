//! GraphQL types and root fields of users, API clients and the caller.

pub mod mutation;
mod rate_limit;
mod user;
mod viewer;

use entity::{api_client, user_account};

pub use self::mutation::{IdentityMutation, RevokeInput};
use self::{rate_limit::RateLimit, user::Users, viewer::Viewer};
use crate::kernel::{
    object::{NoArgs, Roots},
    policy::Action,
};

/// The mutation that signs a user in. A request may contain it only once: otherwise one request could try many passwords.
pub const SIGN_IN: &str = "login";

/// The mutation that refreshes a session. Failed calls count towards the rate limit for sign-ins.
pub const REFRESH: &str = "refresh";

/// The mutations that set the password of an existing account. Each may compute up to eleven hashes: one for each remembered
/// password, and the new one.
pub const PASSWORDS: [&str; 2] = ["changePassword", "resetPassword"];

/// Declares the root fields for users, API clients and the caller.
pub fn roots(roots: Roots) -> Roots {
    roots
        .made::<Viewer, NoArgs>("viewer", "The caller and its permissions (người gọi).", |op, _| {
            Box::pin(async { Ok(Viewer(op.caller().clone())) })
        })
        .made::<RateLimit, NoArgs>(
            "rateLimit",
            "The caller's rate limit, in points. The server reserves about one point for each value that the response could contain, and settles the actual use afterwards (hạn mức).",
            |op, _| Box::pin(async { Ok(RateLimit(op.standing())) }),
        )
        .page::<user_account::Entity, Users>(
            "users",
            "User accounts in the caller's area. Requires the role SECURITY_OFFICER or ADMIN (danh sách người dùng).",
        )
        .asks(Action::ReadUsers)
        .page::<api_client::Entity, NoArgs>(
            "apiClients",
            "API clients. Requires the role SECURITY_OFFICER or ADMIN (danh sách hệ thống tích hợp).",
        )
        .asks(Action::ReadApiClients)
}
