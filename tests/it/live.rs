//! What is followed as it happens, over real connections: sockets and streams of events.

mod events;
mod grants;
mod links;
mod outage;
mod protocol;
mod sharing;
mod told;

use std::time::Duration;

use async_graphql::futures_util::{SinkExt, StreamExt};
use lienthong::{http, kernel::app::App, worker};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue, http::StatusCode},
};

use crate::http::service_of;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// An instance of the service, which listens.
struct Instance {
    address: String,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Instance {
    async fn of(app: App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (stop, mut stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let settings = app.settings().clone();
        let router = service_of(app.clone());
        tasks.spawn(async move {
            let stop = async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            tokio::select! { () = http::serve(listener, router, &settings, stop) => (), () = worker::run(&app) => () }
        });
        Instance { address, stop, tasks }
    }
    /// Tells it to stop, and waits until it has.
    async fn stop(mut self) {
        self.stop.send(true).expect("it is told");
        tokio::time::timeout(PATIENCE, self.tasks.join_next()).await.expect("it stops");
    }
    /// Opens a socket with some headers; the status, where there is none.
    async fn open(&self, headers: &[(&'static str, &str)]) -> Result<Socket, StatusCode> {
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request().expect("a request");
        for (name, value) in
            [("sec-websocket-protocol", "graphql-transport-ws"), ("accept-language", "en")].iter().chain(headers)
        {
            match *value {
                // A client that speaks no protocol by name.
                "" if *name == "sec-websocket-protocol" => drop(request.headers_mut().remove(*name)),
                value => drop(request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a header"))),
            }
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("no answer: {error}"),
        }
    }
    /// A socket that is initialised with a token, or by a stranger.
    async fn socket(&self, token: Option<&str>) -> Socket {
        self.socket_with(&[], token).await
    }
    /// The same, opened with some headers.
    async fn socket_with(&self, headers: &[(&'static str, &str)], token: Option<&str>) -> Socket {
        let mut socket = self.open(headers).await.expect("a socket");
        let payload = token.map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }
}

/// A socket, as a client has it.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn say(&mut self, message: Value) {
        self.write(message.to_string()).await;
    }
    async fn write(&mut self, text: String) {
        self.0.send(Message::text(text)).await.expect("it is sent");
    }
    /// Asks for an operation.
    async fn ask(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }
    /// The next message.
    async fn hear(&mut self) -> Value {
        let mut message = self.frame().await;
        // What the points came to is told elsewhere.
        if let Some(payload) = message.get_mut("payload").and_then(Value::as_object_mut) {
            payload.remove("extensions");
        }
        message
    }
    async fn frame(&mut self) -> Value {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something is said") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message: {other:?}"),
            }
        }
    }
    /// Nothing is said for some time, in which it would be.
    async fn silent(&mut self) {
        self.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
        assert_eq!(self.frame().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    }
    /// With which code and for which reason it is closed.
    async fn closed(&mut self) -> (u16, String) {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("it is closed") {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Text(_) | Message::Ping(_))) => {}
                other => panic!("not closed: {other:?}"),
            }
        }
    }
}
