//! `lienthong seed`: loads data into the database.

use clap::Args;

use crate::kernel::{config::Config, error::Result, op::Op};

/// What to load.
#[derive(Args)]
pub struct Seed {}

/// Loads it.
///
/// # Errors
/// When the database is not set up, or the data are wrong.
pub async fn run(_: &Seed, config: &Config) -> Result<()> {
    let app = super::open(config).await?;
    super::require_current(&app).await?;
    load(&Op::new(&app, crate::kernel::policy::Caller::Operator, "seed")).await
}

/// Loads the bundled data.
///
/// # Errors
/// When they cannot be written.
pub async fn load(_: &Op) -> Result<()> {
    Ok(())
}
