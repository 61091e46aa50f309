//! OAuth 2.0 for API clients: the client-credentials grant (RFC 6749, section 4.4), token revocation (RFC 7009), server
//! metadata (RFC 8414) and public keys (RFC 7517). Also the checkpoint of the audit log, which is signed with the same
//! keys.
//!
//! Error texts are those of the RFCs, in English only, since programs read them.

use std::{collections::HashMap, sync::Arc};

use async_graphql::Executor;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::jwk::JwkSet;
use serde_json::json;

use super::{
    Server, body, compress,
    observe::Context,
    points::{self, NotTaken},
};
use crate::{
    identity::client::{self, NoToken},
    journal,
    kernel::{
        app::App, client_scope::ClientScope, error::Error, limits::Limit, locale::Locale, op::Op, policy::Caller,
        quota::Holder, token::KeyRing,
    },
};

/// The largest request body, in bytes.
const BODY: u32 = 16 * 1024;

/// An OAuth error response (RFC 6749, section 5.2).
struct Refused {
    error: &'static str,
    why: &'static str,
}

impl Refused {
    const fn invalid_request(why: &'static str) -> Self {
        Refused { error: "invalid_request", why }
    }
    fn respond(&self) -> Response {
        let status = match self.error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut response = fresh(status, &json!({ "error": self.error, "error_description": self.why }));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"lienthong\", charset=\"UTF-8\""),
            );
        }
        response
    }
}

impl From<NoToken> for Refused {
    fn from(reason: NoToken) -> Self {
        match reason {
            NoToken::InvalidClient => Refused {
                error: "invalid_client",
                why: "The client is not known, its secret is wrong, or it was revoked.",
            },
            NoToken::InvalidScope => Refused {
                error: "invalid_scope",
                why: "The client may not have one of these scopes, or there is none of that name.",
            },
        }
    }
}

/// A response that must not be cached.
fn fresh(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    compress::never(response)
}

type Form = HashMap<String, String>;

/// Reads the whole request body.
async fn read<E>(
    server: &Server<E>,
    context: &Context,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Box<Response>> {
    let patience = server.app.settings().limits.time(Limit::BodySeconds);
    body::whole(context, headers, body, BODY, patience).await.map_err(|unread| {
        let why = unread.message();
        let told = json!({ "error": "invalid_request", "error_description": why.text(Locale::En) });
        let mut response = fresh(unread.status(), &told);
        unread.tell(response.headers_mut());
        Box::new(response)
    })
}

/// Parses the form parameters of a request body; each may occur at most once.
fn form(headers: &HeaderMap, body: &[u8]) -> Result<Form, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refused::invalid_request("The request body must be application/x-www-form-urlencoded."));
    }
    let mut form = Form::new();
    for (name, value) in form_urlencoded::parse(body).into_owned() {
        // RFC 6749, section 3.2: a parameter without a value is treated as omitted.
        if !value.is_empty() && form.insert(name, value).is_some() {
            return Err(Refused::invalid_request("A parameter is given twice."));
        }
    }
    Ok(form)
}

/// The client's credentials: by HTTP Basic or in the request body, not both.
fn credentials(headers: &HeaderMap, form: &Form) -> Result<(String, String), Refused> {
    let malformed = Refused { error: "invalid_client", why: "The header Authorization is not that of HTTP Basic." };
    let in_body = (form.get("client_id"), form.get("client_secret"));
    if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(Refused::invalid_request("The header Authorization is given twice."));
    }
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let (Some(id), Some(secret)) = in_body else {
            return Err(Refused { error: "invalid_client", why: "The client must give its id and its secret." });
        };
        return Ok((id.clone(), secret.clone()));
    };
    if in_body.1.is_some() {
        return Err(Refused::invalid_request("The client must authenticate in one way only."));
    }
    let pair = header.to_str().ok().and_then(|text| text.split_once(' '));
    let encoded = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")).map(|(_, encoded)| encoded.trim());
    let text = encoded.and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
    let Some((id, secret)) = text.as_deref().and_then(|text| text.split_once(':')) else { return Err(malformed) };
    let (id, secret) = (decoded(id), decoded(secret));
    if in_body.0.is_some_and(|other| *other != id) {
        return Err(Refused::invalid_request("The client gives two ids."));
    }
    Ok((id, secret))
}

