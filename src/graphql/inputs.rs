//! Are the values of a request what the schema asks for? Every argument of every field is looked at, in literals and in
//! variables, so that a caller is told all bad ones at once, each by its path, in words of theirs: async-graphql would tell one
//! a field, by its place in the document.

use std::collections::HashSet;

use std::sync::Arc;

use async_graphql::{
    Name, ObjectType, Pos, Positioned, ServerError, SubscriptionType, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
    registry::{MetaInputValue, MetaType, MetaTypeName, Registry},
};
use async_graphql_value::{ConstValue, Value};

use super::{
    phrases::{self, Expected},
    request::refused,
};
use crate::kernel::{
    error::{Code, FieldFault, Refusal},
    locale::Message,
};

/// The schema's types. Cheap to clone.
#[derive(Clone)]
pub struct Inputs {
    registry: Arc<Registry>,
}

impl Inputs {
    /// Those below the roots.
    pub fn of<Q: ObjectType, M: ObjectType, S: SubscriptionType>() -> Self {
        let mut registry = Registry { query_type: Q::type_name().into_owned(), ..Registry::default() };
        Q::create_type_info(&mut registry);
        if !M::is_empty() {
            registry.mutation_type = Some(M::type_name().into_owned());
            M::create_type_info(&mut registry);
        }
        if !S::is_empty() {
            registry.subscription_type = Some(S::type_name().into_owned());
            S::create_type_info(&mut registry);
        }
        Inputs { registry: Arc::new(registry) }
    }
    /// The schema's types.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }
    /// What is wrong with the values of an operation: an error for each field that was given a bad one.
    pub fn check(
        &self,
        document: &ExecutableDocument,
        operation: &Positioned<OperationDefinition>,
        variables: &Variables,
    ) -> Vec<ServerError> {
        use async_graphql::parser::types::OperationType::{Mutation, Query, Subscription};
        let root = match operation.node.ty {
            Query => Some(&self.registry.query_type),
            Mutation => self.registry.mutation_type.as_ref(),
            Subscription => self.registry.subscription_type.as_ref(),
        };
        let mut check = Check { inputs: self, document, operation, variables, seen: HashSet::new(), errors: vec![] };
        if let Some(root) = root {
            check.set(&operation.node.selection_set.node, root);
        }
        check.errors
    }
}

struct Check<'a> {
    inputs: &'a Inputs,
    document: &'a ExecutableDocument,
    operation: &'a Positioned<OperationDefinition>,
    variables: &'a Variables,
    /// Fragments that were looked at: their type condition alone says which fields they mean.
    seen: HashSet<&'a Name>,
    errors: Vec<ServerError>,
}

