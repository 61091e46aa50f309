//! The documentation as it is served.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    harness::{Kind, MIGRATED, TestDb},
    http::{get, send, service},
};

#[tokio::test]
async fn the_documentation_is_served_with_its_policy_or_says_how_to_build_it() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service(&db).await;
    let bare = get(&router, "/docs").await;
    assert_eq!((bare.status, bare.header("location")), (308, "/docs/"));

    let page = get(&router, "/docs/").await;
    if page.status == 404 {
        assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
        assert!(page.body.contains("Chạy `make docs`") && page.body.contains("Run `make docs`"), "{}", page.body);
        return;
    }
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let again = send(&router, Method::GET, "/docs/", &[("if-none-match", page.header("etag"))], "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));

    for path in ["/docs/", "/docs/vi/", "/docs/use/errors.html", "/docs/decisions/"] {
        let page = get(&router, path).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
        // Every script in the page itself is one that the policy allows.
        let scripts =
            page.body.split("<script").skip(1).filter_map(|rest| rest.split_once("</script>")?.0.split_once('>'));
        for (_, script) in scripts.filter(|(attributes, _)| !attributes.contains("src=")) {
            let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
            assert!(policy.contains(&hash), "{path}: {script}");
        }
        // Everything that it loads is here.
        let loads: Vec<&str> = page.body.split('"').filter(|text| text.starts_with("/docs/assets/")).collect();
        assert!(loads.len() > 2, "{path}");
        for name in loads {
            let asset = get(&router, name).await;
            assert_eq!(
                (asset.status, asset.header("cache-control")),
                (200, "public, max-age=31536000, immutable"),
                "{name}"
            );
        }
        assert!(!page.body.contains("src=\"http"), "{path}");
    }
    let licenses = get(&router, "/docs/licenses.txt").await;
    assert_eq!((licenses.status, licenses.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(licenses.body.contains("Name: vitepress"));
    assert_eq!(get(&router, "/docs/nowhere.html").await.status, 404);
    assert_eq!(get(&router, "/docs/../Cargo.toml").await.status, 404);
}
