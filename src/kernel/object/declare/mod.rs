//! Declaring a type: what a declaration is. [`noun`] and [`shape`] have the words for it.

pub mod args;
mod loading;
pub mod noun;
pub mod project;
pub mod shape;
mod told;
pub mod watch;

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::{HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock, RwLock},
};

use async_graphql::{
    Value,
    indexmap::IndexMap,
    registry::{MetaInputValue, Registry},
};
use sea_orm::{
    ColumnTrait, Condition, QueryResult,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use self::{args::parse_nothing, watch::Watch};
use super::{Col, Key, KeyKind};
use crate::kernel::{
    error::{Broken, Result},
    op::Op,
    page::{Order, Paging, Parts},
    policy::{Caller, Places},
};

/// Parsed arguments.
pub type Given = Arc<dyn Any + Send + Sync>;

/// A computed value of a [`Shape`].
pub type Made = Arc<dyn Any + Send + Sync>;

/// A future of a loader.
pub type Loading<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The key before which something must end that begins after a key; none where it may go to the end.
pub(super) type Reach = for<'a> fn(&'a Op, i64) -> Loading<'a, Option<i64>>;

/// Where a type's declaration is found.
pub type Ref = fn() -> &'static Object;

/// An interface: fields that several types have in common.
pub struct Interface {
    /// Its name.
    pub name: &'static str,
    /// Its description.
    pub doc: &'static str,
    /// Name, description and type of each field.
    pub fields: &'static [(&'static str, &'static str, &'static str)],
}

/// The interface of everything that has a global id.
pub static NODE: Interface = Interface {
    name: "Node",
    doc: "Anything with a global id (đối tượng có định danh toàn cục).",
    fields: &[("id", "The global id: opaque, and the same for as long as the record lives.", "ID!")],
};

/// A union: one of several types.
pub struct Union {
    /// Its name.
    pub name: &'static str,
    /// Its description.
    pub doc: &'static str,
    /// Its members.
    pub members: &'static [Ref],
}

/// How rows of a type belong to the rows of a parent.
#[derive(Clone, Debug)]
pub enum Link {
    /// A column of theirs holds the parent's key.
    Column(Col, KeyKind),
    /// A statement of pairs, `parent` and `child`; the child is this column of theirs.
    Through(Box<SelectStatement>, Col),
}

impl Link {
    /// By a column that holds the parent's key.
    pub fn column<C: ColumnTrait>(column: C) -> Self {
        Link::Column(Col::of(column), KeyKind::of(column))
    }
    /// By the rows of a third table: its column of parents, its column of children, and the children's own column.
    pub fn through<C: ColumnTrait>(parent: C, child: C, to: impl Into<Col>) -> Self {
        let mut pairs = Query::select();
        let (parent, child) = (Col::of(parent), Col::of(child));
        pairs
            .expr_as(Expr::col(parent.column()), Alias::new("parent"))
            .expr_as(Expr::col(child.column()), Alias::new("child"))
            .from(Alias::new(parent.table));
        Link::pairs(pairs, to)
    }
    /// By any statement with the columns `parent` and `child`.
    pub fn pairs(pairs: SelectStatement, to: impl Into<Col>) -> Self {
        Link::Through(Box::new(pairs), to.into())
    }
}

/// A reference to a row of any of several types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRef {
    /// The type's name.
    pub of: Cow<'static, str>,
    /// The row's id.
    pub id: i64,
}

/// Where the keys of a parent's children come from.
pub enum From_ {
    /// A column of the parent.
    Column(Col, KeyKind),
    /// The computed value.
    Made(Box<dyn Fn(&Made) -> Vec<Key> + Send + Sync>),
}

pub(super) type PutRow = Box<dyn Fn(&Given, &QueryResult, &[usize], &mut Vec<u8>) -> Result<()> + Send + Sync>;

pub(super) type PutMade = Box<dyn Fn(&Given, &Made, &mut Vec<u8>) -> Result<()> + Send + Sync>;

