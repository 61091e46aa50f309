//! Sessions (phiên đăng nhập): from a sign-in, through refreshed tokens, to their end.
//!
//! A refresh token is good once. One that comes again is either the second tab of whoever had it, within seconds, and gets what
//! the first one got; or it was stolen, and then the whole session ends.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use entity::{
    ids::SessionId,
    kinds::{AuditOutcome, ChangeAction},
    user_account,
};

use super::{
    password, rules,
    store::{self, Sessions},
    token,
};
use crate::kernel::{
    error::{Code, Refusal, Result},
    locale::Message,
    op::Op,
    policy::{Action, Caller},
    tx::{Attempt, Change, Outcome, Tx},
};

/// How long after its use a refresh token still gets the one that followed it.
const SECOND_TAB: Duration = Duration::seconds(10);

/// What somebody gets who signs in, or refreshes.
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// Who they are.
    pub caller: Caller,
}

/// The one answer to whoever cannot sign in: it does not tell which of these it is.
fn not_signed_in() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        Message::new(
            "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đang bị khoá hay ngừng hoạt động.",
            "The user name or the password is wrong, or the account is locked or disabled.",
        ),
    )
}

/// The session has ended.
pub fn no_longer() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        Message::new("Phiên đăng nhập đã kết thúc; hãy đăng nhập lại.", "The session has ended; sign in again."),
    )
}

/// How often a password was wrong now, and until when the account is locked for it.
pub fn one_more_failure(op: &Op, user: &user_account::Model) -> (i32, Option<DateTime<Utc>>) {
    let settings = op.app().settings();
    match user.failures + 1 {
        many if many >= settings.lockout_failures => (0, Some(op.now() + settings.lockout)),
        few => (few, user.locked_until),
    }
}

/// Signs somebody in.
///
/// # Errors
/// UNAUTHENTICATED, in the same words and after the same time whatever the reason is.
pub async fn sign_in(op: &Op, username: &str, given: &str) -> Result<Tokens> {
    let permit = op.permit(Action::SignIn)?;
    let found = store::visible_to_sign_in(op, username).await?;
    let right =
        password::is(op.app().signing_in(), given, found.as_ref().map(|user| user.password_hash.as_str())).await?;
    let welcomed = op
        .write(permit, async |tx, permit| {
            let failed = |resource: Option<String>, reason| {
                let attempt = Attempt { action: Action::SignIn, resource, outcome: AuditOutcome::Failed, reason };
                Ok(Outcome::tried(None, attempt))
            };
            // What was typed is not written down: it may be a password in the wrong field.
            let Some(found) = &found else { return failed(None, "UNKNOWN_USER") };
            let Some(user) = store::user(tx, found.id).await? else { return failed(None, "UNKNOWN_USER") };
            let resource = format!("user:{}", user.username);
            // The password may have been changed since it was compared.
            let right = right && user.password_hash == found.password_hash;
            match rules::refused(&user, right, op.now(), op.app().settings().idle) {
                Some("WRONG_PASSWORD") => {
                    let (failures, locked) = one_more_failure(op, &user);
                    store::note_sign_in(tx, user.id, failures, locked, false, true).await?;
                    let reason = if locked > user.locked_until { "LOCKED_NOW" } else { "WRONG_PASSWORD" };
                    failed(Some(resource), reason)
                }
                Some("IDLE") => {
                    store::note_sign_in(tx, user.id, user.failures, user.locked_until, false, false).await?;
                    failed(Some(resource), "IDLE")
                }
                Some(reason) => failed(Some(resource), reason),
                None => {
                    store::note_sign_in(tx, user.id, 0, None, true, true).await?;
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

/// What refresh tokens begin with.
const REFRESH: &str = "rt_";

async fn tokens(op: &Op, user: &user_account::Model, session: SessionId, refresh: String) -> Result<Tokens> {
    let access = token::for_user(op, user, session)?;
    Ok(Tokens { access, refresh, caller: token::caller(op, user, session).await? })
}

enum Refreshed {
    As(Box<user_account::Model>, SessionId, String),
    Not,
}

/// Gives new tokens for a refresh token, which is used up by it.
///
/// # Errors
/// UNAUTHENTICATED when it is none, its session has ended, or it was used before; the last ends the session.
pub async fn refresh(op: &Op, given: &str) -> Result<Tokens> {
    let permit = op.permit(Action::Refresh)?;
    let refreshed = op
        .write(permit, async |tx, permit| {
            let failed = |resource: Option<String>, outcome, reason| {
                let attempt = Attempt { action: Action::Refresh, resource, outcome, reason };
                Ok(Outcome::tried(Refreshed::Not, attempt))
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
                (Some(used), Some(next)) if op.now() < used + SECOND_TAB && unused(tx, &next).await? => {
                    Ok(Outcome::unchanged(Refreshed::As(Box::new(user), session.id, next)))
                }
                _ => {
                    store::end_sessions(tx, Sessions::One(session.id), "REFRESH_TOKEN_REUSED").await?;
                    failed(Some(resource), AuditOutcome::Denied, "REFRESH_TOKEN_REUSED")
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

/// Ends the session that a refresh token belongs to. One that is none has nothing to end.
///
/// # Errors
/// The database's.
pub async fn sign_out(op: &Op, given: &str) -> Result<()> {
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
