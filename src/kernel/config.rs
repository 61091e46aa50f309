//! The configuration: file < environment < flags. Unknown keys are refused, and the effective configuration can be printed.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use super::error::{Broken, Result};

/// What can be configured. In a file by these names, in the environment as `LIENTHONG_` and the name in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where the database and the keys are kept.
    pub data_dir: PathBuf,
    /// The database. Without one: an SQLite file in the data directory.
    #[serde(default)]
    pub database_url: Option<String>,
    /// How many connections to the database at most (on SQLite: to read).
    pub database_connections: u32,
    /// Which log lines are written: `info`, `debug`, `lienthong=debug,info`.
    pub log: String,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            data_dir: PathBuf::from("var"),
            database_url: None,
            database_connections: 8,
            log: "info".to_owned(),
        }
    }
}

/// What the command line says; what it leaves out is taken from elsewhere.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    /// See [`Config::listen`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// See [`Config::data_dir`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// See [`Config::database_url`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// For a file that cannot be read, an unknown key, a value of the wrong kind; the message names key and source.
    pub fn load(file: Option<&Path>, flags: Flags) -> Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment
            .merge(Env::prefixed("LIENTHONG_").ignore(&["config"]))
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|e| Broken::new(format!("configuration: {e}")).into())
    }
    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}?mode=rwc", self.data_dir.join("lienthong.db").display()))
    }
    /// The effective configuration as a file would say it, without secrets.
    ///
    /// # Errors
    /// Never in practice: every value has a form in TOML.
    pub fn print(&self) -> Result<String> {
        let shown = Config { database_url: Some(redacted(&self.database_url())), ..self.clone() };
        toml::to_string(&shown).map_err(|e| Broken::new(e).into())
    }
}

/// A database's address without the password that may stand in it.
pub fn redacted(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            let (head, tail) = (url.get(..scheme + 3).unwrap_or_default(), url.get(at..).unwrap_or_default());
            let user = url.get(scheme + 3..at).unwrap_or_default().split(':').next().unwrap_or_default();
            format!("{head}{user}:***{tail}")
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(redacted("postgres://lt:s3cr@t@db/lt"), "postgres://lt:***@db/lt");
        assert_eq!(redacted("sqlite://var/lienthong.db?mode=rwc"), "sqlite://var/lienthong.db?mode=rwc");
    }
}
