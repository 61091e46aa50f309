//! What the read-me tells: its queries answer what it says, and its tables name what there is.

use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    harness::{SEEDED, TestDb, on_both},
    http::{send, service},
    program::printed,
};

/// The read-me in each language.
const READ_MES: [&str; 2] = ["README.md", "README.vi.md"];

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// A fenced block: the language that it names, its first line's number, and what is inside.
struct Block {
    language: String,
    line: usize,
    text: String,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = vec![];
    let mut inside = false;
    for (n, line) in text.lines().enumerate() {
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
    assert!(!inside, "a fenced block is not closed");
    found
}

/// The queries of a read-me, each with its place and the answer that stands right after it.
fn queries(file: &str) -> Vec<(String, String, Value)> {
    let mut found = vec![];
    let text = text(file);
    let mut blocks = blocks(&text).into_iter();
    while let Some(block) = blocks.next() {
        assert_ne!(block.language, "json", "{file}:{}: an answer without a query", block.line);
        if block.language == "graphql" {
            let answer = blocks.next().filter(|next| next.language == "json");
            let answer = answer.unwrap_or_else(|| panic!("{file}:{}: a query without an answer", block.line));
            let parsed = serde_json::from_str(&answer.text);
            let parsed = parsed.unwrap_or_else(|e| panic!("{file}:{}: not JSON: {e}", answer.line));
            found.push((format!("{file}:{}", block.line), block.text, parsed));
        }
    }
    found
}

async fn its_queries_answer_what_it_says(db: TestDb) {
    let router = service(&db).await;
    for file in READ_MES {
        let queries = queries(file);
        assert_eq!(queries.len(), 5, "{file}");
        for (place, query, expected) in queries {
            let body = json!({ "query": query }).to_string();
            let headers = [("content-type", "application/json"), ("accept", "application/json")];
            let answer = send(&router, Method::POST, "/graphql", &headers, body).await.json();
            let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
            assert!(answer == expected, "{place} answers\n{}\nnot\n{}", pretty(&answer), pretty(&expected));
        }
    }
}

on_both!(SEEDED => its_queries_answer_what_it_says);

#[test]
fn both_languages_have_the_same_queries() {
    let [en, vi] = READ_MES.map(|file| queries(file).into_iter().map(|(_, query, _)| query).collect::<Vec<_>>());
    assert_eq!(en, vi);
}

/// The keys of the configuration as variables of the environment, with their defaults.
fn keys() -> Vec<(String, String)> {
    let (mut found, mut table) = (vec![], String::new());
    // What is a list of tables is said by a file only.
    for line in printed(&["config"]).lines().take_while(|line| !line.starts_with("[[")) {
        if let Some(name) = line.strip_prefix('[') {
            table = format!("{}_", name.trim_end_matches(']').to_uppercase());
        } else if let Some((key, value)) = line.split_once(" = ") {
            found.push((format!("{table}{}", key.to_uppercase()), value.trim_matches('"').to_owned()));
        }
    }
    found
}

#[test]
fn every_limit_is_told_as_it_is_by_default() {
    let limits: Vec<_> = keys().into_iter().filter(|(key, _)| key.starts_with("LIMITS_")).collect();
    assert!(limits.len() > 10);
    for file in READ_MES {
        let text = text(file);
        for (key, default) in &limits {
            let row = format!("\n| `LIENTHONG_{key}` | `{default}` | ");
            assert!(text.contains(&row), "{file} has no row{row}");
        }
    }
}

#[test]
fn every_key_of_the_configuration_is_told_and_no_other() {
    let mut keys: Vec<String> = keys().into_iter().map(|(key, _)| key).collect();
    // What is no key, and those that are printed only where they are given.
    keys.extend(["CONFIG", "PROBE_AUTHORITIES", "TRUSTED_DOCUMENTS"].map(str::to_owned));
    keys.sort();
    for file in READ_MES {
        let text = text(file);
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `LIENTHONG_")?.split_once('`'));
        let mut told: Vec<String> = rows.map(|(key, _)| key.to_owned()).collect();
        told.sort();
        assert_eq!(told, keys, "{file}");
    }
}

#[test]
fn every_command_is_told() {
    let help = printed(&["help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"serve"), "{help}");
    for file in READ_MES {
        let text = text(file);
        for command in commands.iter().filter(|command| **command != "help") {
            assert!(text.contains(&format!("| `lienthong {command}`")), "{file} does not tell of `{command}`");
        }
    }
}
