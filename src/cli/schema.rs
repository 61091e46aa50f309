//! `lienthong schema`: prints the GraphQL schema, which is committed as schema.graphql.

use crate::{graphql, kernel::error::Result};

/// Prints the schema in SDL.
///
/// # Errors
/// When standard output cannot be written.
pub fn run() -> Result<()> {
    super::print(&graphql::sdl()?)
}
