//! Object types that are declared once. From one declaration follow the schema, the statements and the JSON:
//!
//! - [`declare`]: a type is the list of its fields, each a value of some columns, a row that a column points to, a list or page
//!   of rows that point here, or something computed for all rows of a level at once;
//! - [`schema`]: the declaration as async-graphql's registry wants it;
//! - [`collect`]: which fields a document asks for, where;
//! - [`plan`]: a tree of levels (what is fetched) and slots (what is written); [`keys`]: by what a level hangs on the one above;
//! - [`fetch`]: one statement a level, whatever the number of rows;
//! - [`write`]: rows into bytes, in one pass, nulls propagating as the specification says;
//! - [`answer`]: what resolvers return;
//! - [`root`]: the root type; [`stream`]: that of subscriptions; [`batches`]: events that several of them share.
//!
//! A [`Noun`] is an entity with a declaration; a [`Shape`] is a Rust value with one. Everything is narrowed by the noun's
//! `visible`: no path through the graph leads around it.

pub mod answer;
pub mod batches;
pub mod collect;
pub mod declare;
pub mod fetch;
pub mod id;
pub mod keys;
pub mod leaf;
pub mod plan;
pub mod root;
pub mod schema;
pub mod stream;
pub mod write;

use std::fmt;

use sea_orm::{
    ActiveEnum, ColumnTrait, EntityName, EntityTrait, QueryResult, Value,
    sea_query::{Alias, ColumnRef, IntoColumnRef},
};

pub use answer::{One, OneMade};
pub use declare::{
    Interface, Link, NODE, Object, Union,
    args::{Args, Both, NoArgs},
    noun::{Declare, Noun},
    shape::{Shape, Shaped},
};
pub use id::GlobalId;
pub use leaf::{Answer, Leaf, Word};
pub use root::Roots;
pub use stream::Streams;

use super::{error::Result, text::clean};

/// A column of some table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Col {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub name: &'static str,
}

impl Col {
    /// An entity's column.
    pub fn of<C: ColumnTrait>(column: C) -> Self {
        Col { table: <C::EntityName as Default>::default().table_name(), name: column.as_str() }
    }
    /// As sea-query takes it.
    pub fn column(self) -> ColumnRef {
        (Alias::new(self.table), Alias::new(self.name)).into_column_ref()
    }
}

impl<C: ColumnTrait> From<C> for Col {
    fn from(column: C) -> Self {
        Col::of(column)
    }
}

/// What rows are found by: an id, or a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// An id.
    Int(i64),
    /// A text.
    Text(String),
}

impl Key {
    /// As it is bound.
    pub fn value(&self) -> Value {
        match self {
            Key::Int(id) => (*id).into(),
            Key::Text(text) => text.clone().into(),
        }
    }
    /// As JSON.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Key::Int(id) => (*id).into(),
            Key::Text(text) => text.as_str().into(),
        }
    }
    /// The key in a column of a row; `None` where it is NULL.
    pub fn read(row: &QueryResult, at: usize, kind: KeyKind) -> Result<Option<Key>> {
        Ok(match kind {
            KeyKind::Int => row.try_get_by_index::<Option<i64>>(at)?.map(Key::Int),
            KeyKind::Text => row.try_get_by_index::<Option<String>>(at)?.map(Key::Text),
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Int(id) => id.fmt(f),
            Key::Text(text) => text.fmt(f),
        }
    }
}

/// The words of a vocabulary as keys.
pub fn words<T: ActiveEnum<Value = String>>(words: &[T]) -> impl Iterator<Item = Key> + use<'_, T> {
    words.iter().map(|word| Key::Text(word.to_value()))
}

/// Texts as keys, cleaned as stored texts are.
pub fn texts(texts: &[String]) -> impl Iterator<Item = Key> + use<'_> {
    texts.iter().map(|text| Key::Text(clean(text)))
}

impl<T: Into<i64>> From<T> for Key {
    fn from(id: T) -> Self {
        Key::Int(id.into())
    }
}

/// Which sort of key a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Ids.
    Int,
    /// Texts.
    Text,
}

impl KeyKind {
    fn of<C: ColumnTrait>(column: C) -> Self {
        match column.def().get_column_type() {
            sea_orm::ColumnType::Text | sea_orm::ColumnType::String(_) => KeyKind::Text,
            _ => KeyKind::Int,
        }
    }
}

/// The table of an entity.
fn table_of<E: EntityTrait>() -> &'static str {
    E::default().table_name()
}
