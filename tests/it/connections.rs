//! Connections to the program: clients that send slowly, say nothing, do not read, or are too many.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use crate::program::{Page, Serving};

/// A running program with limits of the test's own, as its file says them.
fn serving(limits: &str) -> (tempfile::TempDir, Serving) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("lienthong.toml");
    std::fs::write(&file, format!("[limits]\n{limits}")).expect("written");
    let [file, data] = [file, folder.path().join("data")].map(|path| path.display().to_string());
    let serving = Serving::start(&["--config", &file, "--data-dir", &data]);
    (folder, serving)
}

/// How long the other end takes to end a connection, and what it sends until then.
fn until_it_ends(mut connection: &TcpStream) -> (Duration, Vec<u8>) {
    let (begun, mut all) = (Instant::now(), vec![]);
    // One that is cut off may be told so by an error.
    if let Err(error) = connection.read_to_end(&mut all) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it does not end");
    }
    (begun.elapsed(), all)
}

const ALIVE: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

#[test]
fn nobody_holds_a_connection_by_saying_nothing() {
    let (_folder, serving) = serving("header_seconds = 1\n");
    let soon = Duration::from_secs(10);
    let silent = serving.connect();
    assert!(until_it_ends(&silent).0 < soon);

    let mut dripping = serving.connect();
    let begun = Instant::now();
    for byte in ALIVE.bytes().cycle().take(15) {
        if dripping.write_all(&[byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(until_it_ends(&dripping).0 < soon && begun.elapsed() < soon);

    let mut idle = serving.connect();
    idle.write_all(ALIVE.as_bytes()).expect("sent");
    let (took, answer) = until_it_ends(&idle);
    assert!(took < soon && answer.ends_with(b"ok"), "{took:?}");
}

#[test]
fn many_connections_of_one_address_shut_nobody_out() {
    // Of one address, and of all.
    for limits in ["connections_address = 20\n", "connections = 20\n"] {
        let (_folder, serving) = serving(&format!("header_seconds = 3600\nkeep_alive_seconds = 1\n{limits}"));
        let mut following = follow(&serving);
        let mut others: Vec<TcpStream> = (0..60)
            .map(|n| {
                let mut connection = serving.connect();
                // Silent, in the middle of a head, in the middle of a body, and idle after an answer.
                let said = [
                    "",
                    "GET /hea",
                    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
                    ALIVE,
                ];
                connection.write_all(said[n % 4].as_bytes()).expect("sent");
                connection
            })
            .collect();
        assert_eq!(serving.get("/healthz").body, "ok", "{limits}");
        assert_eq!(serving.ask("{ __typename }")["data"]["__typename"], "Query", "{limits}");
        // The first of them made room; who waits for the service does not.
        assert!(until_it_ends(&others.remove(0)).1.is_empty(), "{limits}");
        let mut some = [0; 3];
        following.read_exact(&mut some).expect("it goes on");
    }
}

/// A stream of events, whose client waits.
fn follow(serving: &Serving) -> TcpStream {
    let mut stream = serving.connect();
    let asked = "GET /graphql/stream?query=subscription%7Bchanges%7Bkey%7D%7D HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";
    stream.write_all(asked.as_bytes()).expect("sent");
    let mut head = [0; 15];
    stream.read_exact(&mut head).expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream
}

#[test]
fn where_all_connections_are_busy_health_is_answered_alone() {
    for limits in ["connections_address = 3\n", "connections = 3\n"] {
        let (_folder, serving) = serving(limits);
        let streams: Vec<TcpStream> = (0..3).map(|_| follow(&serving)).collect();
        for path in ["/healthz", "/readyz"] {
            assert_eq!(serving.get(path).status, 200, "{limits}{path}");
        }
        let refused = serving.ask("{ __typename }");
        assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{limits}");
        assert_eq!(serving.get("/playground").status, 503, "{limits}");
        drop(streams);
    }
}

#[test]
fn a_request_names_its_host_once() {
    let (_folder, serving) = serving("");
    for (version, hosts, status) in [
        ("1.1", "Host: x\r\n", 200),
        ("1.1", "Host:\r\n", 200),
        ("1.0", "", 200),
        ("1.1", "", 400),
        ("1.1", "Host: x\r\nHost: x\r\n", 400),
        ("1.1", "Host: x y\r\n", 400),
        ("1.0", "Host: x\r\nHost: y\r\n", 400),
    ] {
        let mut connection = serving.connect();
        let head = format!("GET /healthz HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        connection.write_all(head.as_bytes()).expect("sent");
        assert_eq!(Page::read(connection).status, status, "{version} {hosts:?}");
    }
}

#[test]
fn a_request_body_that_breaks_off_is_a_bad_request() {
    let (_folder, serving) = serving("");
    let long = "Content-Length: 100\r\n\r\n{\"query\":";
    let chunked = |chunks: &str| format!("Transfer-Encoding: chunked\r\n\r\n{chunks}");
    for (path, kind) in [("/graphql", "application/json"), ("/oauth/token", "application/x-www-form-urlencoded")] {
        for body in [
            long.to_owned(),
            chunked("5\r\n{\"que"),
            chunked("zz\r\n{}\r\n0\r\n\r\n"),
            chunked("2\r\n{}}}}\r\n0\r\n\r\n"),
        ] {
            let mut connection = serving.connect();
            let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n");
            connection.write_all(format!("{head}{body}").as_bytes()).expect("sent");
            connection.shutdown(Shutdown::Write).expect("half of it is closed");
            let page = Page::read(connection);
            assert_eq!(page.status, 400, "{path} {body:?}: {}", page.body);
        }
    }
}

#[test]
fn a_head_is_so_long_and_no_longer() {
    let (_folder, serving) = serving("header_bytes = 2048\n");
    let status = |bytes: usize| {
        let mut connection = serving.connect();
        let head = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(bytes));
        connection.write_all(head.as_bytes()).expect("sent");
        Page::read(connection).status
    };
    assert_eq!((status(1_500), status(2_500)), (200, 431));
}

#[test]
fn who_does_not_read_the_answer_is_cut_off() {
    let (_folder, serving) = serving("write_seconds = 1\n");
    let whole = serving.get("/schema.graphql").body.len();
    let mut lazy = serving.connect();
    // More than the system keeps for somebody who does not read.
    let times = 40_000_000 / whole;
    let asked = "GET /schema.graphql HTTP/1.1\r\nHost: x\r\n\r\n".repeat(times);
    lazy.write_all(asked.as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_secs(4));
    let (_, read) = until_it_ends(&lazy);
    assert!(read.len() < times * whole, "{} of {}", read.len(), times * whole);
    assert_eq!(serving.get("/healthz").body, "ok");
}

#[test]
fn the_caller_is_the_other_end_of_the_connection() {
    let (_folder, serving) = serving("sign_ins = 1\n");
    let login = r#"mutation { login(input: { username: "nobody", password: "x" }) { expiresIn } }"#;
    let code = || serving.ask(login)["errors"][0]["extensions"]["code"].clone();
    assert_eq!((code(), code()), ("UNAUTHENTICATED".into(), "RATE_LIMITED".into()));
}

#[test]
fn connections_that_are_idle_do_not_keep_it_from_stopping() {
    let (_folder, mut serving) = serving("");
    let mut idle = serving.connect();
    idle.write_all(ALIVE.as_bytes()).expect("sent");
    let mut some = [0; 16];
    idle.read_exact(&mut some).expect("an answer");
    let begun = Instant::now();
    serving.terminate();
    assert_eq!(serving.ended(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let _ = idle.shutdown(Shutdown::Both);
}
