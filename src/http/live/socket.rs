//! The graphql-transport-ws protocol over WebSocket, with exactly its close codes.
//!
//! Each socket is one task that reads, writes and polls its operations in turn. While a write is blocked, nothing is
//! read, so no queue can grow.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_graphql::{
    Executor,
    futures_util::stream::{self, BoxStream, StreamExt},
};
use axum::{
    Extension,
    extract::{
        State,
        ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_stream::StreamMap;

use super::{Follower, Reply, Seat, stopping, too_many};
use crate::{
    graphql::{errors::Answer, limits::check_json},
    http::{
        Server, answer,
        authenticate::{self, bearer},
        connections::Connection,
        observe::Context,
        params,
    },
    kernel::{
        app::App,
        error::{Code, Error, Refusal},
        limits::{Limit, Limits},
        locale::Message,
        policy::Caller,
        quota::Holder,
    },
};

/// The name of the subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// The longest operation id, in bytes.
const LONGEST_ID: usize = 256;

/// How long to wait for the peer's close frame.
const PARTING: Duration = Duration::from_secs(1);

/// `GET /graphql/ws`.
pub(in crate::http) async fn open<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    connection: Option<Extension<Connection>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let message = Message::new("Ở đây chỉ nhận WebSocket.", "Only WebSockets are taken here.");
        return context.refuse(StatusCode::UPGRADE_REQUIRED, &Refusal::new(Code::BadUserInput, message).into());
    };
    if !may_open(&server.app, &headers) {
        let message = Message::new("Trang của nguồn khác không được mở.", "Pages of another origin may not open it.");
        return context.refuse(StatusCode::FORBIDDEN, &Refusal::new(Code::Forbidden, message).into());
    }
    let caller = match authenticate::caller(&server.app, &context, &headers).await {
        Ok(caller) => caller,
        Err(refused) => return *refused,
    };
    let limits = server.app.settings().limits.clone();
    let most = limits.of(Limit::Streams);
    let Some(seat) = server.room.seat(Holder::of(&caller, context.address), most) else {
        return context.fail(&too_many(most).into());
    };
    // The token was verified just above; only its text is needed here.
    let token = authenticate::token(&headers).ok().flatten().map(str::to_owned);
    let size = usize::try_from(limits.of(Limit::MessageBytes)).unwrap_or(usize::MAX);
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(size).max_frame_size(size);
    let connection = connection.map(|Extension(connection)| connection);
    upgrade.on_upgrade(async move |socket| {
        let spoken = socket.protocol().is_some();
        let mut socket = Socket { socket, server, context, limits, token, seat, connection, heard: Instant::now() };
        let end = if spoken { socket.serve().await } else { End::Close(4406, "Subprotocol not acceptable".to_owned()) };
        socket.close(end).await;
    })
}

/// Whether the `Origin` header allows opening a socket: this server's own origin, or a configured one. Only browsers
/// send the header.
fn may_open(app: &App, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::ORIGIN).iter();
    let origin = match (given.next(), given.next()) {
        (None, _) => return true,
        (Some(only), None) => only,
        (Some(_), Some(_)) => return false,
    };
    let Ok(origin) = origin.to_str() else { return false };
    let settings = app.settings();
    let same = |host: &str| match origin.split_once("://") {
        Some(("http" | "https", its)) => its.eq_ignore_ascii_case(host),
        _ => false,
    };
    let here = headers.get(header::HOST).and_then(|host| host.to_str().ok()).is_some_and(same);
    here || settings.public_url.trim_end_matches('/').eq_ignore_ascii_case(origin)
        || settings.cors_origins.iter().any(|one| one == origin)
}

/// A message from the client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit { payload: Option<Map<String, Value>> },
    Ping { payload: Option<Value> },
    Pong {},
    Subscribe { id: String, payload: Value },
    Complete { id: String },
}

/// Why a socket is closed.
enum End {
    /// The server closes it with this code and reason.
    Close(u16, String),
    /// The client has sent a close frame.
    Left,
    /// The client is gone, or does not read what is sent.
    Gone,
}

