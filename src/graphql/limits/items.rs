//! Counts the items of lists in a field's arguments, including nested lists, because the server processes each of them.

use std::collections::HashMap;

use async_graphql::{Name, Variables, parser::types::Field};
use async_graphql_value::{ConstValue, Value};

/// Counts items. A variable counts once, however often it is used.
pub(super) struct Items<'a> {
    variables: &'a Variables,
    counted: HashMap<&'a Name, u64>,
}

impl<'a> Items<'a> {
    pub fn of(variables: &'a Variables) -> Self {
        Items { variables, counted: HashMap::new() }
    }
    /// The items in all arguments of a field.
    pub fn of_field(&mut self, field: &'a Field) -> u64 {
        let items = field.arguments.iter().map(|(_, value)| self.of_value(&value.node));
        items.fold(0, u64::saturating_add)
    }
    fn of_value(&mut self, value: &'a Value) -> u64 {
        match value {
            Value::List(items) => items.iter().fold(0, |all, item| all.saturating_add(1 + self.of_value(item))),
            Value::Object(fields) => fields.values().fold(0, |all, value| all.saturating_add(self.of_value(value))),
            Value::Variable(name) => self.of_variable(name),
            _ => 0,
        }
    }
    fn of_variable(&mut self, name: &'a Name) -> u64 {
        let variables = self.variables;
        *self.counted.entry(name).or_insert_with(|| variables.get(name).map_or(0, items))
    }
}

fn items(value: &ConstValue) -> u64 {
    match value {
        ConstValue::List(list) => list.iter().map(|item| 1 + items(item)).sum(),
        ConstValue::Object(fields) => fields.values().map(items).sum(),
        _ => 0,
    }
}
