//! Filled databases, which are kept, and copies of them, which are measured on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::OpenFlags;

use crate::{
    cluster::Cluster,
    failure::{Result, doing},
    fill::{self, Sizes, sink},
    options::{Database, Options},
    service::Setup,
    shapes::Sample,
};

/// A database to measure on.
pub struct Ready {
    /// Which.
    pub database: Database,
    /// How the service is started on it.
    pub setup: Setup,
    /// What peers are given: an address or a file.
    pub peers: PathBuf,
    /// The version of its program.
    pub version: String,
    cluster: Option<Cluster>,
}

const RUN: &str = "run";

/// The folder beside the databases in which PostGraphile is installed.
pub const POSTGRAPHILE: &str = "postgraphile";

/// Every file of a folder, in the order of their names.
fn texts(folder: &Path, all: &mut String) -> Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(doing(format!("reading {}; run it from the project's folder", folder.display())))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            texts(&path, all)?;
        } else if path.extension().is_some_and(|end| end == "rs" || end == "toml") {
            all.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// The folder of the databases that are filled by this program for this schema.
fn folder(options: &Options) -> Result<PathBuf> {
    let mut sources = String::new();
    texts(Path::new("migration/src"), &mut sources)?;
    texts(Path::new("data"), &mut sources)?;
    let key = fill::key(Sizes::scaled(options.scale), &sources);
    fs::create_dir_all(&options.data).map_err(doing(options.data.display()))?;
    let folder = fs::canonicalize(&options.data)?.join(&key);
    // What was filled for another schema is of no use any more.
    for other in fs::read_dir(&options.data)?
        .flatten()
        .filter(|other| other.file_name() != key.as_str() && other.file_name() != POSTGRAPHILE)
    {
        fs::remove_dir_all(other.path()).map_err(doing("removing an old database"))?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A database, filled now or before, and a copy of it for this run.
pub fn ready(database: Database, options: &Options) -> Result<Ready> {
    let folder = folder(options)?;
    let program = fs::canonicalize(&options.program)
        .map_err(doing(format!("{}: build it with `cargo build --release`", options.program.display())))?;
    let run = folder.join(RUN);
    let _ = fs::remove_dir_all(&run);
    fs::create_dir_all(&run)?;
    match database {
        Database::Postgresql => postgresql(&folder, run, program, options),
        Database::Sqlite => sqlite(&folder, run, program, options),
    }
}

fn postgresql(folder: &Path, run: PathBuf, program: PathBuf, options: &Options) -> Result<Ready> {
    let (data, filled) = (folder.join("postgresql"), folder.join("postgresql.filled"));
    if !filled.exists() {
        eprintln!("filling PostgreSQL (some minutes; it is kept for the next run)");
        let cluster =
            Cluster::start(&data, &["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"])?;
        cluster.execute(&["DROP DATABASE IF EXISTS filled", "CREATE DATABASE filled"])?;
        let setup = Setup {
            program: program.clone(),
            folder: run.clone(),
            url: Some(cluster.url("filled")),
            default_limits: false,
        };
        setup.prepare()?;
        fill::fill(&mut sink::Postgres::open(&cluster.url("filled"))?, Sizes::scaled(options.scale))?;
        cluster.execute(&["CHECKPOINT"])?;
        drop(cluster);
        fs::write(&filled, "")?;
    }
    let cluster = Cluster::start(&data, &[])?;
    cluster.execute(&["DROP DATABASE IF EXISTS run", "CREATE DATABASE run TEMPLATE filled STRATEGY FILE_COPY"])?;
    Ok(Ready {
        database: Database::Postgresql,
        peers: cluster.url(RUN).into(),
        version: format!("PostgreSQL {}", cluster.version()?),
        setup: Setup { program, folder: run, url: Some(cluster.url(RUN)), default_limits: false },
        cluster: Some(cluster),
    })
}

fn sqlite(folder: &Path, run: PathBuf, program: PathBuf, options: &Options) -> Result<Ready> {
    const FILE: &str = "lienthong.db";
    let filled = folder.join("sqlite.db");
    if !filled.exists() {
        eprintln!("filling SQLite (some minutes; it is kept for the next run)");
        let making = folder.join("making");
        let _ = fs::remove_dir_all(&making);
        Setup { program: program.clone(), folder: making.clone(), url: None, default_limits: false }.prepare()?;
        let mut sink = sink::Sqlite::open(&making.join(FILE))?;
        fill::fill(&mut sink, Sizes::scaled(options.scale))?;
        drop(sink);
        fs::rename(making.join(FILE), &filled)?;
        fs::remove_dir_all(&making)?;
    }
    fs::copy(&filled, run.join(FILE)).map_err(doing("copying the SQLite file"))?;
    Ok(Ready {
        database: Database::Sqlite,
        peers: run.join(FILE),
        version: format!("SQLite {}", rusqlite::version()),
        setup: Setup { program, folder: run, url: None, default_limits: false },
        cluster: None,
    })
}

const UNITS: &str = "SELECT u.code, (SELECT COUNT(*) FROM succession s WHERE s.successor_id = u.id) FROM unit u \
     WHERE u.level = 'PROVINCE' AND u.valid_to IS NULL ORDER BY u.code";

const LINKS: &str = "SELECT d.code FROM data_link d JOIN exchange_tally t ON t.link_id = d.id AND t.span = 'MONTH' \
     GROUP BY d.id, d.code ORDER BY SUM(t.succeeded) DESC, d.id LIMIT 20";

impl Ready {
    /// The processes of the database.
    pub fn processes(&self) -> Vec<u32> {
        self.cluster.iter().map(|cluster| cluster.process).collect()
    }
    /// The names that cases use; the cursor of the deep page is the service's.
    pub fn sample(&self, deep: (String, String)) -> Result<Sample> {
        let (units, links, deep_id) = match &self.cluster {
            Some(cluster) => {
                let mut client = postgres::Client::connect(&cluster.url(RUN), postgres::NoTls)?;
                let units = client.query(UNITS, &[])?.iter().map(|row| (row.get(0), row.get(1))).collect();
                let links = client.query(LINKS, &[])?.iter().map(|row| row.get(0)).collect();
                (units, links, client.query_one("SELECT id FROM data_link WHERE code = $1", &[&deep.1])?.get(0))
            }
            None => {
                let client = rusqlite::Connection::open_with_flags(&self.peers, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                let mut units = client.prepare(UNITS)?;
                let units =
                    units.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
                let mut links = client.prepare(LINKS)?;
                let links = links.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
                let id = client.query_row("SELECT id FROM data_link WHERE code = ?1", [&deep.1], |row| row.get(0))?;
                (units, links, id)
            }
        };
        let units: Vec<(String, i64)> = units;
        let with = |count: i64| units.iter().filter(|unit| unit.1 == count).map(|unit| unit.0.clone()).collect();
        Ok(Sample {
            provinces: units.iter().map(|unit| unit.0.clone()).collect(),
            unmerged: with(0),
            of_three: with(3),
            indicators: fill::asked_indicators(),
            links,
            deep: (deep.0, deep_id),
        })
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Some(cluster) = &self.cluster {
            // Sessions that are still connected to the copy are not needed any more.
            let _ = cluster.execute(&["DROP DATABASE IF EXISTS run WITH (FORCE)"]);
        }
        let _ = fs::remove_dir_all(&self.setup.folder);
    }
}