fn bad(reason: impl Into<String>) -> End {
    End::Close(4400, reason.into())
}

struct Socket<E> {
    socket: WebSocket,
    server: Arc<Server<E>>,
    context: Context,
    limits: Limits,
    token: Option<String>,
    seat: Seat,
    connection: Option<Connection>,
    heard: Instant,
}

/// The replies of an operation; `None` marks the end.
type Told = BoxStream<'static, Option<Reply>>;

impl<E: Executor> Socket<E> {
    async fn serve(&mut self) -> End {
        let follower = match self.greeted().await {
            Ok(follower) => follower,
            Err(end) => return end,
        };
        match self.follow(&follower).await {
            Ok(never) => never,
            Err(end) => end,
        }
    }
    /// Waits for `connection_init`; returns the subscriber.
    async fn greeted(&mut self) -> Result<Arc<Follower<E>>, End> {
        let seconds = self.limits.time(Limit::InitSeconds);
        let deadline = Instant::now() + seconds;
        loop {
            let frame = tokio::select! {
                frame = self.socket.recv() => frame,
                () = tokio::time::sleep_until(deadline) => {
                    return Err(End::Close(4408, "Connection initialisation timeout".to_owned()));
                }
                () = stopping(&mut self.connection) => return Err(leaving()),
            };
            match self.read(frame)? {
                None | Some(Said::Pong {}) => {}
                Some(Said::Ping { payload }) => self.pong(payload).await?,
                Some(Said::Subscribe { .. }) => return Err(End::Close(4401, "Unauthorized".to_owned())),
                // No operation has this id: it may have ended on its own.
                Some(Said::Complete { .. }) => {}
                Some(Said::ConnectionInit { payload }) => {
                    let follower = self.admit(payload.unwrap_or_default()).await?;
                    self.send(json!({"type": "connection_ack"}).to_string()).await?;
                    return Ok(follower);
                }
            }
        }
    }
    /// Authenticates the subscriber by the token in the payload, or by that of the upgrade request.
    async fn admit(&mut self, payload: Map<String, Value>) -> Result<Arc<Follower<E>>, End> {
        let forbidden = || End::Close(4403, "Forbidden".to_owned());
        if let Some(header) = authorization(&payload).map_err(|Unreadable| forbidden())? {
            self.token = Some(bearer(header).ok_or_else(forbidden)?.to_owned());
        }
        let follower = Follower::new(self.server.clone(), self.context.clone(), self.token.clone());
        let caller = match follower.caller(true).await {
            Ok(caller) => caller,
            Err(Error::Refused(refusal)) if refusal.code == Code::Unauthenticated => return Err(forbidden()),
            // Use 1013 for a busy server: clients do not reconnect after 4403 or 1011.
            Err(Error::Refused(_)) => return Err(End::Close(1013, "Try again later".to_owned())),
            Err(error) => {
                // Creating the answer logs the error.
                let _ = Answer::of(&error, &self.context.asker);
                return Err(End::Close(1011, "Internal error".to_owned()));
            }
        };
        if caller != Caller::Anonymous {
            let most = self.limits.of(Limit::Streams);
            let seat = self.server.room.seat(Holder::of(&caller, self.context.address), most);
            self.seat = seat.ok_or_else(|| End::Close(1013, "Too many streams".to_owned()))?;
        }
        Ok(follower)
    }
    /// Reads messages and sends replies until the socket ends.
    async fn follow(&mut self, follower: &Arc<Follower<E>>) -> Result<End, End> {
        let mut operations: StreamMap<String, Told> = StreamMap::new();
        // The ids of running operations. An id may be reused once the client has seen its operation end.
        let mut names: HashSet<String> = HashSet::new();
        let often = self.limits.time(Limit::KeepAliveSeconds);
        let mut alive = tokio::time::interval_at(Instant::now() + often, often);
        // Verify the token concurrently: while the database is unavailable, the socket must go on reading and answering
        // pings.
        let mut ended = Box::pin(follower.ended());
        loop {
            tokio::select! {
                biased;
                refusal = &mut ended => {
                    let answer = Answer::of(&refusal.into(), &self.context.asker);
                    for id in &names {
                        self.next(id, &answer).await?;
                    }
                    return Err(End::Close(4403, "Forbidden: the token is not good any more".to_owned()));
                }
                () = stopping(&mut self.connection) => return Err(leaving()),
                frame = self.socket.recv() => match self.read(frame)? {
                    None | Some(Said::Pong {}) => {}
                    Some(Said::ConnectionInit { .. }) => {
                        return Err(End::Close(4429, "Too many initialisation requests".to_owned()));
                    }
                    Some(Said::Ping { payload }) => self.pong(payload).await?,
                    Some(Said::Complete { id }) => {
                        operations.remove(&id);
                        names.remove(&id);
                    }
                    Some(Said::Subscribe { id, payload }) => {
                        if names.contains(&id) {
                            return Err(End::Close(4409, short(format!("Subscriber for {id} already exists"))));
                        }
                        match self.begin(follower, payload, operations.len()) {
                            Ok(told) => {
                                names.insert(id.clone());
                                operations.insert(id, told);
                            }
                            Err(refusal) => {
                                let answer = Answer::of(&refusal.into(), &self.context.asker);
                                self.error(&id, &answer).await?;
                            }
                        }
                    }
                },
                Some((id, reply)) = operations.next(), if !operations.is_empty() => match reply {
                    Some(Reply::Answer(answer)) => self.next(&id, &answer).await?,
                    Some(Reply::Refused(answer)) => {
                        operations.remove(&id);
                        names.remove(&id);
                        self.error(&id, &answer).await?;
                    }
                    None => {
                        operations.remove(&id);
                        names.remove(&id);
                        self.send(json!({"id": id, "type": "complete"}).to_string()).await?;
                    }
                },
                _ = alive.tick() => {
                    if self.heard.elapsed() > often * 3 {
                        return Err(End::Gone);
                    }
                    self.socket.send(Frame::Ping(Default::default())).await.map_err(|_| End::Gone)?;
                }
            }
        }
    }
    /// Starts an operation, unless the socket has reached its limit of operations.
    fn begin(&self, follower: &Arc<Follower<E>>, payload: Value, open: usize) -> Result<Told, Refusal> {
        let most = self.limits.of(Limit::StreamOperations);
        if u32::try_from(open).unwrap_or(u32::MAX) >= most {
            let message = Message::new(
                format!("Kết nối này đang chạy {most} thao tác, là số nhiều nhất."),
                format!("This socket has {most} operations under way, which is the most."),
            );
            return Err(Refusal::new(Code::RateLimited, message));
        }
        let replies = follower.replies(params::of_value(payload)?, true);
        Ok(replies.map(Some).chain(stream::once(async { None })).boxed())
    }
    /// Parses a frame; none for control frames that need no action.
    fn read(&mut self, frame: Option<Result<Frame, axum::Error>>) -> Result<Option<Said>, End> {
        self.heard = Instant::now();
        let text = match frame {
            Some(Ok(Frame::Text(text))) => text,
            Some(Ok(Frame::Binary(_))) => return Err(bad("Invalid message: binary")),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => return Ok(None),
            Some(Ok(Frame::Close(_))) => return Err(End::Left),
            None => return Err(End::Gone),
            Some(Err(error)) => return Err(broken(&error.to_string())),
        };
        // Anonymous callers have the same size limit as for request bodies.
        let most = usize::try_from(self.limits.of(Limit::BodyBytesAnonymous)).unwrap_or(usize::MAX);
        if self.token.is_none() && text.len() > most {
            return Err(End::Close(1009, "Message too big".to_owned()));
        }
        let text = params::unmarked(text.as_bytes());
        if let Err(refusal) = check_json(text, &self.limits) {
            return Err(bad(short(format!("Invalid message: {}", refusal.message.text(self.context.asker.locale)))));
        }
        match serde_json::from_slice(text) {
            Ok(Said::Subscribe { id, .. } | Said::Complete { id }) if id.is_empty() || id.len() > LONGEST_ID => {
                Err(bad(format!("Invalid message: an id has 1 to {LONGEST_ID} bytes")))
            }
            Ok(said) => Ok(Some(said)),
            Err(_) => Err(bad("Invalid message")),
        }
    }
    async fn pong(&mut self, payload: Option<Value>) -> Result<(), End> {
        let mut pong = json!({"type": "pong"});
        if let (Some(payload), Some(pong)) = (payload, pong.as_object_mut()) {
            pong.insert("payload".to_owned(), payload);
        }
        self.send(pong.to_string()).await
    }
    async fn next(&mut self, id: &str, answer: &Answer) -> Result<(), End> {
        let payload = answer::json_of(answer);
        self.send(format!(r#"{{"id":{},"type":"next","payload":{payload}}}"#, json!(id))).await
    }
    async fn error(&mut self, id: &str, answer: &Answer) -> Result<(), End> {
        self.send(json!({"id": id, "type": "error", "payload": answer.errors}).to_string()).await
    }
    /// Sends a message. A client that does not read it in time is disconnected.
    async fn send(&mut self, text: String) -> Result<(), End> {
        let sent = tokio::time::timeout(self.limits.time(Limit::WriteSeconds), self.socket.send(Frame::text(text)));
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
    /// Sends the close frame, then waits a moment for the peer's. Dropping the socket at once could discard the frame
    /// unread.
    async fn close(mut self, end: End) {
        let frame = match end {
            End::Close(code, reason) => {
                tracing::info!(request_id = %self.context.asker.request_id, code, reason, "a socket is closed");
                Some(CloseFrame { code, reason: reason.into() })
            }
            // The WebSocket library answers the client's close frame while the loop below waits for the next one.
            End::Left => None,
            End::Gone => return,
        };
        let parting = async {
            if let Some(frame) = frame
                && self.socket.send(Frame::Close(Some(frame))).await.is_err()
            {
                return;
            }
            while let Some(Ok(_)) = self.socket.recv().await {}
        };
        // A peer that does not answer in time is disconnected anyway.
        let _ = tokio::time::timeout(PARTING, parting).await;
    }
}

/// The payload's `Authorization` is not a string, or there are several different ones.
struct Unreadable;

/// The payload's `Authorization`: at the top level, or in `headers`, where some clients put their HTTP headers.
fn authorization(payload: &Map<String, Value>) -> Result<Option<&str>, Unreadable> {
    let mut found = None;
    for (name, value) in payload {
        let within = match value {
            Value::Object(headers) if name.eq_ignore_ascii_case("headers") => Some(headers),
            Value::Null => continue,
            _ if name.eq_ignore_ascii_case("headers") => return Err(Unreadable),
            _ => None,
        };
        for (name, value) in std::iter::once((name, value)).chain(within.into_iter().flatten()) {
            match value {
                _ if !name.eq_ignore_ascii_case("authorization") => {}
                Value::Null => {}
                Value::String(header) if found.is_none_or(|other| other == header) => found = Some(header.as_str()),
                _ => return Err(Unreadable),
            }
        }
    }
    Ok(found)
}

/// The close code for a violation of RFC 6455.
fn broken(error: &str) -> End {
    let (code, reason) = match error {
        long if long.contains("too long") => (1009, "Message too big"),
        text if text.contains("UTF-8") || text.contains("utf-8") => (1007, "Invalid text"),
        protocol if protocol.contains("protocol error") && !protocol.contains("reset") => (1002, "Protocol error"),
        _ => return End::Gone,
    };
    End::Close(code, reason.to_owned())
}

/// The close code for a server that shuts down.
fn leaving() -> End {
    End::Close(1001, "Going away".to_owned())
}

/// Cuts a reason to the length that a close frame allows.
fn short(reason: String) -> String {
    const MOST: usize = 120;
    let end = (0..=MOST.min(reason.len())).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or_default();
    reason.get(..end).unwrap_or_default().to_owned()
}
