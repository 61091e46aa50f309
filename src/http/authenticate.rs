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
        error::{Code, Refusal},
        locale::Message,
        op::Op,
        policy::Caller,
        token::Fault,
    },
};

/// Whom a request is from.
///
/// # Errors
/// The answer to a request whose header is not good.
pub(super) async fn caller(app: &App, context: &Context, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = given.next() else { return Ok(Caller::Anonymous) };
    if given.next().is_some() {
        return Err(unauthorized(context, Fault("MALFORMED")));
    }
    let Some(token) = first.to_str().ok().and_then(bearer) else {
        return Err(unauthorized(context, Fault("MALFORMED")));
    };
    let op = Op::new(app, Caller::Anonymous, &context.asker.request_id);
    match token::bearer(&op, token).await {
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
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

fn unauthorized(context: &Context, fault: Fault) -> Box<Response> {
    let message = Message::new(
        format!("Mã truy cập không dùng được ({}); hãy đăng nhập lại.", fault.0),
        format!("The access token is not good ({}); sign in again.", fault.0),
    );
    let mut response = context.refuse(StatusCode::UNAUTHORIZED, &Refusal::new(Code::Unauthenticated, message).into());
    let challenge = format!("Bearer realm=\"lienthong\", error=\"invalid_token\", error_description=\"{}\"", fault.0);
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    Box::new(response)
}
