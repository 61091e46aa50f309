//! Declaring a type: the list of its fields.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::HashMap,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, OnceLock, RwLock},
};

use async_graphql::{
    InputType, InputValueResult, OutputType, Pos, Value,
    indexmap::IndexMap,
    registry::{MetaInputValue, MetaType, Registry},
};
use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, ColumnType, Condition, EntityTrait, Iterable, PrimaryKeyToColumn, QueryResult, QueryTrait, Select,
    TryGetable,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use super::{
    Col, GlobalId, Key, KeyKind,
    leaf::{Answer, AsStored, Leaf, text},
    schema, table_of,
};
use crate::kernel::{
    db,
    error::{Broken, Error, Refusal, Result},
    locale::{Message, Naming},
    op::Op,
    page::{Listing, Order, PageArgs, Paging},
    policy::Caller,
    scalar::{Date, DateTime},
};

/// Parsed arguments.
pub type Given = Arc<dyn Any + Send + Sync>;
/// A computed value of a [`Shape`].
pub type Made = Arc<dyn Any + Send + Sync>;
/// A future of a loader.
pub type Loading<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
/// Where a type's declaration is found.
pub type Ref = fn() -> &'static Object;

/// The arguments of a field.
pub trait Args: InputType + Any + Send + Sync {
    /// Fills in what depends on the caller and the day; refuses what cannot be.
    fn settle(&mut self, op: &Op) -> std::result::Result<(), Refusal> {
        let _ = op;
        Ok(())
    }
}

/// No arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArgs;

impl InputType for NoArgs {
    type RawValueType = Self;
    fn type_name() -> Cow<'static, str> {
        "NoArgs".into()
    }
    fn create_type_info(_: &mut Registry) -> String {
        Self::qualified_type_name()
    }
    fn parse(_: Option<Value>) -> InputValueResult<Self> {
        Ok(NoArgs)
    }
    fn to_value(&self) -> Value {
        Value::Null
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Args for NoArgs {}
impl Listing for NoArgs {}

/// The arguments of two structs, side by side.
pub struct Both<A, B>(pub A, pub B);

impl<A: Args, B: Args> InputType for Both<A, B> {
    type RawValueType = Self;
    fn type_name() -> Cow<'static, str> {
        format!("{}And{}", A::type_name(), B::type_name()).into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        A::create_type_info(registry);
        B::create_type_info(registry);
        let theirs = registry.types.remove(&*B::type_name());
        let mut mine = registry.types.remove(&*A::type_name());
        if let (
            Some(MetaType::InputObject { input_fields: fields, .. }),
            Some(MetaType::InputObject { input_fields, .. }),
        ) = (&mut mine, theirs)
        {
            fields.extend(input_fields);
        }
        if let Some(mine) = mine {
            registry.types.insert(Self::type_name().into_owned(), mine);
        }
        Self::qualified_type_name()
    }
    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let first = A::parse(value.clone()).map_err(async_graphql::InputValueError::propagate)?;
        Ok(Both(first, B::parse(value).map_err(async_graphql::InputValueError::propagate)?))
    }
    fn to_value(&self) -> Value {
        Value::Null
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<A: Args, B: Args> Args for Both<A, B> {
    fn settle(&mut self, op: &Op) -> std::result::Result<(), Refusal> {
        self.0.settle(op)?;
        self.1.settle(op)
    }
}

impl<A: Args, B: Listing> Listing for Both<A, B> {
    fn condition(&self, op: &Op) -> Condition {
        self.1.condition(op)
    }
    fn order(&self) -> Order {
        self.1.order()
    }
}

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
pub(super) type Load =
    Box<dyn for<'a> Fn(&'a Op, Vec<Key>, &'a Given) -> Loading<'a, HashMap<Key, Vec<Made>>> + Send + Sync>;

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
    /// Computed for all rows of the level at once.
    Computed { to: Ref, from: From_, many: bool, load: Load },
    /// The row of one of several types that the computed value refers to.
    Any { members: &'static [Ref], get: Box<dyn Fn(&Made) -> Option<NodeRef> + Send + Sync> },
}

/// The arguments of a page, settled.
pub(super) struct PageGiven {
    pub paging: Paging,
    pub order: Order,
    pub condition: Condition,
    pub link: Option<Link>,
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
    pub(super) only: Option<fn(Caller) -> bool>,
    pub(super) kind: Kind,
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
    let all = declared().read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut names = HashMap::new();
    let mut faults = vec![];
    for object in all.values() {
        faults.extend(object.faults.iter().cloned());
        if names.insert(object.name, ()).is_some() {
            faults.push(format!("two types are called {}", object.name));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Broken::new(faults.join("; ")).into()) }
}

/// An entity with a declaration.
pub trait Noun: EntityTrait {
    /// Its type's name in the schema.
    const NAME: &'static str;
    /// Its type's description.
    const DOC: &'static str;
    /// The rows that the caller may see. Every read begins here.
    fn visible(op: &Op) -> Select<Self>;
    /// Its fields.
    fn declare(declare: Declare<Self>) -> Declare<Self>;
    /// Its declaration.
    fn object() -> &'static Object {
        object_of::<Self>(|| Self::declare(Declare::new()).object)
    }
}

