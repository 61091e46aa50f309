//! Errors as they leave the server: each with a stable code, in the caller's language, and with the request's id. What broke on
//! our side is told to the log only.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{PathSegment, Pos, Response, ServerError, Value};
use serde::Serialize;

use super::phrases;
use crate::kernel::{
    error::{Broken, Code, Error, Refusal},
    locale::{Locale, Message},
};

/// Whom an answer is for.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The language.
    pub locale: Locale,
    /// The request's id.
    pub request_id: Arc<str>,
    /// How many errors are told at most, and bad fields of each: a document can be wrong in ten thousand places.
    pub most_errors: usize,
}

/// The answer to a request.
#[derive(Debug, Default)]
pub struct Answer {
    /// What went wrong.
    pub errors: Vec<Fault>,
    /// The result. `None` where the request was refused before it was executed.
    pub data: Option<Value>,
    /// What it cost. Only of what was executed.
    pub spent: Option<Spent>,
}

/// What an answer cost, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// What it could have cost, by what was asked for.
    pub requested: u32,
    /// What it cost, by what there was.
    pub actual: u32,
    /// What the caller has left.
    pub available: u32,
    /// What the caller gets back each second, until there is as much as at first.
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
    /// An error of the whole request.
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
            // Nothing was executed yet: async-graphql's own parser or validation.
            None if carried.path.is_empty() => Fault::of(&of_document(&carried).into(), asker),
            None => Fault::of(&Broken::new(&carried.message).into(), asker),
        };
        Fault { locations: carried.locations, path: carried.path, ..fault }
    }
    /// Its stable code.
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

/// What async-graphql says of a document in the same words is told once, with the places, of which there may be thousands.
fn each_once(errors: Vec<ServerError>, most: usize) -> Vec<ServerError> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut told: Vec<ServerError> = vec![];
    for error in errors {
        // Ours name the field, by its path.
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

/// As many errors as are told, and how many more there are.
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

/// How many more there are than are told.
fn more(all: usize, told: usize) -> Option<Message> {
    let more = all.checked_sub(told).filter(|more| *more > 0)?;
    Some(Message::new(format!("Còn {more} lỗi nữa không được nêu."), format!("{more} more errors are not told.")))
}

impl Answer {
    /// What async-graphql answered.
    ///
    /// A mutation has one argument, `input`: what its commands say of a field is said of a field of that.
    pub fn executed(response: Response, asker: &Asker, mutation: bool) -> Self {
        // An error of the execution has a path; one of the request has none, and then nothing was executed.
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
    /// A request that was not executed.
    pub fn refused(errors: Vec<ServerError>, asker: &Asker) -> Self {
        let errors = each_once(errors, asker.most_errors);
        Answer { errors: first_of(errors, asker, |error| Fault::carried(error, asker)), ..Answer::default() }
    }
    /// A request that was not executed, for one reason.
    pub fn of(error: &Error, asker: &Asker) -> Self {
        Answer { errors: vec![Fault::of(error, asker)], ..Answer::default() }
    }
    /// The codes of its errors, each once.
    pub fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<&'static str> = self.errors.iter().map(Fault::code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}
