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

/// Says so where a command failed because the disk of the embedded database is full: SQLite has many words for it.
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
        // Room for a debug build, whose futures are large; memory is taken as it is used.
        .thread_stack_size(8 * 1024 * 1024)
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

/// The same, to read it only: beside a server that writes, on a disk that is full, and without a lock that a writer waits for.
///
/// # Errors
/// When it cannot be opened, or its schema is not this program's; the message says why.
pub async fn open_to_read(config: &Config) -> Result<App> {
    let db = db::connect_to_read(&config.database_url()).await?;
    let app = App::new(db, Clock::system(), Settings::from(config));
    require_current(&app).await?;
    Ok(app)
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
    let url = config.database_url();
    if config.database_url.is_none() {
        let folder = &config.data_dir;
        // Nobody else's: the keys are kept here too.
        private::make_folder(folder).map_err(|e| {
            Broken::new(format!(
                "cannot create the data directory {}: {e}; choose one with --data-dir",
                folder.display()
            ))
        })?;
        narrow(folder, "; it is for the data alone: choose another one with --data-dir otherwise")?;
    }
    if let Some(file) = database_file(config) {
        // SQLite makes it as wide as the umask lets it, and its logs like it. What cannot be made is explained by the connection.
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

/// Takes from everybody else what they may do with a file or folder, and warns where that was something.
///
/// # Errors
/// When its mode cannot be narrowed.
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