/// A Rust value with a declaration.
pub trait Shape: Any + Send + Sync + Sized {
    /// Its type's name in the schema.
    const NAME: &'static str;
    /// Its type's description.
    const DOC: &'static str;
    /// Its fields.
    fn declare(declare: Shaped<Self>) -> Shaped<Self>;
    /// Its declaration.
    fn object() -> &'static Object {
        object_of::<Self>(|| Self::declare(Shaped::new()).object)
    }
}

fn broken_args() -> Error {
    Broken::new("arguments of another field").into()
}

fn given<A: Any>(given: &Given) -> Result<&A> {
    given.downcast_ref::<A>().ok_or_else(broken_args)
}

fn made<S: Any>(made: &Made) -> Result<&S> {
    made.downcast_ref::<S>().ok_or_else(|| Broken::new("a computed value of another type").into())
}

/// A function from column values to an answer: `|number: String, year: i32| …`, or with arguments `|args: &A, name: String| …`.
pub trait Project<M>: Send + Sync + 'static {
    /// Whether the answer may be null.
    const NULL: bool;
    /// The answer's type.
    fn register(registry: &mut Registry) -> String;
    /// Answers for one row.
    fn put(&self, given: &Given, row: &QueryResult, at: &[usize], out: &mut Vec<u8>) -> Result<()>;
}

/// Marks a function of columns alone.
pub struct Plain<T>(PhantomData<T>);
/// Marks a function of arguments and columns.
pub struct With<A, T>(PhantomData<(A, T)>);

fn read<T: TryGetable>(row: &QueryResult, at: &[usize], n: usize) -> Result<T> {
    let at = at.get(n).ok_or_else(|| Broken::new("a column was not fetched"))?;
    Ok(row.try_get_by_index::<T>(*at)?)
}

macro_rules! project {
    ($($($t:ident $i:tt),+;)+) => { $(
        impl<F, O: Answer, $($t: TryGetable),+> Project<Plain<(O, $($t,)+)>> for F
        where
            F: Fn($($t),+) -> O + Send + Sync + 'static,
        {
            const NULL: bool = O::NULL;
            fn register(registry: &mut Registry) -> String {
                O::register(registry)
            }
            fn put(&self, _: &Given, row: &QueryResult, at: &[usize], out: &mut Vec<u8>) -> Result<()> {
                self($(read::<$t>(row, at, $i)?),+).put(out)
            }
        }
        impl<F, A: Any, O: Answer, $($t: TryGetable),+> Project<With<A, (O, $($t,)+)>> for F
        where
            F: Fn(&A, $($t),+) -> O + Send + Sync + 'static,
        {
            const NULL: bool = O::NULL;
            fn register(registry: &mut Registry) -> String {
                O::register(registry)
            }
            fn put(&self, args: &Given, row: &QueryResult, at: &[usize], out: &mut Vec<u8>) -> Result<()> {
                self(given::<A>(args)?, $(read::<$t>(row, at, $i)?),+).put(out)
            }
        }
    )+ };
}

project! {
    T0 0;
    T0 0, T1 1;
    T0 0, T1 1, T2 2;
    T0 0, T1 1, T2 2, T3 3;
}

pub(super) fn inputs<A: InputType>(registry: &mut Registry) -> IndexMap<String, MetaInputValue> {
    A::create_type_info(registry);
    match registry.types.remove(&*A::type_name()) {
        Some(MetaType::InputObject { input_fields, .. }) => input_fields,
        _ => IndexMap::new(),
    }
}

