//! Loaders for the computed fields `restsOnExpired` and `lacking`: one query for all rows of a list.

use std::collections::HashMap;

use entity::kinds::LinkNeed;

use crate::{
    kernel::{
        object::{NoArgs, Word, declare::Loading},
        op::Op,
    },
    sharing::store::resting as store,
};

/// Maps each id to whether `those` contains it.
fn among(ids: Vec<i64>, those: &[i64]) -> HashMap<i64, bool> {
    ids.into_iter().map(|id| (id, those.contains(&id))).collect()
}

/// Loads `DataLink.restsOnExpired`.
pub fn links_on_expired<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, bool>> {
    Box::pin(async move {
        let those = store::visible_links_on_expired(op, &links).await?;
        Ok(among(links, &those))
    })
}

/// Loads `Agreement.restsOnExpired`.
pub fn agreements_on_expired<'a>(op: &'a Op, ids: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, bool>> {
    Box::pin(async move {
        let those = store::visible_agreements_on_expired(op, &ids).await?;
        Ok(among(ids, &those))
    })
}

/// Loads `DataLink.lacking`.
pub fn lacking<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Vec<Word<LinkNeed>>>> {
    Box::pin(async move {
        let mut lacking = store::visible_needs(op, &links).await?;
        let mut of = |id| lacking.remove(&id).unwrap_or_default().into_iter().map(Word).collect();
        Ok(links.into_iter().map(|id| (id, of(id))).collect())
    })
}
