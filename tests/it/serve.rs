//! The commands as their user runs them: what they need, what they refuse and what they say.

use std::{
    io::Write,
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use lienthong::kernel::db::SchemaState;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use crate::{
    accounts::{PASSWORD, login, with_password},
    harness::{Fixture, Kind, MIGRATED, TestDb, on_both},
    program::{Page, Serving, lienthong, post, printed, refused, run, said},
};

static EMPTY: Fixture = Fixture { name: "empty", fill: |_| Box::pin(async {}) };

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

// ---------------------------------------------------------------- serve, embedded

#[test]
fn serve_on_nothing_makes_a_database_and_tells_the_addresses() {
    let folder = folder();
    let data = folder.path().join("deep/down");
    let serving = Serving::embedded(&data);
    assert!(data.join("lienthong.db").exists());
    let at = &serving.address;
    let (first, rest) = serving.welcome.split_once("  playground").expect("the addresses");
    assert_eq!(
        rest,
        format!(
            "  http://{at}/playground\n  manual      http://{at}/docs/\n  GraphQL     http://{at}/graphql\n  \
             schema      http://{at}/schema.graphql\n"
        )
    );
    let password =
        first.strip_prefix("LienThong is ready.\n  sign in     as admin with the password ").expect("a password");
    let (password, database) = password.split_once(" (shown this once)\n").expect("a password");
    assert_eq!(database, format!("  database    SQLite {}/lienthong.db\n", text(&data)));
    let login = format!(
        r#"mutation {{ login(input: {{ username: "admin", password: "{password}" }}) {{ viewer {{ roles }} }} }}"#
    );
    assert_eq!(serving.ask(&login)["data"]["login"]["viewer"]["roles"], serde_json::json!(["ADMIN"]));
    assert_eq!(serving.get("/readyz").body, r#"{"ready":true}"#);
    assert_eq!(serving.ask("{ __typename }")["data"]["__typename"], "Query");
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().expect("it exists").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("the mode is set");
}

/// The modes of everything in a folder, by its path below it.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(modes(&path));
        }
        found.push((text(&path), mode(&path)));
    }
    found
}

#[test]
fn only_its_user_may_look_into_the_data_directory() {
    let folder = folder();
    let data = folder.path().join("data");
    let serving = Serving::embedded(&data);
    assert_eq!(mode(&data), 0o700);
    let all = modes(&data);
    for name in ["lienthong.db", "lienthong.db-wal", "lienthong.db-shm", "keys", "keys/current.pem", "keys/next.pem"] {
        assert!(all.iter().any(|(path, _)| *path == text(&data.join(name))), "{name} is missing");
    }
    for (path, mode) in all {
        assert_eq!(mode & 0o077, 0, "{path} is {mode:o}");
    }
    drop(serving);
}

#[test]
fn what_others_could_read_is_narrowed_with_a_warning() {
    let folder = folder();
    let data = folder.path().join("data");
    // The operator made the folder, and copied into it what was elsewhere.
    std::fs::create_dir(&data).expect("made");
    set_mode(&data, 0o755);
    let mut serving = Serving::embedded(&data);
    let warning = format!("others on this machine could use {} (mode 755): its mode is 700 now", text(&data));
    serving.logged(|line| line["level"] == "WARN" && line["message"].as_str().is_some_and(|m| m.starts_with(&warning)));
    assert_eq!(mode(&data), 0o700);
    serving.terminate();
    serving.ended();
    let wide = ["lienthong.db", "lienthong.db.bak", "keys/current.pem", "keys"].map(|name| data.join(name));
    std::fs::copy(&wide[0], &wide[1]).expect("copied");
    wide.iter().zip([0o644, 0o640, 0o604, 0o755]).for_each(|(path, mode)| set_mode(path, mode));
    let output = run(&["migrate", "--data-dir", &text(&data)]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("warning: ")).count(), 2, "{said}");
    let serving = Serving::embedded(&data);
    for (path, mode) in modes(&data) {
        assert_eq!(mode & 0o077, 0, "{path} is {mode:o}");
    }
    drop(serving);
}

#[test]
fn a_database_that_is_named_by_its_address_is_its_users_alone_too() {
    let folder = folder();
    set_mode(folder.path(), 0o755);
    let (made, given) = (folder.path().join("made.db"), folder.path().join("given.db"));
    std::fs::write(&given, "").expect("written");
    set_mode(&given, 0o664);
    for file in [made, given] {
        printed(&["migrate", "--database-url", &format!("sqlite://{}?mode=rwc", text(&file))]);
        assert_eq!(mode(&file), 0o600, "{}", text(&file));
    }
    assert_eq!(mode(folder.path()), 0o755, "the folder may be anybody's");
}