fn parsed<A: Args>(value: Value, op: &Op) -> Result<A> {
    let mut args = A::parse(Some(value)).map_err(|e| {
        let why = e.into_server_error(Pos::default()).message;
        Refusal::new(super::super::error::Code::BadUserInput, Message::new(why.clone(), why))
    })?;
    args.settle(op)?;
    Ok(args)
}

pub(super) fn parse<A: Args>() -> Parse {
    Box::new(|value, op| Ok(Arc::new(parsed::<A>(value, op)?)))
}

fn parse_nothing() -> Parse {
    Box::new(|_, _| Ok(Arc::new(NoArgs)))
}

pub(super) fn parse_page<A: Listing>(link: Option<fn(&A) -> Link>) -> Parse {
    Box::new(move |value, op| {
        let page = PageArgs::parse(Some(value.clone()))
            .map_err(|e| Broken::new(e.into_server_error(Pos::default()).message))?;
        let paging = Paging::parse(page)?;
        let args = parsed::<A>(value, op)?;
        Ok(Arc::new(PageGiven {
            paging,
            order: args.order(),
            condition: args.condition(op),
            link: link.map(|link| link(&args)),
        }))
    })
}

pub(super) fn page_inputs<A: Args>() -> Vec<Inputs> {
    vec![inputs::<A>, inputs::<PageArgs>]
}

fn put_column<T: TryGetable + Leaf>() -> PutRow {
    Box::new(|_, row, at, out| read::<Option<T>>(row, at, 0)?.write(out))
}

fn put_text() -> PutRow {
    Box::new(|_, row, at, out| {
        let at = at.first().ok_or_else(|| Broken::new("a column was not fetched"))?;
        db::with_text(row, *at, |value| match value {
            Some(value) => text(out, value),
            None => out.extend_from_slice(b"null"),
        })
    })
}

