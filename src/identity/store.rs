//! The rows of people, sessions, clients and their secrets.

pub mod origin;

use chrono::{DateTime, Utc};
use entity::{
    access_grant, agency, agreement, api_client, client_secret, grant_area,
    ids::{AgencyId, ApiClientId, ClientSecretId, RefreshTokenId, SessionId, UnitId, UserId},
    kinds::Role,
    password_history, refresh_token, revoked_token, session,
    text_list::TextList,
    unit_lineage,
    user_account::{self, Column as U},
};
use sea_orm::{
    ActiveEnum,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement},
};

use super::{rules::REMEMBERED_PASSWORDS, user::NewUser};
use crate::kernel::{
    client_scope::ClientScope,
    error::Result,
    object::{Col, Key},
    op::Op,
    policy::{self, Action, Caller, Places},
    text::{clean, searched},
    tx::Tx,
};

fn places(op: &Op, action: Action) -> Places {
    policy::permit(op.caller(), action).map_or(Places::Nowhere, |permit| permit.places().clone())
}

/// That an area lies in some places.
pub fn within(op: &Op, area: impl Into<Col>, places: &Places) -> Condition {
    Condition::all().add(match places {
        Places::Nowhere => Expr::val(false),
        Places::Units(units) => op.among(area, units.iter().copied().map(Key::from)),
        Places::Everywhere => Expr::val(true),
    })
}

/// The users that the caller sees: those in the places where the caller may read them, and whoever the caller is.
pub fn visible(op: &Op) -> Select<user_account::Entity> {
    let mut seen = Condition::any().add(within(op, U::AreaId, &places(op, Action::ReadUsers)));
    if let Caller::User(user) = op.caller() {
        seen = seen.add(U::Id.eq(user.id));
    }
    user_account::Entity::find().filter(seen)
}

/// The grants that open figures of some units, told by a condition on `unit_lineage.ancestor_id`: they name one of these, or what it
/// became part of.
pub fn grants_of_units(ancestor: Expr) -> SelectStatement {
    let its = |column| Expr::col((grant_area::Entity, column));
    let named = Expr::col((unit_lineage::Entity, unit_lineage::Column::UnitId)).eq(its(grant_area::Column::UnitId));
    Query::select()
        .expr(its(grant_area::Column::GrantId))
        .from(grant_area::Entity)
        .inner_join(unit_lineage::Entity, named)
        .and_where(ancestor)
        .to_owned()
}

/// The clients that the caller sees: those of bodies in the places where the caller may, whoever these granted something, and whoever
/// was granted figures of these places; a client itself.
pub fn visible_clients(op: &Op) -> Select<api_client::Entity> {
    let all = api_client::Entity::find();
    if let Caller::Client(client) = op.caller() {
        return all.filter(api_client::Column::Id.eq(client.id));
    }
    match policy::sees_clients(op.caller()) {
        Places::Everywhere => all,
        places => {
            let agencies = Query::select()
                .column(agency::Column::Id)
                .from(agency::Entity)
                .cond_where(within(op, agency::Column::AreaId, &places))
                .to_owned();
            let agreements = Query::select()
                .column(agreement::Column::Id)
                .from(agreement::Entity)
                .and_where(agreement::Column::ProviderId.in_subquery(agencies.clone()))
                .to_owned();
            let opened = within(op, unit_lineage::Column::AncestorId, &places).into();
            let granted = Query::select()
                .column(access_grant::Column::ClientId)
                .from(access_grant::Entity)
                .cond_where(
                    Condition::any()
                        .add(access_grant::Column::AgreementId.in_subquery(agreements))
                        .add(access_grant::Column::Id.in_subquery(grants_of_units(opened))),
                )
                .to_owned();
            let of_them = api_client::Column::AgencyId.in_subquery(agencies);
            all.filter(Condition::any().add(of_them).add(api_client::Column::Id.in_subquery(granted)))
        }
    }
}

/// The account that somebody signs in to: its password is asked for next.
pub async fn visible_to_sign_in(op: &Op, username: &str) -> Result<Option<user_account::Model>> {
    Ok(spelled(op.find(user_account::Entity::find().filter(any_case(username))).await?, username))
}

/// The accounts whose user name is this one, whatever its case. There may be several, of releases that told them apart.
pub fn any_case(username: &str) -> Expr {
    let folded = Func::lower(Expr::col((user_account::Entity, U::Username)));
    Expr::expr(folded).eq(clean(username).to_ascii_lowercase())
}