#[test]
fn a_folder_that_all_users_share_is_no_data_directory() {
    let folder = folder();
    let shared = folder.path().join("shared");
    std::fs::create_dir(&shared).expect("made");
    set_mode(&shared, 0o1777);
    let said = refused(&["serve", "--data-dir", &text(&shared)]);
    assert!(said.starts_with(&format!("{}: others on this machine may use it", text(&shared))), "{said}");
    assert_eq!(mode(&shared), 0o777, "it was left alone");
}

#[test]
fn serve_again_finds_everything_as_it_was() {
    let folder = folder();
    let count =
        |serving: &Serving| serving.ask("{ provinces { totalCount } }")["data"]["provinces"]["totalCount"].clone();
    let mut first = Serving::embedded(folder.path());
    let before = count(&first);
    first.terminate();
    assert_eq!(first.ended(), Some(0));
    assert_eq!(count(&Serving::embedded(folder.path())), before);
}

#[test]
fn every_command_works_beside_a_running_server() {
    let folder = folder();
    let serving = Serving::embedded(folder.path());
    let data = text(folder.path());
    assert_eq!(printed(&["migrate", "--data-dir", &data]), "The schema was up to date.\n");
    assert!(run(&["seed", "--data-dir", &data]).status.success());
    assert!(printed(&["config", "--data-dir", &data]).contains(&data));
    assert!(printed(&["schema"]).contains("type Query"));
    assert_eq!(serving.get("/readyz").status, 200);
}

#[tokio::test]
async fn what_only_reads_takes_no_lock_and_writes_nothing() {
    let folder = folder();
    let data = text(folder.path());
    drop(Serving::embedded(folder.path()));
    let file = folder.path().join("lienthong.db");
    let reading: [&[&str]; 3] = [&["audit", "export"], &["changes"], &["user", "list"]];
    let print = |command: &[&str]| printed(&[command, &["--data-dir", &data]].concat());
    let before = (std::fs::read(&file).expect("a file"), reading.map(print));
    assert_eq!((std::fs::read(&file).expect("a file"), reading.map(print)), before);
    // Beside a server, and beside somebody who holds the writers' lock for longer than anybody waits.
    let serving = Serving::embedded(folder.path());
    let admin = crate::harness::open(&format!("sqlite://{}", text(&file))).await;
    admin.execute_unprepared("BEGIN IMMEDIATE").await.expect("the lock");
    assert_eq!(reading.map(print)[2], before.1[2]);
    drop(serving);
    // A copy that nobody may write.
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).expect("made");
    admin.execute_unprepared("ROLLBACK").await.expect("the lock is free");
    let vacuum = format!("VACUUM INTO '{}'", copy.join("lienthong.db").display());
    admin.execute_unprepared(&vacuum).await.expect("copied");
    set_mode(&copy.join("lienthong.db"), 0o400);
    assert_eq!(printed(&["user", "list", "--data-dir", &text(&copy)]), before.1[2]);
    let nothing = folder.path().join("nothing");
    let said = refused(&["changes", "--data-dir", &text(&nothing)]);
    assert!(said.contains("there is no database yet: `lienthong serve`"), "{said}");
    assert!(!nothing.exists());
}

// ---------------------------------------------------------------- what cannot be

#[test]
fn a_file_that_is_no_database_is_refused_by_name() {
    let folder = folder();
    let file = folder.path().join("lienthong.db");
    std::fs::write(&file, "these are my notes, and not a database at all").expect("written");
    for command in ["serve", "migrate", "seed"] {
        assert_eq!(
            refused(&[command, "--data-dir", &text(folder.path())]),
            format!("{} is not an SQLite database; name another file, or move this one away", text(&file)),
            "{command}"
        );
    }
    assert!(std::fs::read_to_string(&file).expect("still there").starts_with("these are my notes"));
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let folder = folder();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("other.db").display());
    let theirs = crate::harness::open(&url).await;
    theirs.execute_unprepared("CREATE TABLE notes (words TEXT)").await.expect("created");
    for command in ["serve", "migrate", "seed"] {
        assert_eq!(
            refused(&[command, "--database-url", &url]),
            "the database holds another program's tables: name another file, or move this one away",
            "{command}"
        );
    }
    theirs.execute_unprepared("CREATE TABLE seaql_migrations (words TEXT)").await.expect("it was not there");
}

