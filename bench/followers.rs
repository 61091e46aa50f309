//! How soon followers hear of changes: starts the service on a new database, lets many followers subscribe to the change feed over
//! WebSocket, writes at a steady rate, and prints the delivery times. See README.md beside this file.

use std::{
    collections::HashSet,
    fs::File,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_graphql::futures_util::{SinkExt, StreamExt};
use clap::Parser;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is measured.
#[derive(Clone, Parser)]
struct Options {
    /// How many followers there are
    #[arg(long, default_value_t = 500)]
    followers: usize,
    /// How many of them are signed in; the others are anonymous, each at an address of its own
    #[arg(long, default_value_t = 250)]
    signed_in: usize,
    /// How many accounts those are signed in with: of four roles, in five provinces
    #[arg(long, default_value_t = 20)]
    accounts: usize,
    /// How many changes are committed each second
    #[arg(long, default_value_t = 20)]
    writes: u32,
    /// For how many seconds
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// The fields that followers ask for of each change
    #[arg(long, default_value = "cursor type action key at node { ... on Agency { code name area { code } } }")]
    fields: String,
    /// An empty PostgreSQL database to run on, instead of SQLite in a temporary folder
    #[arg(long)]
    database_url: Option<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_lienthong");
const PASSWORD: &str = "mua xuan tren dinh nui";
const PROVINCES: [&str; 5] = ["25", "33", "01", "79", "48"];
const ROLES: [&str; 4] = ["VIEWER", "EDITOR", "APPROVER", "REGISTRAR"];

/// How long it is waited for what was written last.
const REST: Duration = Duration::from_secs(30);

/// The service under measurement; it ends with this.
struct Service {
    child: Child,
    address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(folder: &Path, options: &Options) -> Command {
    let mut program = Command::new(PROGRAM);
    program.env("LIENTHONG_DATA_DIR", folder).env("LIENTHONG_LOG", "warn");
    if let Some(url) = &options.database_url {
        program.env("LIENTHONG_DATABASE_URL", url);
    }
    program
}

fn run(command: &mut Command, input: &str) -> Result<(), Failure> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

impl Service {
    async fn start(folder: &Path, options: &Options) -> Result<Self, Failure> {
        if options.database_url.is_some() {
            for step in ["migrate", "seed"] {
                run(program(folder, options).arg(step), "")?;
            }
        }
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let log = File::create(folder.join("service.log"))?;
        let child = program(folder, options)
            .arg("serve")
            .env("LIENTHONG_LISTEN", &address)
            .env("LIENTHONG_PUBLIC_URL", format!("http://{address}"))
            // Followers name their own addresses, as a proxy would for them.
            .env("LIENTHONG_TRUSTED_PROXIES", "127.0.0.1")
            .env("LIENTHONG_LIMITS_CONNECTIONS", "10000")
            .env("LIENTHONG_LIMITS_CONNECTIONS_PROXY", "10000")
            .env("LIENTHONG_LIMITS_SIGN_INS", "10000")
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut service = Service { child, address };
        let began = Instant::now();
        while Socket::open(&service.address, "192.0.2.1", None).await.is_err() {
            if let Some(status) = service.child.try_wait()? {
                return Err(format!(
                    "the service ended ({status}): {}",
                    std::fs::read_to_string(folder.join("service.log"))?
                )
                .into());
            }
            if began.elapsed() > Duration::from_secs(120) {
                return Err("the service does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(service)
    }
    /// The seconds of processor time that it has used so far, and its memory in MiB, where the system tells.
    fn used(&self) -> Option<(f64, u64)> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
        let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?;
        Some((ticks / 100.0, memory.parse::<u64>().ok()? / 1024))
    }
}

/// A socket that is initialised.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(service: &str, from: &str, token: Option<&str>) -> Result<Self, Failure> {
        let mut request = format!("ws://{service}/graphql/ws").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        headers.insert("x-forwarded-for", HeaderValue::from_str(from)?);
        let mut socket = Socket(connect_async(request).await?.0);
        let payload = token.map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(&json!({ "type": "connection_init", "payload": payload })).await?;
        match socket.hear().await? {
            text if text.contains("connection_ack") => Ok(socket),
            text => Err(text.into()),
        }
    }
    async fn say(&mut self, message: &Value) -> Result<(), Failure> {
        Ok(self.0.send(Message::text(message.to_string())).await?)
    }
    async fn ask(&mut self, id: &str, query: &str) -> Result<(), Failure> {
        self.say(&json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await
    }
    async fn hear(&mut self) -> Result<String, Failure> {
        loop {
            match self.0.next().await.ok_or("the socket is closed")?? {
                Message::Text(text) => return Ok(text.to_string()),
                Message::Close(frame) => return Err(format!("the socket is closed: {frame:?}").into()),
                _ => {}
            }
        }
    }
    /// The data that an operation answers.
    async fn answer(&mut self, query: &str) -> Result<Value, Failure> {
        self.ask("one", query).await?;
        let answer: Value = serde_json::from_str(&self.hear().await?)?;
        // An operation that is rejected ends with this message.
        if answer.get("type").is_some_and(|kind| kind == "error") {
            return Err(format!("{query}: {answer}").into());
        }
        self.hear().await?;
        match answer.pointer("/payload/errors") {
            None => Ok(answer.pointer("/payload/data").cloned().ok_or("no data")?),
            Some(errors) => Err(format!("{query}: {errors}").into()),
        }
    }
}

fn login(username: &str) -> String {
    format!(r#"mutation {{ login(input: {{ username: "{username}", password: "{PASSWORD}" }}) {{ accessToken }} }}"#)
}

async fn sign_in(service: &str, username: &str) -> Result<String, Failure> {
    let answer = Socket::open(service, "192.0.2.1", None).await?.answer(&login(username)).await?;
    Ok(answer.pointer("/login/accessToken").and_then(Value::as_str).ok_or("no token")?.to_owned())
}

/// What is known of the changes that are written: when each was sent.
struct Sent(Vec<OnceLock<Instant>>);

/// What a follower has heard.
struct Heard {
    micros: Vec<u64>,
    lost: usize,
    twice: usize,
}

async fn follow(
    mut socket: Socket,
    sent: Arc<Sent>,
    ready: Arc<AtomicUsize>,
    fields: String,
) -> Result<Heard, Failure> {
    socket.ask("f", &format!("subscription {{ changes {{ {fields} }} }}")).await?;
    // Messages are taken in turn: the answer to this one tells that the subscription has begun to begin.
    socket.say(&json!({ "type": "ping" })).await?;
    match socket.hear().await? {
        pong if pong.contains("pong") => {}
        text => return Err(text.into()),
    }
    ready.fetch_add(1, Ordering::Relaxed);
    let (mut seen, mut heard) = (HashSet::new(), Heard { micros: vec![], lost: 0, twice: 0 });
    while seen.len() < sent.0.len() {
        let Ok(text) = tokio::time::timeout(REST, socket.hear()).await else { break };
        let text = text?;
        let Some((_, rest)) = text.split_once(r#""key":"bench-"#) else { return Err(text.into()) };
        let number: usize = rest.split('"').next().unwrap_or_default().parse()?;
        let began = sent.0.get(number).and_then(OnceLock::get).ok_or("a change that was not written")?;
        heard.micros.push(u64::try_from(began.elapsed().as_micros())?);
        heard.twice += usize::from(!seen.insert(number));
    }
    heard.lost = sent.0.len() - seen.len();
    Ok(heard)
}

/// Writes at a steady rate; returns how long each write took.
async fn write(service: &str, token: &str, sent: &Sent, rate: u32) -> Result<Vec<u64>, Failure> {
    let mut socket = Socket::open(service, "192.0.2.1", Some(token)).await?;
    let mut times = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut took = vec![];
    for (number, at) in sent.0.iter().enumerate() {
        times.tick().await;
        let began = *at.get_or_init(Instant::now);
        let input = format!(r#"{{ code: "bench-{number}", nameVi: "Sở mới", kind: DEPARTMENT, area: "25" }}"#);
        socket.answer(&format!("mutation {{ createAgency(input: {input}) {{ agency {{ id }} }} }}")).await?;
        took.push(u64::try_from(began.elapsed().as_micros())?);
    }
    Ok(took)
}

/// Quantiles in milliseconds.
fn quantiles(micros: &mut [u64]) -> String {
    micros.sort_unstable();
    let at = |share: usize| micros.get((micros.len() * share / 1000).min(micros.len().saturating_sub(1)));
    let [p50, p95, p99, most] = [500, 950, 990, 1000].map(|share| at(share).copied().unwrap_or_default() / 1000);
    format!("p50 {p50} ms, p95 {p95} ms, p99 {p99} ms, max {most} ms")
}

async fn measure(options: &Options) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let service = Service::start(folder.path(), options).await?;
    let create = ["user", "create", "--username", "chief", "--role", "admin", "--area", "VN", "--password-stdin"];
    run(program(folder.path(), options).args(create), &format!("{PASSWORD}\n"))?;
    let chief = sign_in(&service.address, "chief").await?;
    let mut admin = Socket::open(&service.address, "192.0.2.1", Some(&chief)).await?;
    let mut tokens = vec![];
    for n in 0..options.accounts.min(options.signed_in) {
        let (role, area) = ROLES.into_iter().cycle().zip(PROVINCES.into_iter().cycle()).nth(n).ok_or("no role")?;
        let input = format!(
            r#"{{ username: "user{n}", displayName: "User {n}", password: "{PASSWORD}", roles: [{role}], area: "{area}" }}"#
        );
        admin.answer(&format!("mutation {{ createUser(input: {input}) {{ user {{ id }} }} }}")).await?;
        tokens.push(sign_in(&service.address, &format!("user{n}")).await?);
    }
    drop(admin);
    let count = usize::try_from(options.writes * options.seconds)?;
    let sent = Arc::new(Sent((0..count).map(|_| OnceLock::new()).collect()));
    let ready = Arc::new(AtomicUsize::new(0));
    let mut followers = JoinSet::new();
    for n in 0..options.followers {
        let token = if n < options.signed_in { tokens.get(n % tokens.len().max(1)) } else { None };
        let from = format!("10.0.{}.{}", n / 250, n % 250 + 1);
        let socket = Socket::open(&service.address, &from, token.map(String::as_str)).await?;
        followers.spawn(follow(socket, sent.clone(), ready.clone(), options.fields.clone()));
    }
    while ready.load(Ordering::Relaxed) < options.followers {
        if let Some(ended) = followers.try_join_next() {
            ended??;
            return Err("a follower ended before it began".into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = service.used();
    let mut writes = write(&service.address, &chief, &sent, options.writes).await?;
    let (mut micros, mut lost, mut twice) = (vec![], 0, 0);
    while let Some(heard) = followers.join_next().await {
        let heard = heard??;
        (lost, twice) = (lost + heard.lost, twice + heard.twice);
        micros.extend(heard.micros);
    }
    let after = service.used();
    println!(
        "{} followers, {} of them signed in; {} writes/s for {} s",
        options.followers, options.signed_in, options.writes, options.seconds
    );
    println!("delivered {}, lost {lost}, twice {twice}", micros.len());
    println!("delivery, from when the write was sent: {}", quantiles(&mut micros));
    println!("writes, until they were answered:       {}", quantiles(&mut writes));
    if let (Some((before, _)), Some((after, memory))) = (before, after) {
        let each = (after - before) * 1e6 / f64::from(u32::try_from(micros.len().max(1))?);
        println!(
            "processor time of the service: {:.1} s, {each:.0} µs a delivery; memory at most {memory} MiB",
            after - before
        );
    }
    Ok(lost + twice == 0)
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(&Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
