//! The records of TOML files, each with the line that it stands on, so that a fault can be named by file and line.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::bundle::Bundle;
use crate::kernel::{
    error::{Error, Refusal},
    locale::Locale,
};

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// One record of a file.
#[derive(Clone, Debug)]
pub struct Record {
    file: String,
    line: usize,
    lines: HashMap<String, usize>,
    table: Table,
    header: Table,
}

/// A file's name below its folder, and the table in it that is meant.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `plans.toml`, in every folder; or with a folder, `territory/units.toml`.
    pub file: &'static str,
    /// `plan`.
    pub table: &'static str,
    /// What tells a record of it from another.
    pub key: &'static [&'static str],
}

/// All records of a kind, in the order of the files and of the lines; and what is wrong with the files: not TOML, or with a
/// table that their kinds do not know.
pub fn of_kind(bundle: &Bundle, kind: Kind, known: &[Kind]) -> (Vec<Record>, Vec<Fault>) {
    let (mut records, mut faults) = (vec![], vec![]);
    for (path, text) in bundle.files.iter().filter(|(path, _)| is_of(path, &kind)) {
        match parse(path, text, kind.table) {
            Ok(found) => records.extend(found),
            Err(fault) => faults.push(fault),
        }
        let tables: Vec<&str> = known.iter().filter(|k| is_of(path, k)).map(|k| k.table).collect();
        faults.extend(strangers(path, text, &tables));
    }
    (records, faults)
}

/// The files that no kind of record is read from: a misspelt name would be passed over in silence otherwise.
pub fn unread(bundle: &Bundle, kinds: &[Kind]) -> Vec<Fault> {
    let read = |path: &&String| kinds.iter().any(|kind| is_of(path, kind));
    let fault = |path: &String| {
        let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.file).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        Fault {
            file: path.clone(),
            line: 1,
            what: format!("nothing is read from a file of this name; known are {names}"),
        }
    };
    bundle.files.keys().filter(|path| !read(path)).map(fault).collect()
}

/// Whether records of a kind are read from a file.
fn is_of(path: &str, kind: &Kind) -> bool {
    path == kind.file || path.ends_with(&format!("/{}", kind.file))
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or(text).bytes().filter(|b| *b == b'\n').count()
}

fn parse(path: &str, text: &str, table: &str) -> Result<Vec<Record>, Fault> {
    let fault = |line, what: String| Fault { file: path.to_owned(), line, what };
    let spanned = toml_edit::Document::parse(text)
        .map_err(|e| fault(e.span().map_or(1, |s| line_of(text, s.start)), e.message().to_owned()))?;
    let mut header: Table = text.parse().map_err(|e: toml::de::Error| fault(1, e.message().to_owned()))?;
    let Some(rows) = header.remove(table) else { return Ok(vec![]) };
    header.retain(|_, value| !matches!(value, Value::Array(items) if items.iter().all(Value::is_table)));
    let places = spanned.get(table).and_then(|item| item.as_array_of_tables());
    let (Value::Array(rows), Some(places)) = (rows, places) else {
        return Err(fault(1, format!("`{table}` is not a list of tables: write [[{table}]]")));
    };
    let mut records = vec![];
    for (row, place) in rows.into_iter().zip(places.iter()) {
        let Value::Table(table) = row else { continue };
        let line = place.span().map_or(1, |s| line_of(text, s.start));
        let at = |(key, item): (&str, &toml_edit::Item)| Some((key.to_owned(), line_of(text, item.span()?.start)));
        let lines = place.iter().filter_map(at).collect();
        records.push(Record { file: path.to_owned(), line, lines, table, header: header.clone() });
    }
    Ok(records)
}

/// Tables that a file should not have: a misspelt one would be passed over in silence otherwise.
fn strangers(path: &str, text: &str, tables: &[&str]) -> Vec<Fault> {
    let Ok(spanned) = toml_edit::Document::parse(text) else { return vec![] };
    let known = ["article", "area", "on"];
    let stranger = |(key, item): (&str, &toml_edit::Item)| {
        let expected = if item.is_array_of_tables() { tables.contains(&key) } else { known.contains(&key) };
        (!expected).then(|| Fault {
            file: path.to_owned(),
            line: item.span().map_or(1, |s| line_of(text, s.start)),
            what: format!("`{key}` is not known here; known are {}, {}", known.join(", "), tables.join(", ")),
        })
    };
    spanned.iter().filter_map(stranger).collect()
}

