//! The GraphQL documents of the pages: those with an answer get that answer, all others pass validation.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Page, page, pages};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http::{send, service},
};

/// A fenced block: its language, the number of its first line, and its text.
struct Block {
    language: String,
    line: usize,
    text: String,
}

fn blocks(page: &Page) -> Vec<Block> {
    let mut found: Vec<Block> = vec![];
    let mut inside = false;
    for (n, line) in page.text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(language) if !inside => {
                found.push(Block { language: language.trim().to_owned(), line: n + 2, text: String::new() });
                inside = true;
            }
            Some(_) => inside = false,
            None if inside => {
                let block = found.last_mut().expect("a block was begun");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!inside, "{}: a fenced block is not closed", page.path);
    found
}

/// A document, its place, and its answer if the page shows one.
struct Shown {
    place: String,
    document: String,
    answer: Option<Value>,
}

/// The GraphQL documents of a page. A block of JSON right after one is its answer.
fn documents(page: &Page) -> Vec<Shown> {
    let mut found: Vec<Shown> = vec![];
    let mut before = String::new();
    for block in blocks(page) {
        let place = format!("{}:{}", page.path, block.line);
        if block.language == "graphql" {
            found.push(Shown { place, document: block.text, answer: None });
        } else if block.language == "json" {
            assert_eq!(before, "graphql", "{place}: an answer without a query");
            let parsed = serde_json::from_str(&block.text).unwrap_or_else(|e| panic!("{place}: not JSON: {e}"));
            found.last_mut().expect("a document").answer = Some(parsed);
        }
        before = block.language;
    }
    found
}

async fn every_query_gets_the_answer_that_its_page_shows(db: TestDb) {
    let router = service(&db).await;
    let mut answered = 0;
    let mut wrong = vec![];
    for shown in pages().iter().flat_map(documents) {
        let body = json!({ "query": shown.document }).to_string();
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let answer = send(&router, Method::POST, "/graphql", &headers, body).await.json();
        let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
        match &shown.answer {
            Some(expected) if answer != *expected => {
                wrong.push(format!("{} answers\n{}\nnot\n{}", shown.place, pretty(&answer), pretty(expected)));
            }
            Some(_) => answered += 1,
            None if is_rejected(&shown.document, &answer) => {
                wrong.push(format!("{} is {}", shown.place, pretty(&answer)))
            }
            None => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(answered > 10, "only {answered} answers were found");
}

on_both!(SEEDED => every_query_gets_the_answer_that_its_page_shows);

/// Whether the document itself is wrong. An anonymous caller may not execute all of them, and subscriptions have other endpoints.
fn is_rejected(document: &str, answer: &Value) -> bool {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wrong = |error: &Value| error["extensions"]["code"] == "BAD_USER_INPUT";
    let elsewhere = |error: &Value| error["message"].as_str().is_some_and(|text| text.contains("/graphql/ws"));
    match document.trim_start().starts_with("subscription") {
        true => !errors.iter().all(elsewhere),
        false => errors.iter().any(wrong),
    }
}

#[test]
fn both_languages_show_the_same_queries() {
    let shown = |path: &str| documents(&page(path)).into_iter().map(|shown| shown.document).collect::<Vec<_>>();
    assert_eq!(shown("README.md"), shown("README.vi.md"));
    assert_eq!(shown("docs/use/examples.md"), shown("docs/vi/bat-dau.md"));
    assert!(!shown("README.md").is_empty() && shown("docs/use/examples.md").len() > 4);
}
