//! Documents that are named by their hash, remembered, or trusted from the start.

use axum::{Router, http::Method};
use entity::kinds::Role;
use lienthong::http::Trusted;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, post, send, server_of, service, service_of};
use crate::{
    harness::{Kind, MIGRATED, TestDb},
    program::{lienthong, said},
    rooms::people,
};

const DOCUMENT: &str = "query Named($first: Int) { provinces(first: $first) { totalCount } }";

fn hash(document: &str) -> String {
    Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn apollo(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn plain() -> (TestDb, Router) {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let router = service(&db).await;
    (db, router)
}

async fn asked(router: &Router, body: Value) -> Answer {
    post(router, &[("accept-language", "en")], &body).await
}

fn answered() -> Value {
    json!({ "data": { "provinces": { "totalCount": 0 } } })
}

#[tokio::test]
async fn a_document_is_remembered_by_the_hash_that_came_with_it() {
    let (_db, router) = plain().await;
    let hash = hash(DOCUMENT);
    let by_hash = json!({ "extensions": apollo(&hash), "variables": { "first": 5 } });
    // It was sent without its hash only: nobody asked to remember it.
    assert_eq!(asked(&router, json!({ "query": DOCUMENT })).await.json(), answered());
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
        let answer = post(&router, &[("accept", accept)], &by_hash).await;
        assert_eq!(
            (answer.status, answer.code(), answer.message()),
            (status, json!("PERSISTED_QUERY_NOT_FOUND"), json!("PersistedQueryNotFound"))
        );
        assert_eq!(answer.header("cache-control"), "private, no-store");
    }
    let unknown = asked(&router, json!({ "documentId": hash })).await;
    assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND");
    let with_both = json!({ "query": DOCUMENT, "extensions": apollo(&hash) });
    assert_eq!(asked(&router, with_both).await.json(), answered());
    for named in [
        by_hash,
        json!({ "documentId": hash, "operationName": "Named" }),
        json!({ "documentId": format!("sha256:{hash}") }),
        json!({ "documentId": hash.to_uppercase() }),
        json!({ "documentId": hash, "extensions": apollo(&hash) }),
    ] {
        assert_eq!(asked(&router, named.clone()).await.json(), answered(), "{named}");
    }
    let extensions = "extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22";
    for uri in [
        format!("/graphql?documentId=sha256:{hash}&variables=%7B%22first%22%3A5%7D"),
        format!("/graphql?{extensions}{hash}%22%7D%7D"),
    ] {
        let answer = send(&router, Method::GET, &uri, &[], "").await;
        assert_eq!((answer.status, answer.json()), (200, answered()), "{uri}");
        assert_eq!(answer.header("cache-control"), "public, no-cache");
    }
}

#[tokio::test]
async fn what_is_no_hash_of_the_document_is_refused() {
    let (_db, router) = plain().await;
    let (other, hash) = (hash("{ __typename }"), hash(DOCUMENT));
    for (body, status, fields) in [
        (json!({ "query": DOCUMENT, "extensions": apollo(&other) }), 200, json!([["query", "HASH_MISMATCH"]])),
        (json!({ "query": DOCUMENT, "documentId": other }), 200, json!([["query", "HASH_MISMATCH"]])),
        (json!({ "documentId": "md5:1234" }), 400, json!([["documentId", "INVALID"]])),
        (json!({ "documentId": 5, "query": 6 }), 400, json!([["query", "INVALID"], ["documentId", "INVALID"]])),
        (json!({ "documentId": other, "extensions": apollo(&hash) }), 400, json!([["documentId", "INVALID"]])),
        (
            json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": "é" } } }),
            400,
            json!([
                ["extensions.persistedQuery.version", "INVALID"],
                ["extensions.persistedQuery.sha256Hash", "INVALID"]
            ]),
        ),
    ] {
        let answer = asked(&router, body.clone()).await;
        assert_eq!((answer.status, answer.fields()), (status, fields), "{body}: {}", answer.body);
    }
    // Neither what was refused nor what is no document is remembered.
    let wrong = "{ a(";
    asked(&router, json!({ "query": wrong, "documentId": self::hash(wrong) })).await;
    for hash in [other, hash, self::hash(wrong)] {
        assert_eq!(asked(&router, json!({ "documentId": hash })).await.code(), "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn where_documents_are_trusted_no_others_run() {
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let app = db.app().await;
    let (chief, editor) = ("chief", "editor");
    people::create(&app, chief, &[Role::Admin], None).await;
    people::create(&app, editor, &[Role::Editor], Some("VN")).await;
    let open = people::Asker { service: service_of(app.clone()), token: None };
    let (chief, editor) = (people::sign_in(&open, chief).await, people::sign_in(&open, editor).await);

    let file = tempfile::NamedTempFile::new().expect("a file");
    let given =
        json!({ hash(DOCUMENT): DOCUMENT, format!("sha256:{}", hash("{ viewer { kind } }")): "{ viewer { kind } }" });
    std::fs::write(&file, given.to_string()).expect("written");
    let trusted = Trusted::read(file.path()).expect("trusted documents");
    let router = lienthong::http::router(server_of(app).trusting(trusted));
    for body in [
        json!({ "documentId": hash(DOCUMENT) }),
        json!({ "extensions": apollo(&hash(DOCUMENT)) }),
        json!({ "query": DOCUMENT }),
    ] {
        assert_eq!(asked(&router, body.clone()).await.json(), answered(), "{body}");
    }
    let schema = "{ __schema { queryType { name } } }";
    let stranger = people::Asker { service: router.clone(), token: None };
    let with = |asker: &people::Asker| stranger.with(asker.token.as_deref().expect("a token"));
    for (asker, query) in [
        (&stranger, "{ __typename }"),
        (&stranger, schema),
        (&with(&editor), schema),
        (&with(&chief), "{ provinces { totalCount } }"),
    ] {
        for body in [json!({ "query": query }), json!({ "query": query, "documentId": hash(query) })] {
            let answer = asker.post(&body).await;
            assert_eq!(answer.code(), "PERSISTED_QUERY_ONLY", "{query}: {}", answer.body);
            assert_eq!(answer.message(), "Only documents that were registered beforehand are executed here.");
        }
        assert_eq!(asked(&router, json!({ "documentId": hash(query) })).await.code(), "PERSISTED_QUERY_NOT_FOUND");
    }
    assert_eq!(with(&chief).ask(schema).await["__schema"]["queryType"]["name"], "Query");
}

#[test]
fn a_file_of_trusted_documents_must_be_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("trusted.json");
    let name = file.display().to_string();
    let serve = || {
        let mut command = lienthong(&["serve", "--data-dir", &folder.path().join("data").display().to_string()]);
        said(command.env("LIENTHONG_TRUSTED_DOCUMENTS", &file).output().expect("it ran"), &["serve"])
    };
    assert_eq!(serve(), format!("the trusted documents in {name}: No such file or directory (os error 2)"));
    for (given, why) in [
        ("[]", "not a JSON object of hashes and documents"),
        (r#"{ "abc": "{ __typename }" }"#, "`abc` is no SHA-256 in hexadecimal digits"),
        (&json!({ hash(DOCUMENT): "{ __typename }" }).to_string(), "is not the hash of its document"),
    ] {
        std::fs::write(&file, given).expect("written");
        let said = serve();
        assert!(said.starts_with(&format!("the trusted documents in {name}: ")) && said.contains(why), "{said}");
    }
}
