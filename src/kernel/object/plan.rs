//! The plan of an answer: levels say what is fetched, one statement each; slots say what is written where. `nodes`, `edges` and
//! aliases of one field share its level. Planning costs some tens of microseconds, so nothing is kept between requests and
//! nothing goes stale.

use std::sync::Arc;

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{Field, SelectionSet},
};
use entity::ids::UnitId;
use sea_orm::Condition;

use super::{
    Col, KeyKind,
    collect::{Document, below},
    declare::{FieldDef, From_, Given, Inside, Join, Kind, Link, ListGiven, Object, PageGiven, Ref, Refers},
    keys::{KeysAt, keys_at},
    leaf::text,
};
use crate::kernel::{
    error::{Broken, Code, Error, Refusal},
    locale::Message,
    op::Op,
    page::{Order, Paging, Parts},
    policy::Places,
    scalar::Cursor,
};

/// The rows of one place of the answer, for all parents at once.
pub(super) struct Level {
    pub object: &'static Object,
    pub cols: Vec<Col>,
    pub joins: Vec<&'static Join>,
    pub children: Vec<Child>,
    /// Where the columns are of which something is noted.
    pub watched: Option<Vec<usize>>,
}

/// A level below a level.
pub(super) struct Child {
    pub level: Level,
    pub keys: KeysAt,
    pub get: Get,
}

