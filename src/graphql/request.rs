//! Prepares a request for execution where the GraphQL specification requires more than async-graphql does. It rejects
//! requests that cost too much (see [`limits`](super::limits)), sets variables to their defaults (otherwise `@skip`
//! would not see them), rejects missing required variables before anything runs, validates all values (see [`Inputs`]),
//! and removes arguments whose variable was omitted, so that the argument's own default applies.

use std::collections::HashSet;

use async_graphql::{
    Name, Positioned, Request, ServerError, Variables,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};

use super::{
    inputs::Inputs,
    limits::{Cost, measure},
    parsed::Parsed,
    subscription,
};
use crate::kernel::{
    error::{Code, Error, FieldFault, Refusal},
    limits::Limits,
    locale::Message,
};

/// The operation that a request executes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The name, if it has one.
    pub name: Option<String>,
    /// Whether it is a query, a mutation or a subscription.
    pub kind: OperationType,
    /// Whether it requests nothing but the schema.
    pub introspects: bool,
    /// The most that it can cost.
    pub cost: Cost,
}

/// Prepares a request for execution.
///
/// # Errors
/// If the request must not be executed.
pub fn prepare(
    request: &mut Request,
    parsed: &Parsed,
    inputs: &Inputs,
    limits: &Limits,
) -> Result<Operation, Vec<ServerError>> {
    let document = parsed.read(&request.query, limits)?;
    let (name, operation) = select(&document, request.operation_name.as_deref())?;
    // Only the name is kept: the operation is looked up again in the copy that is changed below.
    let name = name.cloned();

    fill_in(operation, &mut request.variables)?;
    let cost = measure(inputs.registry(), &document, operation, &request.variables, limits)?;
    let found = Operation {
        name: name.as_ref().map(Name::to_string),
        kind: operation.node.ty,
        introspects: introspects(operation),
        cost,
    };
    let omitted = omitted(operation, &request.variables);
    let faults = inputs.check(&document, operation, &request.variables, limits);
    if !faults.is_empty() {
        return Err(faults);
    }
    // The parsed document is shared with other requests, so change a copy.
    let mut document = ExecutableDocument::clone(&document);
    if found.kind == OperationType::Subscription {
        subscription::settle(&mut document, name.as_ref())?;
    }
    if !omitted.is_empty() {
        prune(&mut document, name.as_ref(), &omitted);
    }
    request.set_parsed_query(document);
    Ok(found)
}

/// Whether an operation requests nothing but the schema.
fn introspects(operation: &Positioned<OperationDefinition>) -> bool {
    let of_schema = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => field.node.name.node.starts_with("__"),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => false,
    };
    operation.node.ty == OperationType::Query && operation.node.selection_set.node.items.iter().all(of_schema)
}

type Selected<'a> = (Option<&'a Name>, &'a Positioned<OperationDefinition>);

fn select<'a>(document: &'a ExecutableDocument, wanted: Option<&str>) -> Result<Selected<'a>, Vec<ServerError>> {
    let refuse =
        |path: &str, code, vi: String, en: String| Err(vec![refused(Refusal::field(path, code, Message::new(vi, en)))]);
    match wanted {
        None => {
            let mut operations = document.operations.iter();
            match (operations.next(), operations.next()) {
                (Some(only), None) => Ok(only),
                _ => refuse(
                    "operationName",
                    "REQUIRED",
                    "Truy vấn có nhiều thao tác: `operationName` phải nêu một trong số đó.".to_owned(),
                    "The document has several operations: `operationName` must name one of them.".to_owned(),
                ),
            }
        }
        Some(wanted) => match document.operations.iter().find(|(name, _)| name.is_some_and(|n| n == wanted)) {
            Some(found) => Ok(found),
            None => refuse(
                "operationName",
                "UNKNOWN",
                format!("Truy vấn không có thao tác \"{wanted}\"."),
                format!("The document has no operation \"{wanted}\"."),
            ),
        },
    }
}

