//! The GraphQL type of the caller's rate limit.

use crate::kernel::{
    object::{Shape, Shaped},
    quota::Standing,
    scalar::DateTime,
};

/// The caller's rate limit, after the points for this request were reserved.
pub struct RateLimit(pub Standing);

/// Converts points to a GraphQL Int. Configured limits always fit.
fn number(points: u32) -> i32 {
    i32::try_from(points).unwrap_or(i32::MAX)
}

impl Shape for RateLimit {
    const NAME: &'static str = "RateLimit";
    const DOC: &'static str = "The caller's rate limit, in points (hạn mức).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("limit", "The maximum number of points. Used points are restored evenly, at this number per minute (tổng điểm).", |of| {
                number(of.0.limit)
            })
            .value("remaining", "The points left after the reservation for this request (điểm còn lại).", |of| {
                number(of.0.remaining)
            })
            .value(
                "resetAt",
                "The time at which all points are restored, if no further request is made (thời điểm đầy lại).",
                |of| DateTime(of.0.reset_at),
            )
            .value(
                "cost",
                "The points reserved for this request. Afterwards the server refunds unused points and charges any excess (chi phí của yêu cầu này).",
                |of| number(of.0.cost),
            )
    }
}
