//! Errors as they are sent: each has a stable code, a message in the caller's language and the request's id. The
//! details of an internal error go to the log only.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{PathSegment, Pos, Response, ServerError, Value};
use serde::Serialize;

use super::phrases;
use crate::kernel::{
    error::{Broken, Code, Error, Refusal},
    locale::{Locale, Message},
};

/// The recipient of a response.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The language of messages.
    pub locale: Locale,
    /// The request's id.
    pub request_id: Arc<str>,
    /// The most errors in a response, and the most bad fields in an error. A document can be wrong in ten thousand
    /// places.
    pub most_errors: usize,
}

/// The response to a request.
#[derive(Debug, Default)]
pub struct Answer {
    /// The errors.
    pub errors: Vec<Fault>,
    /// The result. `None` if the request was rejected before it was executed.
    pub data: Option<Value>,
    /// The cost. Only for a request that was executed.
    pub spent: Option<Spent>,
}

/// The cost of a response, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// The most that the request could cost, which is reserved before it is executed.
    pub requested: u32,
    /// The actual cost, computed after execution.
    pub actual: u32,
    /// Points that the caller has left.
    pub available: u32,
    /// Points that the caller gains each second, up to the caller's limit.
    pub restore_rate: u32,
}

/// An error as it is sent.
#[derive(Debug, Serialize)]
pub struct Fault {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Pos>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<PathSegment>,
    extensions: Extensions,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<BadField>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    request_id: Arc<str>,
}

#[derive(Debug, Serialize)]
struct BadField {
    path: String,
    code: &'static str,
    message: String,
}

impl Fault {
    /// An error that concerns the whole request.
    pub fn of(error: &Error, asker: &Asker) -> Self {
        let fields = match error {
            Error::Refused(refusal) if refusal.code == Code::BadUserInput || !refusal.fields.is_empty() => {
                let field = |fault: &crate::kernel::error::FieldFault| BadField {
                    path: fault.path.clone(),
                    code: fault.code,
                    message: fault.message.text(asker.locale).to_owned(),
                };
                let mut fields: Vec<BadField> = refusal.fields.iter().take(asker.most_errors).map(field).collect();
                if let Some(more) = more(refusal.fields.len(), asker.most_errors) {
                    let message = more.text(asker.locale).to_owned();
                    fields.push(BadField { path: String::new(), code: "AND_MORE", message });
                }
                Some(fields)
            }
            Error::Refused(_) => None,
            Error::Broken(broken) => {
                tracing::error!(request_id = %asker.request_id, error = %Error::from(broken.clone()), "broken");
                None
            }
        };
        let (allowed, version) = match error {
            Error::Refused(refusal) => (refusal.allowed.clone(), refusal.version),
            Error::Broken(_) => (None, None),
        };
        Fault {
            message: error.told(asker.locale),
            locations: vec![],
            path: vec![],
            extensions: Extensions {
                code: error.code().as_str(),
                fields,
                allowed,
                version,
                request_id: asker.request_id.clone(),
            },
        }
    }
    fn carried(carried: ServerError, asker: &Asker) -> Self {
        let fault = match carried.source::<Error>() {
            Some(error) => Fault::of(error, asker),
            // Nothing was executed: the error is from async-graphql's parser or validation.
            None if carried.path.is_empty() => Fault::of(&of_document(&carried).into(), asker),
            None => Fault::of(&Broken::new(&carried.message).into(), asker),
        };
        Fault { locations: carried.locations, path: carried.path, ..fault }
    }
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        self.extensions.code
    }
}

fn of_document(error: &ServerError) -> Refusal {
    let at = error.locations.first().copied().unwrap_or_default();
    match phrases::document(&error.message, at.line, at.column) {
        Some(message) => Refusal::new(Code::BadUserInput, message),
        None => Refusal::new(
            Code::QueryTooComplex,
            Message::new("Truy vấn lồng nhau quá sâu.", "The document is nested too deeply."),
        ),
    }
}

/// Merges async-graphql's errors that have the same message into one with all their locations. Without this, one
/// mistake that a document repeats would fill the response thousands of times.
fn each_once(errors: Vec<ServerError>, most: usize) -> Vec<ServerError> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut told: Vec<ServerError> = vec![];
    for error in errors {
        // Our errors name the field by its path, so they are never the same.
        if error.source.is_some() {
            told.push(error);
        } else if let Some(first) = known.get(&error.message).and_then(|at| told.get_mut(*at)) {
            let new = error.locations.into_iter().filter(|place| !first.locations.contains(place));
            let new: Vec<Pos> = new.take(most.saturating_sub(first.locations.len())).collect();
            first.locations.extend(new);
        } else {
            known.insert(error.message.clone(), told.len());
            told.push(error);
        }
    }
    told
}

/// The first errors up to the limit, and one that says how many were left out.
fn first_of(errors: Vec<ServerError>, asker: &Asker, told: impl Fn(ServerError) -> Fault) -> Vec<Fault> {
    let more = more(errors.len(), asker.most_errors);
    let mut faults: Vec<Fault> = errors.into_iter().take(asker.most_errors).map(told).collect();
    if let (Some(more), Some(last)) = (more, faults.last()) {
        let extensions = Extensions {
            code: last.code(),
            fields: None,
            allowed: None,
            version: None,
            request_id: asker.request_id.clone(),
        };
        let message = more.text(asker.locale).to_owned();
        faults.push(Fault { message, locations: vec![], path: vec![], extensions });
    }
    faults
}

/// A message that says how many errors were left out; none if all are shown.
fn more(all: usize, told: usize) -> Option<Message> {
    let more = all.checked_sub(told).filter(|more| *more > 0)?;
    Some(Message::new(format!("Còn {more} lỗi nữa không được nêu."), format!("{more} more errors are not told.")))
}

impl Answer {
    /// Converts async-graphql's response.
    ///
    /// A mutation has one argument, `input`. Commands do not know that, so the paths of their bad fields are put below
    /// it.
    pub fn executed(response: Response, asker: &Asker, mutation: bool) -> Self {
        // Errors of execution have a path. An error without a path means that nothing was executed.
        if response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty()) {
            return Answer::refused(response.errors, asker);
        }
        let told = |error: ServerError| {
            let below = mutation && error.path.len() == 1;
            let mut fault = Fault::carried(error, asker);
            for field in fault.extensions.fields.iter_mut().flatten().filter(|_| below) {
                if !field.path.starts_with("input") {
                    field.path = format!("input.{}", field.path);
                }
            }
            fault
        };
        Answer { errors: first_of(response.errors, asker, told), data: Some(response.data), spent: None }
    }
    /// A request that was rejected before it was executed.
    pub fn refused(errors: Vec<ServerError>, asker: &Asker) -> Self {
        let errors = each_once(errors, asker.most_errors);
        Answer { errors: first_of(errors, asker, |error| Fault::carried(error, asker)), ..Answer::default() }
    }
    /// A request that was rejected for one reason before it was executed.
    pub fn of(error: &Error, asker: &Asker) -> Self {
        Answer { errors: vec![Fault::of(error, asker)], ..Answer::default() }
    }
    /// The codes of the errors, each once.
    pub fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<&'static str> = self.errors.iter().map(Fault::code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}
