//! How a link operates: its health. Nothing probes links yet, so the state of every link is UNKNOWN: what is true, and nothing made up.

use std::collections::HashMap;

use async_graphql::InputObject;
use entity::kinds::HealthState;

use crate::kernel::{
    error::Refusal,
    locale::Message,
    object::{Args, NoArgs, Shape, Shaped, Word, declare::Loading},
    op::Op,
    scalar::DateTime,
};

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
