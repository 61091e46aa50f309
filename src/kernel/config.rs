//! The configuration: file < environment < flags. Unknown keys are refused, and the effective configuration can be printed.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Format, Serialized, Toml},
    value::{Dict, Map, Value},
};
use serde::{Deserialize, Serialize};

use super::{
    address::Proxies,
    deadline::Deadline,
    error::{Broken, Result},
    limits::Limits,
    network::Networks,
    origin::Origins,
    secret::{DatabaseUrl, Secret, redacted},
    token::Algorithm,
};

/// What variables of the environment begin with.
const PREFIX: &str = "LIENTHONG_";

/// The keys that hold numbers.
const NUMBERS: [&str; 14] = [
    "database_connections",
    "access_token_minutes",
    "session_days",
    "lockout_failures",
    "lockout_minutes",
    "idle_days",
    "audit_days",
    "changes_days",
    "decision_days",
    "link_years",
    "exchanges_days",
    "checks_days",
    "probe_seconds",
    "probe_slow_ms",
];

/// What the variables of the table of limits begin with, after that.
const LIMITS: &str = "limits_";

/// The most of any of them.
const MOST: u32 = 100_000;

/// The variable that names the file, and so is no key.
pub const FILE: &str = "LIENTHONG_CONFIG";

/// What can be configured. In a file by these names, in the environment as `LIENTHONG_` and the name in capitals; a limit is
/// `depth` in the table `limits`, or `LIENTHONG_LIMITS_DEPTH`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where the database and the keys are kept.
    pub data_dir: PathBuf,
    /// The database. Without one: an SQLite file in the data directory.
    #[serde(default)]
    pub database_url: Option<DatabaseUrl>,
    /// How many connections to the database at most (on SQLite: to read).
    pub database_connections: u32,
    /// Which log lines are written: `info`, `debug`, `lienthong=debug,info`.
    pub log: String,
    /// Where clients reach the service, without a slash at the end: the issuer of its tokens, and whom they are for.
    pub public_url: String,
    /// How tokens are signed: `EdDSA`, `ES256` or `RS256`. Decides when a key is made, not when it is read.
    pub signing_algorithm: Algorithm,
    /// The key that signs, as PEM (PKCS #8). Without one: from the data directory.
    #[serde(default)]
    pub signing_key: Option<Secret>,
    /// The key that signed before it; what it signed is still good.
    #[serde(default)]
    pub signing_key_previous: Option<Secret>,
    /// The key that will sign after it, so that others know it beforehand.
    #[serde(default)]
    pub signing_key_next: Option<Secret>,
    /// How long an access token is good.
    pub access_token_minutes: u32,
    /// How long a session lasts at most.
    pub session_days: u32,
    /// After how many wrong passwords in a row an account is locked.
    pub lockout_failures: u32,
    /// For how long.
    pub lockout_minutes: u32,
    /// After how many days without a sign-in an account is disabled.
    pub idle_days: u32,
    /// How many days of the audit log are kept at least.
    pub audit_days: u32,
    /// How many days of the change feed are kept.
    pub changes_days: u32,
    /// Within how many days a requested data link is to be decided on.
    pub decision_days: u32,
    /// How many years ahead the last day of a data link may lie.
    pub link_years: u32,
    /// How many days calls over data links are kept one by one; what was counted of them stays.
    pub exchanges_days: u32,
    /// How many days the checks of data links are kept.
    pub checks_days: u32,
    /// How many seconds lie between two checks of a data link; 0: none is checked unasked.
    pub probe_seconds: u32,
    /// From how many milliseconds on an answer is a slow one.
    pub probe_slow_ms: u32,
    /// The networks that are nobody else's business and are checked all the same.
    pub probe_private_networks: Networks,
    /// The certificates (PEM) of authorities that are trusted besides the public ones, for checks.
    #[serde(default)]
    pub probe_authorities: Option<PathBuf>,
    /// The addresses of the proxies whose word is taken on where a request is from, with commas between.
    pub trusted_proxies: Proxies,
    /// The origins whose pages may ask from a browser, with commas between.
    pub cors_origins: Origins,
    /// The file of the documents that alone are executed. Without one: all are.
    #[serde(default)]
    pub trusted_documents: Option<PathBuf>,
    /// How much is done for one request.
    pub limits: Limits,
    /// By when data links must have moved from one intermediary to another. Only a file can say it: `[[deadlines]]`.
    pub deadlines: Vec<Deadline>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            data_dir: PathBuf::from("var"),
            database_url: None,
            database_connections: 8,
            log: "info".to_owned(),
            public_url: "http://127.0.0.1:8000".to_owned(),
            signing_algorithm: Algorithm::EdDsa,
            signing_key: None,
            signing_key_previous: None,
            signing_key_next: None,
            access_token_minutes: 15,
            session_days: 30,
            lockout_failures: 5,
            lockout_minutes: 15,
            idle_days: 45,
            audit_days: 90,
            changes_days: 90,
            decision_days: 15,
            link_years: 10,
            exchanges_days: 30,
            checks_days: 90,
            probe_seconds: 60,
            probe_slow_ms: 2000,
            probe_private_networks: Networks::default(),
            probe_authorities: None,
            trusted_proxies: Proxies::default(),
            cors_origins: Origins::default(),
            trusted_documents: None,
            limits: Limits::default(),
            deadlines: Deadline::known(),
        }
    }
}

