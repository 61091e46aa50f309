//! What a server that is killed leaves behind for clients that send their requests again.

use std::{
    io::{Read, Write},
    sync::Mutex,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    harness::{SEEDED, TestDb, on_both},
    program::{Page, Serving, printed},
    rooms::people,
};

on_both! { SEEDED => requests_with_a_key_are_answered_once_whenever_their_server_is_killed }

/// Sends a mutation under a key; nothing where the server is gone.
fn keyed(address: &str, token: &str, code: &str) -> Option<Page> {
    let query = format!(
        r#"mutation {{ createAgency(input: {{ code: "{code}", nameVi: "Trung tâm", kind: OTHER, area: "25" }}) {{ agency {{ code }} }} }}"#
    );
    let body = json!({ "query": query }).to_string();
    let mut connection = std::net::TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {code}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut text = String::new();
    connection.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Page { status, body: body.to_owned() })
}

fn sign_in(serving: &Serving, password: &str) -> String {
    let answer = serving.ask(&people::login("lan", password));
    answer["data"]["login"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn requests_with_a_key_are_answered_once_whenever_their_server_is_killed(db: TestDb) {
    tokio::task::block_in_place(|| {
        let create = ["user", "create", "--username", "lan", "--role", "registrar", "--area", "25"];
        let made = printed(&[&create[..], &["--database-url", db.url()]].concat());
        let password = made.lines().find_map(|line| line.strip_prefix("Password: ")).expect("a password").to_owned();
        for round in 0..4 {
            let sent = Mutex::new(vec![]);
            let serving = Serving::start(&["--database-url", db.url()]);
            let token = sign_in(&serving, &password);
            std::thread::scope(|scope| {
                for client in 0..4 {
                    let (sent, address, token) = (&sent, &serving.address, &token);
                    scope.spawn(move || {
                        for n in 0..50 {
                            let code = format!("pt-{round}-{client}-{n}");
                            sent.lock().expect("the list").push(code.clone());
                            if keyed(address, token, &code).is_none() {
                                return;
                            }
                        }
                    });
                }
                std::thread::sleep(Duration::from_millis(100 + 50 * round));
                serving.kill();
            });
            drop(serving);
            // Another server is asked at once.
            let serving = Serving::start(&["--database-url", db.url()]);
            let token = sign_in(&serving, &password);
            let sent = sent.into_inner().expect("the list");
            for code in &sent {
                let page = keyed(&serving.address, &token, code).expect("an answer");
                let expected = json!({ "createAgency": { "agency": { "code": code } } });
                let answer: Value = page.json();
                assert_eq!((page.status, &answer["data"]), (200, &expected), "{}", page.body);
            }
        }
    });
}
