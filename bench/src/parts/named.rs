//! Parts that are other programs, and run when they are named.

use std::process::{Command, Stdio};

use crate::{
    databases::Ready,
    failure::{Result, doing},
    options::Options,
};

/// Runs a program that prints for itself.
fn show(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().map_err(doing(format!("starting {program}")))?;
    if status.success() { Ok(()) } else { Err(format!("{program}: {status}").into()) }
}

/// How soon many followers of the change feed hear of each change.
pub fn followers() -> Result<()> {
    show(Command::new("cargo").args(["bench", "--bench", "followers"]))
}

/// How long small writes wait while spreadsheets are imported.
pub fn write_wait(options: &Options) -> Result<()> {
    show(Command::new("bench/write-wait").arg("--binary").arg(&options.program))
}

/// The CPU seconds that a million points buy.
pub fn cost(ready: &Ready) -> Result<()> {
    let service = ready.setup.start()?;
    let mut command = Command::new("bench/cost.py");
    command.args(["--url", &format!("http://{}", service.address)]);
    for process in ready.processes().into_iter().chain([service.process.id()]) {
        command.args(["--pid", &process.to_string()]);
    }
    show(&mut command)
}
