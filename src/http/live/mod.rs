//! Streaming operations over WebSocket ([`socket`]) and as server-sent events ([`events`]).
//!
//! Nothing is queued for slow readers: the next event is read from the feed once the last one was delivered. A stream
//! ends only when its token expires or is revoked. While the database is busy or unavailable, streams wait.

mod bearers;
pub(super) mod events;
pub(super) mod socket;

use std::{
    any::Any,
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_graphql::{
    Executor,
    futures_util::stream::{self, BoxStream, StreamExt},
    parser::types::OperationType,
};
use tokio::sync::Notify;

use self::bearers::Bearer;
pub(super) use self::bearers::Bearers;
use super::{
    Server, authenticate,
    connections::Connection,
    digest,
    execution::{self, NotReady, Ran},
    observe::Context,
    params::Asked,
    points::{self, NotTaken},
};
use crate::{
    graphql::errors::Answer,
    kernel::{
        error::{Broken, Code, Error, Refusal, Result},
        locale::Message,
        object::stream::Lasting,
        op::Op,
        policy::Caller,
        quota::Holder,
    },
};

/// The number of open streams per caller.
#[derive(Clone, Default)]
pub(super) struct Room(Arc<Mutex<HashMap<Holder, u32>>>);

/// A guard: the stream is counted until this is dropped.
pub(super) struct Seat {
    room: Room,
    holder: Holder,
}

impl Room {
    /// Counts one more stream; none if the caller has reached the limit.
    fn seat(&self, holder: Holder, most: u32) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(holder).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { room: self.clone(), holder })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.holder);
            }
        }
    }
}

/// The subscriber: its token, which is verified repeatedly. An anonymous caller has none.
struct Follower<E> {
    server: Arc<Server<E>>,
    context: Context,
    bearer: Option<Arc<Bearer>>,
    found_out: Notify,
}

/// One reply of an operation.
enum Reply {
    /// A result; more may follow.
    Answer(Answer),
    /// The operation was rejected before execution.
    Refused(Answer),
}

type Replies = BoxStream<'static, Reply>;

/// The shortest time between two verifications of a token.
const LEAST: Duration = Duration::from_secs(1);

