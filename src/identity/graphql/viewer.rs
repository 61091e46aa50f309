//! The GraphQL type of the caller.

use async_graphql::Enum;
use entity::unit_version;

use crate::kernel::{
    object::{Shape, Shaped, Word},
    policy::{Caller, User},
};

/// The kind of caller (loại người gọi).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerKind {
    /// An anonymous caller (công khai).
    Anonymous,
    /// A signed-in user (người dùng).
    User,
    /// An API client (hệ thống tích hợp).
    Client,
    /// The operator, on the command line of the server (quản trị hệ thống).
    Operator,
}

/// The caller, as the API shows it.
pub struct Viewer(pub Caller);

impl Viewer {
    fn user(&self) -> Option<&User> {
        if let Caller::User(user) = &self.0 { Some(user) } else { None }
    }
}

impl Shape for Viewer {
    const NAME: &'static str = "Viewer";
    const DOC: &'static str = "The caller and its permissions (người gọi).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("kind", "The kind of caller (loại).", |viewer| {
                Word(match viewer.0 {
                    Caller::Anonymous => ViewerKind::Anonymous,
                    Caller::User(_) => ViewerKind::User,
                    Caller::Client(_) => ViewerKind::Client,
                    Caller::Operator | Caller::System => ViewerKind::Operator,
                })
            })
            .value(
                "username",
                "The user name of a user, or the client id of an API client; null for other callers (tên đăng nhập).",
                |viewer| match &viewer.0 {
                    Caller::User(user) => Some(user.username.clone()),
                    Caller::Client(client) => Some(client.client_id.clone()),
                    Caller::Anonymous | Caller::Operator | Caller::System => None,
                },
            )
            .value("roles", "The roles of a user; empty for other callers (vai trò).", |viewer| {
                viewer.user().map(|user| user.roles.iter().copied().map(Word).collect::<Vec<_>>()).unwrap_or_default()
            })
            .one::<unit_version::Entity>(
                "area",
                "The area in which the roles of a user, or the scopes of a client, apply. Null means the whole country, or a caller that has neither (địa bàn).",
                |viewer| {
                    let area = match &viewer.0 {
                        Caller::User(user) => &user.area,
                        Caller::Client(client) => &client.area,
                        Caller::Anonymous | Caller::Operator | Caller::System => return None,
                    };
                    Some(area.as_ref()?.version.into())
                },
            )
            .value("scopes", "The scopes of an API client, which apply in `area`; empty for other callers (phạm vi).", |viewer| match &viewer.0 {
                Caller::Client(client) => client.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
                _ => Vec::<String>::new(),
            })
            .value("permissions", "The names of the actions that the caller may perform, in its area (quyền).", |viewer| {
                viewer.0.permissions()
            })
    }
}
