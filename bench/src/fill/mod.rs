//! Fills a migrated and seeded database with the rows that the commands of the service would have written in some years: the same
//! rows on every machine and on both databases.

mod names;
mod observations;
mod plans;
mod sharing;
pub mod sink;
mod traffic;

use std::fmt::Write as _;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::failure::Result;
use sink::Sink;

/// How many rows there are of what.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Revisions of observations.
    pub observations: usize,
    /// Data links.
    pub links: usize,
    /// Information systems.
    pub systems: usize,
    /// Plans, each with ten targets.
    pub plans: usize,
    /// Tallies of calls by hour, day and month.
    pub tallies: usize,
}

impl Sizes {
    /// The sizes of a country's platform, times a factor.
    pub fn scaled(factor: f64) -> Self {
        let times = |count: f64| (count * factor) as usize;
        Sizes {
            // Fewer indicators than these, and the shapes have nothing to ask for.
            observations: times(1_200_000.0).max(250_000),
            links: times(20_000.0).max(2_000),
            systems: times(5_000.0).max(500),
            plans: times(2_000.0).max(680),
            tallies: times(2_000_000.0).max(50_000),
        }
    }
}

/// The last day of which there are rows. A constant, so that the rows are the same on every day.
pub const LAST_DAY: (i32, u32, u32) = (2026, 11, 20);

/// The indicators with monthly observations that the shapes ask for: open, without further dimensions, summed up.
pub fn asked_indicators() -> Vec<String> {
    (0..).filter(|n| observations::is_asked_for(*n)).take(20).map(observations::code).collect()
}

/// A territorial unit, as the bundled data have it.
#[derive(Clone, Debug)]
pub struct Unit {
    id: i64,
    code: String,
    name: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// The unit that it is part of now: itself, or its successor.
    now: i64,
}

/// What is being filled.
pub struct Fill<'a> {
    sink: &'a mut dyn Sink,
    sizes: Sizes,
    units: Vec<Unit>,
    random: fastrand::Rng,
}

fn day((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// Fills a database.
pub fn fill(sink: &mut dyn Sink, sizes: Sizes) -> Result<()> {
    let units = sink.units()?;
    let mut fill = Fill { sink, sizes, units, random: fastrand::Rng::with_seed(15) };
    let agencies = fill.agencies()?;
    let indicators = fill.indicators()?;
    fill.plans(&agencies, &indicators)?;
    let systems = fill.systems(&agencies)?;
    let links = fill.links(&systems)?;
    fill.observations(&indicators)?;
    fill.tallies(&links)?;
    fill.sink.finish()
}

/// Names a filled database: by what fills it, and what is filled.
pub fn key(sizes: Sizes, migrations: &str) -> String {
    let mut hash = Sha256::new();
    for source in [
        include_str!("mod.rs"),
        include_str!("names.rs"),
        include_str!("observations.rs"),
        include_str!("plans.rs"),
        include_str!("sharing.rs"),
        include_str!("sink.rs"),
        include_str!("traffic.rs"),
        include_str!("../../../src/kernel/text.rs"),
        include_str!("../../../src/traffic/durations.rs"),
        migrations,
    ] {
        hash.update(source);
    }
    hash.update(format!("{sizes:?}"));
    hash.finalize().iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
