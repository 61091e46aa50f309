//! Who asks: what the header `Authorization` says, before anything of the request is looked at (RFC 6750).
//!
//! Without the header somebody is anonymous. With one that is not good nobody is answered: a client whose token has ended must
//! learn so, instead of being told what strangers are told.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use super::observe::Context;
use crate::{
    identity::token,
    kernel::{
        app::App,
        error::{Code, Error, Refusal},
        locale::Message,
        op::Op,
        policy::Caller,
        token::Fault,
    },
};

/// The token of a request's header; none where there is no header.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => only.to_str().ok().and_then(bearer).map(Some).ok_or(Fault("MALFORMED")),
        (Some(_), Some(_)) => Err(Fault("MALFORMED")),
    }
}

/// Whom a token stands for now; an anonymous caller without one.
///
/// # Errors
/// Ours. Inside: why it stands for nobody.
async fn known(app: &App, context: &Context, token: Option<&str>) -> Result<Result<Caller, Fault>, Error> {
    let Some(token) = token else { return Ok(Ok(Caller::Anonymous)) };
    token::bearer(&Op::new(app, Caller::Anonymous, &context.asker.request_id), token).await
}

/// Whom a request is from.
///
/// # Errors
/// The answer to a request whose header is not good.
pub(super) async fn caller(app: &App, context: &Context, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let token = token(headers).map_err(|fault| unauthorized(context, fault))?;
    match known(app, context, token).await {
        Ok(Ok(caller)) => Ok(caller),
        Ok(Err(fault)) => Err(unauthorized(context, fault)),
        Err(error) => Err(Box::new(context.fail(&error))),
    }
}

/// Whom a request is from, where it must be somebody.
///
/// # Errors
/// The answer to a request whose header is not good, or that has none.
pub(super) async fn signed_in(app: &App, context: &Context, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    match caller(app, context, headers).await? {
        Caller::Anonymous => {
            let message = Message::new("Hãy đăng nhập trước.", "Sign in first.");
            let refusal = Refusal::new(Code::Unauthenticated, message).into();
            let mut response = context.refuse(StatusCode::UNAUTHORIZED, &refusal);
            let challenge = HeaderValue::from_static("Bearer realm=\"lienthong\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            Err(Box::new(response))
        }
        caller => Ok(caller),
    }
}

/// The token of `Bearer TOKEN`.
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

/// What is said of a token that is not good.
pub(super) fn not_good(fault: Fault) -> Refusal {
    let message = Message::new(
        format!("Mã truy cập không dùng được ({}); hãy đăng nhập lại.", fault.0),
        format!("The access token is not good ({}); sign in again.", fault.0),
    );
    Refusal::new(Code::Unauthenticated, message)
}

fn unauthorized(context: &Context, fault: Fault) -> Box<Response> {
    let mut response = context.refuse(StatusCode::UNAUTHORIZED, &not_good(fault).into());
    let challenge = format!("Bearer realm=\"lienthong\", error=\"invalid_token\", error_description=\"{}\"", fault.0);
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    Box::new(response)
}
