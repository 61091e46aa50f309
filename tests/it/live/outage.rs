//! The database is busy or gone for a while: streams wait, and go on. Only the end of a token closes a socket with 4403.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use async_graphql::futures_util::StreamExt;
use entity::kinds::Role;
use lienthong::kernel::{
    app::App,
    db::{self, Db},
    limits::{Limit, Limits},
    op::Op,
    policy::Caller,
    quota::Holder,
};
use sea_orm::sea_query::{Alias, Expr, Query};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::{UnixListener, UnixStream},
    task::JoinSet,
};
use tokio_tungstenite::tungstenite::Message;

use super::{Instance, PATIENCE, Socket, events::Stream, protocol::agency};
use crate::{
    harness::{Kind, SEEDED, TestDb, on_both},
    rooms::people::{Asker, create, sign_in, somebody},
};

on_both! { SEEDED => streams_outlast_a_database_that_is_busy_or_gone }

/// A way to a database that can be obstructed: on PostgreSQL the server goes away, on SQLite all readers are busy.
struct Way {
    url: String,
    server: PathBuf,
    folder: TempDir,
    obstructing: JoinSet<()>,
}

impl Way {
    async fn to(db: &TestDb) -> Self {
        let folder = tempfile::Builder::new().prefix("lienthong-").tempdir().expect("a temporary folder can be made");
        let (mut url, mut server) = (db.url().to_owned(), PathBuf::new());
        if db.kind() == Kind::Postgres {
            let (before, host) = url.split_once("host=").expect("a socket");
            server = PathBuf::from(host.replace("%2F", "/"));
            url = format!("{before}host={}", folder.path().to_string_lossy().replace('/', "%2F"));
        }
        let mut way = Way { url, server, folder, obstructing: JoinSet::new() };
        way.clear().await;
        way
    }
    async fn db(&self) -> Db {
        let readers = if self.url.starts_with("postgres") { 4 } else { 1 };
        db::connect(&self.url, readers, None).await.expect("the service reaches its database")
    }
    async fn obstruct(&mut self, app: &App) {
        // On PostgreSQL these are the connections.
        self.obstructing.shutdown().await;
        if !self.server.as_os_str().is_empty() {
            std::fs::remove_file(self.folder.path().join(".s.PGSQL.5432")).expect("the socket was there");
            return;
        }
        // One statement that goes on for long, row by row, and more callers behind it than may wait.
        let counting = "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000 + change.id) SELECT max(n) FROM c)";
        let query = Query::select().expr(Expr::cust(counting)).from(Alias::new("change")).to_owned();
        for n in 0..6_000_u32 {
            let (app, query) = (app.clone(), query.clone());
            self.obstructing.spawn(async move {
                let holder = Holder::at(IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
                loop {
                    let _ = Op::new(&app, Caller::Anonymous, "test").waiting_as(holder).rows(&query).await;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            });
        }
    }
    async fn clear(&mut self) {
        self.obstructing.shutdown().await;
        if self.server.as_os_str().is_empty() {
            return;
        }
        let listener = UnixListener::bind(self.folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let server = self.server.join(".s.PGSQL.5432");
        self.obstructing.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                connections.spawn(async move {
                    let mut server = UnixStream::connect(server).await.expect("the server listens");
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
    }
}

/// Waits until a request is answered with an error of this code, or with none.
async fn until(asker: &Asker, code: Option<&str>) {
    let trying = async {
        loop {
            let answer = asker.send("{ province(code: \"25\") { code } }").await.json();
            let found = answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
            if found.as_deref() == code {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE * 3, trying).await.expect("it comes to this");
}

/// The key of the next change, however long it takes.
async fn next(socket: &mut Socket) -> String {
    loop {
        match socket.0.next().await {
            Some(Ok(Message::Text(text))) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                return message["payload"]["data"]["changes"]["key"].as_str().expect("a change").to_owned();
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("no message: {other:?}"),
        }
    }
}

async fn streams_outlast_a_database_that_is_busy_or_gone(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    create(&db.app().await, "lan", &[Role::Editor], Some("25")).await;
    let mut way = Way::to(&db).await;
    // Tokens are looked at again and again meanwhile.
    let limits = Limits::default().with(Limit::KeepAliveSeconds, 1).with(Limit::InitSeconds, 3_600);
    let app = TestDb::app_of(way.db().await, limits);
    let stranger = Asker::stranger(app.clone());
    let lan = sign_in(&stranger, "lan").await;
    let instance = Instance::of(app.clone()).await;
    let mut following = JoinSet::new();
    for token in [None, lan.token.as_deref()] {
        let mut socket = instance.socket(token).await;
        socket.ask("a", "subscription { changes { key } }").await;
        socket.silent().await;
        // It answers the service's pings all the time, or it would be cut off.
        following.spawn(async move { [next(&mut socket).await, next(&mut socket).await] });
    }
    let line = format!("Authorization: Bearer {}\r\n", lan.token.as_deref().expect("a token"));
    let (status, mut stream) = Stream::by(&instance, &line, "subscription { changes { key } }").await;
    assert_eq!(status, 200);
    stream.until(":").await;
    let mut opened = instance.open(&[]).await.expect("a socket");

    way.obstruct(&app).await;
    until(&stranger, Some("UNAVAILABLE")).await;
    // Each of these comes after another attempt to verify the token.
    for _ in 0..3 {
        stream.until(":").await;
    }
    // Who comes now is told to come again: that is no end of the token.
    let bearer = format!("Bearer {}", lan.token.as_deref().expect("a token"));
    opened.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(opened.closed().await, (1013, "Try again later".to_owned()));
    assert_eq!(instance.open(&[("authorization", &bearer)]).await.err().map(|status| status.as_u16()), Some(503));
    // What happens meanwhile is not lost.
    agency(&chief, "pt-meanwhile").await;
    way.clear().await;
    until(&stranger, None).await;
    agency(&chief, "pt-after").await;
    while let Some(keys) = following.join_next().await {
        assert_eq!(keys.expect("they are told"), ["pt-meanwhile", "pt-after"]);
    }
    for key in ["pt-meanwhile", "pt-after"] {
        let event: Value = serde_json::from_str(&stream.until("data:").await).expect("JSON");
        assert_eq!(event, json!({ "data": { "changes": { "key": key } } }));
    }
}
