//! `lienthong config`: prints the effective configuration from file, environment and flags.

use crate::kernel::{config::Config, error::Result};

/// Prints the effective configuration, without secrets.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(config: &Config) -> Result<()> {
    super::print(&config.print()?)
}
