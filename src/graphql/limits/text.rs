//! Limits on a text before it is parsed: its length, and the nesting of its brackets, because parsers recurse.

use crate::kernel::{
    error::Refusal,
    limits::{Limit, Limits},
};

/// Rejects a document that is too long or nested too deeply to be parsed.
///
/// # Errors
/// QUERY_TOO_COMPLEX.
pub fn check_document(document: &str, limits: &Limits) -> Result<(), Refusal> {
    limits.hold(Limit::DocumentBytes, count(document.len()))?;
    let seen = scan(document.as_bytes(), Language::GraphQl);
    limits.hold(Limit::Tokens, seen.tokens)?;
    limits.hold(Limit::Nesting, seen.nesting)
}

/// Rejects JSON that has too many tokens or is nested too deeply to be parsed.
///
/// # Errors
/// QUERY_TOO_COMPLEX.
pub fn check_json(json: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let seen = scan(json, Language::Json);
    limits.hold(Limit::BodyTokens, seen.tokens)?;
    limits.hold(Limit::Nesting, seen.nesting)
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    GraphQl,
    Json,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    tokens: u64,
    nesting: u64,
}

/// Scans the bytes once. An invalid character counts as a token; the parser will reject it.
fn scan(bytes: &[u8], language: Language) -> Seen {
    let graphql = language == Language::GraphQl;
    let (mut seen, mut open) = (Seen::default(), 0_u64);
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => continue,
            b'#' if graphql => {
                rest = skip(after, |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => rest = end_of_text(after, graphql),
            b'(' | b'[' | b'{' => {
                open += 1;
                seen.nesting = seen.nesting.max(open);
            }
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'.' => rest = skip(after, |byte| byte == b'.'),
            b'-' | b'0'..=b'9' => rest = skip(after, |byte| within_word(byte) || matches!(byte, b'.' | b'+' | b'-')),
            byte if within_word(*byte) => rest = skip(after, within_word),
            _ => {}
        }
        seen.tokens += 1;
    }
    seen
}

fn within_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip(bytes: &[u8], over: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| !over(*byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// The bytes after a string, given those after its opening quotation mark.
fn end_of_text(bytes: &[u8], blocks: bool) -> &[u8] {
    if blocks && let Some(mut rest) = bytes.strip_prefix(b"\"\"") {
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(b"\"\"\"") {
                return after;
            }
            let escaped = rest.starts_with(b"\\\"\"\"");
            rest = rest.get(if escaped { 4 } else { 1 }..).unwrap_or_default();
        }
        return rest;
    }
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' => return after,
            // A line break ends an unclosed string of a document. Otherwise a stray quotation mark could hide brackets
            // from the limits.
            b'\n' | b'\r' if blocks => return after,
            b'\\' => after.get(1..).unwrap_or_default(),
            _ => after,
        };
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(document: &str) -> (u64, u64) {
        let seen = scan(document.as_bytes(), Language::GraphQl);
        (seen.tokens, seen.nesting)
    }

    #[test]
    fn tokens_and_levels_are_those_of_graphql() {
        assert_eq!(seen(""), (0, 0));
        assert_eq!(seen("query Q($a: [Int!]! = [1, -2.5e+3]) { f(x: $a) { ...on T { id } } }"), (34, 3));
        assert_eq!(seen("{ a # { { { \" \n b }"), (4, 1));
        assert_eq!(seen(r#"{ a(t: "[[\"[[", u: """ [[ \""" " [[ """) }"#), (11, 2));
        assert_eq!(seen("\"\" { } \"\"\"\"\"\" { }"), (6, 1));
    }

    #[test]
    fn a_text_that_is_not_closed_hides_nothing_of_a_document() {
        assert_eq!(seen("{ a(t: \"\n) [[[[[[ }").1, 7);
        assert_eq!(seen("\"\\").0, 1);
        assert_eq!(seen("\"\"\"").0, 1);
    }

    #[test]
    fn brackets_in_texts_of_json_do_not_count() {
        let nesting = |json: &str| scan(json.as_bytes(), Language::Json).nesting;
        assert_eq!(nesting(r##"{"a": "[[[[", "b": ["\"[[["], "#": {}}"##), 2);
        assert_eq!(nesting(r#"["""[[[[", [[]]]"#), 3);
    }
}