/// Which of them is meant: the only one, or the one that is spelled so.
pub fn spelled(mut found: Vec<user_account::Model>, username: &str) -> Option<user_account::Model> {
    match found.len() {
        0 | 1 => found.pop(),
        _ => found.into_iter().find(|user| user.username == clean(username)),
    }
}

/// The client that authenticates: its secret is asked for next.
pub async fn visible_to_authenticate(op: &Op, client_id: &str) -> Result<Option<api_client::Model>> {
    op.first(api_client::Entity::find().filter(api_client::Column::ClientId.eq(clean(client_id)))).await
}

/// A session and whose it is, for whoever bears its token.
pub async fn visible_to_bearer(op: &Op, id: SessionId) -> Result<Option<(session::Model, user_account::Model)>> {
    let Some(session) = op.first(session::Entity::find().filter(session::Column::Id.eq(id))).await? else {
        return Ok(None);
    };
    let user = op.first(user_account::Entity::find().filter(U::Id.eq(session.user_id))).await?;
    Ok(user.map(|user| (session, user)))
}

/// Whether a token was revoked, for whoever bears it.
pub async fn visible_revocation(op: &Op, jti: &str) -> Result<bool> {
    let found = revoked_token::Entity::find().filter(revoked_token::Column::Jti.eq(jti));
    Ok(op.first(found).await?.is_some())
}

/// The roles that a row holds.
pub fn roles(stored: &TextList) -> Vec<Role> {
    stored.0.iter().filter_map(|word| Role::try_from_value(word).ok()).collect()
}

/// The scopes that a row holds.
pub fn scopes(stored: &TextList) -> Vec<ClientScope> {
    stored.0.iter().filter_map(|name| ClientScope::named(name)).collect()
}

/// Users with one of some roles.
pub fn with_roles(roles: &[Role]) -> Condition {
    // A word stands between quotation marks in the list.
    let has = |role: &Role| U::Roles.contains(format!("\"{}\"", role.to_value()));
    roles.iter().map(has).fold(Condition::any(), Condition::add).add(Expr::val(false))
}

fn words(roles: &[Role]) -> TextList {
    TextList(roles.iter().map(ActiveEnum::to_value).collect())
}

// ---------------------------------------------------------------- people

/// A user, as a transaction sees it.
pub async fn user(tx: &Tx, id: UserId) -> Result<Option<user_account::Model>> {
    tx.first(user_account::Entity::find().filter(U::Id.eq(id))).await
}

/// Whether a user name is taken, as a transaction sees it, whatever its case.
pub async fn is_taken(tx: &Tx, username: &str) -> Result<bool> {
    Ok(tx.first(user_account::Entity::find().filter(any_case(username))).await?.is_some())
}

/// An administrator of the whole country, who may sign in.
pub fn is_country_admin(user: &user_account::Model) -> bool {
    user.active && user.area_id.is_none() && roles(&user.roles).contains(&Role::Admin)
}

/// The other administrators of the whole country who may sign in.
pub async fn other_admins(tx: &Tx, than: UserId) -> Result<Vec<user_account::Model>> {
    let others = user_account::Entity::find().filter(U::Id.ne(than)).filter(U::Active.eq(true));
    let mut others = tx.find(others.filter(U::AreaId.is_null())).await?;
    others.retain(is_country_admin);
    Ok(others)
}

/// Writes a user.
pub async fn insert_user(tx: &Tx, order: &NewUser, area: Option<UnitId>, hash: &str) -> Result<UserId> {
    let row = user_account::ActiveModel {
        username: Set(clean(&order.username)),
        display_name: Set(clean(&order.display_name)),
        password_hash: Set(hash.to_owned()),
        roles: Set(words(&order.roles)),
        area_id: Set(area),
        area_on: Set(None),
        active: Set(true),
        failures: Set(0),
        failed_at: Set(None),
        locked_until: Set(None),
        last_login_at: Set(None),
        created_at: Set(tx.now()),
        enabled_at: Set(tx.now()),
        version: Set(1),
        search: Set(searched(&order.username, [order.display_name.as_str()])),
        ..Default::default()
    };
    let id = tx.insert(row).await?.id;
    remember(tx, id, hash).await?;
    Ok(id)
}

