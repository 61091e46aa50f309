//! GraphQL over HTTP, as in the draft of that name: POST with a JSON body, GET for queries.
//!
//! With `Accept: application/graphql-response+json` the status says whether the request was executed (200) or rejected
//! (400). With `application/json` it is 200 for every request that could be parsed.

use std::sync::Arc;

use async_graphql::{Executor, Value, parser::types::OperationType};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{
    Server, answer,
    answers::{Kept, Lookup},
    authenticate, body, caching, compress,
    execution::{self, NotReady, Ran},
    negotiate::{self, Media},
    observe::{Context, Told},
    params::{self, Asked},
    points, repeat,
};
use crate::{
    graphql::errors::Answer,
    kernel::{
        error::{Code, Error, Refusal},
        locale::Message,
        op::Op,
        policy::Caller,
    },
};

/// `POST /graphql`.
pub(super) async fn post<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (media, caller) = match asked(&server, &context, &headers).await {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    if !negotiate::is_json(&headers) {
        return negotiate::not_json(&context);
    }
    let body = match body::read(&server.app, &context, &caller, &headers, body).await {
        Ok(body) => body,
        Err(refused) => return *refused,
    };
    match params::of_body(&body, &server.app.settings().limits) {
        Ok(request) => {
            let posted = Posted { headers: &headers, body: &body };
            execute(&server, &context, media, caller, request, Some(posted)).await
        }
        Err(refusal) => unread(&context, media, refusal),
    }
}

/// `GET /graphql`.
pub(super) async fn get<E: Executor>(
    State(server): State<Arc<Server<E>>>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let (media, caller) = match asked(&server, &context, &headers).await {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    match params::of_uri(parameters, &server.app.settings().limits) {
        Ok(request) => caching::unless_had(&headers, execute(&server, &context, media, caller, request, None).await),
        Err(refusal) => unread(&context, media, refusal),
    }
}

/// A POST request: only these may run mutations.
struct Posted<'a> {
    headers: &'a HeaderMap,
    body: &'a [u8],
}