impl<E: Executor> Follower<E> {
    fn new(server: Arc<Server<E>>, context: Context, token: Option<String>) -> Arc<Self> {
        let bearer = token.map(|token| server.bearers.of(token));
        Arc::new(Follower { server, context, bearer, found_out: Notify::new() })
    }
    /// The caller now. For a new operation the token is verified afresh; for an event, a verification that includes
    /// everything committed before it is enough.
    async fn caller(&self, at_this_moment: bool) -> Result<Caller> {
        let Some(bearer) = &self.bearer else { return Ok(Caller::Anonymous) };
        let known = bearer.caller(&self.server.app, &self.context, at_this_moment).await?;
        Ok(known.map_err(|fault| {
            self.found_out.notify_one();
            authenticate::not_good(fault)
        })?)
    }
    /// Waits until the token must be verified again: after a commit that may affect its caller, when it expires, when
    /// it was found to be invalid, and at regular intervals.
    async fn due(&self) {
        let Some(bearer) = &self.bearer else { return std::future::pending().await };
        let app = &self.server.app;
        let mut news = app.news().listen();
        let wait = bearer.left(app).await.max(LEAST);
        let outdated = async {
            while news.changed().await.is_ok() {
                if !bearer.holds(app).await {
                    return;
                }
            }
        };
        tokio::select! { () = tokio::time::sleep(wait) => (), () = self.found_out.notified() => (), () = outdated => () }
    }
    /// Waits until the token is invalid; returns why.
    async fn ended(&self) -> Refusal {
        loop {
            self.due().await;
            if let Some(refusal) = self.signed_out().await {
                return refusal;
            }
        }
    }
    /// Why the token is invalid. None while it is valid, or while the database is unavailable.
    async fn signed_out(&self) -> Option<Refusal> {
        match self.caller(false).await {
            Err(Error::Refused(refusal)) if refusal.code == Code::Unauthenticated => Some(refusal),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(request_id = %self.context.asker.request_id, %error, "a token cannot be verified now");
                None
            }
        }
    }
    /// The replies of an operation, in order. A panic ends only this operation.
    fn replies(self: &Arc<Self>, asked: Asked, may_change: bool) -> Replies {
        let asker = self.context.asker.clone();
        let replies = stream::once(self.clone().start(asked, may_change)).flatten();
        let panicked = move |_: Box<dyn Any + Send>| {
            // The panic message may hold values, so it is not repeated. The panic hook has logged the place.
            Reply::Answer(Answer::of(&Broken::new("an operation panicked").into(), &asker))
        };
        AssertUnwindSafe(replies).catch_unwind().map(move |reply| reply.unwrap_or_else(&panicked)).boxed()
    }
    fn refuse(&self, error: &Error) -> Replies {
        let answer = Answer::of(error, &self.context.asker);
        stream::once(async { Reply::Refused(answer) }).boxed()
    }
    async fn start(self: Arc<Self>, asked: Asked, may_change: bool) -> Replies {
        let caller = match self.caller(true).await {
            Ok(caller) => caller,
            Err(error) => return self.refuse(&error),
        };
        let asker = &self.context.asker;
        let (request, operation) = match execution::prepare(&self.server, &self.context, &caller, asked) {
            Ok(prepared) => prepared,
            Err(NotReady::NotTaken(reason)) => return self.refuse(&reason.refusal().into()),
            Err(NotReady::Wrong(errors)) => {
                let answer = Answer::refused(errors, asker);
                return stream::once(async { Reply::Refused(answer) }).boxed();
            }
        };
        if operation.kind == OperationType::Mutation && !may_change {
            let message = Message::new("GET chỉ để đọc: hãy dùng POST.", "GET only reads: use POST.");
            return self.refuse(&Refusal::new(Code::BadUserInput, message).into());
        }
        let op = Op::new(&self.server.app, caller, &asker.request_id);
        if operation.kind != OperationType::Subscription {
            let ran =
                execution::once(&self.server, &self.context.again(), &op, request, operation.kind, &operation.cost)
                    .await;
            let reply = match ran {
                Ran::Answered(answer, None) => Reply::Refused(answer),
                Ran::Answered(answer, Some(_)) => Reply::Answer(answer),
                Ran::NotTaken(reason) => Reply::Refused(Answer::of(&reason.refusal().into(), asker)),
                Ran::Failed(error) => Reply::Answer(Answer::of(&error, asker)),
            };
            return stream::once(async { reply }).boxed();
        }
        // Each event is charged on delivery. A caller who cannot afford one event is rejected here.
        match points::take(&self.server.app, &self.context, op.caller(), &operation.cost) {
            Ok(taken) => taken.void(&op),
            Err(reason) => return self.refuse(&reason.refusal().into()),
        }
        let last: Arc<Mutex<Option<Op>>> = Arc::default();
        let (follower, made) = (self.clone(), last.clone());
        let most = (BATCH_VALUES / operation.cost.points.max(1)).clamp(1, BATCH_EVENTS);
        let document = match digest::of_request(&request) {
            Ok(digest) => digest,
            Err(error) => return self.refuse(&error),
        };
        let lasting = Lasting::new(document, most, move || {
            let (follower, made) = (follower.clone(), made.clone());
            Box::pin(async move {
                let caller = follower.caller(false).await?;
                let holder = Holder::of(&caller, follower.context.address);
                let op = Op::new(&follower.server.app, caller, &follower.context.asker.request_id).waiting_as(holder);
                *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(op.clone());
                Ok(op)
            })
        });
        let request = request.data(op).data(asker.locale).data(lasting);
        let responses = self.server.schema.execute_stream(request, None);
        let follower = self.clone();
        responses
            .then(move |response| {
                let (follower, last) = (follower.clone(), last.clone());
                async move {
                    let op = last.lock().unwrap_or_else(PoisonError::into_inner).take();
                    if let Some(op) = op {
                        points::charge(&follower.context, &op).await;
                        if let Err(error) = recorded(&op).await {
                            return Reply::Answer(Answer::of(&error, &follower.context.asker));
                        }
                    }
                    let answer = Answer::executed(response, &follower.context.asker, false);
                    if answer.data.is_some() { Reply::Answer(answer) } else { Reply::Refused(answer) }
                }
            })
            .boxed()
    }
}

/// The largest number of events per read, and of values in them. Larger events are read one at a time.
const BATCH_EVENTS: u64 = 50;
const BATCH_VALUES: u64 = 5_000;

/// The delay before another attempt to audit an event that was read under a grant.
const RECORDED_AGAIN: Duration = Duration::from_secs(1);

/// Audits an event that was read under a grant. The event is delivered only after that, and is not lost while the
/// database is busy.
async fn recorded(op: &Op) -> Result<()> {
    loop {
        match execution::written_down(op, true).await {
            Err(error) if error.code() == Code::Unavailable => tokio::time::sleep(RECORDED_AGAIN).await,
            outcome => return outcome,
        }
    }
}

impl NotTaken {
    /// The error of an operation that was not paid for.
    fn refusal(self) -> Refusal {
        match self {
            NotTaken::TooMuch(refusal) => refusal,
            NotTaken::Short(_, message) => Refusal::new(Code::RateLimited, message),
        }
    }
}

/// Waits until the server shuts down; for ever without a connection.
async fn stopping(connection: &mut Option<Connection>) {
    match connection {
        Some(connection) => connection.stopping().await,
        None => std::future::pending().await,
    }
}

/// The error for a caller who has reached the limit of open streams.
fn too_many(most: u32) -> Refusal {
    let message = Message::new(
        format!("Đã mở {most} luồng, là số nhiều nhất; hãy đóng bớt."),
        format!("There are {most} streams open, which is the most: close one."),
    );
    Refusal::new(Code::RateLimited, message)
}