/// Wraps a refusal in an error of async-graphql.
pub fn refused(refusal: Refusal) -> ServerError {
    let error = Error::from(refusal);
    let mut carried = ServerError::new(error.to_string(), None);
    carried.source = Some(std::sync::Arc::new(error));
    carried
}

/// Sets omitted variables to their defaults; rejects required variables that are missing or null.
fn fill_in(operation: &Positioned<OperationDefinition>, variables: &mut Variables) -> Result<(), Vec<ServerError>> {
    let (mut faults, mut locations) = (vec![], vec![]);
    for definition in &operation.node.variable_definitions {
        let name = &definition.node.name.node;
        if let (false, Some(default)) = (variables.contains_key(name), &definition.node.default_value) {
            variables.insert(name.clone(), default.node.clone());
        }
        let missing = variables.get(name).is_none_or(|value| *value == ConstValue::Null);
        if missing && !definition.node.var_type.node.nullable {
            locations.push(definition.pos);
            faults.push(FieldFault {
                path: format!("${name}"),
                code: "REQUIRED",
                message: Message::new(format!("Thiếu biến `${name}`."), format!("The variable `${name}` is missing.")),
            });
        }
    }
    let Some(first) = faults.first() else { return Ok(()) };
    let message = first.message.clone();
    let refusal = Refusal { fields: faults, ..Refusal::new(Code::BadUserInput, message) };
    Err(vec![ServerError { locations, ..refused(refusal) }])
}

fn omitted(operation: &Positioned<OperationDefinition>, variables: &Variables) -> HashSet<Name> {
    let names = operation.node.variable_definitions.iter().map(|definition| &definition.node.name.node);
    names.filter(|name| !variables.contains_key(*name)).cloned().collect()
}

/// Removes arguments that are omitted variables, and the definitions of variables that nothing else uses. Otherwise
/// async-graphql would reject those variables as unused.
fn prune(document: &mut ExecutableDocument, name: Option<&Name>, omitted: &HashSet<Name>) {
    let nothing = HashSet::new();
    let mut pruned = HashSet::new();
    let mut shared = HashSet::new();
    for fragment in document.fragments.values_mut() {
        prune_set(&mut fragment.node.selection_set.node, omitted, &mut pruned, &mut shared);
    }
    let operations: Vec<(Option<&Name>, &mut Positioned<OperationDefinition>)> = match &mut document.operations {
        DocumentOperations::Single(only) => vec![(None, only)],
        DocumentOperations::Multiple(several) => several.iter_mut().map(|(name, one)| (Some(name), one)).collect(),
    };
    for (its_name, operation) in operations {
        let omitted = if its_name == name { omitted } else { &nothing };
        let mut used = shared.clone();
        prune_set(&mut operation.node.selection_set.node, omitted, &mut pruned, &mut used);
        operation.node.variable_definitions.retain(|definition| {
            let name = &definition.node.name.node;
            used.contains(name) || !pruned.contains(name)
        });
    }
}

fn prune_set(set: &mut SelectionSet, omitted: &HashSet<Name>, pruned: &mut HashSet<Name>, used: &mut HashSet<Name>) {
    for selection in &mut set.items {
        use_directives(selection.node.directives(), used);
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value)| match &value.node {
                    Value::Variable(name) if omitted.contains(name) => {
                        pruned.insert(name.clone());
                        false
                    }
                    value => {
                        use_value(value, used);
                        true
                    }
                });
                prune_set(&mut field.node.selection_set.node, omitted, pruned, used);
            }
            Selection::InlineFragment(fragment) => {
                prune_set(&mut fragment.node.selection_set.node, omitted, pruned, used);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn use_directives(directives: &[Positioned<Directive>], used: &mut HashSet<Name>) {
    for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
        use_value(&value.node, used);
    }
}

fn use_value(value: &Value, used: &mut HashSet<Name>) {
    match value {
        Value::Variable(name) => {
            used.insert(name.clone());
        }
        Value::List(items) => items.iter().for_each(|item| use_value(item, used)),
        Value::Object(fields) => fields.values().for_each(|field| use_value(field, used)),
        _ => {}
    }
}
