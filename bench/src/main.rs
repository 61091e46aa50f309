//! The benchmark: how the service stands, in one run on one machine, against hand-written servers that do the same work.

mod cluster;
mod databases;
#[allow(dead_code, missing_docs)]
#[path = "../../src/traffic/durations.rs"]
mod durations;
mod failure;
mod fill;
mod kernel;
mod load;
mod machine;
mod options;
mod parts;
mod peer;
mod postgraphile;
mod process;
mod report;
mod results;
mod service;
mod shapes;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;

use failure::Result;
use machine::Machine;
use options::{Command, Options, Other, Part};
use results::Results;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures; answers whether everything that was asked for could be measured.
fn measure(options: &Options) -> Result<bool> {
    if options.has(Part::Followers) {
        parts::named::followers()?;
    }
    if options.has(Part::WriteWait) {
        parts::named::write_wait(options)?;
    }
    let of_ours = Part::DEFAULT.into_iter().chain([Part::Cost]).any(|part| options.has(part));
    if !of_ours {
        return Ok(true);
    }
    let runtime = Runtime::new()?;
    let machine = Machine::this();
    let mut results = Results::default();
    for database in options.databases() {
        let ready = databases::ready(database, options)?;
        results.versions.push(ready.version.clone());
        // Memory first: it starts the service anew. Writes last: they change the data.
        if options.has(Part::Memory) {
            parts::memory::measure(&ready, options, &runtime, &mut results)?;
        }
        if options.has(Part::Reads) {
            parts::reads::measure(&ready, options, &runtime, &mut results)?;
        }
        if options.has(Part::Dashboard) {
            parts::dashboard::measure(&ready, &runtime, &mut results)?;
        }
        if options.has(Part::Cost) {
            parts::named::cost(&ready)?;
        }
        if options.has(Part::Record) {
            parts::record::measure(&ready, options, &runtime, &mut results)?;
        }
        if options.has(Part::Import) {
            parts::import::measure(&ready, options, &runtime, &mut results)?;
        }
    }
    // The parts that are other programs print for themselves.
    if results.measured.is_empty() && results.figures.is_empty() {
        return Ok(results.failures.is_empty());
    }
    let report = report::markdown(&results, options, &machine);
    println!("{report}");
    if options.is_whole() {
        if let Some(folder) = options.report.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&options.report, report)?;
    }
    Ok(results.failures.is_empty())
}

fn main() -> ExitCode {
    let command = Command::parse();
    let done = match command.other {
        Some(Other::Peer(peer)) => {
            Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(peer::serve(peer)).map(|()| true))
        }
        Some(Other::List) => {
            print!("{}", options::parts());
            Ok(true)
        }
        None => measure(&command.options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
