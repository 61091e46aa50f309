//! The playground's files. Whether they work in a browser, `tests/browser.sh` tells.

use axum::http::Method;

use crate::{
    harness::{Kind, MIGRATED, TestDb},
    http::{get, send, service},
};

#[tokio::test]
async fn the_playground_is_served_with_its_policy_or_says_how_to_build_it() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service(&db).await;
    let slash = get(&router, "/playground/").await;
    assert_eq!((slash.status, slash.header("location")), (308, "/playground"));

    let page = get(&router, "/playground").await;
    if page.status == 404 {
        assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
        assert!(page.body.contains("Chạy `make web`") && page.body.contains("Run `make web`"), "{}", page.body);
        return;
    }
    assert_eq!(page.status, 200);
    let policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; \
                  font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    assert_eq!(page.header("content-security-policy"), policy);
    assert_eq!((page.header("content-type"), page.header("cache-control")), ("text/html; charset=utf-8", "no-cache"));
    let again = send(&router, Method::GET, "/playground", &[("if-none-match", page.header("etag"))], "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));

    let named: Vec<&str> = page.body.split('"').filter(|text| text.starts_with("/playground/assets/")).collect();
    assert!(named.len() >= 2, "{}", page.body);
    for name in named {
        let asset = get(&router, name).await;
        let media = if name.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
        assert_eq!((asset.status, asset.header("content-type")), (200, media), "{name}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(asset.header("content-security-policy"), policy);
    }
    let licenses = get(&router, "/playground/assets/licenses.md").await;
    assert_eq!((licenses.status, licenses.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert_eq!(licenses.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn nothing_but_the_playgrounds_files_is_served() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service(&db).await;
    for path in ["nope.js", "../index.html", "..%2Findex.html", "%2e%2e/index.html", "", "../../Cargo.toml"] {
        let answer = get(&router, &format!("/playground/assets/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}
