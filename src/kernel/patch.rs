//! What an update says of a field: nothing, so that it stays; null, so that it is cleared; or a value.

use async_graphql::MaybeUndefined;
use serde::{Deserialize, Serialize};

/// What is to become of a field that may be cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Patch<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is cleared.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Patch<T> {
    /// The value, if there is a new one.
    pub fn set(&self) -> Option<&T> {
        if let Patch::Set(value) = self { Some(value) } else { None }
    }
    /// What the field is afterwards.
    pub fn apply(self, before: Option<T>) -> Option<T> {
        match self {
            Patch::Keep => before,
            Patch::Clear => None,
            Patch::Set(value) => Some(value),
        }
    }
    /// What a field that cannot be cleared is afterwards.
    pub fn or(self, before: T) -> T {
        if let Patch::Set(value) = self { value } else { before }
    }
    /// The same, of another type.
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
