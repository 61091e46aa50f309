//! What a request costs: taken from the caller's points before it is executed, and settled after it by the values that were
//! written and the time that its statements took in the database. Requests that fail, time out or are rejected under load pay for
//! what they used.
//!
//! The headers are those of the IETF's draft "RateLimit header fields for HTTP".

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

/// What was taken for a request.
pub(super) struct Taken {
    /// What the request pays with.
    pub account: Arc<Account>,
    fixed: u64,
    given: u64,
    /// How the caller's points stand.
    pub standing: Standing,
}

/// Why nothing was taken.
pub(super) enum NotTaken {
    /// The request asks for more than there ever is.
    TooMuch(Refusal),
    /// There is not enough at the moment.
    Short(Short, Message),
}

/// Takes what a request may cost, and the sign-in that it tries.
pub(super) fn take(app: &App, context: &Context, caller: &Caller, cost: &Cost) -> Result<Taken, NotTaken> {
    let (limits, now) = (&app.settings().limits, app.clock().now());
    let (limit, most) = limits.points(caller);
    limits.hold(limit, cost.points).map_err(NotTaken::TooMuch)?;
    if cost.signs_in {
        let tries = app.sign_ins().take(Holder::at(context.address), limits.of(Limit::SignIns), 1, now);
        let message = Message::new(
            "Quá nhiều lần đăng nhập từ địa chỉ này; xin thử lại sau.",
            "Too many sign-ins from this address; please try again later.",
        );
        tries.map_err(|short| NotTaken::Short(short, message))?;
    }
    let holder = Holder::of(caller, context.address);
    // Not more than the limit, which is such a number.
    let points = u32::try_from(cost.points).unwrap_or(most);
    match app.points().take(holder, most, points, now) {
        Ok(standing) => {
            let account = Account::new(holder, standing, price(app));
            Ok(Taken { account, fixed: cost.fixed, given: cost.given, standing })
        }
        Err(short) => {
            let message = Message::new(
                format!("Hết hạn mức: yêu cầu này cần {points} điểm, hiện còn {}.", short.standing.remaining),
                format!("Out of points: this request needs {points}, and {} are left.", short.standing.remaining),
            );
            Err(NotTaken::Short(short, message))
        }
    }
}

impl Taken {
    /// Settles what a request cost that was executed, whatever came of it.
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
    /// Settles what a request cost that was not executed: what a mutation was given, for that was looked at.
    pub fn void(&self, op: &Op) {
        self.account.settle(op.app(), self.given);
    }
}

/// What an event costs beside its values: each is read alone, as who follows may see it then.
const EVENT: u64 = 100;

/// Takes what an event has cost that was told already; who has not so much waits for it, and is told of the next one later.
pub(super) async fn charge(context: &Context, op: &Op) {
    let (app, caller) = (op.app(), op.caller());
    let (_, most) = app.settings().limits.points(caller);
    let database = op.database_micros().saturating_mul(price(app).into()) / 1_000;
    let points = u64::try_from(op.values()).unwrap_or(u64::MAX).saturating_add(database).saturating_add(EVENT);
    let points = u32::try_from(points).unwrap_or(most).min(most);
    let holder = Holder::of(caller, context.address);
    while let Err(short) = app.points().take(holder, most, points, app.clock().now()) {
        let seconds = u64::try_from(short.wait).unwrap_or_default().clamp(1, WINDOW.into());
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// Tells in the headers how the caller's points stand.
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

/// The answer to a request for which nothing was taken.
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
