//! The playground: GraphiQL, built from web/ and embedded. No request that it makes leaves the server it came from.

use std::sync::LazyLock;

use axum::{
    Extension, Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, Response},
    response::Redirect,
    routing::get,
};
use rust_embed::RustEmbed;

use super::{
    embedded::{ASK_AGAIN, Embedded, FOR_EVER, missing},
    observe::Context,
    only, unknown,
};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
     font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const MISSING: &str = "\
Chương trình này được dựng không kèm trang thử; mọi thứ khác vẫn hoạt động.
Chạy `make web`, rồi dựng lại chương trình, để có trang thử.

This program was built without the playground; everything else works.
Run `make web`, then build it again, to have it.
";

pub(super) fn routes() -> Router {
    Router::new()
        .route("/playground", only(get(async |headers: HeaderMap| page(&headers))))
        .route("/playground/", only(get(|| async { Redirect::permanent("/playground") })))
        .route("/playground/assets/{*file}", only(get(asset)))
}

static FILES: LazyLock<Embedded> = LazyLock::new(|| Embedded::of::<Built>(HeaderValue::from_static(POLICY)));

fn page(headers: &HeaderMap) -> Response<Body> {
    FILES.serve("index.html", ASK_AGAIN, headers).unwrap_or_else(|| missing(MISSING))
}

async fn asset(Path(file): Path<String>, context: Extension<Context>, headers: HeaderMap) -> Response<Body> {
    // All others have a hash in their name.
    let cache = if file == "licenses.md" { ASK_AGAIN } else { FOR_EVER };
    match FILES.serve(&format!("assets/{file}"), cache, &headers) {
        Some(found) => found,
        None => unknown(context).await,
    }
}
