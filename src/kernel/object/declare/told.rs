//! Declaring leaves of a noun that are worked out from rows of other tables.

use std::{any::Any, collections::HashMap};

use super::{
    From_, Kind, Loading, PutMade,
    args::{Args, inputs, parse},
    loading::loader,
    noun::{Declare, Noun},
    project::made,
};
use crate::kernel::{
    object::{Col, KeyKind, leaf::Leaf},
    op::Op,
};

impl<E: Noun> Declare<E> {
    /// A value that is worked out from several rows, for all the rows of a level at once. Each of them has one.
    pub fn computed_value<O: Leaf + Any + Send + Sync, A: Args>(
        mut self,
        name: &'static str,
        doc: &'static str,
        from: E::Column,
        load: for<'a> fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, O>>,
    ) -> Self {
        let load = loader(move |op, ids, args: &A, _| {
            let loading = load(op, ids, args);
            Box::pin(async move { Ok(loading.await?.into_iter().map(|(id, value)| (id, vec![value])).collect()) })
        });
        let from = From_::Column(Col::of(from), KeyKind::of(from));
        let put: PutMade = Box::new(|_, value, out| made::<O>(value)?.write(out));
        let kind = Kind::Computed { to: E::object, from, many: false, load, put: Some(put) };
        let field = self.object.add(name, doc, false, O::register, kind);
        field.args.push(inputs::<A>);
        field.parse = parse::<A>();
        self
    }
}
