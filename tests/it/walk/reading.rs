//! What statements read: on PostgreSQL as `auto_explain` logs it, on SQLite as the plan of each statement says.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::Value;
use tracing::{
    Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

use super::{BESIDE, FOR_EACH};
use crate::harness::{Kind, TestDb};

/// Tables that are small, however large the country is, or that have few rows in the test's data.
const LARGE: [&str; 6] = ["observation", "data_link", "information_system", "plan", "change", "audit_entry"];

/// What a statement reads.
pub enum Plan {
    /// How many rows it answered, and how many it read of which table.
    Counted { answered: u64, read: BTreeMap<String, u64> },
    /// The lines of the plan.
    Told(Vec<String>),
}

impl Plan {
    /// What is wrong with it, if anything.
    pub fn fault(&self) -> Option<String> {
        match self {
            Plan::Counted { answered, read } => {
                let all: u64 = read.values().sum();
                (all > FOR_EACH * answered + BESIDE).then(|| format!("{all} rows read for {answered}: {read:?}"))
            }
            Plan::Told(lines) => {
                let sorts = lines.iter().any(|line| line.contains("USE TEMP B-TREE FOR ORDER BY"));
                let scans = |line: &&String| {
                    let table = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                    table.is_some_and(|table| LARGE.contains(&table))
                };
                lines.iter().find(scans).filter(|_| sorts).map(|line| format!("{line}, and sorts"))
            }
        }
    }
}

/// Reads what statements of a database read.
pub enum Reading {
    Postgres { log: PathBuf, at: u64, rest: String },
    Sqlite { db: DatabaseConnection, said: Arc<Mutex<Vec<String>>>, _guard: DefaultGuard },
}

impl Reading {
    pub async fn of(db: &TestDb) -> Self {
        if db.kind() == Kind::Sqlite {
            let said = Arc::<Mutex<Vec<String>>>::default();
            let subscriber = tracing_subscriber::registry().with(Statements(said.clone()));
            return Reading::Sqlite { db: db.raw().await, said, _guard: tracing::subscriber::set_default(subscriber) };
        }
        let (socket, name) = db.socket();
        for set in [
            "session_preload_libraries = 'auto_explain'",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_analyze = on",
            "auto_explain.log_timing = off",
            "auto_explain.log_format = 'json'",
        ] {
            db.execute(&format!("ALTER DATABASE {name} SET {set}")).await;
        }
        let log = socket.with_file_name("log");
        let at = std::fs::metadata(&log).expect("the server has a log").len();
        Reading::Postgres { log, at, rest: String::new() }
    }
    /// The plans of so many statements, which have just run. None where they were not all seen: other tests of this process make
    /// subscribers too, and whether an event is wanted is remembered for all of them.
    pub async fn of_statements(&mut self, count: usize) -> Option<Vec<Plan>> {
        match self {
            Reading::Postgres { log, at, rest } => {
                let mut plans = vec![];
                for _ in 0..5_000 {
                    let mut file = File::open(&*log).expect("the log can be read");
                    file.seek(SeekFrom::Start(*at)).expect("the log goes on");
                    let mut more = vec![];
                    *at += file.read_to_end(&mut more).expect("the log can be read") as u64;
                    rest.push_str(&String::from_utf8_lossy(&more));
                    plans.extend(logged(rest));
                    if plans.len() >= count {
                        return Some(plans);
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                panic!("{} of {count} statements are in the log", plans.len());
            }
            Reading::Sqlite { db, said, .. } => {
                let statements = std::mem::take(&mut *said.lock().expect("nobody panicked"));
                if statements.len() != count {
                    tracing::callsite::rebuild_interest_cache();
                    return None;
                }
                let mut plans = vec![];
                for sql in statements {
                    let explain =
                        Statement::from_string(db.get_database_backend(), format!("EXPLAIN QUERY PLAN {sql}"));
                    let rows = db.query_all_raw(explain).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
                    plans.push(Plan::Told(rows.iter().map(|row| row.try_get("", "detail").expect("a line")).collect()));
                }
                Some(plans)
            }
        }
    }
}

/// Takes the whole plans out of the beginning of a log.
fn logged(log: &mut String) -> Vec<Plan> {
    let mut plans = vec![];
    while let Some(begin) = log.find(" plan:\n") {
        let begin = begin + " plan:\n".len();
        // The lines of a message begin with a tab, but for the first.
        let Some(length) = log[begin..].find("\n\t}\n") else { break };
        let end = begin + length + "\n\t}\n".len();
        let json: Value = serde_json::from_str(&log[begin..end].replace("\n\t", "\n")).expect("a plan is JSON");
        let mut read = BTreeMap::new();
        count(&json["Plan"], &mut read);
        plans.push(Plan::Counted { answered: number(&json["Plan"]["Actual Rows"]), read });
        log.drain(..end);
    }
    plans
}

fn number(value: &Value) -> u64 {
    value.as_f64().unwrap_or_default() as u64
}

fn count(plan: &Value, read: &mut BTreeMap<String, u64>) {
    if let Some(table) = plan["Relation Name"].as_str() {
        let parts = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"];
        let rows: u64 = parts.iter().map(|part| number(&plan[part])).sum();
        *read.entry(table.to_owned()).or_default() += rows * number(&plan["Actual Loops"]);
    }
    plan["Plans"].as_array().into_iter().flatten().for_each(|below| count(below, read));
}

/// Keeps the texts of statements.
struct Statements(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "lienthong::statement" {
            event.record(&mut Sql(&self.0));
        }
    }
}

struct Sql<'a>(&'a Mutex<Vec<String>>);

impl Visit for Sql<'_> {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.0.lock().expect("nobody panicked").push(value.to_owned());
        }
    }
}