impl Record {
    /// What is wrong with the record, at a key of it if there is one.
    pub fn fault(&self, key: &str, what: impl Into<String>) -> Fault {
        let top = key.split(['.', '[']).next().unwrap_or(key);
        let line = self.lines.get(top).copied().unwrap_or(self.line);
        Fault { file: self.file.clone(), line, what: what.into() }
    }
    /// What a command refused, at the fields that it named.
    pub fn faults(&self, error: &Error) -> Vec<Fault> {
        match error {
            Error::Refused(Refusal { fields, .. }) if !fields.is_empty() => fields
                .iter()
                .map(|f| self.fault(&f.path, format!("{}: {}", f.path, f.message.text(Locale::En))))
                .collect(),
            other => vec![self.fault("", other.to_string())],
        }
    }
    /// What tells it from others of its kind, and where it stands.
    pub fn identity(&self, kind: Kind) -> (String, String) {
        let said = |key: &&str| self.table.get(*key).or_else(|| self.header.get(*key)).map(Value::to_string);
        let key: Vec<String> = kind.key.iter().map(|key| said(key).unwrap_or_default()).collect();
        (format!("{} {}", kind.table, key.join(" ")), format!("{}:{}", self.file, self.line))
    }
    /// The record's own key, if it has one.
    pub fn code(&self) -> Option<&str> {
        self.table.get("code").and_then(Value::as_str)
    }
    /// Takes a text out of the record, or else the file's default for it. An empty text is none.
    pub fn take_text(&mut self, key: &str) -> Result<Option<String>, Fault> {
        match self.table.remove(key).or_else(|| self.header.get(key).cloned()) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|t| !t.is_empty())),
            Some(_) => Err(self.fault(key, format!("`{key}` must be a text"))),
        }
    }
    /// Takes a list of texts out of the record.
    pub fn take_texts(&mut self, key: &str) -> Result<Vec<String>, Fault> {
        let wrong = || self.fault(key, format!("`{key}` must be a list of texts"));
        match self.table.get(key).cloned() {
            None => Ok(vec![]),
            Some(Value::Array(items)) => {
                let texts = items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
                let texts = texts.ok_or_else(wrong)?;
                self.table.remove(key);
                Ok(texts)
            }
            Some(_) => Err(wrong()),
        }
    }
    /// Takes the tables under a key out of the record.
    pub fn take_tables(&mut self, key: &str) -> Vec<Record> {
        let Some(Value::Array(items)) = self.table.remove(key) else { return vec![] };
        let line = self.lines.get(key).copied().unwrap_or(self.line);
        let below = |item: Value| match item {
            Value::Table(table) => Some(Record {
                file: self.file.clone(),
                line,
                lines: HashMap::new(),
                table,
                header: self.header.clone(),
            }),
            _ => None,
        };
        items.into_iter().filter_map(below).collect()
    }
    /// Whether the record itself says something of a key.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }
    /// Says something that the file left to be concluded.
    pub fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.table.insert(key.to_owned(), value.into());
    }
    /// The record as an order for a command.
    ///
    /// # Errors
    /// For an unknown or missing key, or a value of another kind; at its line.
    pub fn order<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let read = T::deserialize(Value::Table(self.table.clone()));
        read.map_err(|e| {
            let what = e.message().trim().to_owned();
            let key = what.split('`').nth(1).filter(|key| self.lines.contains_key(*key)).map(str::to_owned);
            match key.or_else(|| self.culprit::<T>(&what)) {
                Some(key) if what.contains(&format!("`{key}`")) => self.fault(&key, what),
                Some(key) => self.fault(&key, format!("{key}: {what}")),
                None => self.fault("", what),
            }
        })
    }
    /// The key without which the complaint would be another one.
    fn culprit<T: DeserializeOwned>(&self, what: &str) -> Option<String> {
        let without = |key: &String| {
            let mut table = self.table.clone();
            table.remove(key);
            match T::deserialize(Value::Table(table)) {
                Ok(_) => true,
                Err(e) => e.message().trim() != what,
            }
        };
        self.table.keys().find(|key| without(key)).cloned()
    }
}
