//! Server-sent events (graphql-sse, distinct connections mode): one request per operation; the response is a stream of
//! events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_graphql::{
    Executor,
    futures_util::stream::{self, StreamExt},
};
use axum::{
    Extension,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{Follower, Replies, Reply, Seat, stopping, too_many};
use crate::{
    graphql::errors::Answer,
    http::{
        Server, answer, authenticate, body, caching,
        connections::Connection,
        negotiate,
        observe::Context,
        params::{self, Asked},
    },
    kernel::{
        error::{Code, Refusal},
        limits::Limit,
        locale::Message,
        policy::Caller,
        quota::Holder,
    },
};

/// `POST /graphql/stream`.
pub(in crate::http) async fn post<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    connection: Option<Extension<Connection>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let caller = match asked(&server, &context, &headers).await {
        Ok(caller) => caller,
        Err(refused) => return *refused,
    };
    if !negotiate::is_json(&headers) {
        return negotiate::not_json(&context);
    }
    let body = match body::read(&server.app, &context, &caller, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    let asked = params::of_body(&body, &server.app.settings().limits);
    begin(Asking { server, context, caller, connection, posted: true }, &headers, asked)
}

/// `GET /graphql/stream`.
pub(in crate::http) async fn get<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    connection: Option<Extension<Connection>>,
    headers: HeaderMap,
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let caller = match asked(&server, &context, &headers).await {
        Ok(caller) => caller,
        Err(refused) => return *refused,
    };
    let asked = params::of_uri(parameters, &server.app.settings().limits);
    begin(Asking { server, context, caller, connection, posted: false }, &headers, asked)
}

async fn asked<E: Executor>(
    server: &Server<E>,
    context: &Context,
    headers: &HeaderMap,
) -> Result<Caller, Box<Response>> {
    let caller = authenticate::caller(&server.app, context, headers).await?;
    if negotiate::takes_events(headers) {
        return Ok(caller);
    }
    let message = Message::new(
        "Ở đây chỉ trả lời bằng dòng sự kiện: Accept: text/event-stream.",
        "Answers here are streams of events: Accept: text/event-stream.",
    );
    let refusal = Refusal::new(Code::BadUserInput, message);
    Err(Box::new(context.refuse(StatusCode::NOT_ACCEPTABLE, &refusal.into())))
}

struct Asking<E> {
    server: Arc<Server<E>>,
    context: Context,
    caller: Caller,
    connection: Option<Extension<Connection>>,
    posted: bool,
}

/// Starts the event stream.
fn begin<E: Executor>(asking: Asking<E>, headers: &HeaderMap, asked: Result<Asked, Refusal>) -> Response {
    let Asking { server, context, caller, connection, posted } = asking;
    let asked = match asked {
        Ok(asked) => asked,
        Err(refusal) => return context.refuse(StatusCode::BAD_REQUEST, &refusal.into()),
    };
    let limits = server.app.settings().limits.clone();
    let most = limits.of(Limit::Streams);
    let Some(seat) = server.room.seat(Holder::of(&caller, context.address), most) else {
        return context.fail(&too_many(most).into());
    };
    // The token was verified just above; only its text is needed here.
    let token = authenticate::token(headers).ok().flatten().map(str::to_owned);
    let follower = Follower::new(server, context, token);
    let replies = follower.replies(asked, posted);
    let connection = connection.map(|Extension(connection)| connection);
    let often = limits.time(Limit::KeepAliveSeconds);
    let telling = Telling { follower, replies, connection, often, left: Left::Replies, _seat: seat };
    let mut response = Response::new(Body::from_stream(stream::unfold(telling, Telling::next)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    caching::forbid(headers);
    // nginx buffers responses by default, which would delay events.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The final event. It has an empty `data` field because browsers ignore events without one.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// A keep-alive comment.
const ALIVE: &str = ":\n\n";

/// What remains to be sent.
enum Left {
    /// Replies, as they arrive.
    Replies,
    /// The final `complete` event.
    Complete,
    /// Nothing.
    Nothing,
}

/// The state of one event stream.
struct Telling<E> {
    follower: Arc<Follower<E>>,
    replies: Replies,
    connection: Option<Connection>,
    often: Duration,
    left: Left,
    _seat: Seat,
}

impl<E: Executor> Telling<E> {
    async fn next(mut self) -> Option<(Result<String, Infallible>, Self)> {
        match self.left {
            Left::Nothing => return None,
            Left::Complete => {
                self.left = Left::Nothing;
                return Some((Ok(COMPLETE.to_owned()), self));
            }
            Left::Replies => {}
        }
        let answer = tokio::select! {
            // Check the token before any reply: a caller whose session ended must get no more data.
            biased;
            () = self.follower.due() => match self.follower.signed_out().await {
                Some(refusal) => {
                    self.left = Left::Complete;
                    Some(Answer::of(&refusal.into(), &self.follower.context.asker))
                }
                None => return Some((Ok(ALIVE.to_owned()), self)),
            },
            // No final event on shutdown, so that the client reconnects.
            () = stopping(&mut self.connection) => return None,
            () = tokio::time::sleep(self.often) => return Some((Ok(ALIVE.to_owned()), self)),
            reply = self.replies.next() => reply.map(|(Reply::Answer(answer) | Reply::Refused(answer))| answer),
        };
        let event = match answer {
            Some(answer) => format!("event: next\ndata: {}\n\n", answer::json_of(&answer)),
            None => {
                self.left = Left::Nothing;
                COMPLETE.to_owned()
            }
        };
        Some((Ok(event), self))
    }
}
