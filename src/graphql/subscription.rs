//! Rules of the specification for subscriptions: exactly one root field (5.2.4.1), which may be inside fragments, and
//! no directive that skips it.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
    },
};

use super::request::refused;
use crate::kernel::{
    error::{Code, Refusal},
    locale::Message,
};

/// Makes the subscription's only field the only selection of the root, with everything that is selected of it.
/// Otherwise async-graphql would run every field of several, and none inside a fragment.
///
/// # Errors
/// BAD_USER_INPUT for no field, several fields, an introspection field, or a field with a directive.
pub(super) fn settle(document: &mut ExecutableDocument, name: Option<&Name>) -> Result<(), Vec<ServerError>> {
    let operation = match &mut document.operations {
        DocumentOperations::Single(only) => Some(only),
        DocumentOperations::Multiple(several) => name.and_then(|name| several.get_mut(name)),
    };
    let Some(operation) = operation else { return Ok(()) };
    let fields = fields(operation, &document.fragments)?;
    let mut fields = fields.into_iter();
    let (Some(mut first), others) = (fields.next(), fields) else { return Err(wrong()) };
    if first.node.name.node.starts_with("__") {
        return Err(wrong());
    }
    for other in others {
        let same = other.node.response_key().node == first.node.response_key().node
            && other.node.name.node == first.node.name.node
            && arguments(&other) == arguments(&first);
        if !same {
            return Err(wrong());
        }
        first.node.selection_set.node.items.extend(other.node.selection_set.node.items);
    }
    let pos = first.pos;
    operation.node.selection_set.node.items = vec![Positioned::new(Selection::Field(first), pos)];
    forget_unused(document);
    Ok(())
}

/// Removes fragments that only the root used. Otherwise async-graphql would reject them as unused.
fn forget_unused(document: &mut ExecutableDocument) {
    let mut used = HashSet::new();
    let mut open: Vec<&SelectionSet> =
        document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node).collect();
    while let Some(set) = open.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => open.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => open.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if used.insert(name.clone())
                        && let Some(fragment) = document.fragments.get(name)
                    {
                        open.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    document.fragments.retain(|name, _| used.contains(name));
}

fn arguments(field: &Positioned<Field>) -> HashMap<&str, &async_graphql_value::Value> {
    field.node.arguments.iter().map(|(name, value)| (name.node.as_str(), &value.node)).collect()
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The root fields, including those in fragments. Fragments that contain themselves were rejected earlier.
fn fields(
    operation: &Positioned<OperationDefinition>,
    fragments: &Fragments,
) -> Result<Vec<Positioned<Field>>, Vec<ServerError>> {
    fn gather(
        set: &SelectionSet,
        fragments: &Fragments,
        into: &mut Vec<Positioned<Field>>,
    ) -> Result<(), Vec<ServerError>> {
        for selection in &set.items {
            if !selection.node.directives().is_empty() {
                return Err(wrong());
            }
            match &selection.node {
                Selection::Field(field) if into.len() < MOST => into.push(field.clone()),
                Selection::Field(_) => return Err(wrong()),
                Selection::InlineFragment(inline) => gather(&inline.node.selection_set.node, fragments, into)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                        gather(&fragment.node.selection_set.node, fragments, into)?;
                    }
                }
            }
        }
        Ok(())
    }
    let mut found = vec![];
    gather(&operation.node.selection_set.node, fragments, &mut found)?;
    Ok(found)
}

/// How many times the one field may be repeated.
const MOST: usize = 20;

fn wrong() -> Vec<ServerError> {
    vec![refused(Refusal::new(
        Code::BadUserInput,
        Message::new(
            "Một subscription có đúng một trường gốc, không có chỉ thị và không phải trường `__…`.",
            "A subscription has exactly one root field, without directives, and not one of introspection.",
        ),
    ))]
}
