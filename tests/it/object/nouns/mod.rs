//! A made-up world to try declarations on: towns with projects, which have goals, which are measured by gauges, which belong to
//! sectors; and the towns' reports, some of which are secret.

pub mod gauge;
pub mod goal;
pub mod project;
pub mod project_gauge;
pub mod report;
pub mod rows;
pub mod sector;
pub mod summary;
pub mod town;
pub mod town_name;

use lienthong::kernel::{
    error::{Code, Error, Refusal},
    locale::Message,
    object::{
        Noun, Union,
        declare::{NodeRef, Ref},
    },
};

/// Everything with a global id.
pub static MEMBERS: &[Ref] =
    &[town::Entity::object, project::Entity::object, report::Entity::object, gauge::Entity::object];

/// What a summary may be about.
pub static TOPIC: Union =
    Union { name: "Topic", doc: "What a summary is about.", members: &[town::Entity::object, report::Entity::object] };

/// A reference to a row.
pub fn refer<E: Noun>(id: i64) -> NodeRef {
    NodeRef { of: E::NAME.into(), id }
}

/// A refusal in two languages.
pub fn refused(vi: &'static str, en: &'static str) -> Error {
    Refusal::new(Code::Conflict, Message::new(vi, en)).into()
}