pub(super) type Load = Box<
    dyn for<'a> Fn(&'a Op, Vec<Key>, &'a Given, &'a [&'static str]) -> Loading<'a, HashMap<Key, Vec<Made>>>
        + Send
        + Sync,
>;

pub(super) type Find =
    Box<dyn for<'a> Fn(&'a Op, Vec<Key>, &'a Given) -> Loading<'a, HashMap<Key, Vec<Key>>> + Send + Sync>;

pub(super) type Inside = Box<dyn Fn(&Made) -> Vec<Made> + Send + Sync>;

/// What a field is.
pub(super) enum Kind {
    /// Made from columns of the row.
    Columns { cols: Box<dyn Fn(&Given) -> Vec<Col> + Send + Sync>, put: PutRow },
    /// Made from the computed value.
    Value { put: PutMade },
    /// The row that a key leads to; with `day`, the version of that day.
    One { to: Ref, from: From_, day: Option<Col> },
    /// All the rows that belong here. `Link` comes from [`ListGiven`].
    List { to: Ref, from: From_ },
    /// The rows that the computed value names, in its order.
    Named { to: Ref, from: From_ },
    /// A page of the rows that belong here. The rest comes from [`PageGiven`].
    Page { to: Ref, from: From_ },
    /// Computed for all rows of the level at once. A leaf, where `put` writes it.
    Computed { to: Ref, from: From_, many: bool, load: Load, put: Option<PutMade> },
    /// The rows that a loader finds for all rows of the level at once, in its order.
    Found { to: Ref, from: From_, many: bool, find: Find },
    /// The computed values inside the computed value.
    Inside { to: Ref, get: Inside },
    /// The row of one of several types that the parent refers to.
    Any { members: &'static [Ref], from: Refers },
}

/// Where a reference to a row of any of several types comes from.
pub(super) enum Refers {
    /// The computed value.
    Made(Box<dyn Fn(&Made) -> Option<NodeRef> + Send + Sync>),
    /// Two columns of the parent: a word for the type, and the row's id.
    Columns { word: Col, id: Col, named: fn(&str) -> Option<&'static str> },
}

/// The arguments of a page, settled.
pub(super) struct PageGiven {
    pub paging: Paging,
    pub order: Order,
    pub condition: Condition,
    pub parts: Option<Parts>,
    pub link: Option<Link>,
    /// Whether an empty page says where it began, for whoever asks again from there.
    pub feed: bool,
}

/// The arguments of a list, settled.
pub(super) struct ListGiven {
    pub link: Link,
    pub order: Order,
}

pub(super) type Inputs = fn(&mut Registry) -> IndexMap<String, MetaInputValue>;

pub(super) type Parse = Box<dyn Fn(Value, &Op) -> Result<Given> + Send + Sync>;

/// One field.
pub struct FieldDef {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) null: bool,
    pub(super) ty: Box<dyn Fn(&mut Registry) -> String + Send + Sync>,
    pub(super) args: Vec<Inputs>,
    pub(super) parse: Parse,
    pub(super) only: Option<Only>,
    pub(super) kind: Kind,
}

/// Who sees a field: callers, of the rows that lie in places of theirs. A row lies where any of these columns says.
pub(super) struct Only {
    pub may: fn(&Caller) -> Places,
    pub of: Vec<Col>,
}

/// A table whose columns a type also shows, joined only when one of them is asked for.
#[derive(Debug)]
pub(super) struct Join {
    pub table: &'static str,
    pub mine: Col,
    pub theirs: Col,
}

/// The days of a version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Versions {
    pub of: Col,
    pub kind: KeyKind,
    pub from: Col,
}

/// A declared type.
pub struct Object {
    /// Its name.
    pub name: &'static str,
    pub(super) doc: &'static str,
    pub(super) table: &'static str,
    pub(super) key: Col,
    pub(super) key_kind: KeyKind,
    pub(super) interfaces: Vec<&'static Interface>,
    pub(super) unions: Vec<&'static str>,
    pub(super) joins: Vec<Join>,
    pub(super) versions: Option<Versions>,
    pub(super) fields: IndexMap<&'static str, FieldDef>,
    pub(super) visible: fn(&Op) -> SelectStatement,
    pub(super) watch: Option<Watch>,
    faults: Vec<String>,
}

impl Object {
    /// The names of its fields, in order.
    pub fn field_names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.keys().copied()
    }
    /// Whether a fragment on this type applies to it.
    pub(super) fn is(&self, condition: &str) -> bool {
        condition == self.name
            || self.interfaces.iter().any(|i| i.name == condition)
            || self.unions.contains(&condition)
    }
}

type Declared = RwLock<HashMap<TypeId, &'static Object>>;

fn declared() -> &'static Declared {
    static ALL: OnceLock<Declared> = OnceLock::new();
    ALL.get_or_init(Default::default)
}

fn object_of<T: 'static>(declare: fn() -> Object) -> &'static Object {
    let read = || declared().read().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(object) = read().get(&TypeId::of::<T>()) {
        return object;
    }
    // Declared outside the lock: a declaration may look at another one. Whoever comes second keeps the first.
    let object: &'static Object = Box::leak(Box::new(declare()));
    declared().write().unwrap_or_else(std::sync::PoisonError::into_inner).entry(TypeId::of::<T>()).or_insert(object)
}

/// What is wrong with the declarations so far, if anything: a column of a table that was not joined, a name used twice.
///
/// # Errors
/// All faults at once.
pub fn check() -> Result<()> {
    check_all(declared().read().unwrap_or_else(std::sync::PoisonError::into_inner).values().copied())
}

/// What is wrong with some declarations, if anything.
///
/// # Errors
/// All faults at once.
pub fn check_all<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Result<()> {
    let mut names = HashSet::new();
    let mut faults = vec![];
    for object in objects {
        faults.extend(object.faults.iter().cloned());
        if !names.insert(object.name) {
            faults.push(format!("two types are called {}", object.name));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Broken::new(faults.join("; ")).into()) }
}

impl Object {
    fn new(name: &'static str, doc: &'static str, table: &'static str, key: Col, key_kind: KeyKind) -> Self {
        Object {
            name,
            doc,
            table,
            key,
            key_kind,
            interfaces: vec![],
            unions: vec![],
            joins: vec![],
            versions: None,
            fields: IndexMap::new(),
            visible: |_| Query::select(),
            watch: None,
            faults: vec![],
        }
    }
    fn add(
        &mut self,
        name: &'static str,
        doc: &'static str,
        null: bool,
        ty: impl Fn(&mut Registry) -> String + Send + Sync + 'static,
        kind: Kind,
    ) -> &mut FieldDef {
        if self.fields.contains_key(name) {
            self.faults.push(format!("{}.{name} is declared twice", self.name));
        }
        let ty = Box::new(ty);
        let field = FieldDef { name, doc, null, ty, args: vec![], parse: parse_nothing(), only: None, kind };
        self.fields.entry(name).insert_entry(field).into_mut()
    }
    fn uses(&mut self, field: &str, cols: &[Col]) {
        for col in cols {
            if col.table != self.table && !self.joins.iter().any(|j| j.table == col.table) {
                self.faults
                    .push(format!("{}.{field} shows {}.{}, which is not joined", self.name, col.table, col.name));
            }
        }
    }
}
