//! Statistics (thống kê): what was counted, put together by hours, days or months, for all parents of a level at once.

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

/// What went over links in one bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// When the bucket begins.
    pub start: DateTime<Utc>,
    /// What went over.
    pub tally: Tally,
}

/// What went over the links of some parents in some hours, oldest bucket first; buckets without a call are left out.
///
/// # Errors
/// The database's.
pub async fn counted(
    op: &Op,
    of: Of,
    parents: &[i64],
    hours: &Range<i64>,
    bucket: Bucket,
) -> Result<HashMap<i64, Vec<Counted>>> {
    let mut tallies: BTreeMap<(i64, i64), Tally> = BTreeMap::new();
    for (parent, row) in store::counted(op, of, parents, &rules::parts(hours.clone(), bucket)).await? {
        tallies.entry((parent, rules::bucket_of(row.hour, bucket))).or_default().merge(&Tally::of(&row)?);
    }
    let mut all: HashMap<i64, Vec<Counted>> = HashMap::new();
    for ((parent, hour), tally) in tallies {
        if tally.calls() > 0 {
            all.entry(parent).or_default().push(Counted { start: rules::start_of_hour(hour), tally });
        }
    }
    Ok(all)
}
