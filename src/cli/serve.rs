//! `lienthong serve`: answers requests until it is told to stop.

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
        error::{Broken, Result},
        limits::Limit,
        op::Op,
        policy::Caller,
    },
    worker,
};

/// How long requests may go on after the program was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves.
///
/// # Errors
/// When the database is not fit for use, or the port is taken; the message says what helps.
pub async fn run(config: &Config) -> Result<()> {
    log(&config.log)?;
    let mut stop = Stop::new()?;
    // First of all: who cannot listen has no business with the database.
    let listener = TcpListener::bind(config.listen).await.map_err(|e| taken(config.listen, &e))?;
    let address = listener.local_addr().map_err(|e| taken(config.listen, &e))?;
    let trusted = config.trusted_documents.as_deref().map(Trusted::read).transpose()?;
    // A bit more than a request has: what was given up must not go on for long.
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
    super::print(&welcome(address, first.as_deref()))?;
    tracing::info!(%address, "listening");

    let (told, mut stopped) = watch::channel(false);
    let serving = http::serve(listener, http::router(server), app.settings(), async move {
        // Without a sender nobody can tell any more.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    });
    // Its end gives back what connections it has.
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
        // What the loops are about goes on until then: what is being written is not broken off.
        tokio::select! { done = worker::finish(&app) => done, () = working => Ok(()) }
    };
    app.db().close().await?;
    finished?;
    tracing::info!("stopped");
    Ok(())
}

/// Sets an embedded database up: it has no other program that could.
/// Answers with the password of the administrator, if there was none yet.
async fn set_up(app: &App) -> Result<Option<String>> {
    for name in migrate::migrate(app).await? {
        tracing::info!(name, "migrated");
    }
    // Not whether it was migrated just now: it may have been interrupted before its data were there.
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

/// The first administrator's name to sign in with.
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
    // What libraries have to say of their own work is noise here, unless it is asked for.
    let filter = EnvFilter::try_new(format!("sqlx=warn,sea_orm_migration=warn,{filter}"))
        .map_err(|e| Broken::new(format!("the key `log` is not a filter of log lines: {e}")))?;
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
    // Where, not what: that may hold values.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "panicked");
    }));
    Ok(())
}

/// The addresses to open, on this machine where it listens on all of its addresses.
fn welcome(address: SocketAddr, first: Option<&str>) -> String {
    let host = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        given => given,
    };
    let base = format!("http://{}", SocketAddr::new(host, address.port()));
    let administrator =
        first.map(|password| format!("  sign in     as {ADMIN} with the password {password} (shown this once)\n"));
    format!(
        "LienThong is ready.\n{}  playground  {base}/playground\n  GraphQL     {base}/graphql\n  schema      {base}/schema.graphql\n",
        administrator.unwrap_or_default()
    )
}

/// The signals that stop the program.
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
