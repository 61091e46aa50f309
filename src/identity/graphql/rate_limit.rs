//! What the caller may still ask for, in the schema.

use crate::kernel::{
    object::{Shape, Shaped},
    quota::Standing,
    scalar::DateTime,
};

/// How the caller's points stand.
pub struct RateLimit(pub Standing);

/// Limits are below what fits.
fn number(points: u32) -> i32 {
    i32::try_from(points).unwrap_or(i32::MAX)
}

impl Shape for RateLimit {
    const NAME: &'static str = "RateLimit";
    const DOC: &'static str = "The points that the caller may spend on requests (hạn mức).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("limit", "How many there are at most; a minute gives back as many (tổng điểm).", |of| {
                number(of.0.limit)
            })
            .value("remaining", "How many are left, this request paid for (điểm còn lại).", |of| {
                number(of.0.remaining)
            })
            .value(
                "resetAt",
                "When all are there again, if nothing more is asked for (thời điểm đầy lại).",
                |of| DateTime(of.0.reset_at),
            )
            .value(
                "cost",
                "How many this request takes; what it does not need is given back, what it uses beyond is taken afterwards (chi phí của yêu cầu này).",
                |of| number(of.0.cost),
            )
    }
}