/// What one source says of the configuration; what it leaves out is taken from elsewhere.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// See [`Config::listen`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// See [`Config::data_dir`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// See [`Config::database_url`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<DatabaseUrl>,
    /// See [`Config::database_connections`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_connections: Option<u32>,
    /// See [`Config::log`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// See [`Config::public_url`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// See [`Config::signing_algorithm`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_algorithm: Option<Algorithm>,
    /// See [`Config::signing_key`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key: Option<Secret>,
    /// See [`Config::signing_key_previous`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key_previous: Option<Secret>,
    /// See [`Config::signing_key_next`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_key_next: Option<Secret>,
    /// See [`Config::access_token_minutes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_minutes: Option<u32>,
    /// See [`Config::session_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_days: Option<u32>,
    /// See [`Config::lockout_failures`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lockout_failures: Option<u32>,
    /// See [`Config::lockout_minutes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lockout_minutes: Option<u32>,
    /// See [`Config::idle_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_days: Option<u32>,
    /// See [`Config::audit_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_days: Option<u32>,
    /// See [`Config::changes_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes_days: Option<u32>,
    /// See [`Config::decision_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_days: Option<u32>,
    /// See [`Config::link_years`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_years: Option<u32>,
    /// See [`Config::exchanges_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchanges_days: Option<u32>,
    /// See [`Config::checks_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks_days: Option<u32>,
    /// See [`Config::probe_seconds`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_seconds: Option<u32>,
    /// See [`Config::probe_slow_ms`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_slow_ms: Option<u32>,
    /// See [`Config::probe_private_networks`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_private_networks: Option<Networks>,
    /// See [`Config::probe_authorities`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_authorities: Option<PathBuf>,
    /// See [`Config::trusted_proxies`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<Proxies>,
    /// See [`Config::cors_origins`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_origins: Option<Origins>,
    /// See [`Config::trusted_documents`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_documents: Option<PathBuf>,
    /// See [`Config::limits`]; those that are left out too are taken from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// See [`Config::deadlines`]; they take the place of all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Vec<Deadline>>,
}

