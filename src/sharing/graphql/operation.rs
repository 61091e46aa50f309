//! How a link operates: its health and what flows over it. Nothing probes links and nobody reports exchanges yet, so the state of
//! every link is UNKNOWN and there are no statistics: what is true, and nothing made up.

use std::collections::HashMap;

use async_graphql::{Enum, InputObject};
use chrono::Duration;
use entity::kinds::HealthState;

use crate::kernel::{
    error::Refusal,
    locale::Message,
    object::{Args, NoArgs, Shape, Shaped, Word, declare::Loading},
    op::Op,
    scalar::DateTime,
};

/// The most buckets of one answer.
const MOST_BUCKETS: i64 = 1_000;

/// Whether a link answers.
pub struct LinkHealth;

impl LinkHealth {
    /// Of some links.
    pub fn load<'a>(_: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Self>> {
        Box::pin(async move { Ok(links.into_iter().map(|id| (id, LinkHealth)).collect()) })
    }
}

/// How many days back.
#[derive(InputObject)]
struct Uptime {
    /// Over how many days, 1 to 366 (số ngày).
    #[graphql(default = 30)]
    days: i32,
}

impl Args for Uptime {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        if (1..=366).contains(&self.days) {
            return Ok(());
        }
        Err(Refusal::field(
            "days",
            "OUT_OF_RANGE",
            Message::new("Số ngày phải từ 1 đến 366.", "The number of days must be 1 to 366."),
        ))
    }
}

impl Shape for LinkHealth {
    const NAME: &'static str = "LinkHealth";
    const DOC: &'static str = "Whether a link answers (tình trạng hoạt động).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("state", "Whether it answers; UNKNOWN until it has been checked (tình trạng).", |_| {
                Word(HealthState::Unknown)
            })
            .value("checkedAt", "When it was last checked (thời điểm kiểm tra).", |_| None::<DateTime>)
            .value("latencyMs", "How long the last answer took, in milliseconds (độ trễ).", |_| None::<i32>)
            .value("consecutiveFailures", "How often in a row it has failed (số lần lỗi liên tiếp).", |_| 0)
            .value_by(
                "uptime",
                "The share of checks that it answered over some days, 0 to 1; null without any (tỷ lệ sẵn sàng).",
                |_, _: &Uptime| None::<f64>,
            )
            .value("message", "What the last check said (thông báo).", |_| None::<String>)
    }
}

/// A span of time over which exchanges are counted together.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
enum Bucket {
    /// An hour (giờ).
    Hour,
    /// A day in Việt Nam (ngày).
    Day,
    /// A month in Việt Nam (tháng).
    Month,
}

/// Which exchanges are counted.
#[derive(InputObject)]
pub struct Statistics {
    /// From this instant (từ).
    from: DateTime,
    /// To this instant, exclusive; at most 1,000 buckets later (đến).
    to: DateTime,
    /// Counted together by (gộp theo).
    #[graphql(default_with = "Bucket::Day")]
    bucket: Bucket,
}

impl Args for Statistics {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        let bucket = match self.bucket {
            Bucket::Hour => Duration::hours(1),
            Bucket::Day => Duration::days(1),
            Bucket::Month => Duration::days(28),
        };
        let span = self.to.0 - self.from.0;
        if span > Duration::zero() && span.num_seconds() / bucket.num_seconds() <= MOST_BUCKETS {
            return Ok(());
        }
        Err(Refusal::field(
            "to",
            "OUT_OF_RANGE",
            Message::new(
                format!("`to` phải sau `from`, cách nhiều nhất {MOST_BUCKETS} khoảng."),
                format!("`to` must lie after `from`, at most {MOST_BUCKETS} buckets later."),
            ),
        ))
    }
}

/// What flowed over a link in one bucket.
pub enum ExchangeStatistics {}

impl ExchangeStatistics {
    /// Of some links.
    pub fn load<'a>(_: &'a Op, _: Vec<i64>, _: &'a Statistics) -> Loading<'a, HashMap<i64, Vec<Self>>> {
        Box::pin(async { Ok(HashMap::new()) })
    }
}

impl Shape for ExchangeStatistics {
    const NAME: &'static str = "ExchangeStatistics";
    const DOC: &'static str = "What flowed over a link in one bucket of time (thống kê trao đổi).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("start", "When the bucket begins (bắt đầu).", |it| -> DateTime { match *it {} })
            .value("succeeded", "Calls that succeeded (thành công).", |it| -> i32 { match *it {} })
            .value("failed", "Calls that failed (lỗi).", |it| -> i32 { match *it {} })
            .value("denied", "Calls that were denied (bị từ chối).", |it| -> i32 { match *it {} })
            .value("bytesIn", "Bytes of requests (dung lượng gửi).", |it| -> f64 { match *it {} })
            .value("bytesOut", "Bytes of answers (dung lượng nhận).", |it| -> f64 { match *it {} })
            .value("latencyAvgMs", "The mean time of a call, in milliseconds.", |it| -> Option<f64> { match *it {} })
            .value("latencyP95Ms", "The time that 95 % of calls stay below.", |it| -> Option<f64> { match *it {} })
            .value("latencyMaxMs", "The longest time of a call.", |it| -> Option<f64> { match *it {} })
    }
}
