//! The caller in the schema.

use async_graphql::Enum;
use entity::unit_version;

use crate::kernel::{
    object::{Shape, Shaped, Word},
    policy::{Caller, User},
};

/// What kind of caller asks (loại người gọi).
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerKind {
    /// Nobody has signed in (công khai).
    Anonymous,
    /// A person (người dùng).
    User,
    /// A system that integrates (hệ thống tích hợp).
    Client,
    /// Whoever runs the program on its machine (quản trị hệ thống).
    Operator,
}

/// The caller.
pub struct Viewer(pub Caller);

impl Viewer {
    fn user(&self) -> Option<&User> {
        if let Caller::User(user) = &self.0 { Some(user) } else { None }
    }
}

impl Shape for Viewer {
    const NAME: &'static str = "Viewer";
    const DOC: &'static str = "Who asks, and what they may (người gọi).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("kind", "What kind of caller (loại).", |viewer| {
                Word(match viewer.0 {
                    Caller::Anonymous => ViewerKind::Anonymous,
                    Caller::User(_) => ViewerKind::User,
                    Caller::Client(_) => ViewerKind::Client,
                    Caller::Operator | Caller::System => ViewerKind::Operator,
                })
            })
            .value(
                "username",
                "The name to sign in with; a client's id; null for whoever has none (tên đăng nhập).",
                |viewer| match &viewer.0 {
                    Caller::User(user) => Some(user.username.clone()),
                    Caller::Client(client) => Some(client.client_id.clone()),
                    Caller::Anonymous | Caller::Operator | Caller::System => None,
                },
            )
            .value("roles", "The roles (vai trò).", |viewer| {
                viewer.user().map(|user| user.roles.iter().copied().map(Word).collect::<Vec<_>>()).unwrap_or_default()
            })
            .one::<unit_version::Entity>(
                "area",
                "Where the roles of a person, or the scopes of a client, hold: what they may write, and read beyond what is public. Null: the country (địa bàn).",
                |viewer| {
                    let area = match &viewer.0 {
                        Caller::User(user) => &user.area,
                        Caller::Client(client) => &client.area,
                        Caller::Anonymous | Caller::Operator | Caller::System => return None,
                    };
                    Some(area.as_ref()?.version.into())
                },
            )
            .value("scopes", "The scopes of a client, which hold in `area` (phạm vi).", |viewer| match &viewer.0 {
                Caller::Client(client) => client.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
                _ => Vec::<String>::new(),
            })
            .value("permissions", "What the caller may do, by the names of the actions (quyền).", |viewer| {
                viewer.0.permissions()
            })
    }
}
