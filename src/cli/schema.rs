//! `lienthong schema`: prints the schema, which is committed as schema.graphql.

use crate::{graphql, kernel::error::Result};

/// Prints it.
///
/// # Errors
/// When it cannot be written.
pub fn run() -> Result<()> {
    super::print(&graphql::sdl()?)
}
