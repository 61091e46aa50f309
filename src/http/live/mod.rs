//! What lasts longer than a request: operations over WebSocket ([`socket`]) and as server-sent events ([`events`]).
//!
//! Nothing is kept for who reads slowly: the next event is read from the feed when the last one was taken.

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

use super::{
    Server, authenticate,
    connections::Connection,
    execution::{self, NotReady, Ran},
    observe::Context,
    params::Asked,
    points::{self, NotTaken},
};
use crate::{
    graphql::errors::Answer,
    identity::token,
    kernel::{
        error::{Broken, Code, Error, Refusal, Result},
        limits::Limit,
        locale::Message,
        object::stream::Lasting,
        op::Op,
        policy::Caller,
        quota::Holder,
    },
};

/// How many streams everybody has open.
#[derive(Clone, Default)]
pub(super) struct Room(Arc<Mutex<HashMap<Holder, u32>>>);

/// A stream that counts for as long as this is held.
pub(super) struct Seat {
    room: Room,
    holder: Holder,
}

impl Room {
    /// One more, if there may be one more.
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

/// Whoever follows: a token, asked again and again whom it stands for.
struct Follower<E> {
    server: Arc<Server<E>>,
    context: Context,
    token: Option<String>,
    found_out: Notify,
}

/// What an operation says.
enum Reply {
    /// An answer, perhaps the first of many.
    Answer(Answer),
    /// It is not executed.
    Refused(Answer),
}

type Replies = BoxStream<'static, Reply>;

/// The least time between two looks at a token.
const LEAST: Duration = Duration::from_secs(1);

impl<E: Executor> Follower<E> {
    fn new(server: Arc<Server<E>>, context: Context, token: Option<String>) -> Arc<Self> {
        Arc::new(Follower { server, context, token, found_out: Notify::new() })
    }
    /// Who it is now.
    async fn caller(&self) -> Result<Caller> {
        let known = authenticate::known(&self.server.app, &self.context, self.token.as_deref()).await?;
        Ok(known.map_err(|fault| {
            self.found_out.notify_one();
            authenticate::not_good(fault)
        })?)
    }
    /// Waits until it is time to look at the token again: now and then, when it ends, and when it was found to be no good.
    async fn due(&self) {
        let Some(token) = &self.token else { return std::future::pending().await };
        let app = &self.server.app;
        let often = app.settings().limits.time(Limit::KeepAliveSeconds);
        let op = Op::new(app, Caller::Anonymous, &self.context.asker.request_id);
        let left = match token::open(&op, token) {
            Ok(Ok(claims)) => (claims.expires_at() - op.now()).to_std().unwrap_or_default(),
            Ok(Err(_)) => Duration::ZERO,
            Err(_) => often,
        };
        let wait = left.clamp(LEAST, often.max(LEAST));
        tokio::select! { () = tokio::time::sleep(wait) => (), () = self.found_out.notified() => () }
    }
    /// Why the token stands for nobody any more; none while it does.
    async fn signed_out(&self) -> Option<Refusal> {
        match self.caller().await {
            Ok(_) => None,
            Err(Error::Refused(refusal)) => Some(refusal),
            Err(Error::Broken(error)) => {
                tracing::error!(error = %Error::from(error), "a follower is not known");
                None
            }
        }
    }
    /// What an operation says, one thing after the other. A panic ends it, and nothing else.
    fn replies(self: &Arc<Self>, asked: Asked, may_change: bool) -> Replies {
        let asker = self.context.asker.clone();
        let replies = stream::once(self.clone().start(asked, may_change)).flatten();
        let panicked = move |_: Box<dyn Any + Send>| {
            // What it said may hold values: the panic hook has told where it was.
            Reply::Answer(Answer::of(&Broken::new("an operation panicked").into(), &asker))
        };
        AssertUnwindSafe(replies).catch_unwind().map(move |reply| reply.unwrap_or_else(&panicked)).boxed()
    }
    fn refuse(&self, error: &Error) -> Replies {
        let answer = Answer::of(error, &self.context.asker);
        stream::once(async { Reply::Refused(answer) }).boxed()
    }
    async fn start(self: Arc<Self>, asked: Asked, may_change: bool) -> Replies {
        let caller = match self.caller().await {
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
        // Each event is paid for when it was told; whoever could not pay for one need not begin.
        match points::take(&self.server.app, &self.context, op.caller(), &operation.cost) {
            Ok(taken) => taken.void(&op),
            Err(reason) => return self.refuse(&reason.refusal().into()),
        }
        let last: Arc<Mutex<Option<Op>>> = Arc::default();
        let (follower, made) = (self.clone(), last.clone());
        let lasting = Lasting::new(move || {
            let (follower, made) = (follower.clone(), made.clone());
            Box::pin(async move {
                let caller = follower.caller().await?;
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
                        if let Err(error) = execution::written_down(&op, true).await {
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

impl NotTaken {
    /// The refusal of an operation for which nothing was taken.
    fn refusal(self) -> Refusal {
        match self {
            NotTaken::TooMuch(refusal) => refusal,
            NotTaken::Short(_, message) => Refusal::new(Code::RateLimited, message),
        }
    }
}

/// Waits until the program stops.
async fn stopping(connection: &mut Option<Connection>) {
    match connection {
        Some(connection) => connection.stopping().await,
        None => std::future::pending().await,
    }
}

/// What is said to who has as many streams open as there may be.
fn too_many(most: u32) -> Refusal {
    let message = Message::new(
        format!("Đã mở {most} luồng, là số nhiều nhất; hãy đóng bớt."),
        format!("There are {most} streams open, which is the most: close one."),
    );
    Refusal::new(Code::RateLimited, message)
}