#[test]
fn a_database_without_connections_is_refused() {
    let mut command = lienthong(&["serve"]);
    command.env("LIENTHONG_DATABASE_CONNECTIONS", "0");
    let said = said(command.output().expect("it ran"), &["serve"]);
    assert_eq!(said, "the key `database_connections` must be between 1 and 100000");
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused_by_name() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("written");
    let below = text(&file.join("data"));
    for command in ["serve", "migrate", "seed"] {
        let said = refused(&[command, "--data-dir", &below]);
        assert_eq!(
            said,
            format!(
                "cannot create the data directory {below}: Not a directory (os error 20); choose one with --data-dir"
            )
        );
    }
    let said = refused(&["serve", "--database-url", &format!("sqlite://{below}/x.db?mode=rwc")]);
    assert_eq!(
        said,
        format!(
            "cannot write the database file {below}/x.db: check that the folder {below} exists and may be written to"
        )
    );
}

#[test]
fn a_port_that_is_taken_is_told() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    assert_eq!(
        refused(&["serve", "--listen", &address, "--data-dir", &text(folder.path())]),
        format!("{address} is taken by another program: choose another address with --listen, or port 0 for any")
    );
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing was set up in vain");
}

#[test]
fn a_database_that_is_not_there_is_told() {
    let said = refused(&["serve", "--database-url", "postgres://lt:s3cret@127.0.0.1:1/lt"]);
    assert!(said.starts_with("cannot reach the database: "), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    let said = refused(&["migrate", "--database-url", "mysql://localhost/lt"]);
    assert_eq!(said, "the database URL must begin with sqlite:// or postgres://");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    for args in [&["serv"][..], &[], &["serve", "--port", "1"], &["serve", "--listen", "here"]] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
    assert!(run(&["--help"]).status.success());
    for command in ["serve", "migrate", "seed", "schema", "config"] {
        let help = printed(&[command, "--help"]);
        assert!(help.contains("--data-dir") && help.contains("Usage:"), "{help}");
    }
}

// ---------------------------------------------------------------- configuration

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let folder = folder();
    let file = folder.path().join("lienthong.toml");
    std::fs::write(&file, "listen = '127.0.0.1:1'\ndatabase_url = 'postgres://lt:s3cret@db/lt'\nlog = 'debug'")
        .expect("written");
    let output = lienthong(&["config", "--listen", "127.0.0.1:3"])
        .env("LIENTHONG_CONFIG", &file)
        .env("LIENTHONG_LISTEN", "127.0.0.1:2")
        .env("LIENTHONG_DATA_DIR", "elsewhere")
        .output()
        .expect("the program runs");
    let shown = String::from_utf8_lossy(&output.stdout);
    let (shown, limits) = shown.split_once("\n[limits]\n").expect("the table of limits");
    assert!(limits.starts_with("document_bytes = 262144\n"), "{limits}");
    assert_eq!(
        shown,
        "listen = \"127.0.0.1:3\"\ndata_dir = \"elsewhere\"\ndatabase_url = \"postgres://lt:***@db/lt\"\n\
         database_connections = 8\nlog = \"debug\"\npublic_url = \"http://127.0.0.1:8000\"\nsigning_algorithm = \"EdDSA\"\n\
         access_token_minutes = 15\nsession_days = 30\nlockout_failures = 5\nlockout_minutes = 15\nidle_days = 45\n\
         audit_days = 90\nchanges_days = 90\ndecision_days = 15\nlink_years = 10\nexchanges_days = 30\nchecks_days = 90\nprobe_seconds = 60\n\
         probe_slow_ms = 2000\nprobe_private_networks = []\ntrusted_proxies = \"\"\ncors_origins = \"\"\n"
    );
}

