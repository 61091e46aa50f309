//! Declaring the type of a Rust value: the list of its fields.

use std::{any::Any, collections::HashMap, marker::PhantomData, sync::Arc};

use super::{
    From_, Kind, Loading, Made, NodeRef, Object, PutMade, Refers, Union,
    args::{Args, inputs, parse},
    loading::loader,
    noun::Noun,
    object_of,
    project::{given, made},
};
use crate::kernel::{
    object::{
        Col, Key, KeyKind,
        leaf::{Answer, Leaf},
        schema,
    },
    op::Op,
};

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
    pub fn value<O: Answer + 'static>(mut self, name: &'static str, doc: &'static str, f: fn(&S) -> O) -> Self {
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
    /// A value with arguments that is computed from rows, for all the values of a level at once, by what each is of. Where nothing
    /// is loaded it is null.
    pub fn loaded<A: Args, O: Leaf + Any + Send + Sync>(
        mut self,
        name: &'static str,
        doc: &'static str,
        key: fn(&S) -> i64,
        load: for<'a> fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, O>>,
    ) -> Self {
        let from = From_::Made(Box::new(move |value| keys(made::<S>(value).ok().map(key))));
        let load = loader(move |op, ids, args: &A, _| {
            let loading = load(op, ids, args);
            Box::pin(async move { Ok(loading.await?.into_iter().map(|(id, value)| (id, vec![value])).collect()) })
        });
        let put: PutMade = Box::new(|_, value, out| made::<O>(value)?.write(out));
        let kind = Kind::Computed { to: S::object, from, many: false, load, put: Some(put) };
        let field = self.object.add(name, doc, true, O::register, kind);
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
    /// The values inside the value, in its order.
    pub fn shapes<C: Shape>(mut self, name: &'static str, doc: &'static str, f: fn(&S) -> Vec<Arc<C>>) -> Self {
        let get = move |value: &Made| {
            let inside = made::<S>(value).map(f).unwrap_or_default();
            inside.into_iter().map(|one| one as Made).collect()
        };
        self.object.add(
            name,
            doc,
            false,
            |r| format!("[{}!]", schema::register(C::object(), r)),
            Kind::Inside { to: C::object, get: Box::new(get) },
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
            Kind::Any {
                members: union.members,
                from: Refers::Made(Box::new(move |value| made::<S>(value).ok().and_then(get))),
            },
        );
        self
    }
}

pub(super) fn keys(ids: impl IntoIterator<Item = i64>) -> Vec<Key> {
    ids.into_iter().map(Key::Int).collect()
}
