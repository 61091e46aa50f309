//! The documentation: the site that is built from docs/, embedded. No request that it makes leaves the server it came from.

use std::sync::LazyLock;

use axum::{
    Extension, Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, Response},
    response::Redirect,
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::{
    embedded::{ASK_AGAIN, Embedded, FOR_EVER, missing},
    observe::Context,
    only, unknown,
};

#[derive(RustEmbed)]
#[folder = "docs/.vitepress/dist"]
#[allow_missing = true]
struct Built;

const INDEX: &str = "index.html";

const MISSING: &str = "\
Chương trình này được dựng không kèm tài liệu; mọi thứ khác vẫn hoạt động.
Chạy `make docs`, rồi dựng lại chương trình, để có tài liệu.

This program was built without the documentation; everything else works.
Run `make docs`, then build it again, to have it.
";

pub(super) fn routes() -> Router {
    Router::new()
        .route("/docs", only(get(|| async { Redirect::permanent("/docs/") })))
        .route("/docs/", only(get(async |headers: HeaderMap| page(&headers))))
        .route("/docs/{*file}", only(get(file)))
}

static FILES: LazyLock<Embedded> = LazyLock::new(|| Embedded::of::<Built>(policy()));

fn page(headers: &HeaderMap) -> Response<Body> {
    FILES.serve(INDEX, ASK_AGAIN, headers).unwrap_or_else(|| missing(MISSING))
}

async fn file(Path(file): Path<String>, context: Extension<Context>, headers: HeaderMap) -> Response<Body> {
    let name = if file.ends_with('/') { format!("{file}{INDEX}") } else { file };
    let cache = if name.starts_with("assets/") { FOR_EVER } else { ASK_AGAIN };
    match FILES.serve(&name, cache, &headers) {
        Some(found) => found,
        None => unknown(context).await,
    }
}

/// What a browser may load: files of this server, and the scripts inside of the pages, which are the same in all of them and are
/// named by their hashes.
fn policy() -> HeaderValue {
    let page = Built::get(INDEX).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
    let hashes: String =
        inline(&page).map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)))).collect();
    let policy = format!(
        "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; font-src 'self'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The scripts that stand in a page itself.
fn inline(page: &str) -> impl Iterator<Item = &str> {
    let scripts = page.split("<script").skip(1).filter_map(|rest| rest.split_once("</script>"));
    let parts = scripts.filter_map(|(script, _)| script.split_once('>'));
    parts.filter(|(attributes, _)| !attributes.contains("src=")).map(|(_, script)| script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_inside_of_a_page_are_found() {
        let page = "<script type=\"module\" src=\"/a.js\"></script><script id=\"b\">b()</script><p>x</p><script>c(1 > 0)</script>";
        assert_eq!(inline(page).collect::<Vec<_>>(), ["b()", "c(1 > 0)"]);
    }
}
