//! The audit log: what stands in it, what does not, and that whoever bends it is found out.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::people::{Asker, PASSWORD, create, login, somebody};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http,
    program::{printed, refused},
};

on_both! { SEEDED =>
    the_log_is_what_it_was,
    whatever_is_changed_is_found_by_its_number,
    a_tail_that_was_cut_off_is_found_by_a_checkpoint,
    reads_stay_out_of_it_and_refusals_do_not,
    no_secret_stands_in_it,
    an_export_is_verified_without_the_database,
    old_entries_are_archived_without_breaking_it,
}

const VERIFY: &str = "{ auditVerification { valid entries headHash firstInvalidSequence } }";

async fn officer(db: &TestDb) -> Asker {
    somebody(db, "officer", &[Role::SecurityOfficer], None).await
}

async fn the_log_is_what_it_was(db: TestDb) {
    let officer = officer(&db).await;
    let found = officer.ask(VERIFY).await["auditVerification"].clone();
    let log = officer.ask("{ auditEntries(last: 1) { totalCount nodes { sequence hash previousHash actor action resource outcome } } }").await;
    let last = log["auditEntries"]["nodes"][0].clone();
    assert_eq!(found["valid"], true);
    assert_eq!((&found["entries"], &found["headHash"]), (&last["sequence"], &last["hash"]));
    assert_eq!(log["auditEntries"]["totalCount"], found["entries"]);
    assert_eq!(
        (&last["action"], &last["resource"], &last["outcome"]),
        (&json!("session.signIn"), &json!("user:officer"), &json!("OK"))
    );
    let made = officer.ask(r#"{ auditEntries(filter: { actions: ["user.create"], actors: ["operator"] }) { nodes { resource changes { field before after } } } }"#).await;
    let made = made["auditEntries"]["nodes"].as_array().expect("entries").last().expect("an entry").clone();
    assert_eq!(made["resource"], "user:officer");
    assert!(
        made["changes"]
            .as_array()
            .expect("changes")
            .contains(&json!({ "field": "password", "before": null, "after": "***" }))
    );
}

async fn whatever_is_changed_is_found_by_its_number(db: TestDb) {
    let officer = officer(&db).await;
    for (number, sql) in [
        (40, "UPDATE audit_entry SET resource = 'x' WHERE id = 40"),
        (30, "UPDATE audit_entry SET hash = previous_hash || '' WHERE id = 30"),
        (20, "DELETE FROM audit_entry WHERE id = 20"),
    ] {
        db.execute(sql).await;
        let found = officer.ask(VERIFY).await["auditVerification"].clone();
        assert_eq!((&found["valid"], &found["firstInvalidSequence"]), (&json!(false), &json!(number)), "{sql}");
    }
}

async fn a_tail_that_was_cut_off_is_found_by_a_checkpoint(db: TestDb) {
    let officer = officer(&db).await;
    let first = http::get(&officer.service, "/.well-known/audit-checkpoint").await;
    assert_eq!((first.status, first.header("content-type")), (200, "application/jwt"));
    // Asking again makes no other one.
    assert_eq!(http::get(&officer.service, "/.well-known/audit-checkpoint").await.body, first.body);
    let entries = officer.ask(VERIFY).await["auditVerification"]["entries"].as_i64().expect("a number");
    db.execute(&format!("DELETE FROM audit_entry WHERE id > {}", entries - 2)).await;
    let found = officer.ask(VERIFY).await["auditVerification"].clone();
    assert_eq!((&found["valid"], &found["firstInvalidSequence"]), (&json!(false), &json!(entries - 1)));
    // To bend the checkpoint after it does not help: what counts is what was signed.
    let head = format!("(SELECT hash FROM audit_entry WHERE id = {})", entries - 2);
    db.execute(&format!("UPDATE audit_checkpoint SET sequence = {}, hash = {head}", entries - 2)).await;
    let found = officer.ask(VERIFY).await["auditVerification"].clone();
    assert_eq!((&found["valid"], &found["firstInvalidSequence"]), (&json!(false), &json!(entries - 2)));
}

async fn reads_stay_out_of_it_and_refusals_do_not(db: TestDb) {
    let officer = officer(&db).await;
    let count = async || {
        officer.ask("{ auditEntries { totalCount } }").await["auditEntries"]["totalCount"].as_i64().expect("a number")
    };
    let before = count().await;
    let stranger = Asker::stranger(db.app().await);
    stranger.ask("{ provinces { totalCount } viewer { kind } }").await;
    officer.ask("{ users { totalCount } }").await;
    assert_eq!(count().await, before);
    // However often it is asked for in one request: once.
    stranger.send("{ a: users { totalCount } b: users { totalCount } }").await;
    stranger.send("{ auditEntries { totalCount } }").await;
    assert_eq!(count().await, before + 2);
    let log = officer.ask("{ auditEntries(last: 2) { nodes { actor action outcome reason requestId } } }").await;
    let log = log["auditEntries"]["nodes"].clone();
    assert_eq!(
        (&log[0]["actor"], &log[0]["action"], &log[0]["outcome"]),
        (&json!("anonymous"), &json!("user.read"), &json!("DENIED"))
    );
    assert_eq!((&log[1]["action"], &log[1]["reason"]), (&json!("audit.read"), &json!("UNAUTHENTICATED")));
    assert!(log[0]["requestId"].is_string());
}

async fn no_secret_stands_in_it(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    create(&db.app().await, "lan", &[Role::Viewer], Some("25")).await;
    let stranger = Asker::stranger(db.app().await);
    // A password in the field of the name.
    stranger.refused(&login(PASSWORD, "lan")).await;
    let tokens = stranger.ask(&login("lan", PASSWORD)).await["login"].clone();
    let made = admin.ask(r#"mutation { createApiClient(input: { name: "Sở", scopes: [] }) { clientSecret } }"#).await;
    let mut secrets = vec![PASSWORD.to_owned(), admin.token.clone().expect("a token")];
    for secret in [&tokens["accessToken"], &tokens["refreshToken"], &made["createApiClient"]["clientSecret"]] {
        secrets.push(secret.as_str().expect("a text").to_owned());
    }
    let mut all = String::new();
    let mut after = String::new();
    loop {
        let page = admin.ask(&format!("{{ auditEntries(first: 200{after}) {{ nodes {{ actor resource reason changes {{ field before after }} }} pageInfo {{ hasNextPage endCursor }} }} }}")).await;
        all += &page["auditEntries"].to_string();
        if page["auditEntries"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", page["auditEntries"]["pageInfo"]["endCursor"]);
    }
    assert!(all.contains("user:lan"));
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} stands in the log");
    }
}

async fn an_export_is_verified_without_the_database(db: TestDb) {
    let officer = officer(&db).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let export = printed(&["audit", "export", "--database-url", db.url()]);
    let checkpoint = file("checkpoint", &http::get(&officer.service, "/.well-known/audit-checkpoint").await.body);
    let keys = file("keys.json", &http::get(&officer.service, "/.well-known/jwks.json").await.body);
    let whole = file("whole.jsonl", &export);
    let with =
        |export: &str| ["audit", "verify", export, "--keys", &keys, "--checkpoint", &checkpoint].map(str::to_owned);
    let args = |all: &[String; 7]| all.clone();
    let said = printed(&args(&with(&whole)).each_ref().map(String::as_str));
    let lines = export.lines().count();
    assert!(
        said.starts_with(&format!("{lines} entries, each as it was written, and so says each checkpoint")),
        "{said}"
    );
    // One byte.
    let bent = export.replacen("plan.record", "plan.recorb", 1);
    let number = 1 + export.lines().position(|line| line.contains("plan.record")).expect("a plan");
    let bent = file("bent.jsonl", &bent);
    let said = refused(&["audit", "verify", &bent]);
    assert!(said.starts_with(&format!("the audit log is not what it was, from entry {number} on")), "{said}");
    // The tail: without a checkpoint nobody knows.
    let cut: String = export.lines().take(lines - 3).flat_map(|line| [line, "\n"]).collect();
    let cut = file("cut.jsonl", &cut);
    printed(&["audit", "verify", &cut]);
    let said = refused(&args(&with(&cut)).each_ref().map(String::as_str));
    assert!(said.contains(&format!("from entry {} on", lines - 2)), "{said}");
    // A checkpoint that somebody else signed.
    let forged = file("forged", &std::fs::read_to_string(&checkpoint).expect("text").replace('.', ".e"));
    let said = refused(&["audit", "verify", &whole, "--keys", &keys, "--checkpoint", &forged]);
    assert!(said.contains("is no checkpoint of these keys"), "{said}");
}

async fn old_entries_are_archived_without_breaking_it(db: TestDb) {
    let officer = officer(&db).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (data, to) =
        (folder.path().join("data").display().to_string(), folder.path().join("old.jsonl").display().to_string());
    let archive = ["audit", "archive", "--to", &to, "--database-url", db.url(), "--data-dir", &data];
    assert_eq!(printed(&archive), "There is no entry older than 90 days.\n");
    let before = officer.ask(VERIFY).await["auditVerification"]["entries"].as_i64().expect("a number");
    let export = printed(&["audit", "export", "--database-url", db.url()]);
    let last: Value = serde_json::from_str(export.lines().nth(99).expect("a hundred entries")).expect("JSON");
    let op = lienthong::kernel::op::Op::new(&db.app().await, lienthong::kernel::policy::Caller::Operator, "test");
    let hash = last["hash"].as_str().expect("a hash");
    assert!(lienthong::journal::forget(&op, 100, "another").await.is_err());
    assert_eq!(lienthong::journal::forget(&op, 100, hash).await.expect("forgotten"), 100);
    let found = officer.ask(VERIFY).await["auditVerification"].clone();
    assert_eq!((&found["valid"], &found["entries"]), (&json!(true), &json!(before - 100 + 1)));
    // The rest alone begins in the middle, which is no forgery.
    let rest = folder.path().join("rest.jsonl");
    std::fs::write(&rest, printed(&["audit", "export", "--database-url", db.url()])).expect("written");
    let said = refused(&["audit", "verify", &rest.display().to_string()]);
    assert!(said.starts_with("the export begins at entry 101: give the archive"), "{said}");
    // What was forgotten cannot be taken for what never was: without the checkpoint it does not hold.
    db.execute("DELETE FROM audit_checkpoint").await;
    assert_eq!(officer.ask(VERIFY).await["auditVerification"]["firstInvalidSequence"], 101);
}
