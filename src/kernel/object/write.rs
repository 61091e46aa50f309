//! Writing: from the fetched rows into one buffer, in one synchronous pass. A null that may not be there takes its parent with
//! it, up to the nearest that may be null, by cutting the buffer back. A path is only built for an error.

use std::sync::Arc;

use async_graphql::{PathSegment, Pos, ServerError};
use entity::ids::UnitId;

use super::{
    declare::{FieldDef, Given, Kind, NodeRef},
    fetch::{Kids, Rows, Set, Span},
    leaf::text,
    plan::{Branch, Get, Level, PageSpec, Slot, What},
};
use crate::kernel::{
    error::{Broken, Code, Error, Refusal, Result},
    locale::{Locale, Message},
    object::Key,
    page,
};

/// Something became null that may not be.
pub(super) struct Nulled;

pub(super) type Written = std::result::Result<(), Nulled>;

enum Segment<'a> {
    Key(&'a str),
    At(usize),
}

/// The way from an answer's root to a place in it.
pub(super) struct Path<'a> {
    up: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

/// Writes one answer.
pub(super) struct Writer {
    pub out: Vec<u8>,
    pub errors: Vec<ServerError>,
    /// How many values were written.
    pub values: usize,
    /// How many objects were begun.
    pub rows: usize,
    most: usize,
    /// Where the answer stands in the response.
    pub base: Vec<PathSegment>,
    pos: Pos,
}

/// A row, where it came from, and its level.
#[derive(Clone, Copy)]
struct At<'a> {
    rows: &'a Rows,
    level: &'a Level,
    row: usize,
}

/// A page of a parent.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    pub kids: &'a Kids,
    pub level: &'a Level,
    pub spec: &'a PageSpec,
    pub parent: usize,
}

impl Window<'_> {
    fn span(&self) -> Span {
        self.kids.spans.get(self.parent).copied().unwrap_or_default()
    }
}

/// An error as the response carries it. Its words are put into the caller's language where the response leaves the server.
pub(super) fn server_error(error: &Error, pos: Pos, path: Vec<PathSegment>) -> ServerError {
    ServerError {
        message: error.told(Locale::default()),
        source: Some(std::sync::Arc::new(error.clone())),
        locations: vec![pos],
        path,
        extensions: None,
    }
}

