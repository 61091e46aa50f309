//! `lienthong seed`: loads data into the database, or only checks the data.

use std::path::PathBuf;

use clap::Args;

use super::migrate;
use crate::{
    bulk::{bundle::Bundle, records::Fault, seed},
    kernel::{
        app::{App, Settings},
        clock::Clock,
        config::Config,
        db,
        error::{Broken, Result},
        op::Op,
        policy::Caller,
    },
};

/// The options of the command.
#[derive(Args)]
pub struct Seed {
    /// A folder of TOML files to load instead of the bundled data, in the format of the project's data folder
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Only check the files: print every error with file and line, and use no database
    #[arg(long)]
    check: bool,
}

/// Loads or checks the data.
///
/// # Errors
/// When the database is not set up, or the data have errors, which are printed one a line.
pub async fn run(seed: &Seed, config: &Config) -> Result<()> {
    let bundle = match &seed.from {
        Some(folder) => Bundle::read(folder)?,
        None => Bundle::bundled()?,
    };
    if seed.check {
        return check(&bundle).await;
    }
    let app = super::open(config).await?;
    super::require_current(&app).await?;
    let op = Op::new(&app, Caller::Operator, "seed");
    let told = told(&op, &bundle).await?;
    app.db().close().await?;
    super::print(&told)
}

/// Loads the bundled data into a new database.
///
/// # Errors
/// When the data have errors or cannot be written.
pub async fn load(op: &Op) -> Result<()> {
    told(op, &Bundle::bundled()?).await.map(|_| ())
}

/// Loads the data into a temporary database.
async fn check(bundle: &Bundle) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| Broken::new(format!("cannot make a temporary folder: {e}")))?;
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("check.db").display());
    let app = App::new(db::connect(&url, 1, None).await?, Clock::system(), Settings::from(&Config::default()));
    migrate::migrate(&app).await?;
    let told = told(&Op::new(&app, Caller::Operator, "seed --check"), bundle).await;
    app.db().close().await?;
    super::print(&told?)
}

async fn told(op: &Op, bundle: &Bundle) -> Result<String> {
    match seed::load(op, bundle).await? {
        Ok(loaded) => {
            let mut out = String::new();
            for finding in &loaded.findings {
                out.push_str(&format!("{finding} (a finding, kept with the figure)\n"));
            }
            out.push_str(&format!("{} records, {} changes.\n", loaded.records, loaded.changes));
            Ok(out)
        }
        Err(faults) => {
            let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
            super::print(&format!("{}\n", lines.join("\n")))?;
            Err(Broken::new(format!("faults in the data: {}; nothing was loaded", faults.len())).into())
        }
    }
}
