//! The three ways in which an update can treat a field: absent keeps the value, null clears it, a value replaces it.

use async_graphql::MaybeUndefined;
use serde::{Deserialize, Serialize};

/// The change of one field that may be cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Patch<T> {
    /// The field keeps its value.
    #[default]
    Keep,
    /// The field is cleared.
    Clear,
    /// The field gets this value.
    Set(T),
}

impl<T> Patch<T> {
    /// The new value, if there is one.
    pub fn set(&self) -> Option<&T> {
        if let Patch::Set(value) = self { Some(value) } else { None }
    }
    /// The value after the change.
    pub fn apply(self, before: Option<T>) -> Option<T> {
        match self {
            Patch::Keep => before,
            Patch::Clear => None,
            Patch::Set(value) => Some(value),
        }
    }
    /// The value after the change of a field that cannot be cleared: `Clear` keeps the old value.
    pub fn or(self, before: T) -> T {
        if let Patch::Set(value) = self { value } else { before }
    }
    /// Converts the new value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(value) => Patch::Set(f(value)),
        }
    }
}

impl<T> From<MaybeUndefined<T>> for Patch<T> {
    fn from(given: MaybeUndefined<T>) -> Self {
        match given {
            MaybeUndefined::Undefined => Patch::Keep,
            MaybeUndefined::Null => Patch::Clear,
            MaybeUndefined::Value(value) => Patch::Set(value),
        }
    }
}
