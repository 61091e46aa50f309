//! Sessions (phiên đăng nhập): signing in, refreshing tokens and signing out.
//!
//! Refresh tokens are single-use. Within a grace period of 10 seconds, a used token returns the same successor again: a
//! second browser tab may send it at the same time. Later reuse is treated as theft and ends the session.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use entity::{
    ids::SessionId,
    kinds::{AuditOutcome, ChangeAction},
    user_account,
};

use super::{
    failures, password, rules,
    store::{self, Sessions, origin},
    token,
};
use crate::kernel::{
    error::{Code, Refusal, Result},
    failures::Failure,
    locale::Message,
    op::Op,
    policy::{Action, Caller},
    tx::{Attempt, Change, Outcome, Tx},
};

/// The grace period in which a used refresh token returns its successor again.
const SECOND_TAB: Duration = Duration::seconds(10);

/// The tokens of a session.
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The caller that they authenticate.
    pub caller: Caller,
}

/// The error of every failed sign-in. It must not reveal which of the reasons applies: that would tell an attacker which
/// user names exist.
fn not_signed_in() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        Message::new(
            "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đang bị khoá hay ngừng hoạt động.",
            "The user name or the password is wrong, or the account is locked or disabled.",
        ),
    )
}

/// The error for a session that has ended.
pub fn no_longer() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        Message::new("Phiên đăng nhập đã kết thúc; hãy đăng nhập lại.", "The session has ended; sign in again."),
    )
}

/// Signs a user in.
///
/// # Errors
/// UNAUTHENTICATED, with the same message and after the same time for every reason; UNAVAILABLE if too many sign-ins wait.
pub async fn sign_in(op: &Op, username: &str, given: &str) -> Result<Tokens> {
    let permit = op.permit(Action::SignIn)?;
    let found = store::visible_to_sign_in(op, username).await?;
    let compared = found.as_ref().map(|user| user.password_hash.as_str());
    let right = password::is(op.app().signing_in(), given, compared).await?;
    let failure = |resource: Option<String>, reason| {
        let (action, outcome) = (Action::SignIn, AuditOutcome::Failed);
        Failure { action, resource, outcome, reason }
    };
    // The user name is not audited: users sometimes type their password into the wrong field.
    let Some(found) = found else {
        failures::record(op, failure(None, "UNKNOWN_USER")).await?;
        return Err(not_signed_in().into());
    };
    let welcomed = op
        .write(permit, async |tx, permit| {
            let failed = |resource: Option<String>, reason| Ok(failures::outcome(op, None, failure(resource, reason)));
            let Some(user) = store::user(tx, found.id).await? else { return failed(None, "UNKNOWN_USER") };
            let resource = format!("user:{}", user.username);
            // A concurrent request may have changed the password since it was compared.
            let right = right && user.password_hash == found.password_hash;
            let from = origin::of(op, tx, &user).await?;
            let idle = falls_idle(op, tx, &user).await?;
            match rules::refused(&user, from.locked(tx, &user), idle, right) {
                Some("WRONG_PASSWORD") => {
                    let locks = from.failed(tx, &user).await?;
                    failed(Some(resource), if locks { "LOCKED_NOW" } else { "WRONG_PASSWORD" })
                }
                Some("IDLE") => {
                    store::disable(tx, user.id).await?;
                    failed(Some(resource), "IDLE")
                }
                Some(reason) => failed(Some(resource), reason),
                None => {
                    from.signed_in(tx, &user).await?;
                    let session = store::insert_session(tx, user.id, op.now() + op.app().settings().session).await?;
                    let refresh = token::secret(REFRESH)?;
                    store::insert_refresh_token(tx, session, &token::hash(&refresh)).await?;
                    let change = Change::audited(ChangeAction::Created, resource, session);
                    Ok(Outcome::changed(permit.anywhere(), Some((user, session, refresh)), vec![change]))
                }
            }
        })
        .await?;
    let (user, session, refresh) = welcomed.ok_or_else(not_signed_in)?;
    tokens(op, &user, session, refresh).await
}

/// Whether to disable an account because it is idle. Not while the clock is doubted, and never if the account is an
/// administrator of the whole country and all others are idle, too. Without these exceptions, a clock that jumps ahead by a
/// year would lock out everybody, with nobody left to enable accounts.
async fn falls_idle(op: &Op, tx: &Tx, user: &user_account::Model) -> Result<bool> {
    let idle = |user: &user_account::Model| rules::is_idle(user, op.now(), op.app().settings().idle);
    if !user.active || !idle(user) {
        return Ok(false);
    }
    if op.app().clock_doubted() {
        tracing::warn!(request_id = op.request_id(), "an idle account was not disabled: the clock is doubted");
        return Ok(false);
    }
    let last = store::is_country_admin(user) && store::other_admins(tx, user.id).await?.iter().all(idle);
    Ok(!last)
}

