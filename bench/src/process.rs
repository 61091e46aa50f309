//! Processes under measurement: started, ended with their owner, and what the system says that they used. Only Linux says it.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::failure::{Result, doing};

/// Clock ticks of a second, as /proc counts them.
const TICKS: f64 = 100.0;

/// A process that ends with this value.
pub struct Process {
    child: Child,
    /// The first line that it printed and that was waited for.
    pub said: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a program and waits for a line with a text in it.
    pub fn start(command: &mut Command, ready: &str) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(doing(format!("starting {program}")))?;
        let lines = BufReader::new(child.stdout.take().ok_or("a process has no output")?);
        let mut process = Process { child, said: String::new() };
        let mut lines = lines.lines();
        while let Some(line) = lines.next() {
            let line = line?;
            if line.contains(ready) {
                process.said = line;
                // What it prints later is not read, and must not block it.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(process);
            }
        }
        let status = process.child.wait()?;
        Err(format!("{program} ended before it was ready: {status}").into())
    }
    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// Runs a program to its end; answers what it printed.
pub fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().map_err(doing(format!("starting {program}")))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(
            format!("{program} failed ({}): {}{said}", done.status, String::from_utf8_lossy(&done.stdout)).into()
        );
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Processes and everything that they started: each with the clock ticks that it used.
fn families(roots: &[u32]) -> Vec<(u32, f64)> {
    let mut all: HashMap<u32, (u32, f64)> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        // Of its own, and of children that have ended.
        let ticks: f64 = (11..15).map(number).sum();
        all.insert(id, (number(1) as u32, ticks));
    }
    let ours = |id: u32| {
        let mut at = id;
        loop {
            if roots.contains(&at) {
                return true;
            }
            match all.get(&at) {
                Some((parent, _)) if *parent > 1 => at = *parent,
                _ => return false,
            }
        }
    };
    all.iter().filter(|(id, _)| ours(**id)).map(|(id, (_, ticks))| (*id, *ticks)).collect()
}

/// The CPU seconds that processes and everything that they started have used.
pub fn cpu(roots: &[u32]) -> f64 {
    families(roots).iter().map(|(_, ticks)| ticks / TICKS).sum()
}

/// MiB of memory of a process and everything that it started: now, and at most since that was last reset.
pub fn memory(root: u32) -> (f64, f64) {
    families(&[root]).into_iter().fold((0.0, 0.0), |(now, most), (id, _)| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() / 1024.0
        };
        (now + of("VmRSS:"), most + of("VmHWM:"))
    })
}

/// Begins a new maximum of the memory of a process and of everything that it started.
pub fn reset_peak(root: u32) {
    for (id, _) in families(&[root]) {
        // Without it the maximum is that since the process began: too much, never too little.
        let _ = fs::write(format!("/proc/{id}/clear_refs"), "5");
    }
}
