//! The playground: GraphiQL, built from web/ and embedded. No request that it makes leaves the server it came from.

use axum::{
    Extension, Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{observe::Context, only, unknown};

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
        .route("/playground", only(get(async |headers: HeaderMap| page(Built::get(PAGE), &headers))))
        .route("/playground/", only(get(|| async { Redirect::permanent("/playground") })))
        .route("/playground/assets/{*file}", only(get(asset)))
}

fn page(file: Option<EmbeddedFile>, headers: &HeaderMap) -> Response<Body> {
    match file {
        Some(file) => serve(file, "text/html; charset=utf-8", "no-cache", headers),
        None => (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], MISSING).into_response(),
    }
}

async fn asset(Path(file): Path<String>, context: Extension<Context>, headers: HeaderMap) -> Response<Body> {
    let Some(found) = Built::get(&format!("assets/{file}")) else { return unknown(context).await };
    // All others have a hash in their name.
    let cache = if file == "licenses.md" { "no-cache" } else { "public, max-age=31536000, immutable" };
    serve(found, media(&file), cache, &headers)
}

fn media(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "md" | "txt" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn serve(file: EmbeddedFile, media: &'static str, cache: &'static str, headers: &HeaderMap) -> Response<Body> {
    use std::fmt::Write;
    let mut tag = String::from("\"");
    for byte in file.metadata.sha256_hash().iter().take(16) {
        // A string takes everything.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    let same = headers.get_all(header::IF_NONE_MATCH).iter().any(|given| {
        given.to_str().is_ok_and(|given| given.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    });
    let mut response =
        if same { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.data).into_response() };
    let out = response.headers_mut();
    for (name, value) in
        [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, cache), (header::CONTENT_SECURITY_POLICY, POLICY)]
    {
        out.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
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
