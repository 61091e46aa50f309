//! What is asked for: of each shape the GraphQL document of the service, the statement that a hand-written server would run, and what
//! both are asked with.

/// Rows whose validity includes a day.
macro_rules! lives {
    ($table:literal, $day:literal) => {
        concat!(
            "(",
            $table,
            ".valid_from IS NULL OR ",
            $table,
            ".valid_from <= ",
            $day,
            ") AND (",
            $table,
            ".valid_to IS NULL OR ",
            $table,
            ".valid_to >= ",
            $day,
            ")"
        )
    };
}

/// Observations that everybody sees.
macro_rules! public {
    ($table:literal) => {
        concat!(
            $table,
            ".superseded_at IS NULL AND ",
            $table,
            ".withdrawn_at IS NULL AND ",
            $table,
            ".published_at IS NOT NULL AND ",
            $table,
            ".sharing = 'OPEN'"
        )
    };
}

mod latest;
mod links;
mod nested;
mod observations;
mod province;
mod ranking;
mod search;
mod series;
mod statistics;

use serde_json::Value;

use crate::peer::flat::Part;

/// A read.
pub struct Shape {
    /// Its name on the command line and in the path of the peers.
    pub name: &'static str,
    /// Its name in the table.
    pub title: &'static str,
    /// The document that the service is sent.
    pub document: &'static str,
    /// The one statement that builds the JSON in PostgreSQL.
    pub limit: Statement,
    /// Flat rows, and how they become JSON.
    pub flat: &'static [Part],
    /// What it is asked with, in turn.
    pub cases: fn(&Sample) -> Vec<Case>,
}

/// What a shape is asked with.
#[derive(Clone, Debug)]
pub struct Case {
    /// The variables of the GraphQL document.
    pub variables: Value,
    /// The same for the peers: where the service takes a cursor, they take an id.
    pub peer: Value,
}

impl Case {
    fn same(variables: Value) -> Self {
        Case { peer: variables.clone(), variables }
    }
}

/// What cases name of the filled data.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The codes of the present provinces.
    pub provinces: Vec<String>,
    /// Those that were not merged in 2025.
    pub unmerged: Vec<String>,
    /// Those that came from three units.
    pub of_three: Vec<String>,
    /// Indicators with monthly observations.
    pub indicators: Vec<String>,
    /// Codes of the busiest links.
    pub links: Vec<String>,
    /// Row 15,000 of the active links (or the middle one where there are fewer): its cursor and its id.
    pub deep: (String, i64),
}

/// A statement and what is bound to it.
pub struct Statement {
    /// Its text.
    pub sql: &'static str,
    /// What is bound to `$1`, `$2` and so on.
    pub binds: &'static [Bind],
}

/// Something that is bound.
#[derive(Clone, Copy, Debug)]
pub enum Bind {
    /// A variable that is a text.
    Text(&'static str),
    /// A variable that is a list of texts.
    Texts(&'static str),
    /// A variable that is a whole number.
    Int(&'static str),
    /// Today in Việt Nam.
    Today,
    /// The ids of the rows of the level above.
    Above,
}

/// All of them, in the order in which they are measured.
pub fn all() -> [&'static Shape; 11] {
    [
        &province::SHAPE,
        &nested::SHAPE,
        &observations::SHAPE,
        &series::REPORTED,
        &latest::SHAPE,
        &links::FIRST_PAGE,
        &links::DEEP_PAGE,
        &series::MERGED,
        &ranking::SHAPE,
        &statistics::SHAPE,
        &search::SHAPE,
    ]
}
