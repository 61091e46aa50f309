//! What went over links, systems' links and areas' links in the schema.

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

/// Which calls are counted.
#[derive(InputObject)]
pub struct Statistics {
    /// From this instant: from the hour in which it lies (từ).
    from: DateTime,
    /// To this instant, exclusive; at most 1,000 buckets later. Hours are counted as a whole (đến).
    to: DateTime,
    /// Counted together by (gộp theo).
    #[graphql(default_with = "Bucket::Day")]
    bucket: Bucket,
    /// The hours between.
    #[graphql(skip)]
    hours: Range<i64>,
}

/// The buckets that the calls between two instants could be in; none where so many are refused.
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
    fn load<'a>(&'a self, op: &'a Op, of: Of, parents: Vec<i64>) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
        Box::pin(async move { counted(op, of, &parents, &self.hours, self.bucket).await })
    }
}

/// Of some links.
pub fn of_links<'a>(op: &'a Op, links: Vec<i64>, which: &'a Statistics) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
    which.load(op, Of::Links, links)
}

/// Of some systems.
pub fn of_systems<'a>(op: &'a Op, systems: Vec<i64>, which: &'a Statistics) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
    which.load(op, Of::Systems, systems)
}

/// Of some units.
pub fn of_units<'a>(
    op: &'a Op,
    units: Vec<i64>,
    which: &'a Both<Within, Statistics>,
) -> Loading<'a, HashMap<i64, Vec<Counted>>> {
    which.1.load(op, Of::Units { include_predecessors: which.0.include_predecessors }, units)
}

/// As many calls as an Int can tell of; the greatest stands for all that are more, as the schema says.
fn count(calls: i64) -> i32 {
    i32::try_from(calls).unwrap_or(i32::MAX)
}

impl Shape for Counted {
    const NAME: &'static str = "ExchangeStatistics";
    const DOC: &'static str = "What went over links in one bucket of time, as their ends reported it: each call once, by the word of the provider where both ends reported it; those too that tried a link which was TESTING or outside production. A count of 2147483647 stands for that many or more: smaller buckets tell how many (thống kê trao đổi).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("start", "When the bucket begins (bắt đầu).", |it| DateTime(it.start))
            .value("succeeded", "Calls that succeeded (thành công).", |it| count(it.tally.succeeded))
            .value("failed", "Calls that failed (lỗi).", |it| count(it.tally.failed))
            .value("denied", "Calls that were denied (bị từ chối).", |it| count(it.tally.denied))
            .value("bytesIn", "Bytes of requests, as far as they are told (dung lượng gửi).", |it| {
                it.tally.bytes_in as f64
            })
            .value("bytesOut", "Bytes of answers, as far as they are told (dung lượng nhận).", |it| {
                it.tally.bytes_out as f64
            })
            .value(
                "latencyAvgMs",
                "The mean time of a call, of failed and denied ones too, in milliseconds (thời gian trung bình).",
                |it| it.tally.mean_ms(),
            )
            .value(
                "latencyP95Ms",
                "The time that 95 % of calls do not exceed, in milliseconds, from a histogram: at most 1/128 (0.8 %) more or less than it is, and below 128 exact (bách phân vị 95).",
                |it| it.tally.quantile_ms(0.95),
            )
            .value("latencyMaxMs", "The longest time of a call, in milliseconds (thời gian dài nhất).", |it| {
                (it.tally.calls() > 0).then(|| f64::from(it.tally.longest_ms))
            })
    }
}