impl<'a> Check<'a> {
    /// Fields and types that do not exist are for async-graphql's validation to tell.
    fn set(&mut self, set: &'a SelectionSet, ty: &'a str) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let inputs = self.inputs;
                    let ty = inputs.registry.types.get(ty);
                    let Some(meta) = ty.and_then(|ty| ty.field_by_name(&field.node.name.node)) else { continue };
                    self.arguments(field, meta.args.values());
                    self.set(&field.node.selection_set.node, MetaTypeName::concrete_typename(&meta.ty));
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|c| c.node.on.node.as_str());
                    self.set(&fragment.node.selection_set.node, condition.unwrap_or(ty));
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.seen.insert(name)
                    {
                        let condition = fragment.node.type_condition.node.on.node.as_str();
                        self.set(&fragment.node.selection_set.node, condition);
                    }
                }
            }
        }
    }
    fn arguments(&mut self, field: &'a Positioned<Field>, asked: impl Iterator<Item = &'a MetaInputValue>) {
        let (mut faults, mut locations): (Vec<FieldFault>, Vec<Pos>) = (vec![], vec![]);
        for asked in asked {
            let before = faults.len();
            let given = field.node.arguments.iter().find(|(name, _)| name.node == asked.name.as_str());
            match given {
                Some((_, value)) => self.given(asked, &value.node, &asked.name, &mut faults),
                None if required(asked) => faults.push(missing(&asked.name)),
                None => {}
            }
            if faults.len() > before {
                locations.push(given.map_or(field.pos, |(name, _)| name.pos));
            }
        }
        if let Some(first) = faults.first() {
            let message = first.message.clone();
            let refusal = Refusal { fields: faults, ..Refusal::new(Code::BadUserInput, message) };
            self.errors.push(ServerError { locations, ..refused(refusal) });
        }
    }
    /// An argument, or a field of an input object.
    fn given(&self, asked: &MetaInputValue, value: &Value, path: &str, faults: &mut Vec<FieldFault>) {
        if let Value::Variable(name) = value
            && !self.variables.contains_key(name)
        {
            self.omitted(asked, name, path, faults);
        } else {
            self.value(&asked.ty, value, path, faults);
        }
    }
    /// A variable that was omitted is taken out of the document before async-graphql sees whether it stands in its place.
    fn omitted(&self, asked: &MetaInputValue, name: &Name, path: &str, faults: &mut Vec<FieldFault>) {
        let definitions = &self.operation.node.variable_definitions;
        // One that is not defined is for async-graphql to tell.
        let Some(definition) = definitions.iter().find(|d| d.node.name.node == *name) else { return };
        let given = definition.node.var_type.to_string();
        if required(asked) {
            faults.push(missing(path));
        } else if !fits(given.trim_end_matches('!'), asked.ty.trim_end_matches('!')) {
            faults.push(FieldFault {
                path: path.to_owned(),
                code: "INVALID",
                message: Message::new(
                    format!("`{path}` cần kiểu {}, nhưng biến `${name}` có kiểu {given}.", asked.ty),
                    format!("`{path}` takes {}, but the variable `${name}` is {given}.", asked.ty),
                ),
            });
        }
    }
    fn value(&self, ty: &str, value: &Value, path: &str, faults: &mut Vec<FieldFault>) {
        if let Value::Variable(name) = value {
            match self.variables.get(name) {
                Some(value) => self.check_const(ty, value, path, faults),
                // In a list: it becomes null.
                None if ty.ends_with('!') => faults.push(missing(path)),
                None => {}
            }
            return;
        }
        match (MetaTypeName::create(ty), value) {
            (MetaTypeName::NonNull(_), Value::Null) => faults.push(missing(path)),
            (MetaTypeName::NonNull(ty), value) => self.value(ty, value, path, faults),
            (_, Value::Null) => {}
            (MetaTypeName::List(ty), Value::List(items)) => {
                for (n, item) in items.iter().enumerate() {
                    if faults.len() >= ENOUGH {
                        break;
                    }
                    self.value(ty, item, &format!("{path}[{n}]"), faults);
                }
            }
            (MetaTypeName::List(ty), value) => self.value(ty, value, path, faults),
            (MetaTypeName::Named(ty), value) => self.named(ty, value, path, faults),
        }
    }
    fn check_const(&self, ty: &str, value: &ConstValue, path: &str, faults: &mut Vec<FieldFault>) {
        self.value(ty, &self.written(ty, value), path, faults);
    }
    /// A value of a variable as a document would write it: JSON has no words of vocabularies, they come as strings.
    fn written(&self, ty: &str, value: &ConstValue) -> Value {
        let name = MetaTypeName::concrete_typename(ty);
        match (value, self.inputs.registry.types.get(name)) {
            (ConstValue::List(items), _) => Value::List(items.iter().map(|item| self.written(name, item)).collect()),
            (ConstValue::String(word), Some(MetaType::Enum { .. })) => Value::Enum(Name::new(word)),
            (ConstValue::Object(given), Some(MetaType::InputObject { input_fields, .. })) => {
                let field = |(name, value): (&Name, &ConstValue)| {
                    let value = match input_fields.get(name.as_str()) {
                        Some(field) => self.written(&field.ty, value),
                        None => value.clone().into_value(),
                    };
                    (name.clone(), value)
                };
                Value::Object(given.iter().map(field).collect())
            }
            (other, _) => other.clone().into_value(),
        }
    }
    fn named(&self, ty: &str, value: &Value, path: &str, faults: &mut Vec<FieldFault>) {
        match self.inputs.registry.types.get(ty) {
            Some(MetaType::Scalar { is_valid, .. }) => {
                let valid = match (ty, value) {
                    ("Int", Value::Number(n)) => n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                    ("ID", Value::Number(n)) => n.is_i64() || n.is_u64(),
                    ("String", Value::String(text)) if text.contains('\0') => return faults.push(unstorable(path)),
                    ("String", Value::String(text)) if text.chars().count() > LONGEST => {
                        return faults.push(too_long(path));
                    }
                    _ => {
                        let value = value.clone().into_const_with(|name| self.variables.get(&name).cloned().ok_or(()));
                        match (value, is_valid) {
                            (Ok(value), Some(is_valid)) => is_valid(&value),
                            _ => true,
                        }
                    }
                };
                if !valid {
                    faults.push(invalid(path, Expected::Scalar(ty)));
                }
            }
            Some(MetaType::Enum { enum_values, .. }) => {
                let known = matches!(value, Value::Enum(name) if enum_values.contains_key(name.as_str()));
                if !known {
                    faults.push(invalid(path, Expected::OneOf(enum_values.keys().map(String::as_str).collect())));
                }
            }
            Some(MetaType::InputObject { input_fields, oneof, .. }) => {
                let Value::Object(given) = value else { return faults.push(invalid(path, Expected::Object)) };
                if *oneof && (given.len() != 1 || given.values().any(|v| *v == Value::Null)) {
                    return faults
                        .push(invalid(path, Expected::One(input_fields.keys().map(String::as_str).collect())));
                }
                for field in input_fields.values() {
                    let path = format!("{path}.{}", field.name);
                    match given.get(field.name.as_str()) {
                        Some(value) => self.given(field, value, &path, faults),
                        None if required(field) => faults.push(missing(&path)),
                        None => {}
                    }
                }
                for name in given.keys().filter(|name| !input_fields.contains_key(name.as_str())) {
                    faults.push(FieldFault {
                        path: format!("{path}.{name}"),
                        code: "UNKNOWN",
                        message: Message::new(
                            format!("`{path}` không có mục `{name}`."),
                            format!("`{path}` has no `{name}`."),
                        ),
                    });
                }
            }
            _ => {}
        }
    }
}

