//! From the columns of a row to a value of the answer.

use std::{any::Any, marker::PhantomData};

use async_graphql::registry::Registry;
use sea_orm::{QueryResult, TryGetable};

use super::{Given, Made, PutRow};
use crate::kernel::{
    db,
    error::{Broken, Error, Result},
    object::{
        GlobalId,
        leaf::{Answer, Leaf, text},
    },
};

pub(super) fn broken_args() -> Error {
    Broken::new("arguments of another field").into()
}

pub(in crate::kernel::object) fn given<A: Any>(given: &Given) -> Result<&A> {
    given.downcast_ref::<A>().ok_or_else(broken_args)
}

pub(super) fn made<S: Any>(made: &Made) -> Result<&S> {
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

pub(super) fn read<T: TryGetable>(row: &QueryResult, at: &[usize], n: usize) -> Result<T> {
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

pub(super) fn put_column<T: TryGetable + Leaf>() -> PutRow {
    Box::new(|_, row, at, out| read::<Option<T>>(row, at, 0)?.write(out))
}

pub(super) fn put_text() -> PutRow {
    Box::new(|_, row, at, out| {
        let at = at.first().ok_or_else(|| Broken::new("a column was not fetched"))?;
        db::with_text(row, *at, |value| match value {
            Some(value) => text(out, value),
            None => out.extend_from_slice(b"null"),
        })
    })
}

pub(super) fn stored_as<T: TryGetable + 'static, L: Leaf + 'static>(leaf: fn(T) -> L) -> PutRow {
    Box::new(move |_, row, at, out| read::<Option<T>>(row, at, 0)?.map(leaf).write(out))
}

pub(super) fn put_id(name: &'static str) -> PutRow {
    Box::new(move |_, row, at, out| GlobalId::encode(name, read::<i64>(row, at, 0)?).write(out))
}