/// How a child's rows are fetched.
pub(super) enum Get {
    /// By a column of theirs that equals the key; with a pick, one of several versions.
    One { by: Col, kind: KeyKind, pick: Option<Pick> },
    /// All rows that belong to the key.
    List { link: Link, order: Order },
    /// The rows that are named, in order.
    Named,
    /// A page of the rows that belong to the key.
    Page(Box<PageSpec>),
    /// Computed.
    /// With the fields of the value that are asked for.
    Computed { field: &'static FieldDef, given: Given, fields: Vec<&'static str> },
    /// Found by a loader.
    Found { field: &'static FieldDef, given: Given },
    /// Inside the computed values above.
    Inside(&'static Inside),
}

/// Which version of a thing: where the parent has the day, where the versions have theirs.
pub(super) struct Pick {
    pub day: Option<usize>,
    pub from: usize,
}

/// A page that is asked for.
pub(super) struct PageSpec {
    pub link: Option<Link>,
    pub paging: Paging,
    pub order: Order,
    pub condition: Condition,
    /// By which parts a page of a root is looked up.
    pub parts: Option<Parts>,
    /// The end of an empty page: where it began, of a feed.
    pub resume: Option<Cursor>,
    /// Where it ends at the latest, of a feed that goes on from there, though no row may be shown of what it went through.
    pub until: Option<Cursor>,
    /// Whether rows are asked for at all, or only their number.
    pub rows: bool,
    pub total: bool,
    /// The key before which rows are counted, of a feed that is longer.
    pub counted_before: Option<i64>,
    /// Where the columns of the order are, when cursors are asked for.
    pub marks: Vec<usize>,
    /// The rows after and before the cursors.
    pub between: Condition,
}

/// One response key of an object.
pub(super) struct Slot {
    /// `,"name":` as it is written.
    pub key: Vec<u8>,
    pub name: Name,
    pub pos: Pos,
    pub null: bool,
    pub what: What,
}

/// What is written there.
pub(super) enum What {
    Typename(String),
    Field {
        def: &'static FieldDef,
        given: Given,
        at: Vec<usize>,
    },
    One(usize, Vec<Slot>),
    List(usize, Vec<Slot>),
    /// A computed value that is a leaf.
    Leaf(usize, &'static FieldDef),
    Any(Vec<Branch>),
    Page(usize, Vec<Slot>),
    Nodes(Vec<Slot>),
    Edges(Vec<Slot>),
    Node(Vec<Slot>),
    PageInfo(Vec<Slot>),
    Cursor,
    HasNext,
    HasPrevious,
    StartCursor,
    EndCursor,
    Total,
    TotalIsAtLeast,
    Null,
    /// Null, unless one of these columns holds one of these units.
    Within {
        at: Vec<usize>,
        units: Arc<[UnitId]>,
        what: Box<What>,
    },
    Fail(Error),
}

/// One of the types that may stand at a place.
pub(super) struct Branch {
    pub child: usize,
    pub slots: Vec<Slot>,
}

impl Level {
    pub fn new(object: &'static Object) -> Self {
        let cols = if object.table.is_empty() { vec![] } else { vec![object.key] };
        Level { object, cols, joins: vec![], children: vec![], watched: None }
    }
    pub fn col(&mut self, col: Col) -> usize {
        if col.table != self.object.table
            && !self.joins.iter().any(|j| j.table == col.table)
            && let Some(join) = self.object.joins.iter().find(|j| j.table == col.table)
        {
            self.joins.push(join);
        }
        self.cols.iter().position(|c| *c == col).unwrap_or_else(|| {
            self.cols.push(col);
            self.cols.len() - 1
        })
    }
    fn child(&mut self, child: Child) -> usize {
        self.children.push(child);
        self.children.len() - 1
    }
}

/// Plans the answer to one document for one caller.
pub(super) struct Planner<'a> {
    pub document: Document<'a>,
    pub op: &'a Op,
}

type Fields<'f, 'a> = &'f [&'a Positioned<Field>];

impl<'a> Planner<'a> {
    fn slots(
        &self,
        sets: &[&'a SelectionSet],
        holds: &dyn Fn(&str) -> bool,
        mut what: impl FnMut(&str, Fields<'_, 'a>) -> (bool, What),
    ) -> Vec<Slot> {
        let mut out: Vec<Slot> = vec![];
        for (key, fields) in self.document.collect(sets, holds) {
            let Some(first) = fields.first() else { continue };
            let (null, what) = match self.conflict(key, &fields) {
                // Two fields, either of which may be one that is never null.
                Some(error) => (false, What::Fail(error)),
                None => what(first.node.name.node.as_str(), &fields),
            };
            let mut printed = if out.is_empty() { vec![] } else { vec![b','] };
            text(&mut printed, key);
            printed.push(b':');
            out.push(Slot { key: printed, name: Name::new(key), pos: first.pos, null, what });
        }
        out
    }
    /// Fields of one response key must be the same field with the same arguments, at every depth.
    fn conflict(&self, key: &str, fields: Fields<'_, 'a>) -> Option<Error> {
        let (first, others) = fields.split_first()?;
        let same = |f: &&Positioned<Field>| {
            f.node.name.node == first.node.name.node
                && self.document.arguments(&f.node) == self.document.arguments(&first.node)
        };
        (!others.iter().all(same)).then(|| {
            Refusal::new(
                Code::BadUserInput,
                Message::new(
                    format!("`{key}` được hỏi theo hai cách khác nhau; hãy dùng một bí danh khác."),
                    format!("`{key}` is asked for in two ways; use another alias."),
                ),
            )
            .into()
        })
    }
    /// An object's slots; what they need goes into its level.
    pub fn object(&self, object: &'static Object, sets: &[&'a SelectionSet], level: &mut Level) -> Vec<Slot> {
        self.watch(object, level);
        self.slots(sets, &|condition| object.is(condition), |name, fields| {
            if name == "__typename" {
                return (false, What::Typename(object.name.to_owned()));
            }
            match object.fields.get(name) {
                Some(def) => (def.null, self.field(def, fields, level)),
                None => (true, What::Fail(Broken::new(format!("{}.{name} is not declared", object.name)).into())),
            }
        })
    }
    /// Of watched rows the columns are read that are noted.
    fn watch(&self, object: &'static Object, level: &mut Level) {
        let Some(watch) = object.watch.as_ref().filter(|watch| level.watched.is_none() && (watch.when)(self.op)) else {
            return;
        };
        level.watched = Some(watch.cols.iter().map(|col| level.col(*col)).collect());
    }
    fn field(&self, def: &'static FieldDef, fields: Fields<'_, 'a>, level: &mut Level) -> What {
        if let Some(only) = &def.only {
            return match (only.may)(self.op.caller()) {
                Places::Nowhere => What::Null,
                Places::Everywhere => self.shown(def, fields, level),
                Places::Units(units) => {
                    let at = only.of.iter().map(|col| level.col(*col)).collect();
                    What::Within { at, units, what: Box::new(self.shown(def, fields, level)) }
                }
            };
        }
        self.shown(def, fields, level)
    }
    fn shown(&self, def: &'static FieldDef, fields: Fields<'_, 'a>, level: &mut Level) -> What {
        let arguments = fields.first().map(|f| self.document.arguments(&f.node)).unwrap_or_default();
        match (def.parse)(arguments, self.op) {
            Ok(given) => self.kind(def, given, fields, level).unwrap_or_else(What::Fail),
            Err(error) => What::Fail(error),
        }
    }
    fn kind(
        &self,
        def: &'static FieldDef,
        given: Given,
        fields: Fields<'_, 'a>,
        level: &mut Level,
    ) -> Result<What, Error> {
        let sets = below(fields);
        let wrong = || Broken::new(format!("the arguments of {} are of another kind", def.name));
        Ok(match &def.kind {
            Kind::Columns { cols, .. } => {
                let at = cols(&given).into_iter().map(|c| level.col(c)).collect();
                What::Field { def, given, at }
            }
            Kind::Value { .. } => What::Field { def, given, at: vec![] },
            Kind::One { to, from, day } => {
                let to = to();
                let mut below = Level::new(to);
                let slots = self.object(to, &sets, &mut below);
                let (by, kind, pick) = match (to.versions, day) {
                    (Some(versions), Some(day)) => {
                        below.col(versions.of);
                        let pick = Pick { day: Some(level.col(*day)), from: below.col(versions.from) };
                        (versions.of, versions.kind, Some(pick))
                    }
                    _ => (to.key, to.key_kind, None),
                };
                let keys = keys_at(from, level);
                What::One(level.child(Child { level: below, keys, get: Get::One { by, kind, pick } }), slots)
            }
            Kind::List { to, from } => {
                let given = given.downcast_ref::<ListGiven>().ok_or_else(wrong)?;
                let get = Get::List { link: given.link.clone(), order: given.order.clone() };
                self.list(to, from, get, &sets, level)
            }
            Kind::Named { to, from } => self.list(to, from, Get::Named, &sets, level),
            Kind::Page { to, from } => {
                let given = given.downcast_ref::<PageGiven>().ok_or_else(wrong)?;
                let mut below = Level::new(to());
                let (slots, spec) = self.page(to(), given, &sets, &mut below)?;
                let keys = keys_at(from, level);
                What::Page(level.child(Child { level: below, keys, get: Get::Page(Box::new(spec)) }), slots)
            }
            Kind::Computed { to, from, put: Some(_), .. } => {
                let keys = keys_at(from, level);
                let get = Get::Computed { field: def, given, fields: vec![] };
                What::Leaf(level.child(Child { level: Level::new(to()), keys, get }), def)
            }
            Kind::Computed { to, from, many, put: None, .. } => {
                let to = to();
                let mut below = Level::new(to);
                let slots = self.object(to, &sets, &mut below);
                let keys = keys_at(from, level);
                let fields = self.names(to, &sets);
                let get = Get::Computed { field: def, given, fields };
                let child = level.child(Child { level: below, keys, get });
                if *many { What::List(child, slots) } else { What::One(child, slots) }
            }
            Kind::Found { to, from, many, .. } => {
                let to = to();
                let mut below = Level::new(to);
                let slots = self.object(to, &sets, &mut below);
                let keys = keys_at(from, level);
                let child = level.child(Child { level: below, keys, get: Get::Found { field: def, given } });
                if *many { What::List(child, slots) } else { What::One(child, slots) }
            }
            Kind::Inside { to, get } => {
                let to = to();
                let mut below = Level::new(to);
                let slots = self.object(to, &sets, &mut below);
                let child = Child { level: below, keys: KeysAt::None, get: Get::Inside(get) };
                What::List(level.child(child), slots)
            }
            Kind::Any { members, from } => What::Any(match from {
                Refers::Made(get) => self.branches(members, &|of| KeysAt::Any(of, &**get), &sets, level),
                Refers::Columns { word, id, named } => {
                    let (word, id, named) = (level.col(*word), level.col(*id), *named);
                    self.branches(members, &|of| KeysAt::Typed { of, word, id, named }, &sets, level)
                }
            }),
        })
    }
    /// The fields of a type that are asked for.
    fn names(&self, object: &'static Object, sets: &[&'a SelectionSet]) -> Vec<&'static str> {
        let asked = self.document.collect(sets, &|condition| object.is(condition));
        let names = asked.into_iter().filter_map(|(_, fields)| fields.first().map(|field| &field.node.name.node));
        names.filter_map(|name| object.fields.get(name.as_str())).map(|field| field.name).collect()
    }
    fn list(&self, to: &Ref, from: &'static From_, get: Get, sets: &[&'a SelectionSet], level: &mut Level) -> What {
        let to = to();
        let mut below = Level::new(to);
        let slots = self.object(to, sets, &mut below);
        let keys = keys_at(from, level);
        What::List(level.child(Child { level: below, keys, get }), slots)
    }
    /// A place where any of several types may stand: a level for each.
    pub fn branches(
        &self,
        members: &'static [Ref],
        keys: &dyn Fn(&'static str) -> KeysAt,
        sets: &[&'a SelectionSet],
        level: &mut Level,
    ) -> Vec<Branch> {
        let branch = |member: &Ref| {
            let to = member();
            let mut below = Level::new(to);
            let slots = self.object(to, sets, &mut below);
            let get_one = Get::One { by: to.key, kind: to.key_kind, pick: None };
            let child = level.child(Child { level: below, keys: keys(to.name), get: get_one });
            Branch { child, slots }
        };
        members.iter().map(branch).collect()
    }
    /// A connection's slots, and what is to be fetched for them.
    pub fn page(
        &self,
        object: &'static Object,
        given: &PageGiven,
        sets: &[&'a SelectionSet],
        level: &mut Level,
    ) -> Result<(Vec<Slot>, PageSpec), Error> {
        self.watch(object, level);
        let (connection, edge) = (format!("{}Connection", object.name), format!("{}Edge", object.name));
        let (mut rows, mut total, mut cursors) = (false, false, false);
        let slots = self.slots(sets, &|condition| condition == connection, |name, fields| {
            let sets = below(fields);
            rows |= !matches!(name, "totalCount" | "totalCountIsAtLeast" | "__typename");
            let what = match name {
                "totalCount" => {
                    total = true;
                    What::Total
                }
                "totalCountIsAtLeast" => {
                    total = true;
                    What::TotalIsAtLeast
                }
                "nodes" => What::Nodes(self.object(object, &sets, level)),
                "edges" => What::Edges(self.slots(&sets, &|condition| condition == edge, |name, fields| {
                    let what = match name {
                        "cursor" => {
                            cursors = true;
                            What::Cursor
                        }
                        "node" => What::Node(self.object(object, &below(fields), level)),
                        _ => What::Typename(edge.clone()),
                    };
                    (false, what)
                })),
                "pageInfo" => What::PageInfo(self.slots(&sets, &|condition| condition == "PageInfo", |name, _| {
                    cursors |= name.ends_with("Cursor");
                    let what = match name {
                        "hasNextPage" => What::HasNext,
                        "hasPreviousPage" => What::HasPrevious,
                        "startCursor" => What::StartCursor,
                        "endCursor" => What::EndCursor,
                        _ => What::Typename("PageInfo".to_owned()),
                    };
                    (name.ends_with("Cursor"), what)
                })),
                _ => What::Typename(connection.clone()),
            };
            (false, what)
        });
        let between = given.paging.between(object.name, &given.order, object.key, object.key_kind)?;
        let marks = if cursors { given.order.by.iter().map(|by| level.col(by.col)).collect() } else { vec![] };
        for by in &given.order.by {
            // An order by a joined table needs the join, whether its column is shown or not.
            if by.col.table != object.table && !level.joins.iter().any(|j| j.table == by.col.table) {
                level.joins.extend(object.joins.iter().find(|j| j.table == by.col.table));
            }
        }
        let spec = PageSpec {
            link: given.link.clone(),
            paging: given.paging.clone(),
            order: given.order.clone(),
            condition: given.condition.clone(),
            parts: given.parts.clone(),
            resume: given.paging.after().filter(|_| given.feed).cloned(),
            until: None,
            rows,
            total,
            counted_before: None,
            marks,
            between,
        };
        Ok((slots, spec))
    }
}