#[test]
fn an_unknown_key_is_refused_by_name_and_source() {
    let folder = folder();
    let file = folder.path().join("lienthong.toml");
    std::fs::write(&file, "[server]\nport = 1").expect("written");
    let keys = "the keys are listen, data_dir, database_url, database_connections, log, public_url, signing_algorithm, signing_key, \
                signing_key_previous, signing_key_next, access_token_minutes, session_days, lockout_failures, lockout_minutes, \
                idle_days, audit_days, changes_days, decision_days, link_years, exchanges_days, checks_days, probe_seconds, probe_slow_ms, \
                probe_private_networks, probe_authorities, trusted_proxies, cors_origins, trusted_documents, limits, deadlines";
    assert_eq!(
        refused(&["config", "--config", &text(&file)]),
        format!("unknown key `server` in the configuration file {}; {keys}", text(&file))
    );
    let output = lienthong(&["config"]).env("LIENTHONG_LISTN", "x").output().expect("the program runs");
    assert_eq!(said(output, &[]), format!("unknown key `LIENTHONG_LISTN` in the environment; {keys}"));
    let missing = text(&folder.path().join("missing.toml"));
    assert_eq!(
        refused(&["config", "--config", &missing]),
        format!("cannot read the configuration file {missing}: No such file or directory (os error 2)")
    );
    let output = lienthong(&["serve"]).env("LIENTHONG_LOG", "=,=").output().expect("the program runs");
    assert!(said(output, &[]).starts_with("the key `log` is not a filter of log lines: "));
}

// ---------------------------------------------------------------- migrate

