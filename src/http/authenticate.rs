//! Authenticates the caller by the `Authorization` header (RFC 6750), before the rest of the request is read.
//!
//! Without the header the caller is anonymous. An invalid token is rejected with 401: a client whose token has expired
//! must learn of it, instead of getting the public subset of the data.

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

/// The bearer token of a request; none without the header.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => only.to_str().ok().and_then(bearer).map(Some).ok_or(Fault("MALFORMED")),
        (Some(_), Some(_)) => Err(Fault("MALFORMED")),
    }
}

/// The caller that a token identifies; anonymous without a token.
///
/// # Errors
/// The outer result is a failure of the server; the inner one says why the token is invalid.
async fn known(app: &App, context: &Context, token: Option<&str>) -> Result<Result<Caller, Fault>, Error> {
    let Some(token) = token else { return Ok(Ok(Caller::Anonymous)) };
    token::bearer(&Op::new(app, Caller::Anonymous, &context.asker.request_id), token).await
}

/// The caller of a request.
///
/// # Errors
/// The response to a request whose token is invalid.
pub(super) async fn caller(app: &App, context: &Context, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let token = token(headers).map_err(|fault| unauthorized(context, fault))?;
    match known(app, context, token).await {
        Ok(Ok(caller)) => Ok(caller),
        Ok(Err(fault)) => Err(unauthorized(context, fault)),
        Err(error) => Err(Box::new(context.fail(&error))),
    }
}

/// The caller of a request that needs authentication.
///
/// # Errors
/// The response to a request whose token is invalid or missing.
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

/// The error for an invalid token.
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