fn stored_as<T: TryGetable + 'static, L: Leaf + 'static>(leaf: fn(T) -> L) -> PutRow {
    Box::new(move |_, row, at, out| read::<Option<T>>(row, at, 0)?.map(leaf).write(out))
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
        self.fields.entry(name).insert_entry(FieldDef {
            name,
            doc,
            null,
            ty: Box::new(ty),
            args: vec![],
            parse: parse_nothing(),
            only: None,
            kind,
        });
        // Just inserted under this name.
        let at = self.fields.get_index_of(name).unwrap_or_default();
        &mut self.fields[at]
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

/// A noun's declaration under way.
pub struct Declare<E> {
    object: Object,
    of: PhantomData<E>,
}

impl<E: Noun> Declare<E> {
    fn new() -> Self {
        let (key, kind) = E::PrimaryKey::iter()
            .next()
            .map(|k| (Col::of(k.into_column()), KeyKind::of(k.into_column())))
            .unwrap_or((Col { table: "", name: "" }, KeyKind::Int));
        let mut object = Object::new(E::NAME, E::DOC, table_of::<E>(), key, kind);
        object.visible = |op| {
            let mut query = E::visible(op).into_query();
            query.clear_selects();
            query
        };
        Declare { object, of: PhantomData }
    }
    /// It has a global id, under this name, and can be found by it.
    pub fn node(mut self) -> Self {
        self.object.interfaces.push(&NODE);
        let key = self.object.key;
        self.object.add(
            "id",
            "The global id: opaque, and the same for as long as the record lives (định danh toàn cục).",
            false,
            <async_graphql::ID as Leaf>::register,
            Kind::Columns { cols: Box::new(move |_| vec![key]), put: put_id(E::NAME) },
        );
        self
    }
    /// It can stand in this union.
    pub fn in_union(mut self, union: &'static str) -> Self {
        self.object.unions.push(union);
        self
    }
    /// Another table's columns may be shown too: the row of which `theirs` equals `mine`, if there is one.
    pub fn joined<C: ColumnTrait>(mut self, mine: E::Column, theirs: C) -> Self {
        let theirs = Col::of(theirs);
        self.object.joins.push(Join { table: theirs.table, mine: Col::of(mine), theirs });
        self
    }
    /// Its rows are versions of something, each from a day on.
    pub fn versions(mut self, of: E::Column, from: E::Column) -> Self {
        self.object.versions = Some(Versions { of: Col::of(of), kind: KeyKind::of(of), from: Col::of(from) });
        self
    }
    fn columns(
        mut self,
        name: &'static str,
        doc: &'static str,
        null: bool,
        ty: impl Fn(&mut Registry) -> String + Send + Sync + 'static,
        cols: Vec<Col>,
        put: PutRow,
    ) -> Self {
        self.object.uses(name, &cols);
        self.object.add(name, doc, null, ty, Kind::Columns { cols: Box::new(move |_| cols.clone()), put });
        self
    }
    /// A column as it is: its type and nullability are the column's.
    pub fn column<C: ColumnTrait>(mut self, name: &'static str, doc: &'static str, column: C) -> Self {
        let def = column.def();
        let null = def.is_null() || Col::of(column).table != self.object.table;
        let (ty, put): (fn(&mut Registry) -> String, PutRow) = match def.get_column_type() {
            ColumnType::Integer => (<i32 as Leaf>::register, put_column::<i32>()),
            ColumnType::Double => (<f64 as Leaf>::register, put_column::<f64>()),
            ColumnType::Boolean => (<bool as Leaf>::register, put_column::<bool>()),
            ColumnType::Date => (<Date as Leaf>::register, stored_as(Date)),
            ColumnType::TimestampWithTimeZone => (<DateTime as Leaf>::register, stored_as(DateTime)),
            ColumnType::Text | ColumnType::String(_) => (<String as Leaf>::register, put_text()),
            other => {
                self.object.faults.push(format!("{}.{name}: no leaf for {other:?}", E::NAME));
                (<String as Leaf>::register, put_text())
            }
        };
        self.columns(name, doc, null, ty, vec![Col::of(column)], put)
    }
    /// A column that is never null in the rows that are shown, though the database would allow it or the table is joined.
    pub fn column_always<C: ColumnTrait>(self, name: &'static str, doc: &'static str, column: C) -> Self {
        let mut declare = self.column(name, doc, column);
        if let Some((_, field)) = declare.object.fields.last_mut() {
            field.null = false;
        }
        declare
    }
    /// A column that holds, as text, what the type `T` prints: a word of a vocabulary, a day, a period.
    pub fn stored<T: OutputType + 'static>(
        self,
        name: &'static str,
        doc: &'static str,
        column: impl ColumnTrait,
    ) -> Self {
        let null = column.def().is_null();
        self.columns(name, doc, null, AsStored::<T>::register, vec![Col::of(column)], put_text())
    }
    /// The same, of a joined table whose row is always there.
    pub fn stored_always<T: OutputType + 'static>(
        self,
        name: &'static str,
        doc: &'static str,
        column: impl ColumnTrait,
    ) -> Self {
        self.columns(name, doc, false, AsStored::<T>::register, vec![Col::of(column)], put_text())
    }
    /// A value made from columns: its type is what the function answers.
    pub fn value<M, P: Project<M>, C: ColumnTrait, const N: usize>(
        self,
        name: &'static str,
        doc: &'static str,
        columns: [C; N],
        f: P,
    ) -> Self {
        let cols = columns.map(Col::of).to_vec();
        let put: PutRow = Box::new(move |given, row, at, out| f.put(given, row, at, out));
        self.columns(name, doc, P::NULL, |r| P::register(r), cols, put)
    }
    /// A value with arguments, which may decide the columns.
    pub fn value_by<A: Args, T, P: Project<With<A, T>>, C: ColumnTrait, const N: usize>(
        mut self,
        name: &'static str,
        doc: &'static str,
        columns: fn(&A) -> [C; N],
        f: P,
    ) -> Self {
        let field = self.object.add(
            name,
            doc,
            P::NULL,
            |r| P::register(r),
            Kind::Columns {
                cols: Box::new(move |args| match given::<A>(args) {
                    Ok(args) => columns(args).map(Col::of).to_vec(),
                    Err(_) => vec![],
                }),
                put: Box::new(move |given, row, at, out| f.put(given, row, at, out)),
            },
        );
        field.args.push(inputs::<A>);
        field.parse = parse::<A>();
        self
    }
    /// A value made from columns and today.
    pub fn value_today<T, P: Project<With<NaiveDate, T>>, C: ColumnTrait, const N: usize>(
        mut self,
        name: &'static str,
        doc: &'static str,
        columns: [C; N],
        f: P,
    ) -> Self {
        let cols = columns.map(Col::of).to_vec();
        self.object.uses(name, &cols);
        let field = self.object.add(
            name,
            doc,
            P::NULL,
            |r| P::register(r),
            Kind::Columns {
                cols: Box::new(move |_| cols.clone()),
                put: Box::new(move |given, row, at, out| f.put(given, row, at, out)),
            },
        );
        field.parse = Box::new(|_, op| Ok(Arc::new(op.today())));
        self
    }
    /// A text that exists in both languages.
    pub fn named(self, name: &'static str, doc: &'static str, vi: E::Column, en: E::Column) -> Self {
        let cols = [vi, en].map(Col::of);
        let mut declare = self;
        let field = declare.object.add(
            name,
            doc,
            false,
            <String as Leaf>::register,
            Kind::Columns {
                cols: Box::new(move |args| match given::<Naming>(args) {
                    Ok(Naming { locale: super::super::locale::Locale::En }) => vec![cols[1]],
                    _ => vec![cols[0]],
                }),
                put: put_text(),
            },
        );
        field.args.push(inputs::<Naming>);
        field.parse = parse::<Naming>();
        declare
    }
    /// The one row that a column points to.
    pub fn one<T: Noun>(self, name: &'static str, doc: &'static str, from: impl ColumnTrait) -> Self {
        self.one_of::<T>(name, doc, from, None)
    }
    /// The version, on the day in another column, of what a column points to. Without a day: today's. A day outside its life
    /// means its first or last version.
    pub fn one_on<T: Noun>(self, name: &'static str, doc: &'static str, from: E::Column, day: E::Column) -> Self {
        let day = Some(Col::of(day));
        self.one_of::<T>(name, doc, from, day)
    }
    fn one_of<T: Noun>(
        mut self,
        name: &'static str,
        doc: &'static str,
        from: impl ColumnTrait,
        day: Option<Col>,
    ) -> Self {
        self.object.uses(name, &[Col::of(from)]);
        let null = from.def().is_null() || Col::of(from).table != self.object.table;
        let from = From_::Column(Col::of(from), KeyKind::of(from));
        self.object.add(name, doc, null, schema::registered::<T>, Kind::One { to: T::object, from, day });
        self
    }
    /// The rows that belong to this one, all of them, in an order. For few rows; many want a page.
    pub fn list<T: Noun>(
        mut self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        link: fn() -> Link,
        order: fn() -> Order,
    ) -> Self {
        let from = From_::Column(Col::of(from), KeyKind::of(from));
        let field = self.object.add(
            name,
            doc,
            false,
            |r| format!("[{}!]", schema::registered::<T>(r)),
            Kind::List { to: T::object, from },
        );
        field.parse = Box::new(move |_, _| Ok(Arc::new(ListGiven { link: link(), order: order() })));
        self
    }
    /// The rows that belong to this one, as a connection.
    pub fn page<T: Noun, A: Listing>(
        mut self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        link: fn(&A) -> Link,
    ) -> Self {
        let from = From_::Column(Col::of(from), KeyKind::of(from));
        let field = self.object.add(name, doc, false, schema::connection::<T>, Kind::Page { to: T::object, from });
        field.args = page_inputs::<A>();
        field.parse = parse_page::<A>(Some(link));
        self
    }
    /// Something computed from several rows, for all the rows of a level at once. A row without one answers null, or an error
    /// where the field is `always` there.
    pub fn computed<S: Shape, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        always: bool,
        load: for<'a> fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, S>>,
    ) -> Self {
        let one = |loaded: HashMap<i64, S>| loaded.into_iter().map(|(id, value)| (id, vec![value])).collect();
        let load = loader(move |op, ids, args: &A| {
            let loading = load(op, ids, args);
            Box::pin(async move { Ok(one(loading.await?)) })
        });
        self.loaded::<S, A>(name, doc, from, false, !always, load)
    }
    /// A list of things computed from several rows, for all the rows of a level at once.
    pub fn computed_list<S: Shape, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        load: for<'a> fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, Vec<S>>>,
    ) -> Self {
        self.loaded::<S, A>(name, doc, from, true, false, loader(load))
    }
    fn loaded<S: Shape, A: Args>(
        mut self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        many: bool,
        null: bool,
        load: Load,
    ) -> Self {
        let from = From_::Column(Col::of(from), KeyKind::of(from));
        let ty = move |r: &mut Registry| {
            let name = schema::register(S::object(), r);
            if many { format!("[{name}!]") } else { name }
        };
        let field = self.object.add(name, doc, null, ty, Kind::Computed { to: S::object, from, many, load });
        field.args.push(inputs::<A>);
        field.parse = parse::<A>();
        self
    }
    /// Only for some callers; for everybody else the field just declared is null.
    pub fn only(mut self, may: fn(Caller) -> bool) -> Self {
        if let Some((_, field)) = self.object.fields.last_mut() {
            field.only = Some(may);
            field.null = true;
        }
        self
    }
}

