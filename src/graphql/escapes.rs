//! Strings that async-graphql's parser rejects or misreads: surrogate pairs (`"\ud83d\ude00"`), code points
//! (`"\u{1F600}"`) and `\"""` in block strings. Each is rewritten to a string with the same value that the parser can
//! read, padded with blanks so that everything after it keeps its line and column.

use std::borrow::Cow;

/// The document with its strings rewritten. An invalid escape stays as it is, and the parser rejects it.
pub(super) fn readable(document: &str) -> Cow<'_, str> {
    if !document.contains("\\u") && !document.contains("\\\"\"\"") {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(at) = rest.find(['"', '#']) {
        let (before, text) = rest.split_at(at);
        out.push_str(before);
        let end = match text.strip_prefix("\"\"\"") {
            _ if text.starts_with('#') => text.find(['\n', '\r']).unwrap_or(text.len()),
            Some(inside) => end_of_block(inside).map_or(text.len(), |end| end + 6),
            None => end_of_text(text),
        };
        let (text, after) = text.split_at(end);
        match text.starts_with('"').then(|| rewritten(text)).flatten() {
            Some(written) => pad(text, &written, &mut out),
            None => out.push_str(text),
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Finds the end of a block string, given the text after the opening quotation marks. The result excludes the closing
/// ones.
fn end_of_block(inside: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + inside.get(from..)?.find("\"\"\"")?;
        match inside.get(..at)?.ends_with('\\') {
            true => from = at + 3,
            false => return Some(at),
        }
    }
}

/// Finds the end of a string, including its closing quotation mark. An unclosed string ends with its line.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            b'\n' | b'\r' => return at,
            _ => {}
        }
    }
    text.len()
}

