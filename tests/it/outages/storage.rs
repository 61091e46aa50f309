//! SQLite on storage that takes no more.

use std::process::Command;

use crate::program::{Page, Serving};

/// Whether a running program can write its files.
fn allow_writes(serving: &Serving, allowed: bool) {
    let bytes = if allowed { "unlimited" } else { "1" };
    let limit = [format!("--pid={}", serving.id()), format!("--fsize={bytes}:unlimited")];
    assert!(Command::new("prlimit").args(limit).status().expect("prlimit, of util-linux").success());
}

fn sign_in(serving: &Serving, password: &str) -> String {
    let login =
        format!(r#"mutation {{ login(input: {{ username: "admin", password: "{password}" }}) {{ accessToken }} }}"#);
    serving.ask(&login)["data"]["login"]["accessToken"].as_str().expect("a token").to_owned()
}

/// Makes an agency.
fn create(serving: &Serving, token: &str, name: &str) -> Page {
    let input = format!(r#"code: "{name}", nameVi: "Cơ quan {name}", kind: DEPARTMENT, area: "25""#);
    serving.ask_as(token, &format!("mutation {{ createAgency(input: {{ {input} }}) {{ agency {{ code }} }} }}"))
}

fn found(serving: &Serving, name: &str) -> bool {
    !serving.ask(&format!(r#"{{ agency(code: "{name}") {{ code }} }}"#))["data"]["agency"].is_null()
}

/// SQLite rolls a transaction back by itself when its storage fails. What is written afterwards must not go into one that is
/// never committed.
#[test]
fn what_is_acknowledged_after_the_storage_failed_is_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let flags = ["--data-dir", &folder.path().display().to_string()];
    // A write that the limit forbids fails, as on a full disk, and does not end the program.
    let serving = Serving::ignoring("XFSZ", &flags);
    let (_, rest) = serving.welcome.split_once("with the password ").expect("a password");
    let password = rest.split(' ').next().expect("a password").to_owned();
    let token = sign_in(&serving, &password);
    assert_eq!(create(&serving, &token, "before").status, 200);

    allow_writes(&serving, false);
    for name in ["lost-1", "lost-2"] {
        let page = create(&serving, &token, name);
        assert_eq!(page.status, 503, "{}", page.body);
        assert_eq!(page.json()["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    }
    let page = serving.get("/readyz");
    assert_eq!(page.status, 503);
    let reason = page.json()["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.starts_with("the database cannot be written"), "{reason}");
    assert!(found(&serving, "before"), "what is there is read all the while");

    allow_writes(&serving, true);
    assert_eq!(serving.get("/readyz").body, r#"{"ready":true}"#);
    for name in ["after-1", "after-2"] {
        let page = create(&serving, &token, name);
        assert_eq!((page.status, page.json().get("errors").cloned()), (200, None));
    }
    // Seen by others, and after a crash.
    let there =
        |serving: &Serving| ["before", "lost-1", "lost-2", "after-1", "after-2"].map(|name| found(serving, name));
    assert_eq!(there(&serving), [true, false, false, true, true]);
    let chain = serving.ask_as(&token, "{ auditVerification { valid } }").json();
    assert_eq!(chain["data"]["auditVerification"]["valid"], true, "{chain}");
    drop(serving);
    assert_eq!(there(&Serving::start(&flags)), [true, false, false, true, true]);
}
