//! What tests stand on: a database of their own, filled from a template.
//!
//! A test is an `async fn` that takes a [`TestDb`]; [`on_both!`] makes a test for each database of it.

mod cluster;
pub mod every_field;

use std::{
    collections::HashMap,
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, Utc};
use lienthong::kernel::{
    address::Proxies,
    app::{App, Settings},
    clock::Clock,
    config::Config,
    db::{self, Db},
    limits::Limits,
    token::{Algorithm, Key, KeyRing, Keys},
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::program::printed;

/// Makes a test for each database of functions that take a [`TestDb`], which is filled as the fixture says.
macro_rules! on_both {
    ($fixture:ident => $($test:ident),+ $(,)?) => {
        mod sqlite {
            use super::$fixture;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let db = $crate::harness::TestDb::new($crate::harness::Kind::Sqlite, &$fixture).await;
                super::$test(db.clone()).await;
                db.end().await;
            })+
        }
        mod postgres {
            use super::$fixture;
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let db = $crate::harness::TestDb::new($crate::harness::Kind::Postgres, &$fixture).await;
                super::$test(db.clone()).await;
                db.end().await;
            })+
        }
    };
}
pub(crate) use on_both;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// Fills the empty database at a URL.
type Fill = fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a test's database holds at its start. It is made once for each kind of database, and copied for each test.
pub struct Fixture {
    pub name: &'static str,
    pub fill: Fill,
}

/// The tables of the service, without a row.
pub static MIGRATED: Fixture = Fixture {
    name: "migrated",
    fill: |url| {
        Box::pin(async move {
            let db = open(&url).await;
            migration::Migrator::up(&db, None).await.expect("every migration applies to an empty database");
            db.close().await.expect("the connection closes");
        })
    },
};

/// The bundled data, as the program loads them.
pub static SEEDED: Fixture = Fixture {
    name: "seeded",
    fill: |url| {
        Box::pin(async move {
            for command in ["migrate", "seed"] {
                printed(&[command, "--database-url", &url]);
            }
        })
    },
};

/// A connection beside the service's, with nothing between the test and the tables.
pub async fn open(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // What tests write themselves need not outlive the machine.
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(|sqlite| sqlite.pragma("synchronous", "OFF"));
    Database::connect(options).await.unwrap_or_else(|e| panic!("cannot open {url}: {e}"))
}

#[derive(Clone)]
enum Template {
    /// The file's bytes.
    Sqlite(Arc<Vec<u8>>),
    /// The database's name.
    Postgres(String),
}

/// The templates that were made so far.
type Templates = Mutex<HashMap<(Kind, &'static str), Template>>;

async fn template(kind: Kind, fixture: &Fixture) -> Template {
    static MADE: OnceLock<Templates> = OnceLock::new();
    let mut made = MADE.get_or_init(Default::default).lock().await;
    if let Some(template) = made.get(&(kind, fixture.name)) {
        return template.clone();
    }
    let template = match kind {
        Kind::Sqlite => {
            let folder = folder();
            let url = file_url(&folder, "template");
            (fixture.fill)(url.clone()).await;
            let db = open(&url).await;
            let copy = folder.path().join("copy.db");
            let vacuum = format!("VACUUM INTO '{}'", copy.display());
            db.execute_unprepared(&vacuum).await.expect("the template can be copied");
            db.close().await.expect("the connection closes");
            Template::Sqlite(Arc::new(std::fs::read(&copy).expect("the copy can be read")))
        }
        Kind::Postgres => {
            let name = format!("template_{}", fixture.name);
            cluster::execute(&format!("CREATE DATABASE {name}")).await;
            (fixture.fill)(cluster::url(&name)).await;
            // A database can be copied when nobody is connected to it; pools close their connections when they get to it.
            cluster::execute(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ))
            .await;
            Template::Postgres(name)
        }
    };
    made.insert((kind, fixture.name), template.clone());
    template
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("lienthong-").tempdir().expect("a temporary folder can be made")
}

fn file_url(folder: &TempDir, name: &str) -> String {
    format!("sqlite://{}?mode=rwc", folder.path().join(name).with_extension("db").display())
}

/// A test's database.
#[derive(Clone)]
pub struct TestDb {
    kind: Kind,
    name: String,
    url: String,
    /// Goes with the last of the clones.
    _folder: Option<Arc<TempDir>>,
}