/// Rewrites a string; none if the parser can read it already, or can never read it.
fn rewritten(text: &str) -> Option<String> {
    if let Some(inside) = text.strip_prefix("\"\"\"") {
        let inside = inside.strip_suffix("\"\"\"").filter(|inside| inside.contains("\\\"\"\""))?;
        let mut out = String::from("\"");
        block(inside).chars().for_each(|c| put(c, &mut out));
        out.push('"');
        return Some(out);
    }
    let (mut out, mut rest, mut found) = (String::new(), text, false);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        if let Some((c, long)) = decoded(escape) {
            put(c, &mut out);
            found = true;
            rest = escape.get(long..).unwrap_or_default();
        } else {
            // Another escape, which has at least two characters.
            let (kept, after) = escape.split_at(1 + escape.chars().nth(1).map_or(0, char::len_utf8));
            out.push_str(kept);
            rest = after;
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// Decodes an escape that the parser does not know: the character and the length of the escape.
fn decoded(escape: &str) -> Option<(char, usize)> {
    let digits = escape.strip_prefix("\\u")?;
    if let Some(braced) = digits.strip_prefix('{') {
        // Read only hexadecimal digits, not everything up to the next brace: otherwise a document full of unclosed
        // escapes would be scanned in quadratic time.
        let after = braced.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        let digits = braced.strip_suffix(after).filter(|_| after.starts_with('}'))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        return Some((char::from_u32(code)?, digits.len() + 4));
    }
    let unit = |text: &str| {
        let digits = text.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    };
    let pair = [unit(digits)?, unit(digits.get(4..)?.strip_prefix("\\u")?)?];
    let mut decoded = char::decode_utf16(pair);
    match (decoded.next(), decoded.next()) {
        (Some(Ok(c)), None) => Some((c, 12)),
        _ => None,
    }
}

/// Writes a character of a string, escaped.
fn put(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        c => out.push(c),
    }
}

/// The value of a block string (GraphQL, "Block Strings").
fn block(inside: &str) -> String {
    let inside = inside.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = inside.split('\n').collect();
    let blank = |line: &&str| line.trim_matches([' ', '\t']).is_empty();
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines.iter().skip(1).filter(|line| !blank(line)).map(indent).min().unwrap_or_default();
    let first = lines.iter().position(|line| !blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !blank(line)).map_or(0, |last| last + 1);
    let kept = lines.iter().enumerate().take(end).skip(first);
    let kept = kept.map(|(n, line)| if n == 0 { line } else { line.get(common..).unwrap_or_default() });
    kept.collect::<Vec<_>>().join("\n").replace("\\\"\"\"", "\"\"\"")
}

/// Writes a rewritten string, then the line breaks and blanks that keep later positions.
fn pad(text: &str, written: &str, out: &mut String) {
    out.push_str(written);
    let last = text.rfind(['\n', '\r']).and_then(|at| text.get(at + 1..));
    let blanks = match last {
        Some(last) => {
            out.extend(text.chars().filter(|c| matches!(c, '\n' | '\r')));
            last.chars().count()
        }
        None => text.chars().count().saturating_sub(written.chars().count()),
    };
    out.extend(std::iter::repeat_n(' ', blanks));
}

#[cfg(test)]
mod tests {
    use async_graphql::{Pos, parser::parse_query};
    use async_graphql_value::Value;

    use super::*;

    /// The value of the argument `t` of the first field, and the position of the second field.
    fn read(document: &str) -> (Value, Pos) {
        let readable = readable(document);
        let parsed = parse_query(&readable).unwrap_or_else(|e| panic!("{readable}: {e}"));
        let (_, operation) = parsed.operations.iter().next().expect("an operation");
        let fields = &operation.node.selection_set.node.items;
        let async_graphql::parser::types::Selection::Field(field) = &fields[0].node else { panic!("a field") };
        (field.node.arguments[0].1.node.clone(), fields[1].pos)
    }

    #[test]
    fn every_escape_of_a_text_is_read_and_moves_nothing() {
        for (text, value) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\uD83D\uDE00!""#, "😀!"),
            (r#""a\u{1F600}b""#, "a😀b"),
            (r#""\u{0000041}\u{e9}\u00e9""#, "Aéé"),
            (r#""\u{22}\u{5C}\u{A}\u{d}""#, "\"\\\n\r"),
            (r#""\\u{41} \\ud83d\\ude00 \"\u{41}""#, "\\u{41} \\ud83d\\ude00 \"A"),
            (r#""\ud83d\ude00\ud83d\ude01""#, "😀😁"),
            (r#""""\u{41} \""" é """"#, "\\u{41} \"\"\" é "),
            (r#""""a\\""" b """"#, "a\\\"\"\" b "),
        ] {
            let document = format!("{{ f(t: {text}) g }}");
            let column = document.chars().count() - 2;
            assert_eq!(read(&document), (Value::String(value.to_owned()), Pos { line: 1, column }), "{text}");
        }
        let block = "\"\"\"\n    Ba\r\n      \\\"\"\" chữ\n\n    \"\"\"";
        let document = format!("{{ # \"\\u{{41}}\n f(t: {block}) g }}");
        assert_eq!(read(&document), (Value::String("Ba\n  \"\"\" chữ".to_owned()), Pos { line: 6, column: 10 }));
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        for text in [
            r#"{ f(t: "\ud83d") }"#,
            r#"{ f(t: "\ude00\ud83d") }"#,
            r#"{ f(t: "\ud83d\u{de00}") }"#,
            r#"{ f(t: "\u{d83d}") }"#,
            r#"{ f(t: "\u{110000}") }"#,
            r#"{ f(t: "\u{}") }"#,
            r#"{ f(t: "\u{+41}") }"#,
            r#"{ f(t: "\u{41") }"#,
            r#"{ f(t: "\u{41"#,
            r#"{ f(t: "\"#,
            r#"{ f(t: """\"""#,
            r#"{ f # \u{41}"#,
            r#"{ f(t: """\u{41}""") }"#,
            r#"{ f \u{41} }"#,
        ] {
            assert_eq!(readable(text), text);
        }
    }
}