fn required(asked: &MetaInputValue) -> bool {
    asked.ty.ends_with('!') && asked.default_value.is_none()
}

/// May a variable of one type stand where another is asked for? Both may be null.
fn fits(given: &str, asked: &str) -> bool {
    match (MetaTypeName::create(given), MetaTypeName::create(asked)) {
        (MetaTypeName::NonNull(given), MetaTypeName::NonNull(asked)) => fits(given, asked),
        (MetaTypeName::NonNull(given), _) => fits(given, asked),
        (MetaTypeName::List(given), MetaTypeName::List(asked)) => fits(given, asked),
        (MetaTypeName::Named(given), MetaTypeName::Named(asked)) => given == asked,
        _ => false,
    }
}

/// As many bad items of lists are looked for: far more than are told.
const ENOUGH: usize = 20_000;

/// The most characters of a text: more than anything has that is looked for, and less than a database refuses to look for.
const LONGEST: usize = 2_000;

fn too_long(path: &str) -> FieldFault {
    FieldFault {
        path: path.to_owned(),
        code: "TOO_LONG",
        message: Message::new(
            format!("`{path}` có nhiều nhất {LONGEST} ký tự."),
            format!("`{path}` has at most {LONGEST} characters."),
        ),
    }
}

/// A NUL, which PostgreSQL has no place for.
fn unstorable(path: &str) -> FieldFault {
    FieldFault {
        path: path.to_owned(),
        code: "INVALID",
        message: Message::new(format!("`{path}` có ký tự NUL."), format!("`{path}` has a NUL character.")),
    }
}

fn missing(path: &str) -> FieldFault {
    FieldFault {
        path: path.to_owned(),
        code: "REQUIRED",
        message: Message::new(format!("Thiếu `{path}`."), format!("`{path}` is missing.")),
    }
}

fn invalid(path: &str, expected: Expected<'_>) -> FieldFault {
    FieldFault { path: path.to_owned(), code: "INVALID", message: phrases::expected(path, &expected) }
}
