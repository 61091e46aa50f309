//! The hand-written writer: flat rows of few statements become JSON in one pass, the rows below a row by a cursor that only moves
//! forward.

use crate::shapes::Statement;

/// A statement, and what becomes of its rows. Where levels lie below, the first column is the row's own id; a level below begins
/// with the id of the row that it belongs to, in the order of the rows above, and its own id comes second.
pub struct Level {
    /// The statement on PostgreSQL.
    pub postgres: Statement,
    /// The statement on SQLite.
    pub sqlite: Statement,
    /// The members of each row's object.
    pub parts: &'static [Part],
}

/// A member of an object: its name, and where its value comes from.
pub enum Part {
    /// A text, or null.
    Text(&'static str, usize),
    /// A whole number, or null.
    Int(&'static str, usize),
    /// A double, or null.
    Real(&'static str, usize),
    /// A truth value.
    Bool(&'static str, usize),
    /// An object of the same row.
    Row(&'static str, &'static [Part]),
    /// The number of a statement's single row.
    Count(&'static str, &'static Level),
    /// The only row of a level, or null.
    One(&'static str, &'static Level),
    /// The rows of a level.
    Many(&'static str, &'static Level),
    /// The rows of a level, as the nodes of a connection.
    Nodes(&'static str, &'static Level),
    /// The whole answer below one member.
    Within(&'static str, &'static [Part]),
}

/// Rows that were read.
pub trait Table {
    /// How many.
    fn rows(&self) -> usize;
    /// A text.
    fn text(&self, row: usize, column: usize) -> Option<&str>;
    /// A whole number.
    fn int(&self, row: usize, column: usize) -> Option<i64>;
    /// A double.
    fn real(&self, row: usize, column: usize) -> Option<f64>;
    /// A truth value.
    fn bool(&self, row: usize, column: usize) -> bool;
}

/// A level that was read, its levels below in the order of the parts, and how far it was written.
pub struct Read<T> {
    table: T,
    own: usize,
    below: Vec<Read<T>>,
    next: usize,
}

impl<T: Table> Read<T> {
    /// A level at a depth, with what lies below it.
    pub fn new(table: T, depth: usize, below: Vec<Read<T>>) -> Self {
        Read { table, own: own_column(depth), below, next: 0 }
    }
}

/// Where the own ids of a level at a depth stand.
pub fn own_column(depth: usize) -> usize {
    depth.min(1)
}

/// The levels among some parts, in their order.
pub fn levels(parts: &'static [Part]) -> Vec<&'static Level> {
    let below = |part: &'static Part| match part {
        Part::One(_, level) | Part::Many(_, level) | Part::Nodes(_, level) | Part::Count(_, level) => vec![*level],
        Part::Row(_, parts) | Part::Within(_, parts) => levels(parts),
        _ => vec![],
    };
    parts.iter().flat_map(below).collect()
}

/// The ids of a level's rows.
pub fn ids(table: &impl Table, at: usize) -> Vec<i64> {
    (0..table.rows()).filter_map(|row| table.int(row, at)).collect()
}

/// Writes the whole answer.
pub fn answer<T: Table>(parts: &'static [Part], mut read: Vec<Read<T>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 12);
    let mut roots = read.iter_mut();
    object(&mut out, parts, None, &mut roots);
    out
}

/// The row that is written: its level, its number, its own id.
type At<'a, T> = Option<(&'a T, usize, Option<i64>)>;

fn object<'a, T: Table + 'a>(
    out: &mut Vec<u8>,
    parts: &'static [Part],
    at: At<'_, T>,
    below: &mut impl Iterator<Item = &'a mut Read<T>>,
) {
    out.push(b'{');
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        member(out, part, at, below);
    }
    out.push(b'}');
}

fn name(out: &mut Vec<u8>, name: &str) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn member<'a, T: Table + 'a>(
    out: &mut Vec<u8>,
    part: &'static Part,
    at: At<'_, T>,
    below: &mut impl Iterator<Item = &'a mut Read<T>>,
) {
    match part {
        Part::Text(named, column) => {
            name(out, named);
            text(out, at.and_then(|(table, row, _)| table.text(row, *column)));
        }
        Part::Int(named, column) => {
            name(out, named);
            match at.and_then(|(table, row, _)| table.int(row, *column)) {
                Some(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
                None => out.extend_from_slice(b"null"),
            }
        }
        Part::Real(named, column) => {
            name(out, named);
            match at.and_then(|(table, row, _)| table.real(row, *column)) {
                Some(number) => out.extend_from_slice(ryu::Buffer::new().format(number).as_bytes()),
                None => out.extend_from_slice(b"null"),
            }
        }
        Part::Bool(named, column) => {
            name(out, named);
            let yes = at.is_some_and(|(table, row, _)| table.bool(row, *column));
            out.extend_from_slice(if yes { b"true" } else { b"false" });
        }
        Part::Row(named, parts) | Part::Within(named, parts) => {
            name(out, named);
            object(out, parts, at, below);
        }
        Part::Count(named, _) => {
            name(out, named);
            let count = below.next().and_then(|read| read.table.int(0, 0)).unwrap_or_default();
            out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
        }
        Part::One(named, level) => {
            name(out, named);
            match below.next().filter(|read| read.table.rows() > 0) {
                Some(read) => one(out, level, read, 0),
                None => out.extend_from_slice(b"null"),
            }
        }
        Part::Many(named, level) | Part::Nodes(named, level) => {
            name(out, named);
            let nodes = matches!(part, Part::Nodes(..));
            if nodes {
                out.extend_from_slice(b"{\"nodes\":");
            }
            out.push(b'[');
            if let Some(read) = below.next() {
                many(out, level, read, at);
            }
            out.push(b']');
            if nodes {
                out.push(b'}');
            }
        }
    }
}

fn one<T: Table>(out: &mut Vec<u8>, level: &'static Level, read: &mut Read<T>, row: usize) {
    let own = if read.below.is_empty() { None } else { read.table.int(row, read.own) };
    let mut below = read.below.iter_mut();
    object(out, level.parts, Some((&read.table, row, own)), &mut below);
}

/// The rows that belong to the row above; all of them where there is none.
fn many<T: Table>(out: &mut Vec<u8>, level: &'static Level, read: &mut Read<T>, above: At<'_, T>) {
    let above = above.and_then(|(.., own)| own);
    let first = read.next;
    while read.next < read.table.rows() && (above.is_none() || read.table.int(read.next, 0) == above) {
        if read.next > first {
            out.push(b',');
        }
        let row = read.next;
        one(out, level, read, row);
        read.next = row + 1;
    }
}

fn text(out: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else { return out.extend_from_slice(b"null") };
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}
