//! Validation of a request's values. It checks each argument of each field, in literals and in variables, so that the
//! caller receives all bad values at once, each with its path and a message in both languages. async-graphql would
//! report one for each field, by its position in the document.

use std::collections::HashSet;

use std::sync::Arc;

use async_graphql::{
    Name, ObjectType, Pos, Positioned, ServerError, SubscriptionType, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
    registry::{MetaInputValue, MetaType, MetaTypeName, Registry},
};
use async_graphql_value::ConstValue;

use super::{
    given::{Built, Given},
    phrases::{self, Expected},
    request::refused,
};
use crate::kernel::{
    error::{Code, FieldFault, Refusal},
    limits::{Limit, Limits},
    locale::Message,
};

/// The schema's types. Cheap to clone.
#[derive(Clone)]
pub struct Inputs {
    registry: Arc<Registry>,
}

impl Inputs {
    /// Collects the types that the roots use.
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
    /// Validates the values of an operation; returns one error for each field with bad arguments. Stops once it has
    /// found more faults than a response may contain.
    pub fn check(
        &self,
        document: &ExecutableDocument,
        operation: &Positioned<OperationDefinition>,
        variables: &Variables,
        limits: &Limits,
    ) -> Vec<ServerError> {
        use async_graphql::parser::types::OperationType::{Mutation, Query, Subscription};
        let root = match operation.node.ty {
            Query => Some(&self.registry.query_type),
            Mutation => self.registry.mutation_type.as_ref(),
            Subscription => self.registry.subscription_type.as_ref(),
        };
        let mut check = Check {
            inputs: self,
            document,
            operation,
            variables,
            limits,
            seen: HashSet::new(),
            checked: HashSet::new(),
            room: u64::from(limits.of(Limit::Errors)).saturating_add(1),
            faults: vec![],
            errors: vec![],
        };
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
    limits: &'a Limits,
    /// Fragments that were checked. A fragment's fields depend only on its type condition, so checking it once is
    /// enough.
    seen: HashSet<&'a Name>,
    /// Variables that were checked, each with the type that it was used as.
    checked: HashSet<(&'a Name, &'a str)>,
    /// How many more faults are looked for in the request. It starts at one more than the limit, so that the response
    /// can say that there are more.
    room: u64,
    /// Faults of the field that is being checked.
    faults: Vec<FieldFault>,
    errors: Vec<ServerError>,
}

impl<'a> Check<'a> {
    /// Unknown fields and types are left to async-graphql's validation.
    fn set(&mut self, set: &'a SelectionSet, ty: &'a str) {
        for selection in &set.items {
            if self.room == 0 {
                return;
            }
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
        let mut locations: Vec<Pos> = vec![];
        for asked in asked {
            let before = self.faults.len();
            let given = field.node.arguments.iter().find(|(name, _)| name.node == asked.name.as_str());
            match given {
                Some((_, value)) => self.given(asked, Given::Written(&value.node), &asked.name),
                None if required(asked) => self.fault(missing(&asked.name)),
                None => {}
            }
            if self.faults.len() > before {
                locations.push(given.map_or(field.pos, |(name, _)| name.pos));
            }
        }
        let faults = std::mem::take(&mut self.faults);
        if let Some(first) = faults.first() {
            let message = first.message.clone();
            let refusal = Refusal { fields: faults, ..Refusal::new(Code::BadUserInput, message) };
            self.errors.push(ServerError { locations, ..refused(refusal) });
        }
    }
    fn fault(&mut self, fault: FieldFault) {
        if let Some(room) = self.room.checked_sub(1) {
            self.room = room;
            self.faults.push(fault);
        }
    }
    /// Checks an argument, or a field of an input object.
    fn given(&mut self, asked: &'a MetaInputValue, value: Given<'a>, path: &str) {
        if let Built::Variable(name) = value.built()
            && !self.variables.contains_key(name)
        {
            self.omitted(asked, name, path);
        } else {
            self.value(&asked.ty, value, path);
        }
    }
    /// Checks an omitted variable's type. The variable is removed from the document before async-graphql could check
    /// whether its type fits.
    fn omitted(&mut self, asked: &MetaInputValue, name: &Name, path: &str) {
        let definitions = &self.operation.node.variable_definitions;
        // An undefined variable is left to async-graphql.
        let Some(definition) = definitions.iter().find(|d| d.node.name.node == *name) else { return };
        let given = definition.node.var_type.to_string();
        if required(asked) {
            self.fault(missing(path));
        } else if !fits(given.trim_end_matches('!'), asked.ty.trim_end_matches('!')) {
            self.fault(FieldFault {
                path: path.to_owned(),
                code: "INVALID",
                message: Message::new(
                    format!("`{path}` cần kiểu {}, nhưng biến `${name}` có kiểu {given}.", asked.ty),
                    format!("`{path}` takes {}, but the variable `${name}` is {given}.", asked.ty),
                ),
            });
        }
    }
    fn value(&mut self, ty: &'a str, value: Given<'a>, path: &str) {
        match (MetaTypeName::create(ty), value.built()) {
            (_, Built::Variable(name)) => {
                let variables = self.variables;
                match variables.get(name) {
                    // Report a bad variable once, where it is first used.
                    Some(value) if self.checked.insert((name, ty)) => self.value(ty, Given::Sent(value), path),
                    // An omitted variable in a list becomes null.
                    None if ty.ends_with('!') => self.fault(missing(path)),
                    Some(_) | None => {}
                }
            }
            (MetaTypeName::NonNull(_), Built::Null) => self.fault(missing(path)),
            (MetaTypeName::NonNull(ty), _) => self.value(ty, value, path),
            (_, Built::Null) => {}
            (MetaTypeName::List(ty), Built::List(items)) => self.items(ty, items, path),
            (MetaTypeName::List(ty), _) => self.value(ty, value, path),
            (MetaTypeName::Named(ty), built) => self.named(ty, value, built, path),
        }
    }
    /// A list over the limit is one fault; its items are not checked.
    fn items(&mut self, ty: &'a str, items: Vec<Given<'a>>, path: &str) {
        let of = self.inputs.registry.types.get(MetaTypeName::concrete_typename(ty));
        let (limit, code) = match of {
            Some(MetaType::InputObject { .. }) => (Limit::ListRecords, "TOO_MANY_ROWS"),
            _ => (Limit::ListValues, "TOO_MANY"),
        };
        let many = u64::try_from(items.len()).unwrap_or(u64::MAX);
        if let Err(message) = self.limits.list(limit, path, many) {
            return self.fault(FieldFault { path: path.to_owned(), code, message });
        }
        for (n, item) in items.into_iter().enumerate() {
            if self.room == 0 {
                return;
            }
            self.value(ty, item, &format!("{path}[{n}]"));
        }
    }
    fn named(&mut self, ty: &'a str, value: Given<'a>, built: Built<'a>, path: &str) {
        let inputs = self.inputs;
        match inputs.registry.types.get(ty) {
            Some(MetaType::Scalar { is_valid, .. }) => {
                let whole = value.whole(self.variables);
                let valid = match (ty, &whole) {
                    ("Int", Some(ConstValue::Number(n))) => n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                    ("ID", Some(ConstValue::Number(n))) => n.is_i64() || n.is_u64(),
                    ("String", Some(ConstValue::String(text))) if text.contains('\0') => {
                        return self.fault(unstorable(path));
                    }
                    ("String", Some(ConstValue::String(text))) if text.chars().count() > LONGEST => {
                        return self.fault(too_long(path));
                    }
                    (_, Some(value)) => is_valid.as_ref().is_none_or(|is_valid| is_valid(value)),
                    (_, None) => true,
                };
                if !valid {
                    self.fault(invalid(path, Expected::Scalar(ty)));
                }
            }
            Some(MetaType::Enum { enum_values, .. })
                if value.word().is_none_or(|word| !enum_values.contains_key(word)) =>
            {
                self.fault(invalid(path, Expected::OneOf(enum_values.keys().map(String::as_str).collect())));
            }
            Some(MetaType::InputObject { input_fields, oneof, .. }) => {
                let Built::Object(given) = built else { return self.fault(invalid(path, Expected::Object)) };
                if *oneof && (given.len() != 1 || given.iter().any(|(_, v)| matches!(v.built(), Built::Null))) {
                    let names = input_fields.keys().map(String::as_str).collect();
                    return self.fault(invalid(path, Expected::One(names)));
                }
                for field in input_fields.values() {
                    let path = format!("{path}.{}", field.name);
                    match given.iter().find(|(name, _)| *name == field.name.as_str()) {
                        Some((_, value)) => self.given(field, *value, &path),
                        None if required(field) => self.fault(missing(&path)),
                        None => {}
                    }
                }
                for (name, _) in given.iter().filter(|(name, _)| !input_fields.contains_key(name.as_str())) {
                    if self.room == 0 {
                        return;
                    }
                    self.fault(unknown(path, name));
                }
            }
            _ => {}
        }
    }
}

fn required(asked: &MetaInputValue) -> bool {
    asked.ty.ends_with('!') && asked.default_value.is_none()
}

/// Whether a variable of one type may be used where another type is expected, if both may be null.
fn fits(given: &str, asked: &str) -> bool {
    match (MetaTypeName::create(given), MetaTypeName::create(asked)) {
        (MetaTypeName::NonNull(given), MetaTypeName::NonNull(asked)) => fits(given, asked),
        (MetaTypeName::NonNull(given), _) => fits(given, asked),
        (MetaTypeName::List(given), MetaTypeName::List(asked)) => fits(given, asked),
        (MetaTypeName::Named(given), MetaTypeName::Named(asked)) => given == asked,
        _ => false,
    }
}

/// The most characters of a string: longer than anything that clients search for, and shorter than what a database
/// rejects as a pattern.
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

/// PostgreSQL cannot store a NUL character.
fn unstorable(path: &str) -> FieldFault {
    FieldFault {
        path: path.to_owned(),
        code: "INVALID",
        message: Message::new(format!("`{path}` có ký tự NUL."), format!("`{path}` has a NUL character.")),
    }
}

fn unknown(path: &str, name: &str) -> FieldFault {
    FieldFault {
        path: format!("{path}.{name}"),
        code: "UNKNOWN",
        message: Message::new(format!("`{path}` không có mục `{name}`."), format!("`{path}` has no `{name}`.")),
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
