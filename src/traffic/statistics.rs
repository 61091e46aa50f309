//! Statistics of calls (thống kê) by hour, day or month, loaded in one query for all parent records of a list.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use chrono::{DateTime, Utc};
use entity::kinds::Bucket;

use super::{
    rules,
    store::{self, Of},
    tally::Tally,
};
use crate::kernel::{error::Result, op::Op};

/// The calls in one bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// When the bucket begins.
    pub start: DateTime<Utc>,
    /// The tally of the calls.
    pub tally: Tally,
}

/// The calls over the links of each parent in a range of hours, oldest bucket first. Buckets without a call are omitted.
/// Without the durations, quantiles are unknown.
///
/// # Errors
/// Database errors.
pub async fn counted(
    op: &Op,
    of: Of,
    parents: &[i64],
    hours: &Range<i64>,
    bucket: Bucket,
    with_durations: bool,
) -> Result<HashMap<i64, Vec<Counted>>> {
    let mut tallies: BTreeMap<(i64, i64), Tally> = BTreeMap::new();
    let parts = rules::parts(hours.clone(), bucket);
    for (parent, hour, tally) in store::counted(op, of, parents, &parts, with_durations).await? {
        tallies.entry((parent, rules::bucket_of(hour, bucket))).or_default().merge(&tally);
    }
    let mut all: HashMap<i64, Vec<Counted>> = HashMap::new();
    for ((parent, hour), tally) in tallies {
        if tally.calls() > 0 {
            all.entry(parent).or_default().push(Counted { start: rules::start_of_hour(hour), tally });
        }
    }
    Ok(all)
}
