//! The transport: GraphQL over HTTP, files that are imported, the playground, the documentation, the schema, health. No rule and no query of the data stands here.

mod answer;
mod answers;
mod authenticate;
mod body;
mod bytes;
mod caching;
mod compress;
mod connections;
mod cors;
mod deadline;
mod digest;
mod documents;
mod embedded;
mod execution;
mod graphql;
mod health;
mod import;
mod live;
mod manual;
mod negotiate;
mod oauth;
mod observe;
mod params;
mod playground;
mod points;
mod ready_made;
mod repeat;
mod slots;

use std::{sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{Redirect, Response},
    routing::{MethodRouter, get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

use self::{
    answers::Answers,
    documents::Documents,
    observe::{Context, Outside},
    ready_made::Made,
};
pub use self::{connections::serve, documents::Trusted};
use crate::{
    graphql::{inputs::Inputs, parsed::Parsed},
    kernel::{
        app::App,
        error::{Code, Refusal},
        limits::Limit,
        locale::Message,
    },
};

/// What requests are answered from. Executes any schema, so that a test can bring one that misbehaves.
pub struct Server<E> {
    app: App,
    schema: E,
    inputs: Inputs,
    parsed: Parsed,
    documents: Documents,
    answers: Answers,
    room: live::Room,
    bearers: live::Bearers,
    sdl: Made,
    template: import::Template,
    migrations: Vec<String>,
}

impl<E: Executor> Server<E> {
    /// Puts it together: the schema, the types of its inputs, the schema in its own language, and the names of the migrations
    /// that the database must have seen, oldest first.
    pub fn new(app: App, schema: E, inputs: Inputs, sdl: String, migrations: Vec<String>) -> Self {
        let (parsed, documents) = (Parsed::default(), Documents::new(None));
        let answers = Answers::new(&app.settings().limits);
        let (room, bearers) = (live::Room::default(), live::Bearers::default());
        let (sdl, template) = (Made::of("text/plain; charset=utf-8", sdl.into_bytes()), import::Template::default());
        Server { app, schema, inputs, parsed, documents, answers, room, bearers, sdl, template, migrations }
    }
    /// The same, but that of all documents only these are executed.
    pub fn trusting(self, documents: Trusted) -> Self {
        Server { documents: Documents::new(Some(documents)), ..self }
    }
}

/// Everything that is answered.
pub fn router<E: Executor>(server: Server<E>) -> Router {
    let settings = server.app.settings();
    let (limits, proxies) = (settings.limits.clone(), settings.trusted_proxies.clone());
    let origins = settings.cors_origins.clone();
    let server = Arc::new(server);
    let files =
        Router::new().route("/import/observations", only(post(import::observations::<E>))).with_state(server.clone());
    let asked = Router::new()
        .route("/graphql", only(get(graphql::get::<E>).post(graphql::post::<E>)))
        .route("/graphql/stream", only(get(live::events::get::<E>).post(live::events::post::<E>)))
        .route("/oauth/token", only(post(oauth::token::<E>)))
        .route("/import/template.xlsx", only(get(import::blank::<E>)))
        .with_state(server.clone());
    let routes = Router::new()
        .route("/", only(get(|| async { Redirect::temporary("/playground") })))
        .route("/schema.graphql", only(get(sdl::<E>)))
        // Browsers ask for no leave to open a socket: its handler looks at the origin itself.
        .route("/graphql/ws", only(get(live::socket::open::<E>)))
        .route("/oauth/revoke", only(post(oauth::revoke::<E>)))
        .route("/.well-known/oauth-authorization-server", only(get(oauth::metadata::<E>)))
        .route("/.well-known/jwks.json", only(get(oauth::keys::<E>)))
        .route("/.well-known/audit-keys.json", only(get(oauth::keys_ever::<E>)))
        .route("/.well-known/audit-checkpoint", only(get(oauth::checkpoint::<E>)))
        .route("/healthz", only(get(health::alive)))
        .route("/readyz", only(get(health::ready::<E>)))
        .with_state(server)
        .merge(playground::routes())
        .merge(manual::routes())
        .fallback(unknown);
    let (limit, importing) = (limits.time(Limit::DeadlineSeconds), limits.time(Limit::ImportSeconds));
    let asked = cors::open(bounded(asked, limit).merge(bounded(files, importing)), &origins);
    layered(bounded(routes, limit).merge(asked), Outside { limits, proxies })
}

/// Nothing takes for ever.
fn bounded(routes: Router, limit: Duration) -> Router {
    routes.layer(middleware::from_fn_with_state(limit, observe::bounded))
}

/// What holds for every answer, from the inside out: a panic becomes an error, what is long is compressed, and each request has an
/// id and a line in the log.
fn layered(routes: Router, outside: Outside) -> Router {
    routes
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(middleware::from_fn(observe::mend_panic))
        .layer(compress::layer())
        .layer(middleware::map_response(compress::mend_tag))
        .layer(middleware::from_fn(connections::checked))
        .layer(middleware::from_fn_with_state(outside, observe::observed))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}

/// These methods and no others.
fn only<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    methods.fallback(async |Extension(context): Extension<Context>| {
        let message = Message::new("Địa chỉ này không nhận phương thức đó.", "This address does not take that method.");
        context.refuse(StatusCode::METHOD_NOT_ALLOWED, &Refusal::new(Code::BadUserInput, message).into())
    })
}

async fn unknown(Extension(context): Extension<Context>) -> Response {
    let message = Message::new(
        "Không có gì ở địa chỉ này; API ở /graphql, trang thử ở /playground.",
        "There is nothing at this address; the API is at /graphql, the playground at /playground.",
    );
    context.refuse(StatusCode::NOT_FOUND, &Refusal::new(Code::NotFound, message).into())
}

async fn sdl<E: Executor>(State(server): State<Arc<Server<E>>>, headers: HeaderMap) -> Response {
    server.sdl.answer(&headers)
}
