//! Where the keys of a level come from, in the rows above it.

use super::{
    Key, KeyKind,
    declare::{From_, Made, NodeRef},
    fetch::Set,
    plan::Level,
};
use crate::kernel::{db, error::Error};

/// Where a child's keys come from, in the parent's rows.
pub(super) enum KeysAt {
    Column(usize, KeyKind),
    Made(&'static From_),
    Any(&'static str, &'static (dyn Fn(&Made) -> Option<NodeRef> + Send + Sync)),
    /// In two columns, where the word stands for this type.
    Typed {
        of: &'static str,
        word: usize,
        id: usize,
        named: fn(&str) -> Option<&'static str>,
    },
    /// Nowhere: they come with the parents.
    None,
}

pub(super) fn keys_at(from: &'static From_, level: &mut Level) -> KeysAt {
    match from {
        From_::Column(col, kind) => KeysAt::Column(level.col(*col), *kind),
        From_::Made(_) => KeysAt::Made(from),
    }
}

impl KeysAt {
    /// The keys that one parent row leads to.
    pub fn of(&self, rows: &Set, row: usize) -> Result<Vec<Key>, Error> {
        let made = || match rows {
            Set::Made(values) => values.get(row),
            Set::Rows(_) => None,
        };
        Ok(match self {
            KeysAt::Column(at, kind) => match rows {
                Set::Rows(rows) => match rows.get(row) {
                    Some(row) => Key::read(row, *at, *kind)?.into_iter().collect(),
                    None => vec![],
                },
                Set::Made(_) => vec![],
            },
            KeysAt::Made(From_::Made(keys)) => made().map(keys).unwrap_or_default(),
            KeysAt::Made(From_::Column(..)) | KeysAt::None => vec![],
            KeysAt::Typed { of, word, id, named } => match rows {
                Set::Rows(rows) => match rows.get(row) {
                    Some(row) if db::with_text(row, *word, |word| word.and_then(named))? == Some(of) => {
                        Key::read(row, *id, KeyKind::Int)?.into_iter().collect()
                    }
                    _ => vec![],
                },
                Set::Made(_) => vec![],
            },
            KeysAt::Any(of, get) => {
                let found = made().and_then(get).filter(|node| node.of == *of);
                found.map(|node| Key::Int(node.id)).into_iter().collect()
            }
        })
    }
}
