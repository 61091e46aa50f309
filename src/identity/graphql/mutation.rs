//! What people and administrators do with accounts, sessions and clients, in the schema.

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

/// Signing in.
#[derive(InputObject)]
struct LoginInput {
    /// The name to sign in with (tên đăng nhập).
    username: String,
    /// The password (mật khẩu).
    password: String,
}

/// Renewing tokens.
#[derive(InputObject)]
struct RefreshInput {
    /// The refresh token that was given last (mã làm mới).
    refresh_token: String,
}

/// Signing out.
#[derive(InputObject)]
struct LogoutInput {
    /// The refresh token that was given last (mã làm mới).
    refresh_token: String,
}

/// Another password of one's own.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The one so far (mật khẩu hiện tại).
    current_password: String,
    /// The new one: at least 12 characters, not a common one, none of the last 10 (mật khẩu mới).
    new_password: String,
}

/// Another password for somebody.
#[derive(InputObject)]
struct ResetPasswordInput {
    /// Whose (người dùng).
    id: ID,
    /// The new one: at least 12 characters, not a common one, none of the last 10 (mật khẩu mới).
    new_password: String,
}

/// A new account.
#[derive(InputObject)]
struct CreateUserInput {
    /// The name to sign in with: 3 to 64 characters of a-z, 0-9, dot, underscore, hyphen, a letter first (tên đăng nhập).
    username: String,
    /// The name to show (tên hiển thị).
    display_name: String,
    /// The first password: at least 12 characters, not a common one (mật khẩu).
    password: String,
    /// The roles; they add up (vai trò).
    roles: Vec<Role>,
    /// Where they hold: a province's code, or "VN" for the whole country. Omitted only for ADMIN and SECURITY_OFFICER (địa bàn).
    area: Option<String>,
}

/// Changes of an account; what is left out stays.
#[derive(InputObject)]
struct UpdateUserInput {
    /// Which (người dùng).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// The name to show (tên hiển thị).
    display_name: Option<String>,
    /// The roles, all of them (vai trò).
    roles: Option<Vec<Role>>,
    /// Where they hold: a province's code, or "VN" for the whole country (địa bàn).
    area: Option<String>,
    /// Whether it may sign in; false ends its sessions at once (đang hoạt động).
    active: Option<bool>,
}

/// A new client.
#[derive(InputObject)]
struct CreateApiClientInput {
    /// What it is called (tên).
    name: String,
    /// The body whose it is, by code (cơ quan).
    agency: Option<String>,
    /// What its tokens may allow: link:read, the details of links; observation:read, figures beyond the public ones, as far as
    /// they are granted; observation:write, figures to be recorded; exchange:report, calls over links to be reported; changes:read,
    /// the change feed beyond what is public (phạm vi).
    scopes: Vec<String>,
    /// Until when it is good (hết hạn).
    valid_to: Option<DateTime>,
}

/// A record.
#[derive(InputObject)]
pub struct NodeInput {
    /// Its global id (định danh).
    pub id: ID,
}

/// Something to be revoked.
#[derive(InputObject)]
pub struct RevokeInput {
    /// Its global id (định danh).
    pub id: ID,
    /// The version that you have seen; another one is refused (phiên bản).
    pub version: Option<i32>,
    /// Why (lý do).
    pub reason: String,
}

