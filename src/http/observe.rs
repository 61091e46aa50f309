//! Logs one line for each request: its id, duration and status. Never its values: no variables, no document, no query
//! string. Also the time limit of requests, and the response to a panic.

use std::{
    any::Any,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Extension,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{answer, deadline::Deadline, negotiate::Media};
use crate::{
    graphql::errors::{Answer, Asker},
    kernel::{
        address::Proxies,
        error::{Broken, Error, Refusal},
        limits::{Limit, Limits},
        locale::Locale,
    },
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The context of a request, known before its body is read.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// Its id, and the language of the response.
    pub asker: Asker,
    /// The client's address, behind trusted proxies too.
    pub address: IpAddr,
    /// When its response must begin.
    pub deadline: Deadline,
}

/// The settings that the context of a request depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    /// The limits.
    pub limits: Limits,
    /// The proxies whose `Forwarded` and `X-Forwarded-For` headers are trusted.
    pub proxies: Proxies,
}

impl Context {
    fn of(headers: &HeaderMap, peer: Option<IpAddr>, outside: &Outside) -> Self {
        let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| sane(id));
        let request_id = given.map_or_else(new_id, Arc::from);
        let most_errors = usize::try_from(outside.limits.of(Limit::Errors)).unwrap_or(usize::MAX);
        let all = |name: &HeaderName| -> Vec<&str> {
            headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect()
        };
        // A request without a connection was made within this process.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let address = outside.proxies.client(peer, &all(&X_FORWARDED_FOR), &all(&header::FORWARDED));
        Context {
            asker: Asker { locale: Locale::preferred(language), request_id, most_errors },
            address,
            deadline: Deadline::new(Duration::MAX),
        }
    }
    /// The same context with a new deadline, this long from now.
    pub fn within(&self, limit: Duration) -> Self {
        Context { deadline: Deadline::new(limit), ..self.clone() }
    }
    /// The same context with its deadline started again.
    pub fn again(&self) -> Self {
        Context { deadline: self.deadline.again(), ..self.clone() }
    }
    /// An error response, with the status of its error code.
    pub fn fail(&self, error: &Error) -> Response {
        self.refuse(answer::status(error.code()), error)
    }
    /// An error response with this status.
    pub fn refuse(&self, status: StatusCode, error: &Error) -> Response {
        answer::respond(status, Media::Json, Answer::of(error, &self.asker), Told::default())
    }
}

/// Whether a request id from a header is safe to log: 1 to 64 letters, digits, `-`, `_` or `.`.
fn sane(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// A unique request id: a random id of the process, and a counter.
fn new_id() -> Arc<str> {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("process"));
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    format!("{:016x}-{:x}", *PROCESS, NUMBER.fetch_add(1, Ordering::Relaxed)).into()
}

/// The log fields that a response carries.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// The operation's name.
    pub operation: Option<String>,
    /// The number of SQL statements.
    pub statements: usize,
    /// The codes of its errors.
    pub codes: Vec<&'static str>,
}

/// Middleware that gives each request an id and logs it.
pub(super) async fn observed(State(outside): State<Outside>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let context = Context::of(request.headers(), peer, &outside);
    let id = context.asker.request_id.clone();
    let method = request.method().clone();
    // Log the route, not the path: a path may hold personal data or secrets.
    let route = request.extensions().get::<MatchedPath>().map_or("(unknown)", MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(context);
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let told = response.extensions_mut().remove::<Told>().unwrap_or_default();
    tracing::info!(
        request_id = %id,
        %method,
        route,
        status = response.status().as_u16(),
        duration_ms = Milliseconds(begun.elapsed()).rounded(),
        operation = told.operation,
        statements = told.statements,
        codes = (!told.codes.is_empty()).then(|| told.codes.join(",")),
        "request"
    );
    response
}

struct Milliseconds(Duration);

impl Milliseconds {
    fn rounded(&self) -> f64 {
        (self.0.as_secs_f64() * 1e6).round() / 1e3
    }
}

/// Middleware that ends a request at its time limit.
pub(super) async fn bounded(
    State(limit): State<Duration>,
    Extension(context): Extension<Context>,
    mut request: Request,
    next: Next,
) -> Response {
    let context = context.within(limit);
    request.extensions_mut().insert(context.clone());
    tokio::select! {
        response = next.run(request) => response,
        () = context.deadline.over() => context.fail(&Refusal::timeout().into()),
    }
}

/// Marks a response that replaces a panic.
#[derive(Clone, Debug)]
struct Panicked;

/// The placeholder response for a handler that panicked.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    (Extension(Panicked), StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// Middleware that turns the placeholder into the usual INTERNAL error.
pub(super) async fn mend_panic(Extension(context): Extension<Context>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match response.extensions().get::<Panicked>() {
        // The panic message may hold values, so it is not repeated. The panic hook has logged the place.
        Some(Panicked) => context.fail(&Error::from(Broken::new("a handler panicked"))),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = axum::http::Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).expect("text"))
    }

    fn misbehaving() -> Router {
        let routes = Router::new()
            .route(
                "/panic",
                get(|| async {
                    if true {
                        panic!("secret")
                    }
                }),
            )
            .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }));
        super::super::layered(super::super::bounded(routes, Duration::from_millis(50)), Outside::default())
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_that_tells_nothing() {
        let (status, headers, body) =
            ask(misbehaving(), "/panic", &[("accept-language", "en"), ("x-request-id", "r1")]).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(
            body,
            r#"{"errors":[{"message":"The service failed to answer this; please try again later.","extensions":{"code":"INTERNAL","requestId":"r1"}}]}"#
        );
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_ended() {
        let (status, _, body) = ask(misbehaving(), "/slow", &[]).await;
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
        assert!(body.contains(r#""code":"TIMEOUT""#), "{body}");
    }

    #[tokio::test]
    async fn an_id_is_taken_from_the_request_if_it_is_sane() {
        let given = async |id: &str| {
            let (_, headers, _) = ask(misbehaving(), "/nowhere", &[("x-request-id", id)]).await;
            headers["x-request-id"].to_str().expect("text").to_owned()
        };
        assert_eq!(given("a-B_9.z").await, "a-B_9.z");
        for id in ["", "two words", "\"quoted\"", &"x".repeat(65)] {
            let own = given(id).await;
            assert_ne!(own, id);
            assert!(own.len() > 16 && own.contains('-'), "{own}");
        }
        assert_ne!(given("").await, given("").await);
    }
}