async fn execute<E: Executor>(
    server: &Arc<Server<E>>,
    context: &Context,
    media: Media,
    caller: Caller,
    asked: Asked,
    posted: Option<Posted<'_>>,
) -> Response {
    let asker = &context.asker;
    let (request, operation) = match execution::prepare(server, context, &caller, asked) {
        Ok(prepared) => prepared,
        Err(NotReady::Wrong(errors)) => return executed(media, true, Answer::refused(errors, asker), Told::default()),
        Err(NotReady::NotTaken(reason)) => return points::refuse(reason, context, media, Told::default()),
    };
    let told = Told { operation: operation.name.map(|name| name.chars().take(100).collect()), ..Told::default() };
    let (query, kind) = (operation.kind == OperationType::Query, operation.kind);
    if kind == OperationType::Subscription {
        let message = Message::new(
            "Theo dõi trực tiếp ở /graphql/ws (WebSocket) hoặc /graphql/stream (sự kiện từ máy chủ).",
            "Follow at /graphql/ws (WebSocket) or /graphql/stream (server-sent events).",
        );
        return executed(media, true, Answer::of(&bad(message), asker), told);
    }
    if !query && posted.is_none() {
        let message = Message::new("GET chỉ để đọc: hãy dùng POST.", "GET only reads: use POST.");
        let answer = Answer::of(&bad(message), asker);
        let mut response = answer::respond(StatusCode::METHOD_NOT_ALLOWED, media, answer, told);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let op = Op::new(&server.app, caller, &asker.request_id);
    let public = query && op.caller() == &Caller::Anonymous;
    let by_anybody = public && posted.is_none();
    let found = match public {
        true => {
            tokio::time::timeout(context.deadline.left(), server.answers.find(&server.app, &request, asker.locale))
                .await
        }
        false => Ok(None),
    };
    let execution = match found {
        Ok(Some(Lookup::Hit(kept))) => return from_cache(server, context, media, &op, &kept, by_anybody, told),
        Ok(Some(Lookup::Miss(execution))) => Some(execution),
        Ok(None) => None,
        Err(_) => {
            let error = Refusal::timeout().into();
            return answer::respond(answer::status(Code::Timeout), media, Answer::of(&error, asker), told);
        }
    };
    let (server, seen, cost) = (server.clone(), context.clone(), operation.cost);
    let run = move |op: Op| async move {
        let (context, asker) = (&seen, &seen.asker);
        match execution::once(&server, context, &op, request, kind, &cost).await {
            Ran::NotTaken(reason) => points::refuse(reason, context, media, told),
            Ran::Failed(error) => {
                let told = Told { statements: op.statements(), ..told };
                answer::respond(answer::status(error.code()), media, Answer::of(&error, asker), told)
            }
            Ran::Answered(answer, None) => executed(media, true, answer, Told { statements: op.statements(), ..told }),
            Ran::Answered(answer, Some((spent, limit))) => {
                let told = Told { statements: op.statements(), ..told };
                let mut response = match public && answer.errors.is_empty() {
                    true => {
                        let json = Bytes::from(answer::json_without_cost(&answer));
                        if let Some(execution) = execution.filter(|_| !op.is_personal()) {
                            server.answers.keep(execution, &json, spent.actual);
                        }
                        match by_anybody {
                            true => answer::respond_publicly(media, json.clone(), &caching::tag(&json), told),
                            false => answer::respond_with_cost(media, &json, &spent, told),
                        }
                    }
                    false => executed(media, query, answer, told),
                };
                points::tell(response.headers_mut(), limit, spent.available);
                response
            }
        }
    };
    match posted {
        Some(posted) if !query => {
            compress::never(repeat::once(context, op, posted.headers, &[b"/graphql", posted.body], run).await)
        }
        _ => run(op).await,
    }
}

/// An answer from the cache.
fn from_cache<E: Executor>(
    server: &Server<E>,
    context: &Context,
    media: Media,
    op: &Op,
    kept: &Kept,
    by_anybody: bool,
    told: Told,
) -> Response {
    let spent = match points::take_for_kept(&server.app, context, op.caller(), kept.cost()) {
        Ok(spent) => spent,
        Err(reason) => return points::refuse(reason, context, media, told),
    };
    let mut response = match by_anybody {
        true => answer::respond_publicly(media, kept.json.clone(), kept.tag(), told),
        false => answer::respond_with_cost(media, &kept.json, &spent, told),
    };
    let headers = response.headers_mut();
    points::tell(headers, server.app.settings().limits.points(op.caller()).1, spent.available);
    headers.insert("server-timing", HeaderValue::from_static("cache;desc=\"hit\""));
    response
}

/// The media type of the response, and the caller.
async fn asked<E: Executor>(
    server: &Server<E>,
    context: &Context,
    headers: &HeaderMap,
) -> Result<(Media, Caller), Box<Response>> {
    let caller = authenticate::caller(&server.app, context, headers).await?;
    Ok((media(headers, context)?, caller))
}

/// The response to a request that was parsed. If the service was too busy and nothing was changed, the status is 503,
/// so that the client may retry the request unchanged.
pub(super) fn executed(media: Media, reads: bool, answer: Answer, told: Told) -> Response {
    let again = reads || answer.data.as_ref().is_none_or(|data| *data == Value::Null);
    let status = match (media, &answer.data) {
        _ if again && answer.codes().contains(&Code::Unavailable.as_str()) => answer::status(Code::Unavailable),
        (Media::GraphQl, None) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    answer::respond(status, media, answer, told)
}

fn unread(context: &Context, media: Media, refusal: Refusal) -> Response {
    let answer = Answer::of(&refusal.into(), &context.asker);
    answer::respond(StatusCode::BAD_REQUEST, media, answer, Told::default())
}

fn media(headers: &HeaderMap, context: &Context) -> Result<Media, Box<Response>> {
    negotiate::answer(headers).ok_or_else(|| {
        let message = Message::new(
            "Chỉ trả lời bằng application/graphql-response+json hoặc application/json.",
            "Answers are application/graphql-response+json or application/json.",
        );
        Box::new(context.refuse(StatusCode::NOT_ACCEPTABLE, &bad(message)))
    })
}

fn bad(message: Message) -> Error {
    Refusal::new(Code::BadUserInput, message).into()
}
