//! The command line: a file per command. Each works beside a running server.

pub mod audit;
pub mod changes;
pub mod config;
pub mod import;
pub mod key;
pub mod migrate;
pub mod schema;
pub mod seed;
pub mod serve;
pub mod user;

use std::{
    io::Write,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};

use crate::kernel::{
    app::{App, Settings},
    clock::Clock,
    config::{Config, Layer},
    db::{self, Db, SchemaState},
    error::{Broken, Result},
    secret::DatabaseUrl,
};

/// LienThong (liên thông): a province's shared data platform as one GraphQL API.
///
/// Without any configuration it keeps its data in ./var, in an embedded SQLite database: `lienthong serve` is all it takes.
/// With `--database-url postgres://…` it keeps them in PostgreSQL (15 or later): then run `lienthong migrate` first, and
/// after each upgrade.
#[derive(Parser)]
#[command(name = "lienthong", version, propagate_version = true, after_help = HELP)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Configuration is read from a file (--config), then the environment (LIENTHONG_ and the key in capitals), then these
flags; the later one holds. `lienthong config` prints what that comes to, and all the keys. Unknown keys are refused.";

#[derive(Args)]
struct Globals {
    /// The configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "LIENTHONG_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// The address to listen on; port 0 takes any free one [default: 127.0.0.1:8000] [env: LIENTHONG_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    listen: Option<SocketAddr>,
    /// Where the embedded database and the keys are kept [default: ./var] [env: LIENTHONG_DATA_DIR]
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// The database, sqlite://FILE?mode=rwc or postgres://USER:PASSWORD@HOST/NAME; better said in the environment, which
    /// others on this machine cannot read [default: the data directory's lienthong.db] [env: LIENTHONG_DATABASE_URL]
    #[arg(long, value_name = "URL", global = true)]
    database_url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until it is told to stop (SIGTERM or SIGINT)
    ///
    /// An embedded database is set up by itself: created, migrated, and filled with the bundled data when it is new. One in
    /// PostgreSQL must have been migrated. The addresses to open are printed to standard output, the log (a JSON object a
    /// line) to standard error.
    Serve,
    /// Bring the database's schema up to this program's
    ///
    /// Each migration is one transaction: when it fails, or is interrupted, nothing of it is left. Only one runs at a time,
    /// however many of these are started. There is no way back: keep a backup.
    Migrate,
    /// Load data
    Seed(seed::Seed),
    /// Record the figures of a spreadsheet
    ///
    /// All rows or none, unless --partial says otherwise. Each fault is printed with the file, the line and the column.
    Import(import::Import),
    /// Manage accounts
    #[command(subcommand)]
    User(user::User),
    /// Manage the keys that sign tokens
    #[command(subcommand)]
    Key(key::Key),
    /// Export, verify and archive the audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print what happened to records, a JSON object a line, oldest first
    Changes(changes::Changes),
    /// Print the GraphQL schema
    Schema,
    /// Print the configuration in effect, without secrets
    Config,
}

/// Runs the command line. A failure is told in one line on standard error: exit code 1, or 2 where the command line itself is
/// wrong.
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let words = error.to_string();
            let words: Vec<&str> = words.split_whitespace().collect();
            eprintln!("error: {}", words.join(" "));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> Result<()> {
        let flags = Layer {
            listen: self.globals.listen,
            data_dir: self.globals.data_dir,
            database_url: self.globals.database_url.map(DatabaseUrl),
            ..Layer::default()
        };
        let environment = std::env::vars_os().filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)));
        let config = Config::load(self.globals.config.as_deref(), environment, flags)?;
        match self.command {
            Command::Serve => wait(serve::run(&config)),
            Command::Migrate => wait(migrate::run(&config)),
            Command::Seed(seed) => wait(seed::run(&seed, &config)),
            Command::Import(import) => wait(import::run(&import, &config)),
            Command::User(user) => wait(user::run(&user, &config)),
            Command::Key(key) => wait(key::run(&key, &config)),
            Command::Audit(audit) => wait(audit::run(&audit, &config)),
            Command::Changes(changes) => wait(changes::run(&changes, &config)),
            Command::Schema => schema::run(),
            Command::Config => config::run(&config),
        }
    }
}

fn wait(command: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Broken::new(format!("cannot start: {e}")))?
        .block_on(command)
}

/// Opens the configured database, which may be new: an embedded one in the data directory is created.
///
/// # Errors
/// When it cannot be opened; the message says why.
pub async fn open(config: &Config) -> Result<App> {
    Ok(App::new(connect(config, None).await?, Clock::system(), Settings::from(config)))
}

/// The same, with the keys that sign tokens, which are made where there are none. No statement takes longer than `patience`, where
/// the database is told to end it.
///
/// # Errors
/// When it cannot be opened, or the keys cannot be read or made; the message says why.
pub async fn open_with_keys(config: &Config, patience: Option<Duration>) -> Result<App> {
    let db = connect(config, patience).await?;
    Ok(App::with_keys(db, Clock::system(), Settings::from(config), key::open(config)?))
}

async fn connect(config: &Config, patience: Option<Duration>) -> Result<Db> {
    if config.database_url.is_none() {
        let folder = &config.data_dir;
        // Nobody else's: the keys will be kept here too.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| {
            Broken::new(format!(
                "cannot create the data directory {}: {e}; choose one with --data-dir",
                folder.display()
            ))
        })?;
    }
    if config.database_url.is_none() {
        // Password hashes are in it: it is nobody else's to read either, wherever the folder came from.
        let file = config.data_dir.join("lienthong.db");
        let made = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&file);
        made.map_err(|e| Broken::new(format!("cannot write the database file {}: {e}", file.display())))?;
    }
    let db = db::connect(&config.database_url(), config.database_connections, patience).await?;
    Ok(db.at_version(&migrate::ours().pop().unwrap_or_default()))
}

/// Goes on only where the database's schema is this program's.
///
/// # Errors
/// When it is not; the message says which command helps.
pub async fn require_current(app: &App) -> Result<()> {
    match unready(&app.db().schema_state(&migrate::ours()).await?) {
        None => Ok(()),
        Some(why) => Err(Broken::new(why).into()),
    }
}

/// What is to be done about a schema that is not this program's.
fn unready(state: &SchemaState) -> Option<&'static str> {
    match state {
        SchemaState::Current => None,
        SchemaState::Empty => Some("the database has not been set up yet: run `lienthong migrate`"),
        SchemaState::Foreign => {
            Some("the database holds another program's tables: name another file, or move this one away")
        }
        SchemaState::Older => {
            Some("the database's schema is older than this program's: make a backup, then run `lienthong migrate`")
        }
        SchemaState::Newer => Some(
            "the database's schema is newer than this program's: run the version of lienthong that migrated it, or a later one",
        ),
    }
}

/// Writes to standard output. A reader that has seen enough is no failure.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Broken::new(format!("cannot write to standard output: {error}")).into())
        }
        _ => Ok(()),
    }
}
