//! Bodies: read whole before anything begins, as long as their sender's may be, and not for ever.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use super::observe::Context;
use crate::kernel::{
    app::App,
    error::{Code, Refusal},
    limits::Limit,
    locale::Message,
    policy::Caller,
};

/// The whole body, as long as the caller's may be.
///
/// # Errors
/// The answer to one that is longer (413), told before it is read where it says so, or that comes too slowly (408).
pub(super) async fn read(
    app: &App,
    context: &Context,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Box<Response>> {
    let limits = &app.settings().limits;
    let most = limits.of(match caller {
        Caller::Anonymous => Limit::BodyBytesAnonymous,
        Caller::User(_) | Caller::Client(_) | Caller::Operator | Caller::System => Limit::BodyBytes,
    });
    let refuse = |status: StatusCode, vi: String, en: String| {
        Box::new(context.refuse(status, &Refusal::new(Code::BadUserInput, Message::new(vi, en)).into()))
    };
    let too_long = || {
        let [vi, en] = [format!("Thân yêu cầu dài hơn {most} byte."), format!("The body is longer than {most} bytes.")];
        refuse(StatusCode::PAYLOAD_TOO_LARGE, vi, en)
    };
    // One that says it is longer need not be read to be refused.
    let long = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if long.is_some_and(|long| long > most.into()) {
        return Err(too_long());
    }
    let whole = to_bytes(body, usize::try_from(most).unwrap_or(usize::MAX));
    match context.deadline.reading(tokio::time::timeout(limits.time(Limit::BodySeconds), whole)).await {
        Ok(read) => read.map_err(|_| too_long()),
        Err(_) => Err(refuse(
            StatusCode::REQUEST_TIMEOUT,
            "Thân yêu cầu đến quá chậm.".to_owned(),
            "The body came too slowly.".to_owned(),
        )),
    }
}
