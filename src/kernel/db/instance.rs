//! A lock by which other processes on the same database know that this one runs. It ends with the process, however that ends: on
//! PostgreSQL it is an advisory lock of a session, on SQLite the lock of a file beside the database.

use std::{
    fs::{File, OpenOptions, TryLockError, remove_file, rename},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use tokio::sync::Mutex;

use super::{
    super::{
        clock::random,
        error::{Broken, Result},
    },
    Db, Transaction,
    connection::{Connections, Lease},
};

/// How long a session may take to show that it is there.
const ANSWERING: Duration = Duration::from_secs(1);

/// The lock, for as long as it lives.
pub struct Instance {
    id: i64,
    held: Held,
}

enum Held {
    File {
        path: PathBuf,
        _lock: File,
    },
    Session {
        lease: Mutex<Lease>,
        _pool: Connections,
    },
    /// A database in memory has no other process.
    Alone,
}

impl Instance {
    /// Its number, which no other has.
    pub fn id(&self) -> i64 {
        self.id
    }
    /// Whether it was not lost with its session.
    pub async fn still_held(&self) -> bool {
        match &self.held {
            Held::Session { lease, .. } => lease.lock().await.run("SELECT 1").await.is_ok(),
            Held::File { .. } | Held::Alone => true,
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Held::File { path, .. } = &self.held {
            // One that stays is removed by whoever finds it unlocked.
            let _ = remove_file(path);
        }
    }
}

impl Db {
    /// Takes the lock of this process.
    ///
    /// # Errors
    /// The database's, or the file system's.
    pub async fn instance(&self) -> Result<Instance> {
        let id = i64::from_be_bytes(random()?) & i64::MAX;
        if self.postgres() {
            let pool = self.writer.alone(ANSWERING)?;
            let mut lease = pool.lease().await?;
            lease.run(&format!("SELECT pg_advisory_lock({id})")).await?;
            return Ok(Instance { id, held: Held::Session { lease: Mutex::new(lease), _pool: pool } });
        }
        let Some(database) = self.file().await? else { return Ok(Instance { id, held: Held::Alone }) };
        sweep(&database);
        let path = lock_file(&database, id);
        let wrong = |error: std::io::Error| Broken::new(format!("cannot lock {}: {error}", path.display()));
        // Locked before it has its name: who finds it unlocked takes it for one of a process that has ended.
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let lock = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).map_err(wrong)?;
        lock.lock().map_err(wrong)?;
        rename(&new, &path).map_err(wrong)?;
        Ok(Instance { id, held: Held::File { path, _lock: lock } })
    }
    /// Whether the process with this number runs.
    ///
    /// # Errors
    /// The database's.
    pub async fn runs(&self, tx: &Transaction, id: i64) -> Result<bool> {
        if self.postgres() {
            let lock = "SELECT pg_try_advisory_xact_lock($1)";
            let lock = Statement::from_sql_and_values(self.backend, lock, [id.into()]);
            let free = tx.query_one_raw(lock).await?.map(|row| row.try_get_by_index::<bool>(0)).transpose()?;
            return Ok(free != Some(true));
        }
        Ok(self.file().await?.is_some_and(|database| locked(&lock_file(&database, id))))
    }
    /// The file of an embedded database.
    async fn file(&self) -> Result<Option<PathBuf>> {
        let list = Statement::from_string(self.backend, "SELECT file FROM pragma_database_list WHERE name = 'main'");
        let rows: Vec<QueryResult> = self.readers.all(&list).await?;
        let file: Option<String> = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        Ok(file.filter(|file| !file.is_empty()).map(PathBuf::from))
    }
}

fn lock_file(database: &Path, id: i64) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!("-instance-{id:016x}"));
    PathBuf::from(name)
}

/// Whether a process holds a file's lock. A file that nobody holds is removed.
fn locked(path: &Path) -> bool {
    let file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        // What cannot be looked at is taken for running: waiting is safe, carrying out twice is not.
        Err(error) => return error.kind() != ErrorKind::NotFound,
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => true,
        Ok(()) => {
            let _ = remove_file(path);
            false
        }
    }
}

/// Removes the files of processes that have ended.
fn sweep(database: &Path) {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else { return };
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let begins = format!("{}-instance-", name.to_string_lossy());
    for file in files.filter_map(std::result::Result::ok) {
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.strip_prefix(&begins).is_some_and(|id| id.len() == 16 && !id.contains('.')) {
            locked(&file.path());
        }
    }
}
