//! Reading a request: the request body of a POST, the query string of a GET. What has the wrong shape is refused with every such part.

use async_graphql::{Request, Variables};
use axum::extract::{Query, rejection::QueryRejection};
use serde_json::{Map, Value};

use super::documents::{self, Named};
use crate::{
    graphql::limits::check_json,
    kernel::{
        error::{Code, FieldFault, Refusal},
        limits::Limits,
        locale::Message,
    },
};

/// A request without its document, and how it names that.
#[derive(Debug)]
pub(super) struct Asked {
    /// What goes with the document.
    pub request: Request,
    /// Which document.
    pub document: Named,
    /// The length of the variables, in bytes of JSON.
    pub variables_bytes: usize,
}

/// JSON without the byte order mark that some clients write before it.
pub(super) fn unmarked(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

/// Reads a request body.
pub(super) fn of_body(body: &[u8], limits: &Limits) -> Result<Asked, Refusal> {
    let body = unmarked(body);
    check_json(body, limits)?;
    let parsed: Value = serde_json::from_slice(body).map_err(|e| {
        whole(
            format!("Thân yêu cầu không phải JSON (dòng {}, cột {}).", e.line(), e.column()),
            format!("The request body is not JSON (line {}, column {}).", e.line(), e.column()),
        )
    })?;
    of_value(parsed)
}

/// Reads what was a request body.
pub(super) fn of_value(parsed: Value) -> Result<Asked, Refusal> {
    match parsed {
        Value::Object(parameters) => read(parameters),
        Value::Array(_) => Err(whole(
            "Mỗi yêu cầu chỉ gồm một thao tác; không nhận một mảng.".to_owned(),
            "A request is one operation; a batch is not taken.".to_owned(),
        )),
        _ => Err(whole(
            "Thân yêu cầu phải là một đối tượng JSON.".to_owned(),
            "The request body must be a JSON object.".to_owned(),
        )),
    }
}

/// Reads the query string of an address.
pub(super) fn of_uri(
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
    limits: &Limits,
) -> Result<Asked, Refusal> {
    match parameters {
        Ok(Query(parameters)) => of_query(parameters, limits),
        Err(_) => Err(whole(
            "Chuỗi truy vấn của địa chỉ không đọc được.".to_owned(),
            "The address's query string cannot be read.".to_owned(),
        )),
    }
}

/// Reads the parameters of a query string: the last of each name holds.
fn of_query(parameters: Vec<(String, String)>, limits: &Limits) -> Result<Asked, Refusal> {
    let mut read_in = Map::new();
    let mut faults = vec![];
    for (name, text) in parameters {
        if name != "query" {
            check_json(text.as_bytes(), limits)?;
        }
        let value = match name.as_str() {
            "query" | "documentId" | "operationName" => Value::String(text),
            "variables" | "extensions" if text.is_empty() => Value::Null,
            "variables" | "extensions" => match serde_json::from_slice(unmarked(text.as_bytes())) {
                Ok(value) => value,
                Err(_) => {
                    faults.push(fault(&name, "INVALID", "phải là một đối tượng JSON", "must be a JSON object"));
                    continue;
                }
            },
            _ => continue,
        };
        read_in.insert(name, value);
    }
    Refusal::unless_empty(faults)?;
    read(read_in)
}

fn read(mut parameters: Map<String, Value>) -> Result<Asked, Refusal> {
    let mut faults = vec![];
    let query = match parameters.remove("query") {
        Some(Value::String(query)) => Some(query),
        None | Some(Value::Null) => None,
        Some(_) => {
            faults.push(fault("query", "INVALID", "phải là một chuỗi", "must be a string"));
            None
        }
    };
    let operation_name = match parameters.remove("operationName") {
        // An empty one names nothing: what a form sends where nothing was filled in.
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        None | Some(Value::Null) => None,
        Some(_) => {
            faults.push(fault("operationName", "INVALID", "phải là một chuỗi", "must be a string"));
            None
        }
    };
    let mut object = |name: &str| match parameters.remove(name) {
        Some(Value::Object(object)) => object,
        None | Some(Value::Null) => Map::new(),
        Some(_) => {
            faults.push(fault(name, "INVALID", "phải là một đối tượng JSON", "must be a JSON object"));
            Map::new()
        }
    };
    let variables = object("variables");
    let variables_bytes = variables.iter().map(|(name, value)| name.len() + json_bytes(value)).sum();
    let variables = variables.into_iter().map(|(name, value)| (name, whole_numbers(value))).collect();
    let extensions = object("extensions");
    let document = documents::named(query, parameters.remove("documentId"), &extensions, &mut faults);
    Refusal::unless_empty(faults)?;
    let Some(document) = document else {
        let message = Message::new("`query` bị thiếu.", "`query` is missing.");
        return Err(Refusal::field("query", "REQUIRED", message));
    };
    let mut request = Request::new("").variables(Variables::from_json(Value::Object(variables)));
    request.operation_name = operation_name;
    Ok(Asked { request, document, variables_bytes })
}

/// About the length of a value in JSON.
fn json_bytes(value: &Value) -> usize {
    /// Of a number, a literal, or the punctuation around a value.
    const SHORT: usize = 4;
    SHORT
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(json_bytes).sum(),
            Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + json_bytes(value)).sum(),
        }
}

/// The value with 2 for each 2.0: JSON knows but one sort of numbers, and several languages write whole ones so. In a document both
/// are told apart.
fn whole_numbers(value: Value) -> Value {
    /// From here on not every whole number has a floating-point number of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < EXACT => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(whole_numbers).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, whole_numbers(value))).collect(),
        value => value,
    }
}

fn whole(vi: String, en: String) -> Refusal {
    Refusal::new(Code::BadUserInput, Message::new(vi, en))
}

fn fault(path: &str, code: &'static str, vi: &str, en: &str) -> FieldFault {
    FieldFault {
        path: path.to_owned(),
        code,
        message: Message::new(format!("`{path}` {vi}."), format!("`{path}` {en}.")),
    }
}
