//! The machine and the day.

use std::{fs, process::Command};

use chrono::{TimeDelta, Utc};

/// What a reader must know to compare figures.
pub struct Machine {
    /// The day in Việt Nam.
    pub day: String,
    /// The processor's name.
    pub processor: String,
    /// How many cores.
    pub cores: usize,
    /// GiB of memory.
    pub memory: f64,
    /// How many processes wanted a core in the minute before: what else the machine was doing.
    pub load: f64,
    /// The commit that was measured.
    pub commit: String,
}

impl Machine {
    /// This one, now.
    pub fn this() -> Self {
        let of = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
            line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let kilobytes: f64 = of("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
        let commit = Command::new("git").args(["describe", "--always", "--dirty"]).output();
        Machine {
            day: (Utc::now() + TimeDelta::hours(7)).date_naive().to_string(),
            processor: of("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kilobytes / 1024.0 / 1024.0,
            load: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
            commit: commit.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default(),
        }
    }
}
