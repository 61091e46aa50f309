//! What clients are told of real provinces, plans, figures and links: the bundled data, asked through the API.

mod agencies;
mod agreements;
mod audit;
mod authority;
mod citations;
mod clients;
mod correcting;
mod documents;
mod drafting;
mod faults;
mod figures;
mod findings;
mod following;
mod goals;
pub mod granting;
mod grounds;
pub mod health;
mod identity;
mod importing;
mod indicators;
mod life;
mod linking;
mod lists;
mod lockout;
mod masking;
mod paging;
pub mod people;
mod permissions;
mod planning;
mod plans;
mod proposals;
mod rechecking;
pub mod recording;
mod relay;
pub mod reviewing;
mod rows;
mod search;
mod seeding;
mod sharing;
mod statements;
mod systems;
mod terms;
mod territory;
mod traces;
mod traffic;

use axum::http::Method;
use serde_json::Value;

use crate::{
    harness::TestDb,
    http::{self, Answer},
};

/// Sends a query, in a language.
pub async fn send(db: &TestDb, language: &str, query: &str) -> Answer {
    let body = serde_json::json!({ "query": query }).to_string();
    let headers = [("content-type", "application/json"), ("accept-language", language)];
    http::send(&http::service(db).await, Method::POST, "/graphql", &headers, body).await
}

/// The data that a query answers, which has no error.
pub async fn ask(db: &TestDb, query: &str) -> Value {
    let answer = send(db, "vi", query).await.json();
    assert_eq!(answer.get("errors"), None, "{query}");
    answer["data"].clone()
}

/// Code, path and code of each bad field, of the one error that a query answers; and what it says.
pub async fn refused(db: &TestDb, language: &str, query: &str) -> (String, Vec<(String, String)>, String) {
    let answer = send(db, language, query).await.json();
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{query} was not refused: {answer}"));
    assert_eq!(errors.len(), 1, "{query}: {answer}");
    let error = &errors[0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = error["extensions"]["fields"].as_array().cloned().unwrap_or_default();
    let fields = fields.iter().map(|f| (text(&f["path"]), text(&f["code"]))).collect();
    (text(&error["extensions"]["code"]), fields, text(&error["message"]))
}
