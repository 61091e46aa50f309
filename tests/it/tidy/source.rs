//! A source file as the checks see it: words and signs without comments and texts, and the paths that it names.

use std::{collections::HashMap, fs, path::Path};

/// A file of the project.
pub struct Source {
    /// From the project's folder: `src/plan/rules.rs`.
    pub path: String,
    pub text: String,
}

/// A word or a sign, and the line that it stands on.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub line: usize,
    pub text: String,
}

/// `crate::plan::store`, and the line that names it.
pub type Named = (usize, Vec<String>);

/// Every file below some folders of the project that ends so.
pub fn files(folders: &[&str], ending: &str) -> Vec<Source> {
    let mut found = vec![];
    for folder in folders {
        walk(Path::new(env!("CARGO_MANIFEST_DIR")), folder, ending, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(top: &Path, below: &str, ending: &str, found: &mut Vec<Source>) {
    let entries = fs::read_dir(top.join(below)).unwrap_or_else(|e| panic!("{below}: {e}"));
    for entry in entries {
        let name = entry.expect("an entry").file_name();
        let path = format!("{below}/{}", name.to_str().expect("a name in UTF-8"));
        // What a package manager or a tool keeps there is not the project's.
        let foreign = path.ends_with("/node_modules") || path.contains("/.");
        if top.join(&path).is_dir() && !foreign {
            walk(top, &path, ending, found);
        } else if path.ends_with(ending) {
            let text = fs::read_to_string(top.join(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
            found.push(Source { path, text });
        }
    }
}

impl Source {
    /// The parts of the path below the crate's `src`, without the ending: `plan`, `rules`; for mod.rs its folder alone.
    pub fn module(&self) -> Vec<&str> {
        let below = self.path.split_once("src/").map_or(self.path.as_str(), |(_, below)| below);
        let mut parts: Vec<&str> = below.trim_end_matches(".rs").split('/').collect();
        if matches!(parts.last(), Some(&"mod" | &"lib" | &"main")) {
            parts.pop();
        }
        parts
    }
    /// What the compiler sees, without the tests: those inside, and a file of them.
    pub fn code(&self) -> Vec<Token> {
        if self.module().last() == Some(&"tests") { vec![] } else { without_tests(tokens(&self.text)) }
    }
    /// The arguments of every call of a function, as they are written, and the line that it stands on; not in tests.
    pub fn calls(&self, function: &str) -> Vec<(usize, Vec<String>)> {
        let code = self.text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut found = vec![];
        for (at, _) in code.match_indices(&format!("{function}(")) {
            let before = &code[..at];
            if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !before.ends_with("fn ") {
                found.push((1 + before.matches('\n').count(), arguments(&code[at + function.len() + 1..])));
            }
        }
        found
    }
    /// Every path that the code names, from its crate: what `use` brings in, in full, and what stands in the code, with the
    /// names that `use` brought in written out.
    pub fn paths(&self) -> Vec<Named> {
        let code = self.code();
        let (mut found, mut known) = (vec![], HashMap::new());
        let mut inline = vec![];
        let mut at = 0;
        while let Some(token) = code.get(at) {
            if token.text == "use" && code.get(at + 1).is_none_or(|next| next.text != "<") {
                at = self.tree(&code, at + 1, &[], &mut found, &mut known);
                continue;
            }
            let mut path = vec![token.text.clone()];
            while is_word(token) && code.get(at + 1).is_some_and(|t| t.text == "::") {
                match code.get(at + 2).filter(|t| is_word(t)) {
                    Some(next) => path.push(next.text.clone()),
                    None => break,
                }
                at += 2;
            }
            if path.len() > 1 {
                inline.push((token.line, path));
            }
            at += 1;
        }
        found.extend(inline.into_iter().map(|(line, path)| (line, self.whole(&path, &known))));
        found
    }
    /// A path written out, where its first name was brought in by `use`.
    fn whole(&self, path: &[String], known: &HashMap<String, Vec<String>>) -> Vec<String> {
        match path.split_first().and_then(|(first, rest)| Some([known.get(first)?, rest].concat())) {
            Some(whole) => whole,
            None => self.absolute(path),
        }
    }
    /// Reads `a::{b, c::d as e}` from a place on; answers the place after it.
    fn tree(
        &self,
        code: &[Token],
        mut at: usize,
        before: &[String],
        found: &mut Vec<Named>,
        known: &mut HashMap<String, Vec<String>>,
    ) -> usize {
        let mut path = before.to_vec();
        let mut line = 0;
        while let Some(token) = code.get(at) {
            match token.text.as_str() {
                "{" => {
                    at += 1;
                    while code.get(at).is_some_and(|t| t.text != "}") {
                        at = self.tree(code, at, &path, found, known);
                        at += usize::from(code.get(at).is_some_and(|t| t.text == ","));
                    }
                    return at + 1;
                }
                "as" => {
                    let alias = code.get(at + 1).map(|t| t.text.clone()).unwrap_or_default();
                    let full = self.whole(&path, known);
                    known.insert(alias, full.clone());
                    found.push((line, full));
                    return at + 2;
                }
                "," | ";" | "}" => break,
                "::" => {}
                word => {
                    line = token.line;
                    if word != "self" || path.is_empty() {
                        path.push(word.to_owned());
                    }
                }
            }
            at += 1;
        }
        if path.len() > before.len() || line > 0 {
            let full = self.whole(&path, known);
            known.insert(path.last().cloned().unwrap_or_default(), full.clone());
            found.push((line, full));
        }
        at
    }
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut base: Vec<String> = match path.first().map(String::as_str) {
            Some("self" | "super") => self.module().iter().map(|part| (*part).to_owned()).collect(),
            _ => return path.to_vec(),
        };
        let mut rest = path;
        while let Some((first, after)) = rest.split_first().filter(|(first, _)| *first == "self" || *first == "super") {
            if first == "super" {
                base.pop();
            }
            rest = after;
        }
        base.insert(0, "crate".to_owned());
        base.extend(rest.iter().cloned());
        base
    }
}

fn is_word(token: &Token) -> bool {
    token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words and signs. Comments, texts, characters and lifetimes are left out; `::` is one sign.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut at, mut line) = (vec![], 0, 1);
    let is = |at: usize, c: char| chars.get(at) == Some(&c);
    while let Some(&c) = chars.get(at) {
        let begin = at;
        let word = |c: &char| c.is_alphanumeric() || *c == '_';
        if c == '/' && is(at + 1, '/') {
            while at < chars.len() && !is(at, '\n') {
                at += 1;
            }
        } else if c == '/' && is(at + 1, '*') {
            at += 2;
            while at < chars.len() && !(is(at, '*') && is(at + 1, '/')) {
                at += 1;
            }
            at += 2;
        } else if c == '"' {
            at = text_end(&chars, at);
        } else if c == '\'' {
            // A character, or a lifetime.
            at += if is(at + 1, '\\') {
                (2..12).find(|n| is(at + n + 1, '\'')).map_or(1, |n| n + 2)
            } else if is(at + 2, '\'') {
                3
            } else {
                1
            };
        } else if word(&c) {
            while chars.get(at).is_some_and(word) {
                at += 1;
            }
            let read: String = chars[begin..at].iter().collect();
            let hashes = (at..).take_while(|n| is(*n, '#')).count();
            if matches!(read.as_str(), "r" | "br") && is(at + hashes, '"') {
                let closing = |n: usize| is(n, '"') && (1..=hashes).all(|h| is(n + h, '#'));
                let end = (at + hashes + 1..chars.len()).find(|n| closing(*n)).unwrap_or(chars.len());
                at = end + hashes + 1;
            } else if read == "b" && is(at, '"') {
                at = text_end(&chars, at);
            } else {
                found.push(Token { line, text: read });
            }
        } else {
            let text = if c == ':' && is(at + 1, ':') { "::".to_owned() } else { c.to_string() };
            at += text.chars().count();
            if !c.is_whitespace() {
                found.push(Token { line, text });
            }
        }
        line += chars[begin..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// What stands between the commas up to the parenthesis that closes.
fn arguments(code: &str) -> Vec<String> {
    let (mut found, mut argument, mut depth) = (vec![], String::new(), 0);
    let chars: Vec<char> = code.chars().collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let end = if c == '"' { text_end(&chars, at) } else { at + 1 };
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        match c {
            ',' if depth == 0 => found.push(std::mem::take(&mut argument)),
            _ => argument.extend(&chars[at..end.min(chars.len())]),
        }
        at = end;
    }
    if !argument.trim().is_empty() {
        found.push(argument);
    }
    found
}

fn text_end(chars: &[char], quote: usize) -> usize {
    let mut at = quote + 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Leaves out what stands under `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut left = vec![];
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mark = tokens[at..].iter().take(7).map(|t| t.text.as_str());
        if mark.eq(["#", "[", "cfg", "(", "test", ")", "]"]) {
            let mut depth = 0;
            while let Some(token) = tokens.get(at) {
                at += 1;
                match token.text.as_str() {
                    "{" => depth += 1,
                    "}" if depth == 1 => break,
                    "}" => depth -= 1,
                    ";" if depth == 0 => break,
                    _ => {}
                }
            }
        } else {
            left.push(token.clone());
            at += 1;
        }
    }
    left
}
