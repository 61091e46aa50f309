//! Accounts, keys and the log of requests, as whoever runs the program meets them.

use std::{io::Write, process::Stdio};

use serde_json::{Value, json};

use crate::program::{Serving, lienthong, printed, refused};

pub const PASSWORD: &str = "mua xuan tren dinh nui";

/// Runs a command that reads a password from its input; answers with what it printed.
pub fn with_password(args: &[&str], password: &str) -> (bool, String, String) {
    let mut child = lienthong(args);
    let mut child =
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    writeln!(child.stdin.take().expect("an input"), "{password}").expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

pub fn login(serving: &Serving, username: &str, password: &str) -> Value {
    let query = format!(
        "mutation {{ login(input: {{ username: {}, password: {} }}) {{ accessToken refreshToken viewer {{ username }} }} }}",
        json!(username),
        json!(password)
    );
    serving.ask(&query)
}

#[test]
fn accounts_are_managed_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let serving = Serving::embedded(folder.path());
    let at = ["--data-dir", &data];
    let user = |args: &[&str]| [&["user"], args, &at].concat().iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
    let run = |args: &[&str]| printed(&user(args).iter().map(String::as_str).collect::<Vec<_>>());
    let create = user(&[
        "create",
        "--username",
        "lan",
        "--role",
        "editor",
        "--role",
        "viewer",
        "--area",
        "25",
        "--password-stdin",
    ]);
    let create: Vec<&str> = create.iter().map(String::as_str).collect();
    let (done, _, said) = with_password(&create, "short");
    assert!(!done && said.contains("at least 12 characters"), "{said}");
    let (done, told, said) = with_password(&create, PASSWORD);
    assert!(done, "{said}");
    assert_eq!(told, "Created lan.\n");
    assert_eq!(login(&serving, "lan", PASSWORD)["data"]["login"]["viewer"]["username"], "lan");
    let listed = run(&["list"]);
    assert!(listed.contains("VIEWER, EDITOR") && listed.contains("admin"), "{listed}");
    // It is so at once, in a server that runs beside.
    run(&["disable", "lan"]);
    assert_eq!(login(&serving, "lan", PASSWORD)["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    run(&["enable", "lan"]);
    let reset = run(&["reset", "lan"]);
    let made = reset.lines().find_map(|line| line.strip_prefix("Password: ")).expect("a password");
    assert_eq!(login(&serving, "lan", made)["data"]["login"]["viewer"]["username"], "lan");
    let nobody = user(&["disable", "nobody"]);
    assert_eq!(refused(&nobody.iter().map(String::as_str).collect::<Vec<_>>()), "There is no such user.");
    let last = user(&["disable", "admin"]);
    assert!(
        refused(&last.iter().map(String::as_str).collect::<Vec<_>>()).starts_with("This is the last administrator")
    );
}

#[test]
fn a_rotated_key_is_seen_by_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let serving = Serving::embedded(folder.path());
    let listed = printed(&["key", "list", "--data-dir", &data]);
    let keys: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let (current, next) = (keys[0][2], keys[1][2]);
    assert_eq!((keys[0][0], keys[0][1], keys[1][0]), ("current", "EdDSA", "next"));
    let rotated = printed(&["key", "rotate", "--data-dir", &data]);
    assert!(rotated.contains(&format!("current   EdDSA  {next}")), "{rotated}");
    assert!(rotated.contains(&format!("previous  EdDSA  {current}")), "{rotated}");
    let published: Value = serde_json::from_str(&serving.get("/.well-known/jwks.json").body).expect("JSON");
    let ids: Vec<&Value> = published["keys"].as_array().expect("keys").iter().map(|key| &key["kid"]).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.contains(&&json!(current)) && ids.contains(&&json!(next)));
    let log = printed(&["audit", "export", "--data-dir", &data]);
    assert!(log.lines().last().is_some_and(|line| line.contains("key.rotate") && line.contains(next)), "{log}");
}

#[test]
fn keys_may_come_from_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let pem = lienthong::kernel::token::Algorithm::Es256.generate().expect("a key");
    let with = |args: &[&str], pem: &str| {
        lienthong(args).env("LIENTHONG_SIGNING_KEY", pem).output().expect("the program runs")
    };
    let listed = with(&["key", "list", "--data-dir", &data], &pem);
    assert!(String::from_utf8_lossy(&listed.stdout).starts_with("current   ES256"), "{listed:?}");
    assert!(!folder.path().join("keys").exists());
    let rotated = with(&["key", "rotate", "--data-dir", &data], &pem);
    assert!(String::from_utf8_lossy(&rotated.stderr).contains("the keys are given by the configuration"));
    let wrong = with(&["key", "list", "--data-dir", &data], "nonsense s3cret");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("not a private key as PEM") && !said.contains("s3cret"), "{said}");
    let shown = with(&["config", "--data-dir", &data], &pem);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("signing_key = \"***\"") && !shown.contains("BEGIN"), "{shown}");
}

#[test]
fn no_secret_stands_in_the_log_of_requests() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut serving = Serving::embedded(folder.path());
    let line = serving.welcome.lines().find_map(|line| line.split_once("with the password ")).expect("a password").1;
    let password = line.split(' ').next().expect("a password").to_owned();
    let tokens = login(&serving, "admin", &password)["data"]["login"].clone();
    login(&serving, &password, "wrong password here");
    let secrets = [
        password.as_str(),
        "wrong password here",
        tokens["accessToken"].as_str().expect("a token"),
        tokens["refreshToken"].as_str().expect("a token"),
    ];
    serving.ask(&format!(
        "mutation {{ refresh(input: {{ refreshToken: {} }}) {{ refreshToken }} }}",
        tokens["refreshToken"]
    ));
    serving.terminate();
    assert_eq!(serving.ended(), Some(0));
    let log = serving.log();
    assert!(log.contains("\"listening\""), "{log}");
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
}
