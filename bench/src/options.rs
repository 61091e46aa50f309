//! Command-line options.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{peer, shapes};

/// Measures the service side by side with hand-written servers.
#[derive(Debug, Parser)]
#[command(after_help = parts())]
pub struct Command {
    /// What to do instead of measuring
    #[command(subcommand)]
    pub other: Option<Other>,
    /// What is measured
    #[command(flatten)]
    pub options: Options,
}

/// What the program does besides.
#[derive(Debug, Subcommand)]
pub enum Other {
    /// Serve as a peer (started by the benchmark itself)
    #[command(hide = true)]
    Peer(peer::Options),
    /// List the parts and the shapes
    List,
}

/// A database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// PostgreSQL
    Postgresql,
    /// SQLite
    Sqlite,
}

impl Database {
    /// Its name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Database::Postgresql => "PostgreSQL",
            Database::Sqlite => "SQLite",
        }
    }
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Reads, beside the peers
    Reads,
    /// One observation recorded, beside a bare insert
    Record,
    /// Imports of 1,000 and 10,000 observations, beside COPY and one INSERT
    Import,
    /// Start, size, and memory at rest, under load and with slow readers
    Memory,
    /// A dashboard that 30 people open at once, with the default limits
    Dashboard,
    /// How soon 500 followers of the change feed hear of each change (by name only)
    Followers,
    /// How long small writes wait while spreadsheets are imported (by name only)
    WriteWait,
    /// CPU seconds that a million points buy (by name only)
    Cost,
}

impl Part {
    /// Those that are measured when none is named.
    pub const DEFAULT: [Part; 5] = [Part::Reads, Part::Record, Part::Import, Part::Memory, Part::Dashboard];
}

/// How it is measured.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Only these parts
    #[arg(long = "part", value_enum)]
    pub parts: Vec<Part>,
    /// Only these shapes of reads
    #[arg(long = "shape", value_parser = shape_name)]
    pub shapes: Vec<String>,
    /// Only on this database
    #[arg(long, value_enum)]
    pub database: Option<Database>,
    /// How many rounds there are: in each, every contender has its turn
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// How many seconds a turn takes
    #[arg(long, default_value_t = 1.5)]
    pub seconds: f64,
    /// How much data there is, times what a country has
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// The service: its release build
    #[arg(long, default_value = "target/release/lienthong")]
    pub program: PathBuf,
    /// Where filled databases are kept
    #[arg(long, default_value = "target/bench-data")]
    pub data: PathBuf,
    /// Where the tables are written when everything was measured
    #[arg(long, default_value = "docs/performance.md")]
    pub report: PathBuf,
    /// Leave PostGraphile out, which is installed from npm
    #[arg(long)]
    pub without_postgraphile: bool,
}

fn shape_name(name: &str) -> Result<String, String> {
    match shapes::all().iter().any(|shape| shape.name == name) {
        true => Ok(name.to_owned()),
        false => Err(format!("there is no shape `{name}`: `list` shows them")),
    }
}

impl Options {
    /// Whether a part is measured.
    pub fn has(&self, part: Part) -> bool {
        if self.parts.is_empty() { Part::DEFAULT.contains(&part) } else { self.parts.contains(&part) }
    }
    /// The databases on which it is measured.
    pub fn databases(&self) -> Vec<Database> {
        self.database.map_or(vec![Database::Postgresql, Database::Sqlite], |one| vec![one])
    }
    /// Whether nothing of what the report has is left out.
    pub fn is_whole(&self) -> bool {
        self.parts.is_empty() && self.shapes.is_empty() && self.database.is_none() && self.scale == 1.0
    }
}

/// The parts and the shapes, for people.
pub fn parts() -> String {
    let mut text = "Parts:\n".to_owned();
    for part in Part::value_variants() {
        if let Some(value) = part.to_possible_value() {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            text += &format!("  {:<12} {help}\n", value.get_name());
        }
    }
    text += "\nShapes of reads:\n";
    for shape in shapes::all() {
        text += &format!("  {:<12} {}\n", shape.name, shape.title);
    }
    text
}