/// Changes a user whose version is still this one; whether it was.
pub async fn change_user(tx: &Tx, before: &user_account::Model, after: user_account::Model) -> Result<bool> {
    let row = user_account::ActiveModel {
        display_name: Set(after.display_name.clone()),
        roles: Set(after.roles.clone()),
        area_id: Set(after.area_id),
        active: Set(after.active),
        enabled_at: Set(after.enabled_at),
        failures: Set(after.failures),
        locked_until: Set(after.locked_until),
        search: Set(searched(&after.username, [after.display_name.as_str()])),
        version: Set(before.version + 1),
        ..Default::default()
    };
    let update =
        user_account::Entity::update_many().set(row).filter(U::Id.eq(before.id)).filter(U::Version.eq(before.version));
    Ok(tx.update(update).await? == 1)
}

/// Disables an account that nobody has used.
pub async fn disable(tx: &Tx, id: UserId) -> Result<()> {
    let row = user_account::ActiveModel { active: Set(false), ..Default::default() };
    tx.update(user_account::Entity::update_many().set(row).filter(U::Id.eq(id))).await.map(drop)
}

/// Gives a user another password, which ends a lock-out.
pub async fn change_password(tx: &Tx, user: &user_account::Model, hash: &str) -> Result<()> {
    let row = user_account::ActiveModel {
        password_hash: Set(hash.to_owned()),
        failures: Set(0),
        locked_until: Set(None),
        version: Set(user.version + 1),
        ..Default::default()
    };
    tx.update(user_account::Entity::update_many().set(row).filter(U::Id.eq(user.id))).await?;
    remember(tx, user.id, hash).await
}

