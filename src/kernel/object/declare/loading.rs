//! Loaders and finders of a noun or a shape, as the level that they serve calls them: by keys, with arguments of any type.

use std::{any::Any, collections::HashMap, sync::Arc};

use super::{Find, Load, Loading, Made, args::Args, project::given, shape::keys};
use crate::kernel::{object::Key, op::Op};

pub(super) fn loader<S: Any + Send + Sync, A: Args>(
    load: impl for<'a> Fn(&'a Op, Vec<i64>, &'a A, &'a [&'static str]) -> Loading<'a, HashMap<i64, Vec<S>>>
    + Send
    + Sync
    + 'static,
) -> Load {
    Box::new(move |op, keys, args, fields| {
        let ids = keys.iter().filter_map(|k| if let Key::Int(id) = k { Some(*id) } else { None }).collect();
        match given::<A>(args) {
            Err(e) => Box::pin(async move { Err(e) }),
            Ok(args) => {
                let loading = load(op, ids, args, fields);
                Box::pin(async move {
                    let made = |values: Vec<S>| values.into_iter().map(|v| Arc::new(v) as Made).collect();
                    Ok(loading.await?.into_iter().map(|(id, values)| (Key::Int(id), made(values))).collect())
                })
            }
        }
    })
}

pub(super) fn finder<A: Args>(
    find: impl for<'a> Fn(&'a Op, Vec<i64>, &'a A) -> Loading<'a, HashMap<i64, Vec<i64>>> + Send + Sync + 'static,
) -> Find {
    Box::new(move |op, from, args| {
        let ids = from.iter().filter_map(|k| if let Key::Int(id) = k { Some(*id) } else { None }).collect();
        match given::<A>(args) {
            Err(e) => Box::pin(async move { Err(e) }),
            Ok(args) => {
                let finding = find(op, ids, args);
                Box::pin(async move {
                    Ok(finding.await?.into_iter().map(|(id, found)| (Key::Int(id), keys(found))).collect())
                })
            }
        }
    })
}
