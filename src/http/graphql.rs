//! GraphQL over HTTP, after the draft of that name: POST with a JSON body, GET for queries.
//!
//! An answer to `Accept: application/graphql-response+json` tells by its status whether the request was executed (200) or
//! refused (400); one in `application/json` is 200 whenever the request could be read.

use std::sync::Arc;

use async_graphql::{Executor, Request, ServerError, Value};
use axum::{
    Extension,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use entity::kinds::Role;

use super::{
    Server, answer, authenticate, body, caching, compress, documents,
    negotiate::{self, Media},
    observe::{Context, Told},
    params::{self, Asked},
    points, repeat,
};
use crate::{
    graphql::{
        errors::Answer,
        request::{self, Operation},
    },
    kernel::{
        error::{Code, Error, Refusal},
        limits::Limit,
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
        let message = Message::new(
            "Thân yêu cầu phải là JSON: Content-Type: application/json.",
            "The body must be JSON: Content-Type: application/json.",
        );
        return context.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &bad(message));
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
    let request = match parameters {
        Ok(Query(parameters)) => params::of_query(parameters, &server.app.settings().limits),
        Err(_) => Err(Refusal::new(
            Code::BadUserInput,
            Message::new("Chuỗi truy vấn của địa chỉ không đọc được.", "The address's query string cannot be read."),
        )),
    };
    match request {
        Ok(request) => caching::unless_had(&headers, execute(&server, &context, media, caller, request, None).await),
        Err(refusal) => unread(&context, media, refusal),
    }
}

/// What was posted, from which alone something may be changed.
struct Posted<'a> {
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// The document that is asked for, ready to be executed.
fn prepare<E: Executor>(
    server: &Server<E>,
    caller: &Caller,
    asked: Asked,
) -> Result<(Request, Operation), Vec<ServerError>> {
    let refuse = |refusal: Refusal| vec![request::refused(refusal)];
    let found = server.documents.find(asked.document).map_err(refuse)?;
    // Whoever runs the service may look at its schema, wherever only trusted documents run.
    let operator = matches!(caller, Caller::User(user) if user.roles.contains(&Role::Admin));
    if !found.trusted && !operator {
        return Err(refuse(documents::only_trusted()));
    }
    let mut request = asked.request;
    request.query = found.text;
    let limits = &server.app.settings().limits;
    let operation = request::prepare(&mut request, &server.parsed, &server.inputs, limits)?;
    if !found.trusted && !operation.introspects {
        return Err(refuse(documents::only_trusted()));
    }
    if let Some(hash) = found.remember {
        server.documents.remember(hash, &request.query);
    }
    Ok((request, operation))
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
    let (request, operation) = match prepare(server, &caller, asked) {
        Ok(prepared) => prepared,
        Err(errors) => return executed(media, true, Answer::refused(errors, asker), Told::default()),
    };
    let told = Told { operation: operation.name.map(|name| name.chars().take(100).collect()), ..Told::default() };
    if !operation.query && posted.is_none() {
        let message = Message::new("GET chỉ để đọc: hãy dùng POST.", "GET only reads: use POST.");
        let answer = Answer::of(&bad(message), asker);
        let mut response = answer::respond(StatusCode::METHOD_NOT_ALLOWED, media, answer, told);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let query = operation.query;
    let op = Op::new(&server.app, caller, &asker.request_id);
    let public = query && posted.is_none() && op.caller() == &Caller::Anonymous;
    let (server, seen, cost) = (server.clone(), context.clone(), operation.cost);
    let run = move |op: Op| async move {
        let (context, asker) = (&seen, &seen.asker);
        let taken = match points::take(&server.app, context, op.caller(), &cost) {
            Ok(taken) => taken,
            Err(reason) => return points::refuse(reason, context, media, told),
        };
        let op = op.standing_at(taken.standing);
        let deadline = server.app.settings().limits.time(Limit::DeadlineSeconds);
        let request = request.data(op.clone()).data(asker.locale);
        let response = tokio::time::timeout(deadline, server.schema.execute(request)).await;
        if let Err(error) = op.record_refusals().await {
            // What is refused but cannot be written down is our fault, not an answer.
            return answer::respond(answer::status(error.code()), media, Answer::of(&error, asker), told);
        }
        let told = Told { statements: op.statements(), ..told };
        match response {
            Ok(response) => {
                let mut answer = Answer::executed(response, asker, !query);
                if answer.data.is_none() {
                    taken.void(&op);
                    return executed(media, true, answer, told);
                }
                let spent = taken.settle(&op);
                answer.spent = Some(spent);
                let mut response = match public && answer.errors.is_empty() {
                    true => answer::respond_publicly(media, answer, told),
                    false => executed(media, query, answer, told),
                };
                points::tell(response.headers_mut(), taken.standing.limit, spent.available);
                response
            }
            Err(_) => {
                let error = Refusal::timeout().into();
                answer::respond(answer::status(Code::Timeout), media, Answer::of(&error, asker), told)
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

/// Whom a request is from, and in which form it is to be answered.
async fn asked<E: Executor>(
    server: &Server<E>,
    context: &Context,
    headers: &HeaderMap,
) -> Result<(Media, Caller), Box<Response>> {
    let caller = authenticate::caller(&server.app, context, headers).await?;
    Ok((media(headers, context)?, caller))
}

/// The answer of a request that was read. What only reads, and found the service too busy, may be sent again as it is.
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
