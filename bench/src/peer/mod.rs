//! The peers: tiny HTTP servers with one hand-written path for each shape. They take no GraphQL, check nothing and log nothing: what
//! they do is the least that an answer costs.

pub mod flat;
mod postgres;
mod sqlite;

use std::{convert::Infallible, net::SocketAddr, path::PathBuf, sync::Arc};

use bytes::Bytes;
use chrono::{NaiveDate, TimeDelta, Utc};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    failure::{Failure, Result},
    shapes::{self, Shape},
};

/// A peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// One statement that builds the JSON in PostgreSQL.
    Limit,
    /// Flat rows of PostgreSQL, and a hand-written writer.
    Flat,
    /// Flat rows of SQLite in the process, and the same writer.
    Sqlite,
}

/// What the program is started with to be a peer.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Which
    #[arg(value_enum)]
    kind: Kind,
    /// The PostgreSQL database, or the SQLite file
    database: PathBuf,
}

/// How many connections to the database there are: as many as the service has by default.
const CONNECTIONS: usize = 8;

/// Today in Việt Nam.
fn today() -> NaiveDate {
    (Utc::now() + TimeDelta::hours(7)).date_naive()
}

enum Store {
    Postgres(postgres::Store),
    Sqlite(sqlite::Store),
}

/// A new observation, for the peer's bare insert.
struct Recorded<'a> {
    indicator: &'a str,
    area: &'a str,
    dimension: &'a str,
    value: f64,
}

impl<'a> Recorded<'a> {
    fn of(body: &'a Value) -> Option<Self> {
        Some(Recorded {
            indicator: body.get("indicator")?.as_str()?,
            area: body.get("area")?.as_str()?,
            dimension: body.get("dimension")?.as_str()?,
            value: body.get("value")?.as_f64()?,
        })
    }
}

impl Store {
    async fn read(&self, shape: &'static Shape, body: &Value) -> Result<Vec<u8>> {
        match self {
            Store::Postgres(store) => store.read(shape, body).await,
            Store::Sqlite(store) => store.read(shape, body),
        }
    }
    async fn record(&self, body: &Value) -> Result<Vec<u8>> {
        let recorded = Recorded::of(body).ok_or("not an observation")?;
        match self {
            Store::Postgres(store) => store.record(&recorded).await?,
            Store::Sqlite(store) => store.record(&recorded)?,
        }
        Ok(b"{\"recorded\":true}".to_vec())
    }
    async fn import(&self, csv: Bytes) -> Result<Vec<u8>> {
        let rows = match self {
            Store::Postgres(store) => store.import(csv).await?,
            Store::Sqlite(store) => store.import(&csv)?,
        };
        Ok(format!("{{\"recorded\":{rows}}}").into_bytes())
    }
}

async fn answer(store: &Store, request: Request<Incoming>) -> Result<Vec<u8>> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    match path.as_str() {
        "import" => store.import(body).await,
        "record" => store.record(&serde_json::from_slice(&body)?).await,
        name => {
            let shape = shapes::all().into_iter().find(|shape| shape.name == name).ok_or("no such shape")?;
            store.read(shape, &serde_json::from_slice(&body)?).await
        }
    }
}

fn respond(answered: Result<Vec<u8>>) -> Response<Full<Bytes>> {
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, body),
        Err(failure) => (StatusCode::INTERNAL_SERVER_ERROR, failure.to_string().into_bytes()),
    };
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(hyper::header::CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    response
}

/// Serves until the process is ended; prints its address first.
pub async fn serve(options: Options) -> Result<()> {
    let store = Arc::new(match options.kind {
        Kind::Sqlite => Store::Sqlite(sqlite::Store::new(options.database)),
        kind => Store::Postgres(postgres::Store::open(&options.database.to_string_lossy(), kind == Kind::Flat)?),
    });
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let store = store.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(respond(answer(&store, request).await)) });
            // A client that goes away is no failure.
            let _: std::result::Result<(), _> =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn missing(name: &str) -> Failure {
    format!("the request has no `{name}`").into()
}
