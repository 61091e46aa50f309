//! `lienthong changes`: prints the change feed, one JSON object a line.

use std::{io::Write, time::Duration};

use clap::Args;

use crate::{
    journal::feed,
    kernel::{
        app::App,
        config::Config,
        error::{Broken, Result},
        op::Op,
        policy::Caller,
    },
};

/// The polling interval of `--follow`.
const EVERY: Duration = Duration::from_millis(500);

/// The options of the command.
#[derive(Args)]
pub struct Changes {
    /// Print only changes after this cursor, taken from an earlier line
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Keep printing new changes until the command is stopped
    #[arg(long)]
    follow: bool,
}

/// Runs the command.
///
/// # Errors
/// When the database is not set up, or the cursor is not valid or has expired.
pub async fn run(what: &Changes, config: &Config) -> Result<()> {
    let app = super::open_to_read(config).await?;
    let told = tell(what, &app).await;
    app.db().close().await?;
    told
}

async fn tell(what: &Changes, app: &App) -> Result<()> {
    let mut cursor = what.after.clone();
    loop {
        let op = Op::new(app, Caller::Operator, "changes");
        let changes = feed::after(&op, cursor.as_deref()).await?;
        if let Some(last) = changes.last() {
            cursor = Some(last.cursor.clone());
        } else if what.follow {
            tokio::time::sleep(EVERY).await;
        } else {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        for change in &changes {
            let line = serde_json::to_string(change).map_err(Broken::new)?;
            match writeln!(out, "{line}").and_then(|()| out.flush()) {
                // A closed pipe is not an error.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|e| Broken::new(format!("cannot write the changes: {e}")))?,
            }
        }
    }
}
