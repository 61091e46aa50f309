//! Query cost and rate limit. The estimated cost is taken from the caller's points before execution, and settled
//! afterwards by the number of values returned and the time spent in the database. Requests that fail, time out or are
//! rejected under load pay for what they used.
//!
//! The headers follow the IETF draft "RateLimit header fields for HTTP".

use std::{sync::Arc, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};

use super::{
    answer,
    negotiate::Media,
    observe::{Context, Told},
};
use crate::{
    graphql::{
        errors::{Answer, Spent},
        limits::Cost,
    },
    kernel::{
        app::App,
        error::{Code, Refusal},
        limits::Limit,
        locale::Message,
        op::Op,
        policy::Caller,
        quota::{Holder, Short, Standing, WINDOW},
        spending::{Account, price},
    },
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// The points taken for a request before its execution.
pub(super) struct Taken {
    /// The account that the request is charged to.
    pub account: Arc<Account>,
    fixed: u64,
    given: u64,
    refreshed: Option<(Holder, u32)>,
    /// The caller's remaining points.
    pub standing: Standing,
}

/// Why no points were taken.
pub(super) enum NotTaken {
    /// The request costs more than the caller's limit: it can never run.
    TooMuch(Refusal),
    /// The caller has too few points left now, and may retry later.
    Short(Short, Message),
}

/// Takes the points that a request may cost, and its sign-in attempts, token refreshes and password changes.
pub(super) fn take(app: &App, context: &Context, caller: &Caller, cost: &Cost) -> Result<Taken, NotTaken> {
    let (limits, now) = (&app.settings().limits, app.clock().now());
    let (limit, most) = limits.points(caller);
    limits.hold(limit, cost.points).map_err(NotTaken::TooMuch)?;
    let (address, holder) = (Holder::at(context.address), Holder::of(caller, context.address));
    if cost.signs_in {
        take_sign_ins(app, address, 1)?;
    }
    let refreshed = match u32::try_from(cost.refreshes).unwrap_or(u32::MAX) {
        0 => None,
        refreshes => {
            take_sign_ins(app, address, refreshes)?;
            Some((address, refreshes))
        }
    };
    if cost.passwords > 0 {
        let passwords = u32::try_from(cost.passwords).unwrap_or(u32::MAX);
        let taken = app.password_changes().take(holder, limits.of(Limit::PasswordChanges), passwords, now);
        let message = Message::new(
            "Đổi mật khẩu quá nhiều lần; xin thử lại sau.",
            "Too many passwords were changed; please try again later.",
        );
        taken.map_err(|short| NotTaken::Short(short, message))?;
    }
    // The cost is at most the limit, which is a u32, so this cannot overflow.
    let points = u32::try_from(cost.points).unwrap_or(most);
    match app.points().take(holder, most, points, now) {
        Ok(standing) => {
            let account = Account::new(holder, standing, price(app));
            Ok(Taken { account, fixed: cost.fixed, given: cost.given, refreshed, standing })
        }
        Err(short) => {
            let message = too_few(points, short.standing.remaining);
            Err(NotTaken::Short(short, message))
        }
    }
}

/// Takes a number of points that is known, and is not given back.
pub(super) fn take_known(
    app: &App,
    context: &Context,
    caller: &Caller,
    points: u64,
    short_of: impl FnOnce(u32, u32) -> Message,
) -> Result<Standing, NotTaken> {
    let limits = &app.settings().limits;
    let (limit, most) = limits.points(caller);
    limits.hold(limit, points).map_err(NotTaken::TooMuch)?;
    // Not more than the limit, which is such a number.
    let points = u32::try_from(points).unwrap_or(most);
    app.points().take(Holder::of(caller, context.address), most, points, app.clock().now()).map_err(|short| {
        let message = short_of(points, short.standing.remaining);
        NotTaken::Short(short, message)
    })
}

/// What is said where points are missing for the execution of a request.
fn too_few(points: u32, left: u32) -> Message {
    Message::new(
        format!("Hết hạn mức: yêu cầu này cần {points} điểm, hiện còn {left}."),
        format!("Out of points: this request needs {points}, and {left} are left."),
    )
}

/// Takes what an answer from the cache costs.
pub(super) fn take_for_kept(app: &App, context: &Context, caller: &Caller, points: u32) -> Result<Spent, NotTaken> {
    let standing = take_known(app, context, caller, points.into(), too_few)?;
    Ok(Spent {
        requested: points,
        actual: points,
        available: standing.remaining,
        restore_rate: standing.limit / WINDOW,
    })
}

/// Counts attempts from an address against its limit: sign-ins, refresh tokens and client secrets.
pub(super) fn take_sign_ins(app: &App, address: Holder, tries: u32) -> Result<(), NotTaken> {
    let limit = app.settings().limits.of(Limit::SignIns);
    let message = Message::new(
        "Quá nhiều lần đăng nhập từ địa chỉ này; xin thử lại sau.",
        "Too many sign-ins from this address; please try again later.",
    );
    let taken = app.sign_ins().take(address, limit, tries, app.clock().now());
    taken.map(drop).map_err(|short| NotTaken::Short(short, message))
}

/// Gives back successful attempts: only failed ones count against an address.
pub(super) fn give_back_sign_ins(app: &App, address: Holder, tries: u32) {
    let limit = app.settings().limits.of(Limit::SignIns);
    app.sign_ins().charge(address, limit, -f64::from(tries), app.clock().now());
}

impl Taken {
    /// Gives back the token refreshes of an operation that succeeded. Sign-ins are not given back, since each costs a
    /// password hash.
    pub fn succeeded(&self, app: &App) {
        if let Some((address, refreshes)) = self.refreshed {
            give_back_sign_ins(app, address, refreshes);
        }
    }
    /// Settles the cost of an executed request, whether or not it succeeded.
    pub fn settle(&self, op: &Op) -> Spent {
        let written =
            u64::try_from(op.values()).unwrap_or(u64::MAX).saturating_add(self.fixed).saturating_add(self.given);
        let (actual, standing) = self.account.settle(op.app(), written.max(1));
        Spent {
            requested: self.standing.cost,
            actual,
            available: standing.remaining,
            restore_rate: standing.limit / WINDOW,
        }
    }
    /// Settles the cost of a request that was not executed: only the input of its mutations, which was validated.
    pub fn void(&self, op: &Op) {
        self.account.settle(op.app(), self.given);
    }
}

/// The cost of one statement that reads events, beside its values and its database time. Streams with the same content
/// share one read; the stream that triggered it pays.
const STATEMENT: u64 = 50;

/// Charges a delivered event. If the caller has too few points, the stream waits until they are restored, which delays
/// its next event.
pub(super) async fn charge(context: &Context, op: &Op) {
    let (app, caller) = (op.app(), op.caller());
    let (_, most) = app.settings().limits.points(caller);
    let database = op.database_micros().saturating_mul(price(app).into()) / 1_000;
    let statements = u64::try_from(op.statements()).unwrap_or(u64::MAX).saturating_mul(STATEMENT);
    let points = u64::try_from(op.values()).unwrap_or(u64::MAX).saturating_add(statements).saturating_add(database);
    let points = u32::try_from(points).unwrap_or(most).min(most);
    let holder = Holder::of(caller, context.address);
    while let Err(short) = app.points().take(holder, most, points, app.clock().now()) {
        let seconds = u64::try_from(short.wait).unwrap_or_default().clamp(1, WINDOW.into());
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// Sets the rate-limit headers.
pub(super) fn tell(headers: &mut HeaderMap, limit: u32, available: u32) {
    let reset = u64::from(limit - available.min(limit)) * u64::from(WINDOW);
    let reset = reset.div_ceil(u64::from(limit.max(1)));
    for (name, text) in [
        (POLICY, format!("\"points\";q={limit};w={WINDOW}")),
        (STANDING, format!("\"points\";r={available};t={reset}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}

/// The response to a request for which no points were taken.
pub(super) fn refuse(reason: NotTaken, context: &Context, media: Media, told: Told) -> Response {
    match reason {
        NotTaken::TooMuch(refusal) => {
            let answer = Answer::of(&refusal.into(), &context.asker);
            super::graphql::executed(media, true, answer, told)
        }
        NotTaken::Short(short, message) => {
            let answer = Answer::of(&Refusal::new(Code::RateLimited, message).into(), &context.asker);
            let mut response = answer::respond(answer::status(Code::RateLimited), media, answer, told);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(short.wait));
            tell(response.headers_mut(), short.standing.limit, short.standing.remaining);
            response
        }
    }
}
