//! Callers that ask a server as fast as it answers, each on a connection of its own.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    failure::{Result, doing},
    process,
};

/// How long an answer is waited for, where the request does not say.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    path: String,
    /// Headers besides those that every request has.
    pub headers: Vec<(&'static str, String)>,
    body: Bytes,
    /// The least bytes of a whole answer.
    pub least: usize,
    /// How long the answer is waited for.
    pub patience: Duration,
}

impl Request {
    /// A request without a body.
    pub fn get(path: &str) -> Self {
        Request {
            method: Method::GET,
            path: path.to_owned(),
            headers: vec![],
            body: Bytes::new(),
            least: 0,
            patience: PATIENCE,
        }
    }
    /// A request with a body.
    pub fn post(path: &str, media: &str, body: Bytes) -> Self {
        let headers = vec![("content-type", media.to_owned())];
        Request { method: Method::POST, path: path.to_owned(), headers, body, least: 0, patience: PATIENCE }
    }
    fn build(&self) -> Result<hyper::Request<Full<Bytes>>> {
        let mut builder = hyper::Request::builder().method(self.method.clone()).uri(&self.path).header("host", "bench");
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        Ok(builder.body(Full::new(self.body.clone()))?)
    }
}

/// A connection.
pub struct Client(http1::SendRequest<Full<Bytes>>);

impl Client {
    /// Connects.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.map_err(doing(format!("connecting to {address}")))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Its failures are those of the requests on it.
        tokio::spawn(async { connection.await.ok() });
        Ok(Client(sender))
    }
    /// Asks and reads the whole answer.
    pub async fn ask(&mut self, request: &Request) -> Result<(u16, Bytes)> {
        let answer = async {
            self.0.ready().await?;
            let response = self.0.send_request(request.build()?).await?;
            let status = response.status().as_u16();
            Ok((status, response.into_body().collect().await?.to_bytes()))
        };
        tokio::time::timeout(request.patience, answer).await.map_err(|_| "no answer in time")?
    }
    /// Asks and takes the answer a piece at a time, with a pause after each.
    pub async fn ask_slowly(&mut self, request: &Request, piece: usize, pause: Duration) -> Result<usize> {
        self.0.ready().await?;
        let mut body = self.0.send_request(request.build()?).await?.into_body();
        let (mut all, mut taken) = (0, 0);
        while let Some(frame) = body.frame().await {
            let length = frame?.data_ref().map_or(0, Bytes::len);
            (all, taken) = (all + length, taken + length);
            while taken >= piece {
                taken -= piece;
                tokio::time::sleep(pause).await;
            }
        }
        Ok(all)
    }
}

/// A request of its own connection, from outside of any runtime.
pub fn once(address: &str, request: Request) -> Result<(u16, Bytes)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { Client::open(address).await?.ask(&request).await })
}

/// The requests that are made, by their number.
pub type Requests = Arc<dyn Fn(usize) -> Request + Send + Sync>;

/// Who is asked: where, and which processes work for the answer.
#[derive(Clone)]
pub struct Target {
    /// The address.
    pub address: String,
    /// The server's process.
    pub server: u32,
    /// Those of the database; none where it is part of the server.
    pub database: Vec<u32>,
}

impl Target {
    /// CPU seconds that its processes have used.
    fn cpu(&self) -> f64 {
        process::cpu(&self.database) + process::cpu(&[self.server])
    }
}

/// What came of some seconds.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// How long whole answers took, in microseconds.
    pub micros: Vec<u32>,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, usize>,
    /// How long it all took.
    pub seconds: f64,
    /// CPU seconds of the processes.
    pub cpu: f64,
}

impl Round {
    /// Whole answers per second.
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.seconds
    }
}

/// Why an answer is no answer.
pub fn wrong(request: &Request, status: u16, body: &[u8]) -> Option<String> {
    if status != 200 {
        return Some(format!("status {status}"));
    }
    if let Some(at) = memchr::memmem::find(body, b"\"errors\":[") {
        let errors = String::from_utf8_lossy(&body[at..]);
        let code = errors.split_once("\"code\":\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0));
        return Some(format!("error {}", code.unwrap_or("without a code")));
    }
    (body.len() < request.least).then(|| "an answer that is too short".to_owned())
}

/// Lets callers ask for some time.
pub async fn ask(
    target: &Target,
    callers: usize,
    time: Duration,
    requests: &Requests,
    next: &Arc<AtomicUsize>,
) -> Result<Round> {
    let before = target.cpu();
    let began = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..callers {
        let (address, requests, next) = (target.address.clone(), requests.clone(), next.clone());
        running.spawn(async move {
            let mut round = Round::default();
            let mut client = None;
            while began.elapsed() < time {
                let request = requests(next.fetch_add(1, Ordering::Relaxed));
                let asked = Instant::now();
                let answer = async {
                    if client.is_none() {
                        client = Some(Client::open(&address).await?);
                    }
                    client.as_mut().ok_or("no connection")?.ask(&request).await
                };
                match answer.await {
                    Ok((status, body)) => match wrong(&request, status, &body) {
                        None => round.micros.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX)),
                        Some(why) => *round.errors.entry(why).or_default() += 1,
                    },
                    Err(failure) => {
                        client = None;
                        *round.errors.entry(failure.to_string()).or_default() += 1;
                    }
                }
            }
            round
        });
    }
    let mut all = Round::default();
    while let Some(done) = running.join_next().await {
        let done = done?;
        all.micros.extend(done.micros);
        for (why, count) in done.errors {
            *all.errors.entry(why).or_default() += count;
        }
    }
    all.seconds = began.elapsed().as_secs_f64();
    all.cpu = target.cpu() - before;
    Ok(all)
}
