//! Server-sent events, as graphql-sse has them: a stream for each operation.

use std::time::Duration;

use axum::http::Method;
use entity::kinds::Role;
use lienthong::kernel::limits::{Limit, Limits};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Instance, PATIENCE, protocol::agency};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http::{self, Answer, service},
    rooms::people::{Asker, create, sign_in, somebody},
};

on_both! { SEEDED =>
    an_operation_is_answered_with_events,
    what_happens_is_told_as_it_happens,
    what_cannot_be_streamed_is_refused_as_over_http,
    a_stream_counts_for_as_long_as_it_lasts,
    a_quiet_stream_ends_when_its_token_is_taken_back,
}

const EVENTS: (&str, &str) = ("accept", "text/event-stream");

async fn asked(db: &TestDb, query: &str) -> Answer {
    let headers = [EVENTS, ("content-type", "application/json"), ("accept-language", "en")];
    http::send(&service(db).await, Method::POST, "/graphql/stream", &headers, json!({ "query": query }).to_string())
        .await
}

/// The events of a stream that has ended: what each is, and what it says.
fn events(text: &str) -> Vec<(String, Value)> {
    let event = |event: &str| {
        let of =
            |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
        let mut data: Value = serde_json::from_str(&of("data:")).unwrap_or_default();
        if let Some(data) = data.as_object_mut() {
            data.remove("extensions");
        }
        (of("event:"), data)
    };
    text.split("\n\n").filter(|event| !event.is_empty()).map(event).collect()
}

async fn an_operation_is_answered_with_events(db: TestDb) {
    let answer = asked(&db, "{ province(code: \"25\") { name } }").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let said = json!({ "data": { "province": { "name": "Phú Thọ" } } });
    assert_eq!(events(&answer.body), [("next".to_owned(), said), ("complete".to_owned(), json!(null))]);
    assert!(answer.body.ends_with("event: complete\ndata:\n\n"), "{:?}", answer.body);
    let wrong = events(&asked(&db, "subscription { changes { nope } }").await.body);
    assert_eq!(wrong[0].1["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!((wrong[0].0.as_str(), wrong[1].0.as_str(), wrong.len()), ("next", "complete", 2));
    let address = "/graphql/stream?query=%7Bprovince(code:%2225%22)%7Bcode%7D%7D";
    let read = http::send(&service(&db).await, Method::GET, address, &[EVENTS], "").await;
    assert_eq!(events(&read.body)[0].1, json!({ "data": { "province": { "code": "25" } } }));
}

async fn what_cannot_be_streamed_is_refused_as_over_http(db: TestDb) {
    let router = service(&db).await;
    let json = ("content-type", "application/json");
    let query = r#"{"query":"{ province(code: \"25\") { name } }"}"#;
    for (headers, body, status) in [
        (vec![json, ("accept", "application/json")], query, 406),
        (vec![json], query, 406),
        (vec![json, ("accept", "text/*")], query, 200),
        (vec![EVENTS], query, 415),
        (vec![EVENTS, ("content-type", "text/plain")], query, 415),
        (vec![EVENTS, json], "{", 400),
        (vec![EVENTS, json], "{}", 400),
        (vec![EVENTS, json, ("authorization", "Bearer x")], query, 401),
    ] {
        let answer = http::send(&router, Method::POST, "/graphql/stream", &headers, body).await;
        assert_eq!(answer.status, status, "{headers:?} {body}: {}", answer.body);
    }
    let change = "/graphql/stream?query=mutation%7Blogout(input:%7BrefreshToken:%22x%22%7D)%7D";
    let answer = http::send(&router, Method::GET, change, &[EVENTS, ("accept-language", "en")], "").await;
    let told = events(&answer.body);
    assert_eq!(told[0].1["errors"][0]["message"], "GET only reads: use POST.");
    assert_eq!(http::send(&router, Method::PUT, "/graphql/stream", &[EVENTS], "").await.status, 405);
}

/// A stream under way.
pub struct Stream(BufReader<TcpStream>);

impl Stream {
    pub async fn open(instance: &Instance, query: &str) -> (u16, Self) {
        Stream::by(instance, "", query).await
    }
    /// With one more line in the head.
    pub async fn by(instance: &Instance, line: &str, query: &str) -> (u16, Self) {
        let mut connection = TcpStream::connect(&instance.address).await.expect("a connection");
        let body = json!({ "query": query }).to_string();
        let head = format!(
            "POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nAccept-Language: en\r\n{line}Content-Length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
        let mut stream = Stream(BufReader::new(connection));
        let status = stream.line().await.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, stream)
    }
    async fn line(&mut self) -> String {
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, self.0.read_line(&mut line)).await.expect("something comes").expect("text");
        line
    }
    /// The next line that begins so.
    pub async fn until(&mut self, beginning: &str) -> String {
        loop {
            let line = self.line().await;
            assert!(!line.is_empty(), "it has ended");
            if let Some(rest) = line.strip_prefix(beginning) {
                return rest.trim().to_owned();
            }
        }
    }
}

async fn what_happens_is_told_as_it_happens(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let limits = Limits::default().with(Limit::KeepAliveSeconds, 1);
    let instance = Instance::of(db.app_with(limits).await).await;
    let (status, mut stream) = Stream::open(&instance, "subscription { changes { key } }").await;
    assert_eq!(status, 200);
    // While nothing happens there are signs of life; after one of them it has surely begun.
    stream.until(":").await;
    agency(&chief, "pt-a").await;
    agency(&chief, "pt-b").await;
    for code in ["pt-a", "pt-b"] {
        assert_eq!(stream.until("event:").await, "next");
        assert_eq!(stream.until("data:").await, json!({ "data": { "changes": { "key": code } } }).to_string());
    }
    // Who is told that the program stops comes again: it is no end of the operation.
    let (rest, ()) = tokio::join!(
        async {
            let mut rest = String::new();
            while let line = stream.line().await
                && !line.is_empty()
            {
                rest.push_str(&line);
            }
            rest
        },
        instance.stop()
    );
    assert!(!rest.contains("complete"), "{rest}");
}

async fn a_stream_counts_for_as_long_as_it_lasts(db: TestDb) {
    let instance = Instance::of(db.app_with(Limits::default().with(Limit::Streams, 1)).await).await;
    let (status, first) = Stream::open(&instance, "subscription { changes { key } }").await;
    assert_eq!(status, 200);
    assert_eq!(Stream::open(&instance, "{ viewer { kind } }").await.0, 429);
    assert_eq!(instance.open(&[]).await.err().map(|status| status.as_u16()), Some(429));
    drop(first);
    let trying = async {
        while Stream::open(&instance, "{ viewer { kind } }").await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, trying).await.expect("there is room again");
}

async fn a_quiet_stream_ends_when_its_token_is_taken_back(db: TestDb) {
    let app = db.app_with(Limits::default().with(Limit::KeepAliveSeconds, 1)).await;
    create(&app, "lan", &[Role::Editor], Some("25")).await;
    let token = sign_in(&Asker::stranger(app.clone()), "lan").await.token.expect("a token");
    let instance = Instance::of(app).await;
    let line = format!("Authorization: Bearer {token}\r\n");
    let (status, mut stream) = Stream::by(&instance, &line, "subscription { changes { key } }").await;
    assert_eq!(status, 200);
    stream.until(":").await;
    db.execute("UPDATE user_account SET active = FALSE WHERE username = 'lan'").await;
    let told: Value = serde_json::from_str(&stream.until("data:").await).expect("JSON");
    assert_eq!(told["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(stream.until("event:").await, "complete");
}
