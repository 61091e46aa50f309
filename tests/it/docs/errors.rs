//! The page of error codes: every code that stands in the source code, and no other.

use std::collections::BTreeSet;

use super::{named, page};
use crate::tidy::source::{Source, files};

/// Words in capitals of the source code that are no codes: vocabularies, SQL, headings, examples.
const NO_CODES: [&str; 52] = [
    "ACTIVE",
    "AM",
    "ANY",
    "AREA",
    "ARRAY",
    "CARGO_PKG_VERSION",
    "CODE",
    "COMMIT",
    "CONSTITUTION",
    "CURSOR",
    "DECREE",
    "DIR",
    "ES256",
    "EXPIRES_ON",
    "FALSE",
    "FILE",
    "ID",
    "ISSUED_ON",
    "LAW",
    "LIENTHONG_CONFIG",
    "NAME",
    "NOTATION",
    "NULL",
    "NUMBER",
    "ORDINANCE",
    "PERIOD",
    "PM",
    "POST",
    "Q1",
    "Q2",
    "Q3",
    "Q4",
    "RECORDED_AT",
    "REVISION",
    "ROLE",
    "ROLES",
    "ROLLBACK",
    "ROW_NUMBER",
    "RS256",
    "S1",
    "S2",
    "TITLE",
    "TP",
    "TRUE",
    "UBTVQH",
    "URL",
    "USERNAME",
    "VALID_TO",
    "VALUE",
    "VN",
    "VNI",
    "WAL",
];

/// The texts of a source file that look like a code; not in tests.
fn words(source: &Source) -> Vec<&str> {
    let text = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = if source.module().last() == Some(&"tests") { "" } else { text };
    let word = |text: &&str| {
        text.len() > 1
            && !text.ends_with('_')
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    code.split('"').filter(word).collect()
}

#[test]
fn the_page_has_every_code_of_the_program_and_no_other() {
    let sources = files(&["src"], ".rs");
    let words: BTreeSet<&str> = sources.iter().flat_map(words).collect();
    let unused: Vec<_> = NO_CODES.into_iter().filter(|word| !words.contains(word)).collect();
    assert!(unused.is_empty(), "no longer in the source code: {unused:?}");
    let page = page("docs/reference/errors.md");
    let upper = |cell: &&str| cell.starts_with(|c: char| c.is_ascii_uppercase());
    let listed: BTreeSet<&str> =
        page.rows(None).into_iter().filter_map(|row| named(row.first()?).first().copied()).filter(upper).collect();
    let codes: BTreeSet<&str> =
        words.into_iter().filter(|word| !NO_CODES.contains(word) || listed.contains(word)).collect();
    let missing: Vec<_> = codes.difference(&listed).collect();
    assert!(missing.is_empty(), "docs/reference/errors.md lacks {missing:?}; what is no code goes into NO_CODES");
    let gone: Vec<_> = listed.difference(&codes).collect();
    assert!(gone.is_empty(), "docs/reference/errors.md has codes that the program does not: {gone:?}");
}

#[test]
fn every_code_has_its_meaning() {
    let page = page("docs/reference/errors.md");
    for row in page.rows(None) {
        assert!(row.len() > 1 && row.iter().all(|cell| !cell.is_empty()), "{row:?} lacks something");
    }
}
