//! Pages of other origins, in a browser.

use axum::http::Method;
use lienthong::kernel::{config::Config, origin::Origins};

use super::{send, service, service_of};
use crate::{
    harness::{Kind, MIGRATED, TestDb},
    program::{lienthong, said},
};

const OURS: &str = "https://so-lieu.phutho.gov.vn";
const ADDRESSES: [&str; 4] = ["/graphql", "/oauth/token", "/import/observations", "/import/template.xlsx"];

fn preflight(origin: &str) -> [(&str, &str); 3] {
    [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key"),
    ]
}

#[tokio::test]
async fn only_pages_of_configured_origins_may_ask() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let cors_origins = Origins::try_from(format!("http://localhost:5173, {OURS}")).expect("origins");
    let router = service_of(db.app_as(&Config { cors_origins, ..Config::default() }).await);
    for uri in ADDRESSES {
        let answer = send(&router, Method::OPTIONS, uri, &preflight(OURS), "").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, OURS), "{uri}");
        let headers = answer.header("access-control-allow-headers");
        assert!(headers.contains("authorization") && headers.contains("idempotency-key"), "{headers}");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        for stranger in ["https://phutho.gov.vn.evil.example", "null", "http://so-lieu.phutho.gov.vn"] {
            let answer = send(&router, Method::OPTIONS, uri, &preflight(stranger), "").await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{uri} {stranger}");
        }
    }
    let uri = "/graphql?query=%7B__typename%7D";
    let answer = send(&router, Method::GET, uri, &[("origin", OURS)], "").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, OURS));
    assert!(answer.header("access-control-expose-headers").contains("etag"));
    let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|v| v.to_str().expect("text")).collect();
    assert!(vary.join(",").contains("origin") && vary.join(",").contains("Authorization"), "{vary:?}");
    let answer = send(&router, Method::GET, uri, &[("origin", "https://evil.example")], "").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
    // What is no part of the API is for nobody's pages.
    let answer = send(&router, Method::GET, "/readyz", &[("origin", OURS)], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn by_default_no_page_may_ask() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service(&db).await;
    for uri in ADDRESSES {
        let answer = send(&router, Method::OPTIONS, uri, &preflight(OURS), "").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, ""), "{uri}");
        assert!(!answer.header("allow").is_empty(), "{uri}");
    }
}

#[test]
fn not_every_origin_can_be_configured_at_once() {
    let output = lienthong(&["config"]).env("LIENTHONG_CORS_ORIGINS", "*").output().expect("the program runs");
    let said = said(output, &["config"]);
    assert!(said.contains("LIENTHONG_CORS_ORIGINS") && said.contains("`*` is no origin"), "{said}");
}