/// What somebody gets who signs in (kết quả đăng nhập).
#[derive(SimpleObject)]
struct AuthPayload {
    /// What to send with each request, as `Authorization: Bearer …` (mã truy cập).
    access_token: String,
    /// What to renew it with, once: each use gives another one (mã làm mới).
    refresh_token: String,
    /// For how many seconds the access token is good (hiệu lực).
    expires_in: i32,
    /// How it is sent: Bearer.
    token_type: String,
    /// Who signed in (người gọi).
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

/// A user that was written.
#[derive(SimpleObject)]
struct UserPayload {
    /// The user (người dùng).
    user: One<user_account::Entity>,
}

impl UserPayload {
    fn of(op: &Op, id: UserId) -> Self {
        UserPayload { user: One(store::visible(op).filter(user_account::Column::Id.eq(id))) }
    }
}

/// A client that was written.
#[derive(SimpleObject)]
struct ApiClientPayload {
    /// The client (hệ thống tích hợp).
    api_client: One<api_client::Entity>,
}

/// A client with its secret.
#[derive(SimpleObject)]
struct ApiClientSecretPayload {
    /// The client (hệ thống tích hợp).
    api_client: One<api_client::Entity>,
    /// The secret: shown this once (khoá bí mật).
    client_secret: String,
}

fn client_of(op: &Op, id: ApiClientId) -> One<api_client::Entity> {
    One(store::visible_clients(op).filter(api_client::Column::Id.eq(id)))
}

/// Mutations of this room.
#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Sign in; once a request. What is wrong is not told: user name, password, or the account (đăng nhập).
    async fn login(&self, ctx: &Context<'_>, #[graphql(desc = "Who.")] input: LoginInput) -> Result<AuthPayload> {
        let op = ctx.data::<Op>()?;
        let tokens = session::sign_in(op, &input.username, &input.password).await?;
        Ok(AuthPayload::of(op, tokens))
    }
    /// Renew the tokens. The refresh token is good once: within 10 seconds it gives the same successor again, for a second tab;
    /// later it ends the session, for it was stolen (làm mới phiên).
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: RefreshInput,
    ) -> Result<AuthPayload> {
        let op = ctx.data::<Op>()?;
        let tokens = session::refresh(op, &input.refresh_token).await?;
        Ok(AuthPayload::of(op, tokens))
    }
    /// End the session. True also where there was none to end (đăng xuất).
    async fn logout(&self, ctx: &Context<'_>, #[graphql(desc = "The token.")] input: LogoutInput) -> Result<bool> {
        session::sign_out(ctx.data::<Op>()?, &input.refresh_token).await?;
        Ok(true)
    }
    /// Change one's own password, which ends all one's sessions (đổi mật khẩu).
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The passwords.")] input: ChangePasswordInput,
    ) -> Result<bool> {
        user::change_password(ctx.data::<Op>()?, &input.current_password, &input.new_password).await?;
        Ok(true)
    }
    /// Create an account (tạo người dùng).
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] input: CreateUserInput,
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
    /// Change an account (sửa người dùng).
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateUserInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::UpdateUser)?;
        let id = UserId(GlobalId::of::<user_account::Entity>(&input.id)?);
        let patch =
            UserPatch { display_name: input.display_name, roles: input.roles, area: input.area, active: input.active };
        user::update(op, id, input.version, patch).await?;
        Ok(UserPayload::of(op, id))
    }
    /// Give somebody another password, which ends a lock-out and all their sessions (đặt lại mật khẩu).
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: ResetPasswordInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::ResetPassword)?;
        let id = UserId(GlobalId::of::<user_account::Entity>(&input.id)?);
        user::reset_password(op, id, &input.new_password).await?;
        Ok(UserPayload::of(op, id))
    }
    /// End all of somebody's sessions (kết thúc các phiên).
    async fn end_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and why.")] input: RevokeInput,
    ) -> Result<UserPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::EndSessions)?;
        let id = UserId(GlobalId::of::<user_account::Entity>(&input.id)?);
        user::end_sessions(op, id, &input.reason).await?;
        Ok(UserPayload::of(op, id))
    }
    /// Create a client; its secret is shown this once (tạo hệ thống tích hợp).
    async fn create_api_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The client.")] input: CreateApiClientInput,
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
    /// Give a client another secret. The one before is good for a day more, unless another one is given before that: two are good
    /// at once, and no more. A secret that got lost is gone after giving two (đổi khoá bí mật).
    async fn rotate_client_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: NodeInput,
    ) -> Result<ApiClientSecretPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RotateClientSecret)?;
        let id = ApiClientId(GlobalId::of::<api_client::Entity>(&input.id)?);
        let client_secret = client::rotate(op, id).await?;
        Ok(ApiClientSecretPayload { api_client: client_of(op, id), client_secret })
    }
    /// Revoke a client: its secrets and tokens are no longer good, at once (thu hồi hệ thống tích hợp).
    async fn revoke_api_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RevokeInput,
    ) -> Result<ApiClientPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RevokeApiClient)?;
        let id = ApiClientId(GlobalId::of::<api_client::Entity>(&input.id)?);
        client::revoke(op, id, input.version, &input.reason).await?;
        Ok(ApiClientPayload { api_client: client_of(op, id) })
    }
}
