//! `lienthong serve`: runs the server until SIGTERM or SIGINT.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    time::Duration,
};

use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

use entity::kinds::Role;

use super::{migrate, seed, user::made_up};
use crate::{
    graphql, health,
    http::{self, Server, Trusted},
    identity::user::{self, NewUser},
    kernel::{
        app::App,
        config::Config,
        db,
        error::{Broken, Result},
        limits::Limit,
        op::Op,
        policy::Caller,
        secret::redacted,
    },
    worker,
};

/// How long requests may continue after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Runs the server.
///
/// # Errors
/// When the database cannot be used, or the port is taken; the message says what helps.
pub async fn run(config: &Config) -> Result<()> {
    log(&config.log)?;
    let mut stop = Stop::new()?;
    // Bind the port first: a second server that cannot listen must not touch the database.
    let listener = TcpListener::bind(config.listen).await.map_err(|e| taken(config.listen, &e))?;
    let address = listener.local_addr().map_err(|e| taken(config.listen, &e))?;
    let trusted = config.trusted_documents.as_deref().map(Trusted::read).transpose()?;
    // A bit longer than a request may take. Without it, statements of abandoned requests would run on.
    let patience = config.limits.time(Limit::DeadlineSeconds) + Duration::from_secs(2);
    let app = super::open_with_keys(config, Some(patience)).await?;
    health::ready(&app)?;
    let mut first = None;
    if app.db().embedded() {
        tokio::select! { done = set_up(&app) => first = done?, () = stop.told() => return app.db().close().await }
    } else {
        super::require_current(&app).await?;
    }
    let server = Server::new(app.clone(), graphql::schema()?, graphql::inputs(), graphql::sdl()?, migrate::ours());
    let server = match trusted {
        Some(documents) => server.trusting(documents),
        None => server,
    };
    super::print(&welcome(address, first.as_deref(), config))?;
    tracing::info!(%address, "listening");

    let (told, mut stopped) = watch::channel(false);
    let serving = http::serve(listener, http::router(server), app.settings(), async move {
        // If the sender is gone, stop as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    });
    // The end of the worker releases its connections.
    let finished = {
        let mut working = pin!(worker::run(&app));
        tokio::select! {
            () = serving => (),
            () = &mut working => (),
            () = async {
                stop.told().await;
                tracing::info!("stopping");
                let _ = told.send(true);
                tokio::select! { () = tokio::time::sleep(GRACE) => (), () = stop.told() => () }
            } => tracing::warn!("requests were cut off: they did not end in time"),
        }
        // The worker's loops run until then, so a write in progress is not interrupted.
        tokio::select! { done = worker::finish(&app) => done, () = working => Ok(()) }
    };
    app.db().close().await?;
    finished?;
    tracing::info!("stopped");
    Ok(())
}

/// Migrates and fills an embedded database, which no other program could do. Returns the password of the first
/// administrator if it created one.
async fn set_up(app: &App) -> Result<Option<String>> {
    for name in migrate::migrate(app).await? {
        tracing::info!(name, "migrated");
    }
    // Checks for data instead of new migrations: an earlier start may have been interrupted between the two.
    let op = Op::new(app, Caller::Operator, "serve");
    if op.untouched().await? {
        seed::load(&op).await?;
    }
    for names in user::differing_by_case(&op).await? {
        tracing::warn!("{}", migrate::by_case(&names));
    }
    if !user::list(&op).await?.is_empty() {
        return Ok(None);
    }
    let password = made_up()?;
    let order = NewUser {
        username: ADMIN.to_owned(),
        display_name: "Administrator".to_owned(),
        password: password.clone(),
        roles: vec![Role::Admin],
        area: None,
    };
    user::create(&op, order).await?;
    Ok(Some(password))
}

/// The user name of the first administrator.
const ADMIN: &str = "admin";

fn taken(address: SocketAddr, error: &std::io::Error) -> Broken {
    Broken::new(match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("{address} is taken by another program: choose another address with --listen, or port 0 for any")
        }
        _ => format!("cannot listen on {address}: {error}"),
    })
}

fn log(filter: &str) -> Result<()> {
    // Log lines of these libraries about their own work are noise, unless the operator enables them.
    let filter = EnvFilter::try_new(format!("sqlx=warn,sea_orm_migration=warn,{filter}"))
        .map_err(|e| Broken::new(format!("the key `log` is not a filter of log lines: {e}")))?;
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
    // Logs only the location: the message of a panic may contain values.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "panicked");
    }));
    Ok(())
}

/// The database in use, without its password.
fn database(url: &str) -> String {
    db::file(url).map_or_else(|| redacted(url), |file| format!("SQLite {}", file.display()))
}

/// What to open, and what to run next. A server that listens on all addresses is shown as localhost.
fn welcome(address: SocketAddr, first: Option<&str>, config: &Config) -> String {
    let host = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        given => given,
    };
    let base = format!("http://{}", SocketAddr::new(host, address.port()));
    let administrator =
        first.map(|password| format!("  sign in     as {ADMIN} with the password {password} (shown this once)\n"));
    let public = match &config.public_url {
        url if *url == Config::default().public_url => String::new(),
        url => format!("  public URL  {url}\n"),
    };
    format!(
        "LienThong is ready.\n{}  database    {}\n{public}  playground  {base}/playground\n  manual      {base}/docs/\n  \
         GraphQL     {base}/graphql\n  schema      {base}/schema.graphql\n\
         Next: `lienthong user create`, `lienthong import`, `lienthong config`; each has a --help.\n",
        administrator.unwrap_or_default(),
        database(&config.database_url()),
    )
}

/// The signals that stop the server.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Broken::new);
        Ok(Stop { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }
    async fn told(&mut self) {
        tokio::select! { _ = self.terminate.recv() => (), _ = self.interrupt.recv() => () }
    }
}
