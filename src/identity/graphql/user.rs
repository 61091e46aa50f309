//! Users and clients in the schema.

use async_graphql::InputObject;
use entity::{
    agency, api_client,
    kinds::Role,
    text_list::TextList,
    unit_version,
    user_account::{self, Column as U},
};
use sea_orm::{ColumnTrait, Condition, Select};

use crate::{
    identity::store,
    kernel::{
        object::{Args, Declare, Noun, Word},
        op::Op,
        page::Listing,
    },
};

impl Noun for user_account::Entity {
    const NAME: &'static str = "User";
    const DOC: &'static str = "A person who signs in (người dùng).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .column("username", "The name to sign in with (tên đăng nhập).", U::Username)
            .column("displayName", "The name to show (tên hiển thị).", U::DisplayName)
            .value("roles", "The roles (vai trò).", [U::Roles], |roles: TextList| {
                store::roles(&roles).into_iter().map(Word::<Role>).collect::<Vec<_>>()
            })
            .one_on::<unit_version::Entity>(
                "area",
                "Where the roles hold; null: the country, which inputs call VN (địa bàn).",
                U::AreaId,
                U::AreaOn,
            )
            .column("active", "Whether the account may sign in (đang hoạt động).", U::Active)
            .column("lastLoginAt", "When somebody last signed in (lần đăng nhập cuối).", U::LastLoginAt)
            .column(
                "lockedUntil",
                "Until when it is locked after wrong passwords from many addresses, for addresses from which nobody signed in to it lately; null where it never was. Wrong passwords from one address lock it for that address alone, which is not shown here (khoá đến).",
                U::LockedUntil,
            )
            .column("version", "Counts its changes; updates name the one they have seen.", U::Version)
    }
}

/// Which users.
#[derive(InputObject)]
struct UserFilter {
    /// With one of these roles (vai trò).
    roles: Option<Vec<Role>>,
    /// Whether the account may sign in (đang hoạt động).
    active: Option<bool>,
    /// Those whose name to sign in with or to show has this text; marks and case do not matter (từ khoá).
    text: Option<String>,
}

/// The arguments of the list of users.
#[derive(InputObject)]
pub struct Users {
    /// Which of them.
    filter: Option<UserFilter>,
}

impl Args for Users {}

impl Listing for Users {
    fn condition(&self, op: &Op) -> Condition {
        let Some(filter) = &self.filter else { return Condition::all() };
        let roles = |roles: &Vec<Role>| store::with_roles(roles);
        Condition::all()
            .add_option(filter.roles.as_ref().map(roles))
            .add_option(filter.active.map(|active| U::Active.eq(active)))
            .add_option(filter.text.as_ref().map(|t| op.has(U::Search, t)))
    }
}

impl Noun for api_client::Entity {
    const NAME: &'static str = "ApiClient";
    const DOC: &'static str = "A system that integrates through the API (hệ thống tích hợp).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_clients(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use api_client::Column as C;
        declare
            .node()
            .column("clientId", "The name by which it authenticates (mã khách).", C::ClientId)
            .column("name", "What it is called (tên).", C::Name)
            .one::<agency::Entity>("agency", "The agency whose it is: its scopes hold in the area of this agency. Null, or an agency of the whole country: in the country (cơ quan).", C::AgencyId)
            .value("scopes", "What its tokens may allow (phạm vi).", [C::Scopes], |scopes: TextList| scopes.0)
            .column("active", "Whether it may authenticate; false once it was revoked (đang hoạt động).", C::Active)
            .column("validTo", "Until when it is good; null: without an end (hết hạn).", C::ValidTo)
            .column("version", "Counts its changes; updates name the one they have seen.", C::Version)
    }
}