fn put_id(name: &'static str) -> PutRow {
    Box::new(move |_, row, at, out| GlobalId::encode(name, read::<i64>(row, at, 0)?).write(out))
}

fn loader<S: Shape, A: Args>(
    load: impl for<'a> Fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, Vec<S>>> + Send + Sync + 'static,
) -> Load {
    Box::new(move |op, keys, args| {
        let ids = keys.iter().filter_map(|k| if let Key::Int(id) = k { Some(*id) } else { None }).collect();
        match given::<A>(args) {
            Err(e) => Box::pin(async move { Err(e) }),
            Ok(args) => {
                let loading = load(op, ids, args);
                Box::pin(async move {
                    let made = |values: Vec<S>| values.into_iter().map(|v| Arc::new(v) as Made).collect();
                    Ok(loading.await?.into_iter().map(|(id, values)| (Key::Int(id), made(values))).collect())
                })
            }
        }
    })
}

/// A shape's declaration under way.
pub struct Shaped<S> {
    object: Object,
    of: PhantomData<S>,
}

impl<S: Shape> Shaped<S> {
    fn new() -> Self {
        let nowhere = Col { table: "", name: "" };
        Shaped { object: Object::new(S::NAME, S::DOC, "", nowhere, KeyKind::Int), of: PhantomData }
    }
    /// A value.
    pub fn value<O: Answer>(mut self, name: &'static str, doc: &'static str, f: fn(&S) -> O) -> Self
    where
        O: 'static,
    {
        let put: PutMade = Box::new(move |_, value, out| f(made::<S>(value)?).put(out));
        self.object.add(name, doc, O::NULL, O::register, Kind::Value { put });
        self
    }
    /// A value with arguments.
    pub fn value_by<A: Args, O: Answer + 'static>(
        mut self,
        name: &'static str,
        doc: &'static str,
        f: fn(&S, &A) -> O,
    ) -> Self {
        let put: PutMade = Box::new(move |args, value, out| f(made::<S>(value)?, given::<A>(args)?).put(out));
        let field = self.object.add(name, doc, O::NULL, O::register, Kind::Value { put });
        field.args.push(inputs::<A>);
        field.parse = parse::<A>();
        self
    }
    /// The row that the value names, if it names one.
    pub fn one<T: Noun>(mut self, name: &'static str, doc: &'static str, key: fn(&S) -> Option<i64>) -> Self {
        self.object.add(
            name,
            doc,
            true,
            schema::registered::<T>,
            Kind::One {
                to: T::object,
                from: From_::Made(Box::new(move |value| keys(made::<S>(value).ok().and_then(key)))),
                day: None,
            },
        );
        self
    }
    /// The row that the value names, always.
    pub fn must<T: Noun>(self, name: &'static str, doc: &'static str, key: fn(&S) -> Option<i64>) -> Self {
        let mut shaped = self.one::<T>(name, doc, key);
        if let Some((_, field)) = shaped.object.fields.last_mut() {
            field.null = false;
        }
        shaped
    }
    /// The rows that the value names, in its order.
    pub fn list<T: Noun>(mut self, name: &'static str, doc: &'static str, ids: fn(&S) -> Vec<i64>) -> Self {
        self.object.add(
            name,
            doc,
            false,
            |r| format!("[{}!]", schema::registered::<T>(r)),
            Kind::Named {
                to: T::object,
                from: From_::Made(Box::new(move |value| keys(made::<S>(value).map(ids).unwrap_or_default()))),
            },
        );
        self
    }
    /// The row of one of a union's types.
    pub fn any(
        mut self,
        name: &'static str,
        doc: &'static str,
        union: &'static Union,
        get: fn(&S) -> Option<NodeRef>,
    ) -> Self {
        self.object.add(
            name,
            doc,
            false,
            move |r| schema::union(union, r),
            Kind::Any { members: union.members, get: Box::new(move |value| made::<S>(value).ok().and_then(get)) },
        );
        self
    }
}

fn keys(ids: impl IntoIterator<Item = i64>) -> Vec<Key> {
    ids.into_iter().map(Key::Int).collect()
}
