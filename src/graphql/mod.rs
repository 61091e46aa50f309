//! The roots merged into one schema.

use async_graphql::{EmptyMutation, EmptySubscription};

use crate::kernel::{
    error::Result,
    object::{
        self, Roots,
        answer::{RootType, Rooted},
    },
};

/// The root of all queries.
pub struct Query;

impl RootType for Query {
    const NAME: &'static str = "Query";
    const DOC: &'static str = "Everything that can be read (truy vấn).";
    fn declare(roots: Roots) -> Roots {
        roots
    }
}

/// The schema.
pub type Schema = async_graphql::Schema<Rooted<Query>, EmptyMutation, EmptySubscription>;

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
