//! Rechecks an authenticated caller inside the write transaction (kiểm tra lại khi ghi): the session, the account, its
//! roles and its area. See [`crate::kernel::recheck`].

use chrono::{DateTime, Utc};
use entity::{
    agency, api_client,
    ids::{ApiClientId, SessionId, UnitId},
    kinds::Role,
    revoked_token, session,
    text_list::TextList,
    user_account::{self, Column as U},
};
use sea_orm::{
    ColumnTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{session::no_longer, store};
use crate::kernel::{
    client_scope::ClientScope,
    error::{Code, Refusal},
    locale::Message,
    recheck::Recheck,
};

/// The error for an account whose roles or area have changed since the request began.
fn changed() -> Refusal {
    Refusal::new(
        Code::Forbidden,
        Message::new(
            "Quyền của tài khoản đã thay đổi trong khi yêu cầu này được thực hiện; chưa có gì được ghi.",
            "What the account may do changed while this request was under way; nothing was written.",
        ),
    )
}

/// The error for an access token or a client that was revoked since the request began.
fn revoked() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        Message::new(
            "Mã truy cập đã bị thu hồi; hãy lấy mã khác.",
            "The access token was revoked; ask for another one.",
        ),
    )
}

/// Rechecks a user in a session: the session has not ended, the account is enabled and still has each role, and its area is
/// the same or the whole country.
pub fn of_user(id: SessionId, roles: &[Role], area: Option<UnitId>, now: DateTime<Utc>) -> Recheck {
    use session::Column as S;
    let mut query = Query::select();
    query
        .columns([
            (user_account::Entity, U::Active),
            (user_account::Entity, U::Roles),
            (user_account::Entity, U::AreaId),
        ])
        .columns([(session::Entity, S::EndedAt), (session::Entity, S::ExpiresAt)])
        .from(session::Entity)
        .inner_join(user_account::Entity, Expr::col((user_account::Entity, U::Id)).equals((session::Entity, S::UserId)))
        .and_where(S::Id.eq(id));
    let held = roles.to_vec();
    Recheck::new(query, move |row: Option<&QueryResult>| {
        let Some(row) = row else { return Err(no_longer().into()) };
        let (active, roles): (bool, TextList) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let unit: Option<UnitId> = row.try_get_by_index(2)?;
        let ended: Option<DateTime<Utc>> = row.try_get_by_index(3)?;
        let expires: DateTime<Utc> = row.try_get_by_index(4)?;
        if !active || ended.is_some() || expires <= now {
            return Err(no_longer().into());
        }
        let roles = store::roles(&roles);
        let same = held.iter().all(|role| roles.contains(role)) && (unit.is_none() || unit == area);
        if same { Ok(()) } else { Err(changed().into()) }
    })
}

/// Rechecks a client with a token: neither is revoked, the client still has each scope, and its agency's area is the same,
/// if one limited the client.
pub fn of_client(
    id: ApiClientId,
    token: &str,
    scopes: &[ClientScope],
    area: Option<UnitId>,
    now: DateTime<Utc>,
) -> Recheck {
    use api_client::Column as C;
    let mut query = Query::select();
    let same_token = Expr::col((revoked_token::Entity, revoked_token::Column::Jti)).eq(token);
    let its_agency = Expr::col((agency::Entity, agency::Column::Id)).equals((api_client::Entity, C::AgencyId));
    query
        .columns([(api_client::Entity, C::Active), (api_client::Entity, C::Scopes), (api_client::Entity, C::ValidTo)])
        .column((agency::Entity, agency::Column::AreaId))
        .column((revoked_token::Entity, revoked_token::Column::Id))
        .from(api_client::Entity)
        .left_join(agency::Entity, its_agency)
        .left_join(revoked_token::Entity, same_token)
        .and_where(C::Id.eq(id));
    let held = scopes.to_vec();
    Recheck::new(query, move |row: Option<&QueryResult>| {
        let Some(row) = row else { return Err(revoked().into()) };
        let (active, scopes): (bool, TextList) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let valid_to: Option<DateTime<Utc>> = row.try_get_by_index(2)?;
        let unit: Option<UnitId> = row.try_get_by_index(3)?;
        let revocation: Option<i64> = row.try_get_by_index(4)?;
        if !active || revocation.is_some() || valid_to.is_some_and(|until| until <= now) {
            return Err(revoked().into());
        }
        let scopes = store::scopes(&scopes);
        let same = held.iter().all(|scope| scopes.contains(scope)) && (area.is_none() || unit == area);
        if same { Ok(()) } else { Err(changed().into()) }
    })
}
