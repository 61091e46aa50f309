//! What links and agreements rest on, worked out for all rows of a level at once.

use std::collections::HashMap;

use entity::kinds::LinkNeed;

use crate::{
    kernel::{
        object::{NoArgs, Word, declare::Loading},
        op::Op,
    },
    sharing::store::resting as store,
};

/// Says of each of some rows whether it is among others.
fn among(ids: Vec<i64>, those: &[i64]) -> HashMap<i64, bool> {
    ids.into_iter().map(|id| (id, those.contains(&id))).collect()
}

/// Whether links rest on a legal document that has expired.
pub fn links_on_expired<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, bool>> {
    Box::pin(async move {
        let those = store::visible_links_on_expired(op, &links).await?;
        Ok(among(links, &those))
    })
}

/// Whether agreements do.
pub fn agreements_on_expired<'a>(op: &'a Op, ids: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, bool>> {
    Box::pin(async move {
        let those = store::visible_agreements_on_expired(op, &ids).await?;
        Ok(among(ids, &those))
    })
}

/// What links lack.
pub fn lacking<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Vec<Word<LinkNeed>>>> {
    Box::pin(async move {
        let mut lacking = store::visible_needs(op, &links).await?;
        let mut of = |id| lacking.remove(&id).unwrap_or_default().into_iter().map(Word).collect();
        Ok(links.into_iter().map(|id| (id, of(id))).collect())
    })
}
