//! The caller in the schema.

use async_graphql::Enum;
use entity::unit_version;

use crate::kernel::{
    object::{NoArgs, Roots, Shape, Shaped, Word},
    policy::Caller,
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

/// A role (vai trò). Several roles of one person add up.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Also reads SHARED figures and the details of links (người tra cứu).
    Viewer,
    /// Also enters and revises figures, plans, targets and tasks (cán bộ nhập liệu).
    Editor,
    /// Publishes, returns and withdraws what others submitted (người phê duyệt).
    Approver,
    /// Keeps agencies, legal documents, systems, links, agreements and grants (cán bộ đăng ký kết nối).
    Registrar,
    /// Reads the audit log, revokes grants, clients and sessions (cán bộ an toàn thông tin).
    SecurityOfficer,
    /// Keeps users, clients, indicators and territory (quản trị).
    Admin,
}

/// The caller.
struct Viewer(Caller);

impl Shape for Viewer {
    const NAME: &'static str = "Viewer";
    const DOC: &'static str = "Who asks, and what they may (người gọi).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("kind", "What kind of caller (loại).", |viewer| {
                Word(match viewer.0 {
                    Caller::Anonymous => ViewerKind::Anonymous,
                    Caller::Operator => ViewerKind::Operator,
                })
            })
            .value("username", "The name to sign in with; null for whoever has not (tên đăng nhập).", |_| {
                None::<String>
            })
            .value("roles", "The roles (vai trò).", |_| Vec::<Word<Role>>::new())
            .one::<unit_version::Entity>("area", "Where the roles hold; null: the country (địa bàn).", |_| None)
            .value("scopes", "The scopes of a client (phạm vi).", |_| Vec::<String>::new())
            .value("permissions", "What the caller may do, by the names of the actions (quyền).", |viewer| {
                viewer.0.permissions()
            })
    }
}

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots.made::<Viewer, NoArgs>("viewer", "Who asks, and what they may (người gọi).", |op, _| {
        Box::pin(async { Ok(Viewer(op.caller())) })
    })
}
