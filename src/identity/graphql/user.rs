//! GraphQL types of users and API clients.

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
    const DOC: &'static str = "A user account (người dùng).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .column("username", "The user name, used to sign in (tên đăng nhập).", U::Username)
            .column("displayName", "The display name (tên hiển thị).", U::DisplayName)
            .value("roles", "The roles of the user, which add up and apply in `area` (vai trò).", [U::Roles], |roles: TextList| {
                store::roles(&roles).into_iter().map(Word::<Role>).collect::<Vec<_>>()
            })
            .one_on::<unit_version::Entity>(
                "area",
                "The area in which the roles apply. Null means the whole country, which inputs name as \"VN\" (địa bàn).",
                U::AreaId,
                U::AreaOn,
            )
            .column("active", "Whether the account is enabled and may sign in (đang hoạt động).", U::Active)
            .column("lastLoginAt", "The time of the last sign-in; null if there was none (lần đăng nhập cuối).", U::LastLoginAt)
            .column(
                "lockedUntil",
                "The end of the last lockout after wrong passwords from many addresses; null if there was none since the account was last unlocked. The lockout does not apply to addresses from which the user signed in recently. Lockouts of a single address are not shown here (khoá đến).",
                U::LockedUntil,
            )
            .column("version", "The version number, incremented by each change. Updates must state the expected version (phiên bản).", U::Version)
    }
}

/// A filter on users. All given conditions must hold.
#[derive(InputObject)]
struct UserFilter {
    /// Users with at least one of these roles (vai trò).
    roles: Option<Vec<Role>>,
    /// Only enabled (true) or only disabled (false) accounts (đang hoạt động).
    active: Option<bool>,
    /// Users whose user name or display name contains this text. Tone marks and case are ignored (từ khoá).
    text: Option<String>,
}

/// The arguments of the list of users.
#[derive(InputObject)]
pub struct Users {
    /// Which users to list; all by default (bộ lọc).
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
    const DOC: &'static str = "A system that uses the API with OAuth client credentials (hệ thống tích hợp).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_clients(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        use api_client::Column as C;
        declare
            .node()
            .column("clientId", "The client id, with which the client requests tokens (mã khách).", C::ClientId)
            .column("name", "The name of the client (tên).", C::Name)
            .one::<agency::Entity>("agency", "The agency that the client belongs to. The scopes apply in the area of this agency; if null or an agency of the whole country, everywhere (cơ quan).", C::AgencyId)
            .value("scopes", "The scopes that the client's tokens may have (phạm vi).", [C::Scopes], |scopes: TextList| scopes.0)
            .column("active", "Whether the client may authenticate; false once it is revoked (đang hoạt động).", C::Active)
            .column("validTo", "The expiry time of the client; null if it does not expire (hết hạn).", C::ValidTo)
            .column("version", "The version number, incremented by each change. Updates must state the expected version (phiên bản).", C::Version)
    }
}