async fn migrate_twice_at_once_succeeds(db: TestDb) {
    let spawn = || {
        let mut command = lienthong(&["migrate", "--database-url", db.url()]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("it starts")
    };
    let (first, second) = (spawn(), spawn());
    for child in [first, second] {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let state = db.db().await.schema_state(&lienthong::cli::migrate::ours()).await.expect("a state");
    assert_eq!(state, SchemaState::Current);
    assert_eq!(printed(&["migrate", "--database-url", db.url()]), "The schema was up to date.\n");
}

async fn a_migration_that_fails_leaves_nothing(db: TestDb) {
    // The last table of the migration that makes indicators is there already: those before it were made in vain.
    db.execute("CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)")
        .await;
    db.execute("CREATE TABLE quality_finding (id bigint)").await;
    let said = refused(&["migrate", "--database-url", db.url()]);
    assert!(said.contains("quality_finding"), "{said}");
    let ours = lienthong::cli::migrate::ours();
    let raw = db.raw().await;
    let applied = raw
        .query_all_raw(sea_orm::Statement::from_string(
            raw.get_database_backend(),
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await
        .expect("the list");
    let applied: Vec<String> = applied.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect();
    assert!(!applied.is_empty() && applied.len() < ours.len(), "{applied:?}");
    assert_eq!(applied, ours[..applied.len()]);
    assert!(raw.execute_unprepared("SELECT 1 FROM indicator").await.is_err(), "half a migration is left");
    // Once what was in its way is gone, it goes on from there.
    raw.execute_unprepared("DROP TABLE quality_finding").await.expect("dropped");
    let done = printed(&["migrate", "--database-url", db.url()]);
    assert_eq!(done, format!("Applied {}.\n", ours[applied.len()..].join(", ")));
}

async fn a_newer_schema_is_written_only_by_programs_that_know_enough_of_it(db: TestDb) {
    db.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)").await;
    assert_eq!(printed(&["migrate", "--database-url", db.url()]), "The schema was up to date.\n");
    printed(&["seed", "--database-url", db.url()]);
    let data = folder();
    let serving = Serving::start(&["--database-url", db.url(), "--data-dir", &text(data.path())]);
    let account = ["user", "create", "--username", "lan", "--role", "VIEWER", "--area", "25", "--password-stdin"];
    let (done, _, said) = with_password(&[&account[..], &["--database-url", db.url()]].concat(), PASSWORD);
    assert!(done, "{said}");
    let sign_in = || login(&serving, "lan", PASSWORD);
    assert_eq!(sign_in()["data"]["login"]["viewer"]["username"], "lan");
    db.execute("UPDATE schema_requirement SET minimum_version = 'm20991231_000001_future'").await;
    // A sign-in makes a session: a write. What is read is answered as before.
    assert_eq!(sign_in()["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(serving.ask(r#"{ province(code: "25") { code } }"#)["data"]["province"]["code"], "25");
    assert_eq!(serving.get("/readyz").status, 503);
    for command in ["serve", "migrate", "seed"] {
        assert_eq!(
            refused(&[command, "--database-url", db.url()]),
            "the database's schema is newer than this program's: run the version of lienthong that migrated it, or a later one"
        );
    }
}

on_both!(EMPTY => migrate_twice_at_once_succeeds, a_migration_that_fails_leaves_nothing);

mod migrated {
    use super::a_newer_schema_is_written_only_by_programs_that_know_enough_of_it;
    use super::*;
    on_both!(MIGRATED => a_newer_schema_is_written_only_by_programs_that_know_enough_of_it);
}

// ---------------------------------------------------------------- PostgreSQL wants to be asked

#[tokio::test(flavor = "multi_thread")]
async fn serve_refuses_a_postgres_that_was_not_migrated_and_says_what_helps() {
    let db = TestDb::new(Kind::Postgres, &EMPTY).await;
    let empty = "the database has not been set up yet: run `lienthong migrate`";
    assert_eq!(refused(&["serve", "--database-url", db.url()]), empty);
    assert_eq!(refused(&["seed", "--database-url", db.url()]), empty);
    assert!(printed(&["migrate", "--database-url", db.url()]).starts_with("Applied m2026"));
    let mut serving = Serving::start(&["--database-url", db.url()]);
    assert_eq!(serving.get("/readyz").status, 200);
    serving.terminate();
    assert_eq!(serving.ended(), Some(0));

    let newest = lienthong::cli::migrate::ours().pop().expect("a migration");
    db.execute(&format!("DELETE FROM seaql_migrations WHERE version = '{newest}'")).await;
    assert_eq!(
        refused(&["serve", "--database-url", db.url()]),
        "the database's schema is older than this program's: make a backup, then run `lienthong migrate`"
    );
    db.end().await;
}

#[test]
fn serve_migrates_an_older_embedded_database_by_itself() {
    let folder = folder();
    let url = format!("sqlite://{}/lienthong.db?mode=rwc", text(folder.path()));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        use sea_orm_migration::MigratorTrait;
        let db = crate::harness::open(&url).await;
        migration::Migrator::up(&db, Some(2)).await.expect("two of them");
        db.close().await.expect("closed");
    });
    let serving = Serving::embedded(folder.path());
    assert_eq!(serving.get("/readyz").status, 200);
}

// ---------------------------------------------------------------- stopping

#[test]
fn told_to_stop_it_finishes_what_runs() {
    let folder = folder();
    let mut serving = Serving::embedded(folder.path());
    let body = r#"{"query":"query Last { __typename }"}"#;
    let mut running = serving.connect();
    write!(running, "{}{}", post(&serving.address, body.len()), &body[..5]).expect("half of it is sent");
    // Its head must have arrived before it is told to stop.
    std::thread::sleep(Duration::from_millis(300));
    serving.terminate();
    serving.logged(|line| line["message"] == "stopping");
    std::thread::sleep(Duration::from_millis(200));
    assert!(std::net::TcpStream::connect(&serving.address).is_err(), "it still accepts");
    write!(running, "{}", &body[5..]).expect("the rest is sent");
    assert_eq!(Page::read(running).json()["data"]["__typename"], "Query");
    assert_eq!(serving.ended(), Some(0));
}

#[test]
fn what_does_not_end_in_time_is_cut_off() {
    let folder = folder();
    let mut serving = Serving::embedded(folder.path());
    let mut running = serving.connect();
    write!(running, "{}", post(&serving.address, 100)).expect("its head is sent");
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    serving.terminate();
    assert_eq!(serving.ended(), Some(0));
    let took = begun.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(20)).contains(&took), "{took:?}");
}

// ---------------------------------------------------------------- the log

#[test]
fn a_request_is_one_line_in_the_log_without_its_values() {
    let folder = folder();
    let serving = Serving::embedded(folder.path());
    serving.ask(r#"query Hidden { agency(code: "s3cret") { code } }"#);
    let line = serving.logged(|line| line["operation"] == "Hidden");
    assert_eq!(line["message"], "request");
    assert_eq!(line["method"], "POST");
    assert_eq!(line["route"], "/graphql");
    assert_eq!(line["status"], 200);
    assert_eq!(line["statements"], 1);
    assert!(line["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0));
    assert!(line["request_id"].is_string());
    assert!(!line.to_string().contains("s3cret"));

    serving.get("/graphql?query=%7B%20s3cret%20%7D");
    let line = serving.logged(|line| line["codes"] == "BAD_USER_INPUT");
    assert!(!line.to_string().contains("s3cret"));
    serving.get("/s3cret");
    let line = serving.logged(|line| line["codes"] == "NOT_FOUND");
    assert_eq!(line["route"], "(unknown)");
    assert!(!line.to_string().contains("s3cret"));
}
