//! `lienthong config`: prints what file, environment and flags come to.

use crate::kernel::{config::Config, error::Result};

/// Prints it, without secrets.
///
/// # Errors
/// When it cannot be written.
pub fn run(config: &Config) -> Result<()> {
    super::print(&config.print()?)
}