impl Config {
    /// Reads it: the file, then the environment's variables, then what the command line says.
    ///
    /// # Errors
    /// For a file that cannot be read, an unknown key, a value of the wrong kind; the message names key and source.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: Layer,
    ) -> Result<Self> {
        let mut all = Figment::from(Serialized::defaults(Config::default()));
        if let Some(file) = file {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Broken::new(format!("cannot read the configuration file {}: {e}", file.display())))?;
            let layer = Figment::from(Toml::string(&text));
            checked(&layer, &|key| match key {
                "" => format!("the configuration file {}", file.display()),
                key => format!("`{key}` in the configuration file {}", file.display()),
            })?;
            all = all.merge(layer);
        }
        let layer = Figment::from(Environment(environment.collect()));
        checked(&layer, &|key| format!("`{PREFIX}{}` in the environment", key.replace('.', "_").to_uppercase()))?;
        let config: Config = all
            .merge(layer)
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|e| Broken::new(format!("configuration: {e}")))?;
        let least = [
            ("database_connections", 1, config.database_connections),
            ("access_token_minutes", 1, config.access_token_minutes),
            ("session_days", 1, config.session_days),
            ("lockout_failures", 1, config.lockout_failures),
            ("lockout_minutes", 1, config.lockout_minutes),
            ("idle_days", 1, config.idle_days),
            ("audit_days", 90, config.audit_days),
            ("changes_days", 1, config.changes_days),
            ("decision_days", 1, config.decision_days),
            ("link_years", 1, config.link_years),
            ("exchanges_days", 1, config.exchanges_days),
            ("checks_days", 1, config.checks_days),
            ("probe_seconds", 0, config.probe_seconds),
            ("probe_slow_ms", 1, config.probe_slow_ms),
        ];
        if let Some((key, least, _)) = least.iter().find(|(_, least, value)| !(*least..=MOST).contains(value)) {
            return Err(Broken::new(format!("the key `{key}` must be between {least} and {MOST}")).into());
        }
        config.limits.check()?;
        Deadline::check(&config.deadlines)?;
        let url = &config.public_url;
        if !(url.starts_with("https://") || url.starts_with("http://"))
            || url.ends_with('/')
            || url.contains(['?', '#'])
        {
            return Err(Broken::new(
                "the key `public_url` must begin with https:// or http://, and have no slash at its end, no ? and no #",
            )
            .into());
        }
        Ok(config)
    }
    /// The database's address.
    pub fn database_url(&self) -> String {
        match &self.database_url {
            Some(url) => url.0.clone(),
            None => {
                // In a URL these would mean something else.
                let file = self.data_dir.join("lienthong.db").display().to_string();
                let file = file.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
                format!("sqlite://{file}?mode=rwc")
            }
        }
    }
    /// The effective configuration as a file would say it, without secrets.
    ///
    /// # Errors
    /// Never in practice: every value has a form in TOML.
    pub fn print(&self) -> Result<String> {
        let hidden = |key: &Option<Secret>| key.as_ref().map(|_| Secret("***".to_owned()));
        let shown = Config {
            database_url: Some(DatabaseUrl(redacted(&self.database_url()))),
            signing_key: hidden(&self.signing_key),
            signing_key_previous: hidden(&self.signing_key_previous),
            signing_key_next: hidden(&self.signing_key_next),
            ..self.clone()
        };
        toml::to_string(&shown).map_err(|e| Broken::new(e).into())
    }
}

/// Does a source say only what can be said? `name` tells where a key of it stands, or the source itself.
fn checked(layer: &Figment, name: &dyn Fn(&str) -> String) -> Result<()> {
    let Err(error) = layer.extract::<Layer>() else { return Ok(()) };
    let at = name(&error.path.join("."));
    let why = match &error.kind {
        Kind::UnknownField(unknown, known) => {
            format!("unknown key {}; the keys are {}", name(unknown), known.join(", "))
        }
        Kind::UnknownVariant(unknown, known) if error.path.first().is_some_and(|first| first == "deadlines") => {
            format!("{at} cannot be `{unknown}`; it is one of {}", known.join(", "))
        }
        Kind::UnknownVariant(unknown, known) => {
            format!("unknown limit `{unknown}`; the limits are {}", known.join(", "))
        }
        // The value may be a secret: it is not repeated.
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => match expected.to_string().as_str() {
            "u32" => format!("{at} is not a whole number"),
            expected => format!("{at} is not {expected}"),
        },
        other => format!("{at}: {other}"),
    };
    Err(Broken::new(why).into())
}

/// The environment's variables as texts, but for numbers. An empty one says nothing.
struct Environment(Vec<(String, String)>);

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }
    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let (mut dict, mut limits) = (Dict::new(), Dict::new());
        for (name, text) in &self.0 {
            let Some(key) = name.strip_prefix(PREFIX).filter(|_| name != FILE && !text.is_empty()) else { continue };
            let key = key.to_lowercase();
            let limit = key.strip_prefix(LIMITS);
            let number =
                (limit.is_some() || NUMBERS.contains(&key.as_str())).then(|| text.parse::<u64>().ok()).flatten();
            let value = number.map_or_else(|| Value::from(text.as_str()), Value::from);
            match limit {
                Some(limit) => drop(limits.insert(limit.to_owned(), value)),
                None => drop(dict.insert(key, value)),
            }
        }
        if !limits.is_empty() {
            dict.insert("limits".to_owned(), Value::from(limits));
        }
        Ok(Profile::Default.collect(dict))
    }
}

#[cfg(test)]
mod tests;
