//! A value in a request: a literal in the document, or part of a variable.

use async_graphql::{Name, Variables};
use async_graphql_value::{ConstValue, Value};

/// A value, borrowed from the request.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// A literal, which may contain variables.
    Written(&'a Value),
    /// A value of a variable. JSON has no enum values, so they are strings.
    Sent(&'a ConstValue),
}

/// The structure of a value.
pub(super) enum Built<'a> {
    Null,
    Variable(&'a Name),
    List(Vec<Given<'a>>),
    Object(Vec<(&'a Name, Given<'a>)>),
    /// A value without parts.
    Single,
}

impl<'a> Given<'a> {
    /// The structure of the value, one level deep.
    pub fn built(self) -> Built<'a> {
        match self {
            Given::Written(Value::Null) | Given::Sent(ConstValue::Null) => Built::Null,
            Given::Written(Value::Variable(name)) => Built::Variable(name),
            Given::Written(Value::List(items)) => Built::List(items.iter().map(Given::Written).collect()),
            Given::Sent(ConstValue::List(items)) => Built::List(items.iter().map(Given::Sent).collect()),
            Given::Written(Value::Object(fields)) => {
                Built::Object(fields.iter().map(|(name, value)| (name, Given::Written(value))).collect())
            }
            Given::Sent(ConstValue::Object(fields)) => {
                Built::Object(fields.iter().map(|(name, value)| (name, Given::Sent(value))).collect())
            }
            Given::Written(_) | Given::Sent(_) => Built::Single,
        }
    }
    /// The enum value that it may name.
    pub fn word(self) -> Option<&'a str> {
        match self {
            Given::Written(Value::Enum(word)) | Given::Sent(ConstValue::Enum(word)) => Some(word),
            Given::Sent(ConstValue::String(word)) => Some(word),
            Given::Written(_) | Given::Sent(_) => None,
        }
    }
    /// The value with all variables replaced; none if one of them was omitted.
    pub fn whole(self, variables: &Variables) -> Option<ConstValue> {
        match self {
            Given::Written(value) => value.clone().into_const_with(|name| variables.get(&name).cloned().ok_or(())).ok(),
            Given::Sent(value) => Some(value.clone()),
        }
    }
}
