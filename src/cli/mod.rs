//! The command line: one file for each command. Every command can run beside a running server.

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
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};

use crate::kernel::{
    app::{App, Settings},
    clock::Clock,
    config::{Config, Layer},
    db::{self, Db, SchemaState},
    error::{Broken, Code, Error, Result},
    private::{self, Narrowed},
    secret::DatabaseUrl,
};

/// LienThong (liên thông): a province's shared data platform as one GraphQL API.
///
/// Without configuration, it keeps its data in ./var, in an embedded SQLite database: `lienthong serve` is all you
/// need. With `--database-url postgres://…` it uses PostgreSQL (15 or later): run `lienthong migrate` first, and
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
Configuration comes from a file (--config), the environment (LIENTHONG_ and the key in capitals) and these flags; later
sources override earlier ones. `lienthong config` prints the effective configuration. Unknown keys are rejected.";

#[derive(Args)]
struct Globals {
    /// The configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "LIENTHONG_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// The address to listen on; port 0 takes any free one [default: 127.0.0.1:8000] [env: LIENTHONG_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    listen: Option<SocketAddr>,
    /// The directory of the embedded database and the keys [default: ./var] [env: LIENTHONG_DATA_DIR]
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// The database, sqlite://FILE?mode=rwc or postgres://USER:PASSWORD@HOST/NAME; prefer the environment variable,
    /// which other users of this machine cannot read [default: lienthong.db in the data directory] [env:
    /// LIENTHONG_DATABASE_URL]
    #[arg(long, value_name = "URL", global = true)]
    database_url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT
    ///
    /// An embedded database is created, migrated, and filled with the bundled data if it is new. A PostgreSQL
    /// database must be migrated first. The URLs to open are printed to standard output, the log (one JSON object a
    /// line) to standard error.
    Serve,
    /// Migrate the database to this version's schema
    ///
    /// Each migration is one transaction: if it fails or is interrupted, it leaves no trace. If several of these
    /// commands run, they take turns. Migrations cannot be reverted: make a backup first.
    Migrate,
    /// Load the bundled data, or data from a folder
    Seed(seed::Seed),
    /// Import observations from a spreadsheet
    ///
    /// Either all rows are recorded or none, unless --partial is given. Each error is printed with its file, line and
    /// column.
    Import(import::Import),
    /// Manage user accounts
    #[command(subcommand)]
    User(user::User),
    /// Manage the keys that sign tokens
    #[command(subcommand)]
    Key(key::Key),
    /// Export, verify and archive the audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print the change feed, one JSON object a line, oldest first
    Changes(changes::Changes),
    /// Print the GraphQL schema
    Schema,
    /// Print the effective configuration, without secrets
    Config,
}

/// Runs the command line. An error is printed in one line on standard error. The exit code is 1, or 2 for an invalid
/// command line.
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
        let done = match self.command {
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
        };
        done.map_err(|error| explain(error, &config))
    }
}

/// Explains a failure that a full disk caused: SQLite reports it in many different ways.
fn explain(error: Error, config: &Config) -> Error {
    let file = database_file(config);
    let folder = file.as_deref().and_then(Path::parent);
    match (error.code(), folder) {
        (Code::Internal | Code::Unavailable, Some(folder)) if private::is_full(folder) => {
            let full = "the disk is full, or nearly: free some space, and try again";
            Broken::new(format!("{}: {full} ({error})", folder.display())).into()
        }
        _ => error,
    }
}

fn wait(command: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        // Debug builds have large futures that overflow a smaller stack. Memory is only used when it is touched.
        .thread_stack_size(8 * 1024 * 1024)
        .enable_all()
        .build()
        .map_err(|e| Broken::new(format!("cannot start: {e}")))?
        .block_on(command)
}

/// Opens the configured database. Creates an embedded database in the data directory.
///
/// # Errors
/// When the database cannot be opened; the message says why.
pub async fn open(config: &Config) -> Result<App> {
    Ok(App::new(connect(config, None).await?, Clock::system(), Settings::from(config)))
}

/// Opens the database read-only: works beside a server that writes and on a full disk, and never blocks a writer.
///
/// # Errors
/// When the database cannot be opened, or has another schema version; the message says why.
pub async fn open_to_read(config: &Config) -> Result<App> {
    let db = db::connect_to_read(&config.database_url()).await?;
    let app = App::new(db, Clock::system(), Settings::from(config));
    require_current(&app).await?;
    Ok(app)
}

/// Opens the database and the keys that sign tokens; missing keys are generated. Statements are cancelled after
/// `patience`, where the database supports it.
///
/// # Errors
/// When the database cannot be opened, or the keys cannot be read or generated; the message says why.
pub async fn open_with_keys(config: &Config, patience: Option<Duration>) -> Result<App> {
    let db = connect(config, patience).await?;
    Ok(App::with_keys(db, Clock::system(), Settings::from(config), key::open(config)?))
}

async fn connect(config: &Config, patience: Option<Duration>) -> Result<Db> {
    let url = config.database_url();
    if config.database_url.is_none() {
        let folder = &config.data_dir;
        // The directory also holds the keys, so other users must not read it.
        private::make_folder(folder).map_err(|e| {
            Broken::new(format!(
                "cannot create the data directory {}: {e}; choose one with --data-dir",
                folder.display()
            ))
        })?;
        narrow(folder, "; it is for the data alone: choose another one with --data-dir otherwise")?;
    }
    if let Some(file) = database_file(config) {
        // SQLite would create the file, and its logs, with the permissions that the umask allows. If the file cannot
        // be created here, the connection reports why.
        if url.contains("mode=rwc") && !file.exists() {
            let _ = private::create(&file);
        }
        let beside = private::beside(&file);
        for file in beside.map_err(|e| Broken::new(format!("cannot read the folder of {}: {e}", file.display())))? {
            narrow(&file, "")?;
        }
    }
    let db = db::connect(&url, config.database_connections, patience).await?;
    Ok(db.at_version(&migrate::ours().pop().unwrap_or_default()))
}

/// The file of an embedded database.
fn database_file(config: &Config) -> Option<PathBuf> {
    match &config.database_url {
        None => Some(config.data_dir.join("lienthong.db")),
        Some(url) => db::file(&url.0),
    }
}

/// Removes the permissions of other users from a file or folder. Warns if there were any.
///
/// # Errors
/// When the permissions cannot be narrowed.
fn narrow(path: &Path, advice: &str) -> Result<()> {
    let narrowed = private::narrow(path).map_err(|e| {
        let mode = "others on this machine may use it, and its mode cannot be narrowed";
        Broken::new(format!("{}: {mode}: {e}; make it its user's alone (mode 600, of a folder 700)", path.display()))
    })?;
    if let Some(Narrowed { before, after, .. }) = narrowed {
        let what = format!(
            "others on this machine could use {} (mode {before:o}): its mode is {after:o} now{advice}",
            path.display()
        );
        match tracing::dispatcher::has_been_set() {
            true => tracing::warn!("{what}"),
            false => eprintln!("warning: {what}"),
        }
    }
    Ok(())
}

/// Checks that the database has this version's schema.
///
/// # Errors
/// When it has another one; the message names the command that helps.
pub async fn require_current(app: &App) -> Result<()> {
    match unready(&app.db().schema_state(&migrate::ours()).await?) {
        None => Ok(()),
        Some(why) => Err(Broken::new(why).into()),
    }
}

/// The advice for a database whose schema is not this version's.
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

/// Writes to standard output. A closed pipe is not an error.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Broken::new(format!("cannot write to standard output: {error}")).into())
        }
        _ => Ok(()),
    }
}
