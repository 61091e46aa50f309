//! GraphQL types for statistics of calls: by link, by system, by area.

use std::{collections::HashMap, ops::Range};

use async_graphql::InputObject;
use entity::kinds::Bucket;

use crate::{
    kernel::{
        error::Refusal,
        object::{Args, Both, Shape, Shaped, declare::Loading},
        op::Op,
        scalar::DateTime,
    },
    territory::graphql::Within,
    traffic::{
        rules,
        statistics::{Counted, counted},
        store::Of,
    },
};

/// The field that is computed from the histogram of durations, which is most of what is stored of a bucket.
const FROM_DURATIONS: &str = "latencyP95Ms";

/// Arguments of `statistics`.
#[derive(InputObject)]
pub struct Statistics {
    /// The start of the range, rounded down to the hour (từ).
    from: DateTime,
    /// The end of the range, exclusive, rounded up to the hour: after `from`, at most 1,000 buckets later (đến).
    to: DateTime,
    /// The length of a bucket. Days and months are those at UTC+7 (gộp theo).
    #[graphql(default_with = "Bucket::Day")]
    bucket: Bucket,
    /// The hours of the range, set when the arguments are validated.
    #[graphql(skip)]
    hours: Range<i64>,
}

/// The largest number of buckets that the range can return, for the query cost; 0 if the range is invalid and will be rejected.
pub fn most_buckets(from: DateTime, to: DateTime, bucket: Bucket) -> u64 {
    let hours = rules::hours(from.0, to.0, bucket);
    hours.map_or(0, |hours| u64::try_from(rules::buckets(&hours, bucket)).unwrap_or_default())
}

impl Args for Statistics {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        self.hours = rules::hours(self.from.0, self.to.0, self.bucket)?;
        Ok(())
    }
}

impl Statistics {
    fn load<'a>(
        &'a self,
        op: &'a Op,
        of: Of,
        parents: Vec<i64>,
        fields: &'a [&'static str],
    ) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
        let with_durations = fields.contains(&FROM_DURATIONS);
        Box::pin(async move { counted(op, of, &parents, &self.hours, self.bucket, with_durations).await })
    }
}

/// Loads the statistics of some links.
pub fn of_links<'a>(
    op: &'a Op,
    links: Vec<i64>,
    which: &'a Statistics,
    fields: &'a [&'static str],
) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
    which.load(op, Of::Links, links, fields)
}

/// Loads the statistics of some systems' links.
pub fn of_systems<'a>(
    op: &'a Op,
    systems: Vec<i64>,
    which: &'a Statistics,
    fields: &'a [&'static str],
) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
    which.load(op, Of::Systems, systems, fields)
}

/// Loads the statistics of some units' links.
pub fn of_units<'a>(
    op: &'a Op,
    units: Vec<i64>,
    which: &'a Both<Within, Statistics>,
    fields: &'a [&'static str],
) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
    which.1.load(op, Of::Units { include_predecessors: which.0.include_predecessors }, units, fields)
}

/// A count as a GraphQL Int. Larger counts become `i32::MAX`, as the schema documents.
fn count(calls: i64) -> i32 {
    i32::try_from(calls).unwrap_or(i32::MAX)
}

impl Shape for Counted {
    const NAME: &'static str = "ExchangeStatistics";
    const DOC: &'static str = "Calls over data links in one hour, day or month, as the two sides reported them. Each call counts once; if both sides reported it, the provider's report counts. Trial calls (link TESTING, or environment not PRODUCTION) are included. A count of 2147483647 means that many or more; use smaller buckets for the exact number (thống kê trao đổi).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("start", "The start of the bucket (bắt đầu).", |it| DateTime(it.start))
            .value("succeeded", "The number of calls that succeeded (thành công).", |it| count(it.tally.succeeded))
            .value("failed", "The number of calls that failed (lỗi).", |it| count(it.tally.failed))
            .value("denied", "The number of calls that were denied (bị từ chối).", |it| count(it.tally.denied))
            .value("bytesIn", "Total size of the requests in bytes, of calls whose report states it (dung lượng gửi).", |it| {
                it.tally.bytes_in as f64
            })
            .value("bytesOut", "Total size of the responses in bytes, of calls whose report states it (dung lượng nhận).", |it| {
                it.tally.bytes_out as f64
            })
            .value(
                "latencyAvgMs",
                "The mean duration of a call in milliseconds, failed and denied calls included (thời gian trung bình).",
                |it| it.tally.mean_ms(),
            )
            .value(
                FROM_DURATIONS,
                "The 95th percentile of call durations in milliseconds, from a histogram: exact below 128 ms, otherwise within 1/128 (0.8 %) (bách phân vị 95).",
                |it| it.tally.quantile_ms(0.95),
            )
            .value("latencyMaxMs", "The longest duration of a call in milliseconds (thời gian dài nhất).", |it| {
                (it.tally.calls() > 0).then(|| f64::from(it.tally.longest_ms))
            })
    }
}
