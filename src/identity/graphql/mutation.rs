//! GraphQL mutations of accounts, sessions and API clients.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::{
    api_client,
    ids::{ApiClientId, UserId},
    kinds::Role,
    user_account,
};
use sea_orm::{ColumnTrait, QueryFilter};

use super::viewer::Viewer;
use crate::{
    identity::{
        client::{self, NewClient},
        session::{self, Tokens},
        store,
        user::{self, NewUser, UserPatch},
    },
    kernel::{
        object::{GlobalId, One, OneMade},
        op::Op,
        policy::Action,
        scalar::DateTime,
    },
};

/// Input for signing in.
#[derive(InputObject)]
struct LoginInput {
    /// The user name (tên đăng nhập).
    username: String,
    /// The password (mật khẩu).
    password: String,
}

/// Input for refreshing the tokens of a session.
#[derive(InputObject)]
struct RefreshInput {
    /// The latest refresh token of the session (mã làm mới).
    refresh_token: String,
}

/// Input for signing out.
#[derive(InputObject)]
struct LogoutInput {
    /// The latest refresh token of the session (mã làm mới).
    refresh_token: String,
}

/// Input for changing the caller's own password.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The current password (mật khẩu hiện tại).
    current_password: String,
    /// The new password: at least 12 characters, hard to guess, without the user name, and none of the last 10
    /// (mật khẩu mới).
    new_password: String,
}

/// Input for setting the password of another user.
#[derive(InputObject)]
struct ResetPasswordInput {
    /// The global id of the user (người dùng).
    id: ID,
    /// The new password: at least 12 characters, hard to guess, without the user name, and none of the last 10
    /// (mật khẩu mới).
    new_password: String,
}

/// Input for a new user account.
#[derive(InputObject)]
struct CreateUserInput {
    /// The user name: 3 to 64 characters of a-z, 0-9, dot, underscore and hyphen, starting with a letter (tên đăng nhập).
    username: String,
    /// The display name, 1 to 200 characters (tên hiển thị).
    display_name: String,
    /// The initial password: at least 12 characters, hard to guess, without the user name (mật khẩu).
    password: String,
    /// The roles, at least one; they add up. The caller must have them, or be an ADMIN (vai trò).
    roles: Vec<Role>,
    /// The area in which the roles apply: the code of a province, or "VN" for the whole country. If omitted, the whole
    /// country; allowed only if all roles are ADMIN or SECURITY_OFFICER (địa bàn).
    area: Option<String>,
}

/// Changes to a user account. Omitted fields keep their value.
#[derive(InputObject)]
struct UpdateUserInput {
    /// The global id of the user (người dùng).
    id: ID,
    /// The expected version. The update is rejected if the account has another (phiên bản).
    version: i32,
    /// The display name, 1 to 200 characters (tên hiển thị).
    display_name: Option<String>,
    /// All roles of the user; replaces the previous list (vai trò).
    roles: Option<Vec<Role>>,
    /// The area in which the roles apply: the code of a province, or "VN" for the whole country (địa bàn).
    area: Option<String>,
    /// Whether the account may sign in. False ends its sessions immediately; true also ends its lockouts (đang hoạt động).
    active: Option<bool>,
}

/// Input for a new API client.
#[derive(InputObject)]
struct CreateApiClientInput {
    /// The name of the client, 1 to 200 characters (tên).
    name: String,
    /// The code of the agency that the client belongs to; the scopes apply in its area. Without one they apply in the whole
    /// country, which only an ADMIN of the whole country may do (cơ quan).
    agency: Option<String>,
    /// The scopes of the client: observation:read (read observations under grants), observation:write (record and submit
    /// observations), exchange:report (report calls over data links), changes:read (read non-public entries of the change
    /// feed), link:read (read the details of data links) (phạm vi).
    scopes: Vec<String>,
    /// The expiry time, in the future; if omitted, the client does not expire (hết hạn).
    valid_to: Option<DateTime>,
}

/// Input that identifies one record.
#[derive(InputObject)]
pub struct NodeInput {
    /// The global id of the record (định danh).
    pub id: ID,
}

/// Input for a revocation.
#[derive(InputObject)]
pub struct RevokeInput {
    /// The global id of the record (định danh).
    pub id: ID,
    /// The expected version. If given, the revocation is rejected if the record has another. `endSessions` ignores it
    /// (phiên bản).
    pub version: Option<i32>,
    /// The reason, recorded in the audit log (lý do).
    pub reason: String,
}

/// The tokens of a session (kết quả đăng nhập).
#[derive(SimpleObject)]
struct AuthPayload {
    /// The access token, to be sent with each request as `Authorization: Bearer …` (mã truy cập).
    access_token: String,
    /// The refresh token. It is single-use: `refresh` returns a new one each time (mã làm mới).
    refresh_token: String,
    /// The lifetime of the access token, in seconds (hiệu lực).
    expires_in: i32,
    /// The token type: always `Bearer` (loại mã).
    token_type: String,
    /// The user who signed in (người gọi).
    viewer: OneMade<Viewer>,
}

impl AuthPayload {
    fn of(op: &Op, tokens: Tokens) -> Self {
        AuthPayload {
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            expires_in: i32::try_from(op.app().settings().access_token.num_seconds()).unwrap_or(i32::MAX),
            token_type: "Bearer".to_owned(),
            viewer: OneMade::new(Viewer(tokens.caller)),
        }
    }
}

/// The user account that was created or changed.
#[derive(SimpleObject)]
struct UserPayload {
    /// The user account after the change (người dùng).
    user: One<user_account::Entity>,
}