impl TestDb {
    /// A database that holds what the fixture says.
    pub async fn new(kind: Kind, fixture: &Fixture) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        match template(kind, fixture).await {
            Template::Sqlite(bytes) => {
                let folder = folder();
                let url = file_url(&folder, &name);
                std::fs::write(folder.path().join(&name).with_extension("db"), bytes.as_slice())
                    .expect("the database file can be written");
                TestDb { kind, name, url, _folder: Some(Arc::new(folder)) }
            }
            Template::Postgres(template) => {
                cluster::execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                TestDb { kind, url: cluster::url(&name), name, _folder: None }
            }
        }
    }
    /// Its address, as the program takes it.
    pub fn url(&self) -> &str {
        &self.url
    }
    /// The service's way to it.
    pub async fn db(&self) -> Db {
        db::connect(&self.url, 4, None).await.expect("the service reaches its database")
    }
    /// The service on it, on the day of all tests.
    pub async fn app(&self) -> App {
        self.app_at(noon("2026-01-15")).await
    }
    /// The service on it, at a time.
    pub async fn app_at(&self, now: DateTime<Utc>) -> App {
        App::with_keys(self.db().await, Clock::fixed(now), Settings::from(&Config::default()), keys())
    }
    /// The service on it, as a test configures it.
    pub async fn app_as(&self, config: &Config) -> App {
        App::with_keys(self.db().await, Clock::fixed(noon("2026-01-15")), Settings::from(config), keys())
    }
    /// The service on it, at a time, as a test sets it.
    pub async fn app_set(&self, now: DateTime<Utc>, settings: Settings) -> App {
        App::with_keys(self.db().await, Clock::fixed(now), settings, keys())
    }
    /// The service on it, with limits of the test's own.
    pub async fn app_with(&self, limits: Limits) -> App {
        Self::app_of(self.db().await, limits)
    }
    /// The service on a way to a database, with limits of the test's own.
    pub fn app_of(db: Db, limits: Limits) -> App {
        let settings = Settings { limits, ..Settings::from(&Config::default()) };
        App::with_keys(db, Clock::fixed(noon("2026-01-15")), settings, keys())
    }
    /// The same, behind a proxy that is trusted.
    pub fn app_behind(db: Db, proxy: &str, limits: Limits) -> App {
        let trusted_proxies = Proxies::try_from(proxy.to_owned()).expect("an address");
        let settings = Settings { limits, trusted_proxies, ..Settings::from(&Config::default()) };
        App::with_keys(db, Clock::fixed(noon("2026-01-15")), settings, keys())
    }
    /// The socket of a PostgreSQL server, and the name of the database there.
    pub fn socket(&self) -> (PathBuf, String) {
        (cluster::socket(), self.name.clone())
    }
    /// Lets new connections only read, as those to a standby do.
    pub async fn forbid_writes(&self) {
        cluster::execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", self.name)).await;
    }
    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }
    /// The test's own way to it.
    pub async fn raw(&self) -> DatabaseConnection {
        open(&self.url).await
    }
    /// Runs a statement on it.
    pub async fn execute(&self, sql: &str) {
        let db = self.raw().await;
        db.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        db.close().await.expect("the connection closes");
    }
    /// The columns of a table, but for its id.
    pub async fn columns(&self, table: &str) -> Vec<String> {
        let query = match self.kind {
            Kind::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            Kind::Postgres => {
                format!("SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = '{table}'")
            }
        };
        let db = self.raw().await;
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), query)).await;
        db.close().await.expect("the connection closes");
        let name = |row: &QueryResult| row.try_get::<String>("", "name").expect("a name");
        rows.expect("the columns are told").iter().map(name).filter(|name| name != "id").collect()
    }
    /// Takes it away. After a failure it stays until the test process ends.
    pub async fn end(self) {
        if self.kind == Kind::Postgres {
            cluster::execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        }
    }
}

/// Signing keys, the same for all tests.
pub fn keys() -> KeyRing {
    static PEM: LazyLock<[String; 2]> =
        LazyLock::new(|| [(); 2].map(|()| Algorithm::EdDsa.generate().expect("a key can be made")));
    let [current, next] = PEM.each_ref().map(|pem| Key::read(pem).expect("the key can be read"));
    KeyRing::given(Keys { previous: None, current, next: Some(next), retired: vec![] })
}

/// Noon of a day, in UTC.
pub fn noon(day: &str) -> DateTime<Utc> {
    format!("{day}T12:00:00Z").parse().unwrap_or_else(|e| panic!("{day} is no day: {e}"))
}
