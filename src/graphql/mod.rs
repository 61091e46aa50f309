//! The roots merged into one schema.

pub mod errors;
pub mod inputs;
mod phrases;
pub mod request;

use async_graphql::{EmptyMutation, EmptySubscription};

use crate::{
    agency, citation, indicator,
    kernel::{
        error::Result,
        object::{
            self, Roots,
            answer::{RootType, Rooted},
        },
    },
    plan, sharing, territory,
};

/// The root of all queries.
pub struct Query;

impl RootType for Query {
    const NAME: &'static str = "Query";
    const DOC: &'static str = "Everything that can be read (truy vấn).";
    fn declare(roots: Roots) -> Roots {
        let roots = citation::graphql::roots(roots);
        let roots = territory::graphql::roots(roots);
        let roots = agency::graphql::roots(roots);
        let roots = indicator::graphql::roots(roots);
        let roots = plan::graphql::roots(roots);
        sharing::graphql::roots(roots)
    }
}

/// The schema.
pub type Schema = async_graphql::Schema<Rooted<Query>, EmptyMutation, EmptySubscription>;

/// The types of the schema's inputs.
pub fn inputs() -> inputs::Inputs {
    inputs::Inputs::of::<Rooted<Query>, EmptyMutation>()
}

/// The schema in its own language, as it is committed and served.
///
/// # Errors
/// Those of [`schema`].
pub fn sdl() -> Result<String> {
    Ok(schema()?.sdl())
}

/// Builds the schema.
///
/// # Errors
/// When types are declared wrongly: two of one name, a column that is not joined.
pub fn schema() -> Result<Schema> {
    let schema = Schema::build(Rooted::<Query>::new(), EmptyMutation, EmptySubscription).finish();
    Rooted::<Query>::check()?;
    object::declare::check()?;
    Ok(schema)
}
