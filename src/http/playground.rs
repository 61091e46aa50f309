//! The playground: GraphiQL, built from web/ and embedded. No request that it makes leaves the server it came from.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use rust_embed::RustEmbed;

use super::{observe::Context, only, ready_made::Made, unknown};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

const PAGE: &str = "index.html";

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
        .route("/playground", only(get(async |headers: HeaderMap| page(FILES.get(PAGE), &headers))))
        .route("/playground/", only(get(|| async { Redirect::permanent("/playground") })))
        .route("/playground/assets/{*file}", only(get(asset)))
}

/// The files that were built in, each compressed when it is first asked for.
static FILES: LazyLock<HashMap<Cow<'static, str>, Made>> = LazyLock::new(|| {
    let made = |name: Cow<'static, str>| {
        let file = Built::get(&name)?;
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some((name.clone(), Made::tagged(media(&name), bytes, &file.metadata.sha256_hash())))
    };
    Built::iter().filter_map(made).collect()
});

fn page(file: Option<&Made>, headers: &HeaderMap) -> Response<Body> {
    match file {
        Some(file) => serve(file, "no-cache", headers),
        None => (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], MISSING).into_response(),
    }
}

async fn asset(Path(file): Path<String>, context: Extension<Context>, headers: HeaderMap) -> Response<Body> {
    let Some(found) = FILES.get(format!("assets/{file}").as_str()) else { return unknown(context).await };
    // All others have a hash in their name.
    let cache = if file == "licenses.md" { "no-cache" } else { "public, max-age=31536000, immutable" };
    serve(found, cache, &headers)
}

fn media(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "md" | "txt" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn serve(file: &Made, cache: &'static str, headers: &HeaderMap) -> Response<Body> {
    let mut response = file.answer(headers);
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_program_without_the_playground_says_what_helps() {
        let (parts, body) = page(None, &HeaderMap::new()).into_parts();
        assert_eq!(parts.status, StatusCode::NOT_FOUND);
        assert_eq!(parts.headers["content-type"], "text/plain; charset=utf-8");
        let body = body.collect().await.expect("a body").to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("make web"));
    }
}
