//! Global ids: opaque to clients, a type and a key to us.

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Noun;
use crate::kernel::error::{Refusal, Result};

/// A type's name and the id of one of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalId {
    /// The name of the type.
    pub of: String,
    /// The row's id.
    pub id: i64,
}

impl GlobalId {
    /// As clients get it.
    pub fn encode(of: &str, id: impl Into<i64>) -> ID {
        ID(URL_SAFE_NO_PAD.encode(format!("{of}:{}", id.into())))
    }
    /// What a client sent back; `None` for anything that was never given out.
    pub fn decode(id: &ID) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (of, number) = text.split_once(':')?;
        let number: i64 = number.parse().ok().filter(|n| *n > 0)?;
        let found = GlobalId { of: of.to_owned(), id: number };
        (GlobalId::encode(of, number) == *id).then_some(found)
    }
    /// The id of a row of this type, for whoever writes: whether there is such a row is found out there, and told alike.
    ///
    /// # Errors
    /// NOT_FOUND for anything else.
    pub fn of<T: Noun>(id: &ID) -> Result<i64> {
        let found = GlobalId::decode(id).filter(|found| found.of == T::NAME);
        Ok(found.map(|found| found.id).ok_or_else(Refusal::no_such_record)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_out_comes_back() {
        let id = GlobalId::encode("Plan", 7);
        assert_eq!(GlobalId::decode(&id), Some(GlobalId { of: "Plan".to_owned(), id: 7 }));
        for text in ["", "Plan:7", "UGxhbjow", "UGxhbjow=", "UGxhbjorNw", "UGxhbjowNw"] {
            assert_eq!(GlobalId::decode(&ID(text.to_owned())), None, "{text}");
        }
    }
}