/// The prefix of refresh tokens.
const REFRESH: &str = "rt_";

async fn tokens(op: &Op, user: &user_account::Model, session: SessionId, refresh: String) -> Result<Tokens> {
    let access = token::for_user(op, user, session)?;
    Ok(Tokens { access, refresh, caller: token::caller(op, user, session).await? })
}

enum Refreshed {
    As(Box<user_account::Model>, SessionId, String),
    Not,
}

/// Exchanges a refresh token for new tokens.
///
/// # Errors
/// UNAUTHENTICATED if the token is unknown, its session has ended, or it was used before. Reuse also ends the session.
pub async fn refresh(op: &Op, given: &str) -> Result<Tokens> {
    // An unknown token must not take the write lock: anonymous callers could send any number of them.
    if !store::visible_refresh_token(op, &token::hash(given)).await? {
        let (action, outcome) = (Action::Refresh, AuditOutcome::Failed);
        failures::record(op, Failure { action, resource: None, outcome, reason: "UNKNOWN_TOKEN" }).await?;
        return Err(no_longer().into());
    }
    let permit = op.permit(Action::Refresh)?;
    let refreshed = op
        .write(permit, async |tx, permit| {
            let failed = |resource: Option<String>, outcome, reason| {
                let failure = Failure { action: Action::Refresh, resource, outcome, reason };
                Ok(failures::outcome(op, Refreshed::Not, failure))
            };
            let Some((token, session, user)) = store::refresh_token(tx, &token::hash(given)).await? else {
                return failed(None, AuditOutcome::Failed, "UNKNOWN_TOKEN");
            };
            let resource = format!("user:{}", user.username);
            if session.ended_at.is_some() || session.expires_at <= op.now() || !user.active {
                return failed(Some(resource), AuditOutcome::Failed, "SESSION_ENDED");
            }
            let followed = token.successor.as_deref().and_then(|sealed| opened(sealed, given));
            match (token.used_at, followed) {
                (None, _) => {
                    let next = token::secret(REFRESH)?;
                    store::use_refresh_token(tx, token.id, session.id, &sealed(&next, given)).await?;
                    store::insert_refresh_token(tx, session.id, &token::hash(&next)).await?;
                    let change = Change::audited(ChangeAction::Updated, resource, session.id);
                    let as_whom = Refreshed::As(Box::new(user), session.id, next);
                    Ok(Outcome::changed(permit.anywhere(), as_whom, vec![change]))
                }
                (Some(used), Some(next)) if (op.now() - used).abs() < SECOND_TAB && unused(tx, &next).await? => {
                    Ok(Outcome::unchanged(Refreshed::As(Box::new(user), session.id, next)))
                }
                _ => {
                    store::end_sessions(tx, Sessions::One(session.id), "REFRESH_TOKEN_REUSED").await?;
                    // Recorded one by one, never summed: streams learn from the audit log that the session has ended.
                    let (action, reason) = (Action::Refresh, "REFRESH_TOKEN_REUSED");
                    let attempt = Attempt { action, resource: Some(resource), outcome: AuditOutcome::Denied, reason };
                    Ok(Outcome::tried(Refreshed::Not, attempt, 1))
                }
            }
        })
        .await?;
    match refreshed {
        Refreshed::As(user, session, next) => tokens(op, &user, session, next).await,
        Refreshed::Not => Err(no_longer().into()),
    }
}

async fn unused(tx: &Tx, token: &str) -> Result<bool> {
    let found = store::refresh_token(tx, &token::hash(token)).await?;
    Ok(found.is_some_and(|(token, ..)| token.used_at.is_none()))
}

fn sealed(next: &str, with: &str) -> String {
    URL_SAFE_NO_PAD.encode(token::seal(next.as_bytes(), with))
}

fn opened(sealed: &str, with: &str) -> Option<String> {
    String::from_utf8(token::seal(&URL_SAFE_NO_PAD.decode(sealed).ok()?, with)).ok()
}

/// Ends the session of a refresh token. An unknown token is ignored.
///
/// # Errors
/// Database errors.
pub async fn sign_out(op: &Op, given: &str) -> Result<()> {
    if !store::visible_refresh_token(op, &token::hash(given)).await? {
        return Ok(());
    }
    let permit = op.permit(Action::SignOut)?;
    op.write(permit, async |tx, permit| {
        let Some((_, session, user)) = store::refresh_token(tx, &token::hash(given)).await? else {
            return Ok(Outcome::unchanged(()));
        };
        if store::end_sessions(tx, Sessions::One(session.id), "SIGNED_OUT").await? == 0 {
            return Ok(Outcome::unchanged(()));
        }
        let change = Change::audited(ChangeAction::Deleted, format!("user:{}", user.username), session.id);
        Ok(Outcome::changed(permit.anywhere(), (), vec![change]))
    })
    .await
}
