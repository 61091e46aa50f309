//! Declaring the type of an entity: the list of its fields.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use async_graphql::{OutputType, registry::Registry};
use chrono::{NaiveDate, Utc};
use sea_orm::{ColumnTrait, ColumnType, EntityTrait, Iterable, PrimaryKeyToColumn, QueryTrait, Select};

use super::{
    Find, From_, Join, Kind, Link, ListGiven, Load, Loading, NODE, Object, Only, PutRow, Ref, Refers, Versions,
    args::{Args, inputs, page_inputs, parse, parse_page},
    loading::{finder, loader},
    object_of,
    project::{Project, With, given, put_column, put_id, put_text, stored_as},
    shape::Shape,
};
use crate::kernel::{
    locale::{Locale, Naming},
    object::{
        Col, KeyKind,
        leaf::{AsStored, Leaf},
        schema, table_of,
    },
    op::Op,
    page::{Listing, Order},
    policy::{Caller, Places},
    scalar::{Date, DateTime},
};

/// An instant.
type Instant = chrono::DateTime<Utc>;

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
        object_of::<Self>(Self::draft)
    }
    /// Its declaration as it is before anybody relies on it.
    fn draft() -> Object {
        Self::declare(Declare::new()).object
    }
}

/// A noun's declaration under way.
pub struct Declare<E> {
    pub(super) object: Object,
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
        if self.object.key_kind != KeyKind::Int {
            self.object.faults.push(format!("{} has a global id, but no number for a key", E::NAME));
        }
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
        mut self,
        name: &'static str,
        doc: &'static str,
        column: impl ColumnTrait,
    ) -> Self {
        let null = column.def().is_null() || Col::of(column).table != self.object.table;
        if !matches!(column.def().get_column_type(), ColumnType::Text | ColumnType::String(_)) {
            self.object.faults.push(format!("{}.{name} is shown as it is stored, which is no text", self.object.name));
        }
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
        self,
        name: &'static str,
        doc: &'static str,
        columns: [C; N],
        f: P,
    ) -> Self {
        self.value_with(name, doc, columns.map(Col::of).to_vec(), |op| op.today(), f)
    }
    /// The same, with the instant of the operation.
    pub fn value_now<T, P: Project<With<Instant, T>>, C: ColumnTrait, const N: usize>(
        self,
        name: &'static str,
        doc: &'static str,
        columns: [C; N],
        f: P,
    ) -> Self {
        self.value_with(name, doc, columns.map(Col::of).to_vec(), |op| op.now(), f)
    }
    fn value_with<A: Send + Sync + 'static, T, P: Project<With<A, T>>>(
        mut self,
        name: &'static str,
        doc: &'static str,
        cols: Vec<Col>,
        with: fn(&Op) -> A,
        f: P,
    ) -> Self {
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
        field.parse = Box::new(move |_, op| Ok(Arc::new(with(op))));
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
                    Ok(Naming { locale: Locale::En }) => vec![cols[1]],
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
    /// The row of any type with a global id that two columns refer to, by a word for its type and by its id; null where the
    /// caller does not see it, or it is gone.
    pub fn any_node(
        mut self,
        name: &'static str,
        doc: &'static str,
        members: &'static [Ref],
        [word, id]: [E::Column; 2],
        named: fn(&str) -> Option<&'static str>,
    ) -> Self {
        let from = Refers::Columns { word: Col::of(word), id: Col::of(id), named };
        self.object.add(name, doc, true, move |r| schema::nodes(members, r), Kind::Any { members, from });
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
        let load = loader(move |op, ids, args: &A, _| {
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
        self.loaded::<S, A>(name, doc, from, true, false, loader(move |op, ids, args: &A, _| load(op, ids, args)))
    }
    /// The same, by a loader that is given the names of the fields that are asked for: some of them cost more than the others.
    pub fn computed_list_by_fields<S: Shape, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        load: for<'a> fn(&'a Op, Vec<i64>, &'a A, &'a [&'static str]) -> Loading<'a, HashMap<i64, Vec<S>>>,
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
        let field = self.object.add(name, doc, null, ty, Kind::Computed { to: S::object, from, many, load, put: None });
        field.args.push(inputs::<A>);
        field.parse = parse::<A>();
        self
    }
    /// The row that a loader finds for each row of a level, if there is one.
    pub fn found<T: Noun, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        find: for<'a> fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, i64>>,
    ) -> Self {
        let find = finder(move |op, ids, args: &A| {
            let finding = find(op, ids, args);
            Box::pin(async move { Ok(finding.await?.into_iter().map(|(id, found)| (id, vec![found])).collect()) })
        });
        self.finds::<T, A>(name, doc, from, false, find)
    }
    /// The rows that a loader finds for each row of a level, in its order.
    pub fn found_list<T: Noun, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        find: for<'a> fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, Vec<i64>>>,
    ) -> Self {
        self.finds::<T, A>(name, doc, from, true, finder(find))
    }
    fn finds<T: Noun, A: Args>(
        mut self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        many: bool,
        find: Find,
    ) -> Self {
        let from = From_::Column(Col::of(from), KeyKind::of(from));
        let ty = move |r: &mut Registry| {
            let name = schema::registered::<T>(r);
            if many { format!("[{name}!]") } else { name }
        };
        let field = self.object.add(name, doc, !many, ty, Kind::Found { to: T::object, from, many, find });
        field.args.push(inputs::<A>);
        field.parse = parse::<A>();
        self
    }
    /// Only for some callers, and of the rows that lie in their places, each where one of these columns says; for everybody else
    /// the field just declared is null.
    pub fn only(mut self, may: fn(&Caller) -> Places, of: &[E::Column]) -> Self {
        let of: Vec<Col> = of.iter().map(|column| Col::of(*column)).collect();
        if let Some((name, field)) = self.object.fields.last_mut() {
            let name = *name;
            field.only = Some(Only { may, of: of.clone() });
            field.null = true;
            self.object.uses(name, &of);
        }
        self
    }
}