impl UserPayload {
    fn of(op: &Op, id: UserId) -> Self {
        UserPayload { user: One(store::visible(op).filter(user_account::Column::Id.eq(id))) }
    }
}

/// The API client that was changed.
#[derive(SimpleObject)]
struct ApiClientPayload {
    /// The API client after the change (hệ thống tích hợp).
    api_client: One<api_client::Entity>,
}

/// An API client with its new secret.
#[derive(SimpleObject)]
struct ApiClientSecretPayload {
    /// The API client after the change (hệ thống tích hợp).
    api_client: One<api_client::Entity>,
    /// The client secret. The server returns it only this once (khoá bí mật).
    client_secret: String,
}

fn client_of(op: &Op, id: ApiClientId) -> One<api_client::Entity> {
    One(store::visible_clients(op).filter(api_client::Column::Id.eq(id)))
}

/// The mutations of accounts, sessions and API clients.
#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Sign in; at most once per request. The error does not reveal whether the user name, the password or the account is at
    /// fault (đăng nhập).
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user name and password.")] input: LoginInput,
    ) -> Result<AuthPayload> {
        let op = ctx.data::<Op>()?;
        let tokens = session::sign_in(op, &input.username, &input.password).await?;
        Ok(AuthPayload::of(op, tokens))
    }
    /// Refresh the tokens of a session. Refresh tokens are single-use. Within 10 seconds, a used token returns the same
    /// successor again, for a second browser tab; later reuse is treated as theft and ends the session (làm mới phiên).
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshInput,
    ) -> Result<AuthPayload> {
        let op = ctx.data::<Op>()?;
        let tokens = session::refresh(op, &input.refresh_token).await?;
        Ok(AuthPayload::of(op, tokens))
    }
    /// End the session of a refresh token. Always returns true, even if there was no session to end (đăng xuất).
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: LogoutInput,
    ) -> Result<bool> {
        session::sign_out(ctx.data::<Op>()?, &input.refresh_token).await?;
        Ok(true)
    }
    /// Change the caller's own password. Ends all sessions of the caller (đổi mật khẩu).
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The current and the new password.")] input: ChangePasswordInput,
    ) -> Result<bool> {
        user::change_password(ctx.data::<Op>()?, &input.current_password, &input.new_password).await?;
        Ok(true)
    }
    /// Create a user account. Requires the role ADMIN (tạo người dùng).
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account to create.")] input: CreateUserInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewUser {
            username: input.username,
            display_name: input.display_name,
            password: input.password,
            roles: input.roles,
            area: input.area,
        };
        Ok(UserPayload::of(op, user::create(op, order).await?))
    }
    /// Change a user account. Requires the role ADMIN (sửa người dùng).
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account and its changes.")] input: UpdateUserInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::UpdateUser)?;
        let id = UserId(GlobalId::of::<user_account::Entity>(&input.id)?);
        let patch =
            UserPatch { display_name: input.display_name, roles: input.roles, area: input.area, active: input.active };
        user::update(op, id, input.version, patch).await?;
        Ok(UserPayload::of(op, id))
    }
    /// Set the password of another user. Ends the user's lockouts and all sessions. Requires the role ADMIN
    /// (đặt lại mật khẩu).
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user and the new password.")] input: ResetPasswordInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::ResetPassword)?;
        let id = UserId(GlobalId::of::<user_account::Entity>(&input.id)?);
        user::reset_password(op, id, &input.new_password).await?;
        Ok(UserPayload::of(op, id))
    }
    /// End all sessions of a user. Requires the role SECURITY_OFFICER or ADMIN (kết thúc các phiên).
    async fn end_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user and the reason.")] input: RevokeInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::EndSessions)?;
        let id = UserId(GlobalId::of::<user_account::Entity>(&input.id)?);
        user::end_sessions(op, id, &input.reason).await?;
        Ok(UserPayload::of(op, id))
    }
    /// Create an API client and return its secret, which is shown only once. Requires the role ADMIN
    /// (tạo hệ thống tích hợp).
    async fn create_api_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The client to create.")] input: CreateApiClientInput,
    ) -> Result<ApiClientSecretPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewClient {
            name: input.name,
            agency: input.agency,
            scopes: input.scopes,
            valid_to: input.valid_to.map(|at| at.0),
        };
        let (id, client_secret) = client::create(op, order).await?;
        Ok(ApiClientSecretPayload { api_client: client_of(op, id), client_secret })
    }
    /// Issue a new secret for an API client. The previous secret stays valid for one more day, or until the next rotation:
    /// at most two secrets are valid at once. To invalidate a leaked secret immediately, rotate twice. Requires the role
    /// ADMIN (đổi khoá bí mật).
    async fn rotate_client_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The client.")] input: NodeInput,
    ) -> Result<ApiClientSecretPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RotateClientSecret)?;
        let id = ApiClientId(GlobalId::of::<api_client::Entity>(&input.id)?);
        let client_secret = client::rotate(op, id).await?;
        Ok(ApiClientSecretPayload { api_client: client_of(op, id), client_secret })
    }
    /// Revoke an API client. Its secrets and tokens become invalid immediately. Requires the role SECURITY_OFFICER or ADMIN
    /// (thu hồi hệ thống tích hợp).
    async fn revoke_api_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The client and the reason.")] input: RevokeInput,
    ) -> Result<ApiClientPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RevokeApiClient)?;
        let id = ApiClientId(GlobalId::of::<api_client::Entity>(&input.id)?);
        client::revoke(op, id, input.version, &input.reason).await?;
        Ok(ApiClientPayload { api_client: client_of(op, id) })
    }
}