impl Writer {
    /// Begins the answer of a field that stands at a place. It has at most so many objects.
    pub fn new(base: Vec<PathSegment>, pos: Pos, most: usize, capacity: usize) -> Self {
        Writer { out: Vec::with_capacity(capacity), errors: vec![], values: 0, base, pos, rows: 0, most }
    }
    pub fn fault(&mut self, error: &Error, pos: Pos, path: Option<&Path<'_>>) -> Nulled {
        let mut segments = vec![];
        let mut at = path;
        while let Some(step) = at {
            segments.push(match step.segment {
                Segment::Key(key) => PathSegment::Field(key.to_owned()),
                Segment::At(index) => PathSegment::Index(index),
            });
            at = step.up;
        }
        segments.extend(self.base.iter().rev().cloned());
        segments.reverse();
        self.errors.push(server_error(error, pos, segments));
        Nulled
    }
    /// Writes one row of a level as an object.
    pub fn object(
        &mut self,
        slots: &[Slot],
        rows: &Rows,
        level: &Level,
        row: usize,
        path: Option<&Path<'_>>,
    ) -> Written {
        self.row(slots, At { rows, level, row }, None, path)
    }
    /// Writes all rows of a level as a list.
    pub fn rows(&mut self, slots: &[Slot], rows: &Rows, level: &Level) -> Written {
        self.out.push(b'[');
        for row in 0..rows.set.len() {
            if row > 0 {
                self.out.push(b',');
            }
            let path = Path { up: None, segment: Segment::At(row) };
            self.row(slots, At { rows, level, row }, None, Some(&path))?;
        }
        self.out.push(b']');
        Ok(())
    }
    /// Writes a connection.
    pub fn connection(&mut self, slots: &[Slot], window: Window<'_>, path: Option<&Path<'_>>) -> Written {
        let nothing = Rows { set: Set::Rows(vec![]), children: vec![] };
        self.row(slots, At { rows: &nothing, level: window.level, row: 0 }, Some(window), path)
    }
    /// Writes a place where one of several types stands, if any of them does.
    pub fn any(
        &mut self,
        branches: &[Branch],
        rows: &Rows,
        level: &Level,
        row: usize,
        path: Option<&Path<'_>>,
    ) -> Result<Option<Written>> {
        for branch in branches {
            let kids = match rows.children.get(branch.child) {
                Some(Ok(kids)) => kids,
                Some(Err(error)) => return Err(error.clone()),
                None => continue,
            };
            let span = kids.spans.get(row).copied().unwrap_or_default();
            if span.to > span.from {
                let below = level.children.get(branch.child).map_or(level, |c| &c.level);
                let at = At { rows: &kids.rows, level: below, row: kids.row(span.from) };
                return Ok(Some(self.row(&branch.slots, at, None, path)));
            }
        }
        Ok(None)
    }
    fn row(&mut self, slots: &[Slot], at: At<'_>, window: Option<Window<'_>>, path: Option<&Path<'_>>) -> Written {
        self.rows += 1;
        if self.rows > self.most {
            return Err(self.too_many(path));
        }
        self.out.push(b'{');
        self.values += slots.len();
        for slot in slots {
            self.out.extend_from_slice(&slot.key);
            let start = self.out.len();
            let path = Path { up: path, segment: Segment::Key(&slot.name) };
            if self.slot(slot, at, window, &path).is_err() {
                if !slot.null {
                    return Err(Nulled);
                }
                self.null_from(start);
            }
        }
        self.out.push(b'}');
        Ok(())
    }
    /// A list without pages may have more rows than anybody could tell before: they are counted as they are written.
    fn too_many(&mut self, path: Option<&Path<'_>>) -> Nulled {
        if self.rows > self.most + 1 {
            // It was told already.
            return Nulled;
        }
        let most = self.most;
        let message = Message::new(
            format!("Câu trả lời có nhiều hơn {most} bản ghi: hãy hỏi ít hơn."),
            format!("The answer has more than {most} rows: ask for less."),
        );
        self.fault(&Refusal::new(Code::QueryTooComplex, message).into(), self.pos, path)
    }
    pub fn null_from(&mut self, start: usize) {
        self.out.truncate(start);
        self.out.extend_from_slice(b"null");
    }
    fn slot(&mut self, slot: &Slot, at: At<'_>, window: Option<Window<'_>>, path: &Path<'_>) -> Written {
        let start = self.out.len();
        let what = match &slot.what {
            What::Within { at: cols, units, what } => match lies_in(at, cols, units) {
                Ok(true) => what.as_ref(),
                Ok(false) => &What::Null,
                Err(error) => return Err(self.fault(&error, slot.pos, Some(path))),
            },
            what => what,
        };
        let written = match what {
            What::Typename(name) => {
                text(&mut self.out, name);
                Ok(())
            }
            What::Null => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
            What::Fail(error) => Err(error.clone()),
            What::Field { def, given, at: cols } => match (&def.kind, &at.rows.set) {
                (Kind::Columns { put, .. }, Set::Rows(rows)) => match rows.get(at.row) {
                    Some(row) => put(given, row, cols, &mut self.out),
                    None => Err(Broken::new("a row that was not fetched").into()),
                },
                (Kind::Value { put }, Set::Made(values)) => match values.get(at.row) {
                    Some(value) => put(given, value, &mut self.out),
                    None => Err(Broken::new("a value that was not computed").into()),
                },
                _ => Err(Broken::new("a field of another kind of row").into()),
            },
            What::One(child, slots) => return self.one(*child, slots, slot, at, path),
            What::List(child, slots) => return self.list_of(*child, slots, slot, at, path),
            What::Page(child, slots) => match (at.rows.children.get(*child), at.level.children.get(*child)) {
                (Some(Ok(kids)), Some(below)) => match &below.get {
                    Get::Page(spec) => {
                        let window = Window { kids, level: &below.level, spec, parent: at.row };
                        return self.connection(slots, window, Some(path));
                    }
                    _ => Err(Broken::new("a page that was not planned as one").into()),
                },
                (Some(Err(error)), _) => Err(error.clone()),
                _ => Err(Broken::new("a page that was not fetched").into()),
            },
            What::Leaf(child, def) => self.leaf(*child, def, at),
            What::Any(branches) => match self.any(branches, at.rows, at.level, at.row, Some(path)) {
                Ok(Some(written)) => return written,
                Ok(None) => {
                    self.out.extend_from_slice(b"null");
                    Ok(())
                }
                Err(error) => Err(error),
            },
            paged => match window {
                Some(window) => return self.paged(paged, at, window, slot.pos, path),
                None => Err(Broken::new("a page's field outside a page").into()),
            },
        };
        match written {
            Err(error) => Err(self.fault(&error, slot.pos, Some(path))),
            Ok(()) if !slot.null && self.out.get(start..) == Some(b"null") => {
                Err(self.fault(&never_null(slot), slot.pos, Some(path)))
            }
            Ok(()) => Ok(()),
        }
    }
    fn leaf(&mut self, child: usize, def: &FieldDef, at: At<'_>) -> Result<()> {
        let kids = match at.rows.children.get(child) {
            Some(Ok(kids)) => kids,
            Some(Err(error)) => return Err(error.clone()),
            None => return Err(Broken::new("a value that was not planned").into()),
        };
        let span = kids.spans.get(at.row).copied().unwrap_or_default();
        match (&def.kind, &kids.rows.set) {
            (Kind::Computed { put: Some(put), .. }, Set::Made(values)) if span.to > span.from => {
                let value = values.get(span.from).ok_or_else(|| Broken::new("a value that was not computed"))?;
                // Its arguments have been given to whoever loaded it.
                let nothing: Given = Arc::new(());
                put(&nothing, value, &mut self.out)
            }
            _ => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }
    fn one(&mut self, child: usize, slots: &[Slot], slot: &Slot, at: At<'_>, path: &Path<'_>) -> Written {
        let (kids, below) = match (at.rows.children.get(child), at.level.children.get(child)) {
            (Some(Ok(kids)), Some(below)) => (kids, &below.level),
            (Some(Err(error)), _) => return Err(self.fault(error, slot.pos, Some(path))),
            _ => return Err(self.fault(&Broken::new("a row that was not planned").into(), slot.pos, Some(path))),
        };
        let span = kids.spans.get(at.row).copied().unwrap_or_default();
        if span.to > span.from {
            let to = At { rows: &kids.rows, level: below, row: kids.row(span.from) };
            return self.row(slots, to, None, Some(path));
        }
        if slot.null {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        Err(self.fault(&never_null(slot), slot.pos, Some(path)))
    }
    fn list_of(&mut self, child: usize, slots: &[Slot], slot: &Slot, at: At<'_>, path: &Path<'_>) -> Written {
        match (at.rows.children.get(child), at.level.children.get(child)) {
            (Some(Ok(kids)), Some(below)) => {
                let span = kids.spans.get(at.row).copied().unwrap_or_default();
                self.list(slots, kids, &below.level, span, None, path)
            }
            (Some(Err(error)), _) => Err(self.fault(error, slot.pos, Some(path))),
            _ => Err(self.fault(&Broken::new("a list that was not planned").into(), slot.pos, Some(path))),
        }
    }
    /// Writes the rows of a span as a list.
    pub fn list(
        &mut self,
        slots: &[Slot],
        kids: &Kids,
        level: &Level,
        span: Span,
        window: Option<Window<'_>>,
        path: &Path<'_>,
    ) -> Written {
        self.out.push(b'[');
        for n in span.from..span.to {
            if n > span.from {
                self.out.push(b',');
            }
            let path = Path { up: Some(path), segment: Segment::At(n - span.from) };
            self.row(slots, At { rows: &kids.rows, level, row: kids.row(n) }, window, Some(&path))?;
        }
        self.out.push(b']');
        Ok(())
    }
    fn paged(&mut self, what: &What, at: At<'_>, window: Window<'_>, pos: Pos, path: &Path<'_>) -> Written {
        let span = window.span();
        let yes_no = |yes: bool| if yes { b"true".as_slice() } else { b"false".as_slice() };
        let row = match what {
            What::Nodes(slots) => return self.list(slots, window.kids, window.level, span, None, path),
            What::Edges(slots) => return self.list(slots, window.kids, window.level, span, Some(window), path),
            What::Node(slots) => return self.row(slots, at, None, Some(path)),
            What::PageInfo(slots) => return self.row(slots, at, Some(window), Some(path)),
            What::HasNext => {
                self.out.extend_from_slice(yes_no(span.after || window.spec.until.is_some()));
                return Ok(());
            }
            What::HasPrevious => {
                self.out.extend_from_slice(yes_no(span.before));
                return Ok(());
            }
            What::Total => {
                let total = window.kids.totals.get(window.parent).copied().unwrap_or(0);
                self.out.extend_from_slice(itoa::Buffer::new().format(total).as_bytes());
                return Ok(());
            }
            What::TotalIsAtLeast => {
                self.out.extend_from_slice(yes_no(window.spec.counted_before.is_some()));
                return Ok(());
            }
            What::Cursor => Some(at.row),
            What::StartCursor => (span.to > span.from).then_some(span.from),
            What::EndCursor if !span.after && window.spec.until.is_some() => None,
            What::EndCursor => (span.to > span.from).then(|| span.to - 1),
            _ => return Err(self.fault(&Broken::new("not a field of a page").into(), pos, Some(path))),
        };
        match row.map(|row| cursor(window, row)).transpose() {
            Ok(None) => match window
                .spec
                .until
                .as_ref()
                .or(window.spec.resume.as_ref())
                .filter(|_| matches!(what, What::EndCursor))
            {
                Some(cursor) => text(&mut self.out, &cursor.0),
                None => self.out.extend_from_slice(b"null"),
            },
            Ok(Some(cursor)) => text(&mut self.out, &cursor),
            Err(error) => return Err(self.fault(&error, pos, Some(path))),
        }
        Ok(())
    }
}

fn cursor(window: Window<'_>, row: usize) -> Result<String> {
    let object = window.level.object;
    let Set::Rows(rows) = &window.kids.rows.set else {
        return Err(Broken::new("a page of computed values").into());
    };
    let row = rows.get(row).ok_or_else(|| Broken::new("a row that was not fetched"))?;
    let key = Key::read(row, 0, object.key_kind)?.ok_or_else(|| Broken::new("a row without a key"))?;
    page::cursor(object.name, &window.spec.order, row, &window.spec.marks, &key)
}

fn never_null(slot: &Slot) -> Error {
    Broken::new(format!("`{}` cannot be null", slot.name)).into()
}

/// Several references to rows of any type, as a list in which what does not exist is null.
pub(super) fn nodes(
    writer: &mut Writer,
    refs: &[Option<NodeRef>],
    branches: &[Branch],
    rows: &Rows,
    level: &Level,
) -> Result<()> {
    writer.out.push(b'[');
    for n in 0..refs.len() {
        if n > 0 {
            writer.out.push(b',');
        }
        let start = writer.out.len();
        let path = Path { up: None, segment: Segment::At(n) };
        if !matches!(writer.any(branches, rows, level, n, Some(&path))?, Some(Ok(()))) {
            writer.null_from(start);
        }
    }
    writer.out.push(b']');
    Ok(())
}

/// Whether one of a row's columns holds one of some units.
fn lies_in(at: At<'_>, cols: &[usize], units: &[UnitId]) -> Result<bool> {
    let Set::Rows(rows) = &at.rows.set else { return Ok(false) };
    let Some(row) = rows.get(at.row) else { return Ok(false) };
    for col in cols {
        if row.try_get_by_index::<Option<UnitId>>(*col)?.is_some_and(|unit| units.contains(&unit)) {
            return Ok(true);
        }
    }
    Ok(false)
}
