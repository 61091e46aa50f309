//! What may be kept of an answer, and who learns that theirs is still good.

use axum::{Router, http::Method};
use entity::kinds::Role;
use serde_json::json;

use super::{Answer, post, send, service_of};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::people,
};

const VARY: &str = "Accept, Accept-Language, Accept-Encoding, Authorization";
const QUERY: &str = "/graphql?query=%7Bprovinces%7BtotalCount%7D%7D";

async fn get(router: &Router, uri: &str, headers: &[(&str, &str)]) -> Answer {
    send(router, Method::GET, uri, headers, "").await
}

async fn who_has_an_answer_already_is_told_only_that(db: TestDb) {
    let router = service_of(db.app().await);
    let first = get(&router, QUERY, &[]).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{tag}");
    assert_eq!((first.status, first.header("cache-control"), first.header("vary")), (200, "public, no-cache", VARY));
    // What it cost stands in the headers alone: the same bytes have the same tag.
    assert_eq!(first.body, r#"{"data":{"provinces":{"totalCount":34}}}"#);
    assert!(!first.header("ratelimit").is_empty());
    for had in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = get(&router, QUERY, &[("if-none-match", &had)]).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{had}");
        assert_eq!((again.header("cache-control"), again.header("vary")), ("public, no-cache", VARY));
        assert!(again.header("etag").ends_with(&tag), "{had}");
    }
    let other = get(&router, QUERY, &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status, other.header("etag"), &other.body), (200, tag.as_str(), &first.body));
    let head = send(&router, Method::HEAD, QUERY, &[], "").await;
    assert_eq!((head.status, head.header("etag"), head.body.as_str()), (200, tag.as_str(), ""));
    // When what it tells of has changed, it is told anew.
    let named = "/graphql?query=%7Bprovince(code:%2225%22)%7Bname%7D%7D";
    let before = get(&router, named, &[]).await;
    db.execute("UPDATE unit_version SET name_vi = 'Khác'").await;
    let after = get(&router, named, &[("if-none-match", before.header("etag"))]).await;
    assert_eq!((after.status, after.body.contains("Khác")), (200, true), "{}", after.body);
}

async fn nobody_may_keep_what_is_not_for_everybody(db: TestDb) {
    let app = db.app().await;
    let router = service_of(app.clone());
    people::create(&app, "chief", &[Role::Viewer], Some("25")).await;
    let chief = people::sign_in(&people::Asker::stranger(app), "chief").await;
    let bearer = format!("Bearer {}", chief.token.as_deref().expect("a token"));
    let tag = get(&router, QUERY, &[]).await.header("etag").to_owned();
    let body = json!({ "query": "{ provinces { totalCount } }" });
    for answer in [
        get(&router, QUERY, &[("authorization", &bearer), ("if-none-match", &tag)]).await,
        get(&router, "/graphql?query=%7Bprovinces(first:0)%7BtotalCount%7D%7D", &[("if-none-match", "*")]).await,
        post(&router, &[("if-none-match", &tag)], &body).await,
    ] {
        assert_eq!((answer.status, answer.header("etag")), (200, ""), "{}", answer.body);
        assert_eq!((answer.header("cache-control"), answer.header("vary")), ("private, no-store", VARY));
    }
    let refused = get(&router, "/graphql?query=%7Bnothing%7D", &[("if-none-match", "*")]).await;
    assert_eq!((refused.header("etag"), refused.header("cache-control")), ("", "private, no-store"));
}

on_both!(SEEDED => who_has_an_answer_already_is_told_only_that, nobody_may_keep_what_is_not_for_everybody);
