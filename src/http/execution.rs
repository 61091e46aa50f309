//! An operation, executed: the same whether a request asks for it, a message on a socket, or an event stream.

use std::sync::Arc;

use async_graphql::{Executor, Request, ServerError, parser::types::OperationType};
use entity::kinds::Role;

use super::{
    Server, bytes, documents,
    observe::Context,
    params::Asked,
    points::{self, NotTaken},
};
use crate::{
    graphql::{
        errors::{Answer, Spent},
        limits::Cost,
        request::{self, Operation},
    },
    journal::reads,
    kernel::{
        error::{Error, Refusal},
        op::Op,
        policy::Caller,
    },
};

/// Why an operation is not executed.
pub(super) enum NotReady {
    /// These errors are in the request.
    Wrong(Vec<ServerError>),
    /// There were not enough points to parse its document.
    NotTaken(NotTaken),
}

impl From<Vec<ServerError>> for NotReady {
    fn from(errors: Vec<ServerError>) -> Self {
        NotReady::Wrong(errors)
    }
}

/// The document that is asked for, paid by its length and ready to be executed.
pub(super) fn prepare<E: Executor>(
    server: &Server<E>,
    context: &Context,
    caller: &Caller,
    asked: Asked,
) -> Result<(Request, Operation), NotReady> {
    let refuse = |refusal: Refusal| vec![request::refused(refusal)];
    let found = server.documents.find(asked.document).map_err(refuse)?;
    // Whoever runs the service may look at its schema, wherever only trusted documents run.
    let operator = matches!(caller, Caller::User(user) if user.roles.contains(&Role::Admin));
    if !found.trusted && !operator {
        return Err(refuse(documents::only_trusted()).into());
    }
    bytes::take(&server.app, context, caller, &found.text, asked.variables_bytes).map_err(NotReady::NotTaken)?;
    let mut request = asked.request;
    request.query = found.text;
    let limits = &server.app.settings().limits;
    let operation = request::prepare(&mut request, &server.parsed, &server.inputs, limits)?;
    if !found.trusted && !operation.introspects {
        return Err(refuse(documents::only_trusted()).into());
    }
    if let Some(hash) = found.remember {
        server.documents.remember(hash, &request.query);
    }
    Ok((request, operation))
}

/// What became of an operation.
pub(super) enum Ran {
    /// It was answered; where it was executed, this is what it cost, of so many points.
    Answered(Answer, Option<(Spent, u32)>),
    /// There were not enough points for it.
    NotTaken(NotTaken),
    /// It was not answered.
    Failed(Error),
}

/// Writes down what was refused and, where it will be answered, notes what was read under grants. What cannot be written down is
/// our fault, not an answer.
///
/// # Errors
/// The database's.
pub(super) async fn written_down(op: &Op, answered: bool) -> Result<(), Error> {
    op.record_refusals().await?;
    if answered { reads::note(op).await } else { Ok(()) }
}

/// Executes a query or a mutation.
pub(super) async fn once<E: Executor>(
    server: &Arc<Server<E>>,
    context: &Context,
    op: &Op,
    request: Request,
    kind: OperationType,
    cost: &Cost,
) -> Ran {
    let asker = &context.asker;
    let taken = match points::take(&server.app, context, op.caller(), cost) {
        Ok(taken) => taken,
        Err(reason) => return Ran::NotTaken(reason),
    };
    let op = op.clone().paid_from(taken.standing, taken.account.clone()).sent_from(context.address);
    let request = request.data(op.clone()).data(asker.locale);
    let response = tokio::time::timeout(context.deadline.left(), server.schema.execute(request)).await;
    let recorded = written_down(&op, response.is_ok()).await;
    let answer = match (response, recorded) {
        (Ok(response), Ok(())) => Ok(Answer::executed(response, asker, kind == OperationType::Mutation)),
        (_, Err(error)) => Err(error),
        (Err(_), Ok(())) => Err(Refusal::timeout().into()),
    };
    let mut answer = match answer {
        Ok(answer) if answer.data.is_none() => {
            taken.void(&op);
            return Ran::Answered(answer, None);
        }
        Ok(answer) => answer,
        Err(error) => {
            taken.settle(&op);
            return Ran::Failed(error);
        }
    };
    if answer.errors.is_empty() {
        taken.succeeded(&server.app);
    }
    let spent = taken.settle(&op);
    answer.spent = Some(spent);
    Ran::Answered(answer, Some((spent, taken.standing.limit)))
}
