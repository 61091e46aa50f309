//! People, systems and the caller in the schema.

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

/// The mutation that signs somebody in: a password is guessed once a request.
pub const SIGN_IN: &str = "login";

/// The mutation that refreshes a session: counted as sign-ins are, unless it succeeds.
pub const REFRESH: &str = "refresh";

/// The mutations that hash a password for an account that has one, up to eleven times.
pub const PASSWORDS: [&str; 2] = ["changePassword", "resetPassword"];

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots
        .made::<Viewer, NoArgs>("viewer", "Who asks, and what they may (người gọi).", |op, _| {
            Box::pin(async { Ok(Viewer(op.caller().clone())) })
        })
        .made::<RateLimit, NoArgs>(
            "rateLimit",
            "What the caller may still ask for: points, of which a request takes as many as it could be answered with values (hạn mức).",
            |op, _| Box::pin(async { Ok(RateLimit(op.standing())) }),
        )
        .page::<user_account::Entity, Users>(
            "users",
            "The people who sign in; for security officers and administrators (danh sách người dùng).",
        )
        .asks(Action::ReadUsers)
        .page::<api_client::Entity, NoArgs>(
            "apiClients",
            "The systems that integrate; for security officers and administrators (danh sách hệ thống tích hợp).",
        )
        .asks(Action::ReadApiClients)
}
