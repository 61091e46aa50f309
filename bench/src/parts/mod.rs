//! The parts of the benchmark.

pub mod compared;
pub mod dashboard;
pub mod import;
pub mod memory;
pub mod named;
pub mod reads;
pub mod record;

use std::{process::Command, sync::Arc};

use clap::ValueEnum;

use crate::{
    databases::Ready,
    failure::Result,
    load::{Request, Requests, Target},
    options::Database,
    peer::Kind,
    process::Process,
    service::{Service, Setup},
};

/// A server in the benchmark.
pub struct Contender {
    /// Its name in the tables.
    pub name: &'static str,
    /// Where it is, and what works for it.
    pub target: Target,
    /// The process, where it is a peer's; it ends with the contender.
    #[allow(dead_code)]
    pub process: Option<Process>,
}

impl Contender {
    /// A process that said where it listens.
    pub fn of_process(ready: &Ready, name: &'static str, process: Process) -> Self {
        let address = process.said.trim_start_matches("http://").to_owned();
        let target = Target { address, server: process.id(), database: ready.processes() };
        Contender { name, target, process: Some(process) }
    }
}

/// The service's name among the contenders.
pub const SERVICE: &str = "service";

/// The name of the limit on a database.
pub fn limit(database: Database) -> &'static str {
    match database {
        Database::Postgresql => "L",
        Database::Sqlite => "LSQ",
    }
}

/// The service as a contender.
pub fn of_service(ready: &Ready, service: &Service) -> Contender {
    let target = Target { address: service.address.clone(), server: service.process.id(), database: ready.processes() };
    Contender { name: SERVICE, target, process: None }
}

/// The hand-written peers of a database.
pub fn peers(ready: &Ready) -> Result<Vec<Contender>> {
    let kinds: &[(&'static str, Kind)] = match ready.database {
        Database::Postgresql => &[("L", Kind::Limit), ("FLAT", Kind::Flat)],
        Database::Sqlite => &[("LSQ", Kind::Sqlite)],
    };
    let start = |(name, kind): &(&'static str, Kind)| {
        let kind = kind.to_possible_value().ok_or("a peer without a name")?;
        let mut command = Command::new(std::env::current_exe()?);
        let process = Process::start(command.args(["peer", kind.get_name()]).arg(&ready.peers), "http://")?;
        Ok(Contender::of_process(ready, name, process))
    };
    kinds.iter().map(start).collect()
}

/// The same few requests in turn.
pub fn in_turn(requests: Vec<Request>) -> Requests {
    Arc::new(move |n| requests[n % requests.len()].clone())
}

/// The service, and an access token of a new editor. The account is made before the service starts, so that both never write at once.
pub fn with_editor(setup: &Setup, name: &str) -> Result<(Service, String)> {
    let password = setup.create_editor(name)?;
    let service = setup.start()?;
    let token = service.sign_in(name, &password)?;
    Ok((service, token))
}
