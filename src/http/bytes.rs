//! What the bytes of a document cost. Nothing is known of a document until it is parsed, and to parse one of nothing but repeated
//! fields takes longer than to answer it; so its length is paid for before, and not given back.

use super::{observe::Context, points::NotTaken};
use crate::kernel::{app::App, locale::Message, policy::Caller, quota::Holder};

/// A document of so many bytes costs no more than any request does.
const FREE: usize = 1024;

/// How many bytes beyond that are a point: about as many as are parsed in the time that other points stand for.
const A_POINT: usize = 64;

/// Takes what the length of a document costs.
pub(super) fn take(app: &App, context: &Context, caller: &Caller, document: &str) -> Result<(), NotTaken> {
    let points = document.len().saturating_sub(FREE).div_ceil(A_POINT);
    if points == 0 {
        return Ok(());
    }
    let limits = &app.settings().limits;
    let (limit, most) = limits.points(caller);
    limits.hold(limit, u64::try_from(points).unwrap_or(u64::MAX)).map_err(NotTaken::TooMuch)?;
    // Not more than the limit, which is such a number.
    let points = u32::try_from(points).unwrap_or(most);
    let taken = app.points().take(Holder::of(caller, context.address), most, points, app.clock().now());
    taken.map(drop).map_err(|short| {
        let left = short.standing.remaining;
        let message = Message::new(
            format!("Hết hạn mức: đọc truy vấn này cần {points} điểm, hiện còn {left}."),
            format!("Out of points: to parse this document needs {points}, and {left} are left."),
        );
        NotTaken::Short(short, message)
    })
}