async fn remember(tx: &Tx, user: UserId, hash: &str) -> Result<()> {
    let row = password_history::ActiveModel {
        user_id: Set(user),
        password_hash: Set(hash.to_owned()),
        at: Set(tx.now()),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// The hashes of the last passwords of a user, for whoever gives another one.
pub async fn visible_passwords(op: &Op, user: UserId) -> Result<Vec<String>> {
    use password_history::Column;
    let query = password_history::Entity::find()
        .filter(Column::UserId.eq(user))
        .order_by_desc(Column::Id)
        .limit(REMEMBERED_PASSWORDS);
    Ok(op.find(query).await?.into_iter().map(|row| row.password_hash).collect())
}

// ---------------------------------------------------------------- sessions

/// Begins a session.
pub async fn insert_session(tx: &Tx, user: UserId, expires_at: DateTime<Utc>) -> Result<SessionId> {
    let row = session::ActiveModel {
        user_id: Set(user),
        created_at: Set(tx.now()),
        used_at: Set(tx.now()),
        expires_at: Set(expires_at),
        ended_at: Set(None),
        ended_because: Set(None),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes a refresh token, by its hash.
pub async fn insert_refresh_token(tx: &Tx, session: SessionId, hash: &str) -> Result<()> {
    let row = refresh_token::ActiveModel {
        session_id: Set(session),
        hash: Set(hash.to_owned()),
        created_at: Set(tx.now()),
        used_at: Set(None),
        successor: Set(None),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// Whether there ever was a refresh token with a hash, for whoever bears it.
pub async fn visible_refresh_token(op: &Op, hash: &str) -> Result<bool> {
    Ok(op.first(refresh_token::Entity::find().filter(refresh_token::Column::Hash.eq(hash))).await?.is_some())
}

/// The refresh token with a hash, its session, and whose it is.
pub async fn refresh_token(
    tx: &Tx,
    hash: &str,
) -> Result<Option<(refresh_token::Model, session::Model, user_account::Model)>> {
    let Some(token) = tx.first(refresh_token::Entity::find().filter(refresh_token::Column::Hash.eq(hash))).await?
    else {
        return Ok(None);
    };
    let Some(session) = tx.first(session::Entity::find().filter(session::Column::Id.eq(token.session_id))).await?
    else {
        return Ok(None);
    };
    Ok(user(tx, session.user_id).await?.map(|user| (token, session, user)))
}

/// Notes that a refresh token was used, and what followed it, sealed.
pub async fn use_refresh_token(tx: &Tx, token: RefreshTokenId, session: SessionId, successor: &str) -> Result<()> {
    let row = refresh_token::ActiveModel {
        used_at: Set(Some(tx.now())),
        successor: Set(Some(successor.to_owned())),
        ..Default::default()
    };
    tx.update(refresh_token::Entity::update_many().set(row).filter(refresh_token::Column::Id.eq(token))).await?;
    let row = session::ActiveModel { used_at: Set(tx.now()), ..Default::default() };
    tx.update(session::Entity::update_many().set(row).filter(session::Column::Id.eq(session))).await?;
    Ok(())
}

/// Ends a session, or all sessions of a user; answers how many.
pub async fn end_sessions(tx: &Tx, which: Sessions, because: &str) -> Result<u64> {
    use session::Column;
    let which = match which {
        Sessions::One(id) => Column::Id.eq(id),
        Sessions::Of(user) => Column::UserId.eq(user),
    };
    let row = session::ActiveModel {
        ended_at: Set(Some(tx.now())),
        ended_because: Set(Some(because.to_owned())),
        ..Default::default()
    };
    tx.update(session::Entity::update_many().set(row).filter(which).filter(Column::EndedAt.is_null())).await
}

/// Which sessions.
#[derive(Clone, Copy, Debug)]
pub enum Sessions {
    /// This one.
    One(SessionId),
    /// All of a user.
    Of(UserId),
}

// ---------------------------------------------------------------- clients

/// Where a client lies: where its body does.
pub async fn client_area(tx: &Tx, agency: Option<AgencyId>) -> Result<Option<UnitId>> {
    let Some(id) = agency else { return Ok(None) };
    Ok(tx.first(agency::Entity::find().filter(agency::Column::Id.eq(id))).await?.and_then(|row| row.area_id))
}

/// Writes a client.
pub async fn insert_client(
    tx: &Tx,
    client_id: &str,
    name: &str,
    agency: Option<AgencyId>,
    scopes: &[ClientScope],
    valid_to: Option<DateTime<Utc>>,
) -> Result<ApiClientId> {
    let row = api_client::ActiveModel {
        client_id: Set(client_id.to_owned()),
        name: Set(clean(name)),
        agency_id: Set(agency),
        scopes: Set(TextList(scopes.iter().map(|scope| scope.name().to_owned()).collect())),
        active: Set(true),
        valid_to: Set(valid_to),
        created_at: Set(tx.now()),
        version: Set(1),
        ..Default::default()
    };
    Ok(tx.insert(row).await?.id)
}

/// Writes that a client is no longer good, or has another secret.
pub async fn change_client(tx: &Tx, client: &api_client::Model, active: bool) -> Result<()> {
    let row = api_client::ActiveModel { active: Set(active), version: Set(client.version + 1), ..Default::default() };
    tx.update(api_client::Entity::update_many().set(row).filter(api_client::Column::Id.eq(client.id))).await?;
    Ok(())
}

/// Writes a secret, by its hash.
pub async fn insert_secret(tx: &Tx, client: ApiClientId, hash: &str) -> Result<()> {
    let row = client_secret::ActiveModel {
        client_id: Set(client),
        hash: Set(hash.to_owned()),
        created_at: Set(tx.now()),
        expires_at: Set(None),
        ..Default::default()
    };
    tx.insert(row).await?;
    Ok(())
}

/// The secrets of a client, newest first, as a transaction sees them.
pub async fn secrets(tx: &Tx, client: ApiClientId) -> Result<Vec<client_secret::Model>> {
    use client_secret::Column;
    tx.find(client_secret::Entity::find().filter(Column::ClientId.eq(client)).order_by_desc(Column::Id)).await
}

/// The hashes of the secrets that are good now, for whoever authenticates.
pub async fn visible_secrets(op: &Op, client: ApiClientId) -> Result<Vec<String>> {
    use client_secret::Column;
    let live = Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(op.now()));
    let query = client_secret::Entity::find().filter(Column::ClientId.eq(client)).filter(live);
    Ok(op.find(query).await?.into_iter().map(|row| row.hash).collect())
}

/// Sets when a secret ends.
pub async fn end_secret(tx: &Tx, id: ClientSecretId, at: DateTime<Utc>) -> Result<()> {
    let row = client_secret::ActiveModel { expires_at: Set(Some(at)), ..Default::default() };
    tx.update(client_secret::Entity::update_many().set(row).filter(client_secret::Column::Id.eq(id))).await?;
    Ok(())
}

/// Notes that a token is revoked until it would have ended; whether it was not before. Those that have ended are forgotten.
pub async fn revoke_token(tx: &Tx, jti: &str, expires_at: DateTime<Utc>) -> Result<bool> {
    use revoked_token::Column;
    tx.delete(revoked_token::Entity::delete_many().filter(Column::ExpiresAt.lt(tx.now()))).await?;
    if tx.first(revoked_token::Entity::find().filter(Column::Jti.eq(jti))).await?.is_some() {
        return Ok(false);
    }
    let row =
        revoked_token::ActiveModel { jti: Set(jti.to_owned()), expires_at: Set(expires_at), ..Default::default() };
    tx.insert(row).await?;
    Ok(true)
}
