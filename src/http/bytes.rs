//! The query cost of a request's bytes. Parsing a document that only repeats fields takes longer than executing it, and its cost is
//! unknown before it is parsed. The caller therefore pays for its length first, and for the variables that go with it, without a
//! refund.

use super::{
    observe::Context,
    points::{self, NotTaken},
};
use crate::kernel::{app::App, locale::Message, policy::Caller};

/// A document of so many bytes costs no more than any request does.
const FREE: usize = 1024;

/// How many bytes beyond that are a point: about as many as are parsed in the time that other points stand for.
const A_POINT: usize = 64;

/// The same of variables: JSON is read many times as fast, and checked against its types afterwards.
const A_POINT_OF_VARIABLES: usize = 1024;

/// Charges the caller for the length of a document and of its variables.
pub(super) fn take(
    app: &App,
    context: &Context,
    caller: &Caller,
    document: &str,
    variables: usize,
) -> Result<(), NotTaken> {
    let points = document.len().saturating_sub(FREE).div_ceil(A_POINT)
        + variables.saturating_sub(FREE).div_ceil(A_POINT_OF_VARIABLES);
    if points == 0 {
        return Ok(());
    }
    let points = u64::try_from(points).unwrap_or(u64::MAX);
    let taken = points::take_known(app, context, caller, points, |points, left| {
        Message::new(
            format!("Hết hạn mức: đọc truy vấn này cần {points} điểm, hiện còn {left}."),
            format!("Out of points: to parse this document needs {points}, and {left} are left."),
        )
    });
    taken.map(drop)
}
