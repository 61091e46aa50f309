//! A PostgreSQL cluster of the installed server in a folder of ours, which ends with the benchmark however that ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use postgres::NoTls;

use crate::failure::{Result, doing};

/// Makes the cluster where there is none, runs it, says its process, and stops it when the input ends. `$1` are the programs, `$2`
/// the folder, `$3` the port; all further arguments are the server's.
const HOLD: &str = r#"
exec 2>&1
trap '' INT TERM HUP
cd "$2" || exit 1
programs=$1; port=$3; shift 3
if [ ! -f data/PG_VERSION ]; then
    "$programs/initdb" -D data -U bench -A trust -E UTF8 --no-locale >initdb.log </dev/null || { cat initdb.log; exit 1; }
fi
(trap - INT TERM HUP; exec "$programs/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=100 -c shared_buffers=512MB -c max_wal_size=4GB "$@" >server.log </dev/null) &
server=$!
until "$programs/pg_isready" -h 127.0.0.1 -p "$port" -q; do
    kill -0 $server 2>/dev/null || { cat server.log; exit 1; }
    sleep 0.1
done
echo "ready $server"
cat >/dev/null
kill -INT $server
wait $server
"#;

/// A running cluster.
pub struct Cluster {
    shell: Child,
    port: u16,
    /// The process of the server.
    pub process: u32,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input is what it waits for.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A user who is not root: the server refuses to run as root.
fn unprivileged() -> Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").map_err(doing("reading /etc/passwd"))?;
    let find = |name: &str| {
        let mut line = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((line.next()?.parse().ok()?, line.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| "there is no user `postgres` or `nobody`".into())
}

/// Where the server's programs are: on the path, or where Debian keeps them, the newest first.
fn programs() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by(|a, b| b.cmp(a));
    std::env::split_paths(&path)
        .chain(versions.into_iter().map(|version| version.1))
        .find(|folder| ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file()))
        .ok_or_else(|| "no PostgreSQL server is installed; on Debian: apt-get install postgresql".into())
}

impl Cluster {
    /// Starts the cluster of a folder; a folder without one gets one.
    pub fn start(folder: &Path, settings: &[&str]) -> Result<Self> {
        fs::create_dir_all(folder).map_err(doing(folder.display()))?;
        let mut shell = Command::new("sh");
        // A group of its own: what is typed to stop the benchmark must not stop the shell before it has cleaned up.
        shell.args(["-c", HOLD, "sh"]).arg(programs()?).arg(folder).current_dir("/").process_group(0);
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        shell.arg(port.to_string()).args(settings.iter().flat_map(|setting| ["-c", setting]));
        let owner = fs::metadata(folder)?.uid();
        if fs::metadata("/proc/self")?.uid() == 0 {
            let (user, group) = unprivileged()?;
            if owner == 0 {
                chown(folder, Some(user), Some(group)).map_err(doing("giving the cluster's folder away"))?;
            }
            shell.uid(user).gid(group);
        }
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(doing("starting sh"))?;
        let mut said = String::new();
        for line in BufReader::new(shell.stdout.take().ok_or("sh has no output")?).lines() {
            let line = line?;
            if let Some(process) = line.strip_prefix("ready ").and_then(|id| id.parse().ok()) {
                return Ok(Cluster { shell, port, process });
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(format!("PostgreSQL did not start in {}:\n{said}", folder.display()).into())
    }
    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://bench@127.0.0.1:{}/{database}", self.port)
    }
    /// Runs statements on the cluster, one after another.
    pub fn execute(&self, statements: &[&str]) -> Result<()> {
        let mut client = postgres::Client::connect(&self.url("postgres"), NoTls)?;
        for statement in statements {
            client.batch_execute(statement).map_err(doing(statement))?;
        }
        Ok(())
    }
    /// The version of the server.
    pub fn version(&self) -> Result<String> {
        let mut client = postgres::Client::connect(&self.url("postgres"), NoTls)?;
        Ok(client.query_one("SHOW server_version", &[])?.get(0))
    }
}