/// Decodes form-urlencoded text, as RFC 6749 encodes the id and the secret within HTTP Basic.
fn decoded(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// The points that a request with credentials costs its address: the server reads the client record and writes an audit
/// entry.
const POINTS: u32 = 100;

/// Charges a request with credentials: points, and one attempt, which is given back if the credentials are right.
fn take(app: &App, context: &Context) -> Result<(), Box<Response>> {
    let (address, limits) = (Holder::at(context.address), &app.settings().limits);
    let (_, most) = limits.points(&Caller::Anonymous);
    let tried = points::take_sign_ins(app, address, 1).map_err(|not| match not {
        NotTaken::Short(short, _) => short.wait,
        NotTaken::TooMuch(_) => 1,
    });
    let paid = tried.and_then(|()| {
        let paid = app.points().take(address, most, POINTS.min(most), app.clock().now());
        paid.map(drop).map_err(|short| short.wait)
    });
    paid.map_err(|wait| {
        let why = "Too many requests with credentials from this address; try again later.";
        let mut response = fresh(
            StatusCode::TOO_MANY_REQUESTS,
            &json!({ "error": "temporarily_unavailable", "error_description": why }),
        );
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        Box::new(response)
    })
}

/// `POST /oauth/token`.
pub(super) async fn token<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match read(&server, &context, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let asked = || {
        let form = form(&headers, &body)?;
        match form.get("grant_type").map(String::as_str) {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(Refused { error: "unsupported_grant_type", why: "The grant type is client_credentials." });
            }
            None => return Err(Refused::invalid_request("The parameter grant_type is missing.")),
        }
        let (id, secret) = credentials(&headers, &form)?;
        Ok((id, secret, form.get("scope").cloned()))
    };
    let (id, secret, scope) = match asked() {
        Ok(asked) => asked,
        Err(refused) => return refused.respond(),
    };
    if let Err(refused) = take(&server.app, &context) {
        return *refused;
    }
    let op = Op::new(&server.app, Caller::Anonymous, &context.asker.request_id).waiting_as(Holder::at(context.address));
    match client::issue(&op, &id, &secret, scope.as_deref()).await {
        Ok(Ok((access, scopes))) => {
            points::give_back_sign_ins(&server.app, Holder::at(context.address), 1);
            let scope = scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ");
            let seconds = server.app.settings().access_token.num_seconds();
            fresh(
                StatusCode::OK,
                &json!({ "access_token": access, "token_type": "Bearer", "expires_in": seconds, "scope": scope }),
            )
        }
        Ok(Err(reason)) => Refused::from(reason).respond(),
        Err(error) => context.fail(&error),
    }
}

/// `POST /oauth/revoke`. An unknown or invalid token counts as revoked (RFC 7009, section 2.2).
pub(super) async fn revoke<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match read(&server, &context, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let asked = || {
        let form = form(&headers, &body)?;
        let (id, secret) = credentials(&headers, &form)?;
        let token = form.get("token").cloned();
        Ok((id, secret, token.ok_or(Refused::invalid_request("The parameter token is missing."))?))
    };
    let (id, secret, token) = match asked() {
        Ok(asked) => asked,
        Err(refused) => return Refused::respond(&refused),
    };
    if let Err(refused) = take(&server.app, &context) {
        return *refused;
    }
    let op = Op::new(&server.app, Caller::Anonymous, &context.asker.request_id).waiting_as(Holder::at(context.address));
    match client::revoke_token(&op, &id, &secret, &token).await {
        Ok(Ok(())) => {
            points::give_back_sign_ins(&server.app, Holder::at(context.address), 1);
            fresh(StatusCode::OK, &json!({}))
        }
        Ok(Err(reason)) => Refused::from(reason).respond(),
        Err(error) => context.fail(&error),
    }
}

/// `GET /.well-known/oauth-authorization-server`.
pub(super) async fn metadata<E: Executor>(State(server): State<Arc<Server<E>>>) -> Response {
    let url = &server.app.settings().public_url;
    let ways = ["client_secret_basic", "client_secret_post"];
    axum::Json(json!({
        "issuer": url,
        "token_endpoint": format!("{url}/oauth/token"),
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint": format!("{url}/oauth/revoke"),
        "revocation_endpoint_auth_methods_supported": ways,
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "scopes_supported": ClientScope::ALL.map(ClientScope::name),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
    }))
    .into_response()
}

/// `GET /.well-known/jwks.json`: the public keys of the previous, the current and the next signing key.
pub(super) async fn keys<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
) -> Response {
    set(server.app.keys().map(KeyRing::public), &context)
}

/// `GET /.well-known/audit-keys.json`: the public keys of all signing keys there ever were, to verify checkpoints older
/// than those in `jwks.json`.
pub(super) async fn keys_ever<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
) -> Response {
    set(server.app.keys().map(KeyRing::ever), &context)
}

fn set(keys: Result<JwkSet, Error>, context: &Context) -> Response {
    match keys {
        Ok(keys) => {
            let mut response = axum::Json(keys).into_response();
            let kept = HeaderValue::from_static("public, max-age=300");
            response.headers_mut().insert(header::CACHE_CONTROL, kept);
            response
        }
        Err(error) => context.fail(&error),
    }
}

/// `GET /.well-known/audit-checkpoint`: the length of the audit log and the hash of its last entry, as a signed JSON
/// Web Token.
pub(super) async fn checkpoint<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
) -> Response {
    let op = Op::new(&server.app, Caller::Anonymous, &context.asker.request_id).waiting_as(Holder::at(context.address));
    match journal::checkpoint(&op).await {
        Ok(jws) => {
            ([(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, "no-store")], jws).into_response()
        }
        Err(error) => context.fail(&error),
    }
}
