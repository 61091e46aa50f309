//! A PostgreSQL cluster for the time of the test process: made from the installed server in a temporary folder, reachable only
//! through a socket in that folder.
//!
//! It never outlives the process. A shell holds it, and waits for the end of its own standard input, which is a pipe that the
//! test process has the other end of: however the process ends, the pipe ends too, and the shell stops the server and removes
//! the folder.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use sea_orm::ConnectionTrait;

/// Makes a cluster, tells "ready", and takes everything away when its input ends. `$1` are the programs, `$2` is the folder.
const HOLD: &str = r#"
exec 2>&1
trap 'rm -rf "$2"' EXIT
trap '' INT TERM HUP
cd "$2" || exit 1
"$1/initdb" -D data -U lienthong -A trust -E UTF8 --no-locale --no-sync >log </dev/null || { cat log; exit 1; }
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$2'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 400
shared_buffers = 64MB
autovacuum = off
CONF
"$1/pg_ctl" -D data -l log -w start >/dev/null </dev/null || { cat log; exit 1; }
echo ready
cat >/dev/null
"$1/pg_ctl" -D data -m immediate -w stop >/dev/null
"#;

struct Cluster {
    folder: PathBuf,
    /// Holds the pipe.
    _shell: Child,
}

/// A user who is not root: the server refuses to run as root.
struct User {
    id: u32,
    group: u32,
}

fn unprivileged() -> Result<User, String> {
    let users = fs::read_to_string("/etc/passwd").map_err(|e| format!("/etc/passwd: {e}"))?;
    let find = |name: &str| {
        let mut line = users.lines().find(|l| l.split(':').next() == Some(name))?.split(':').skip(2);
        Some(User { id: line.next()?.parse().ok()?, group: line.next()?.parse().ok()? })
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| "there is no user `postgres` or `nobody`".to_owned())
}

/// Where the server's programs are: on the path, where `pg_config` says, or where Debian keeps them, the newest first.
fn programs() -> Result<PathBuf, String> {
    let has_server = |folder: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|p| folder.join(p).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let config = Command::new("pg_config").arg("--bindir").output().ok();
    let config = config.map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .collect();
    versions.sort_by(|a, b| b.cmp(a));
    std::env::split_paths(&path).chain(config).chain(versions.into_iter().map(|v| v.1)).find(has_server).ok_or_else(
        || {
            "no PostgreSQL server is installed (initdb, pg_ctl and postgres were looked for on the PATH, with pg_config, and \
             in /usr/lib/postgresql); on Debian: apt-get install postgresql"
                .to_owned()
        },
    )
}

fn start() -> Result<Cluster, String> {
    let programs = programs()?;
    let folder = tempfile::Builder::new()
        .prefix("lienthong-pg-")
        .tempdir()
        .map_err(|e| format!("a temporary folder cannot be made: {e}"))?;
    let mut shell = Command::new("sh");
    if fs::metadata(folder.path()).map_err(|e| e.to_string())?.uid() == 0 {
        let user = unprivileged()?;
        chown(folder.path(), Some(user.id), Some(user.group)).map_err(|e| e.to_string())?;
        shell.uid(user.id).gid(user.group);
    }
    // A group of its own: what is typed to stop the tests must not stop the shell before it has cleaned up.
    shell.args(["-c", HOLD, "sh"]).arg(&programs).arg(folder.path()).current_dir("/").process_group(0);
    let mut shell = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("sh cannot be started: {e}"))?;
    // From here on the shell removes it.
    let folder = folder.keep();
    let mut said = String::new();
    for line in BufReader::new(shell.stdout.take().ok_or("sh has no output")?).lines() {
        match line.map_err(|e| e.to_string())?.as_str() {
            "ready" => return Ok(Cluster { folder, _shell: shell }),
            line => said.extend([line, "\n"]),
        }
    }
    Err(format!("the server in {} did not start:\n{said}", programs.display()))
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    match CLUSTER.get_or_init(start) {
        Ok(cluster) => cluster,
        Err(why) => panic!("tests on PostgreSQL need a server: {why}"),
    }
}

fn encoded(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Its socket.
pub fn socket() -> PathBuf {
    cluster().folder.join(".s.PGSQL.5432")
}

/// The address of one of its databases.
pub fn url(database: &str) -> String {
    format!("postgres://lienthong@localhost/{database}?host={}", encoded(&cluster().folder))
}

/// Runs a statement outside all test databases.
pub async fn execute(sql: &str) {
    let db = super::open(&url("postgres")).await;
    db.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    db.close().await.expect("the connection closes");
}
