//! A value that a request gives: written in the document, or sent beside it.

use async_graphql::{Name, Variables};
use async_graphql_value::{ConstValue, Value};

/// A value, borrowed from where it was given.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// In the document, where variables may stand in it.
    Written(&'a Value),
    /// In a variable. JSON has no words of vocabularies: they come as strings.
    Sent(&'a ConstValue),
}

/// How a value is built.
pub(super) enum Built<'a> {
    Null,
    Variable(&'a Name),
    List(Vec<Given<'a>>),
    Object(Vec<(&'a Name, Given<'a>)>),
    /// What has no parts.
    Single,
}

impl<'a> Given<'a> {
    /// How it is built; of its parts no more than that they are there.
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
    /// The word of a vocabulary that it could be.
    pub fn word(self) -> Option<&'a str> {
        match self {
            Given::Written(Value::Enum(word)) | Given::Sent(ConstValue::Enum(word)) => Some(word),
            Given::Sent(ConstValue::String(word)) => Some(word),
            Given::Written(_) | Given::Sent(_) => None,
        }
    }
    /// All of it, with variables in their places; none where one of them was omitted.
    pub fn whole(self, variables: &Variables) -> Option<ConstValue> {
        match self {
            Given::Written(value) => value.clone().into_const_with(|name| variables.get(&name).cloned().ok_or(())).ok(),
            Given::Sent(value) => Some(value.clone()),
        }
    }
}
