//! The configuration: defaults < file < environment < flags. Unknown keys are rejected. The effective configuration
//! can be printed.

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

/// The prefix of the environment variables.
const PREFIX: &str = "LIENTHONG_";

/// The keys with numeric values.
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

/// The prefix of the variables of the table of limits, after [`PREFIX`].
const LIMITS: &str = "limits_";

/// The highest value of the keys in [`NUMBERS`].
const MOST: u32 = 100_000;

/// The variable that names the configuration file. It is not a key.
pub const FILE: &str = "LIENTHONG_CONFIG";

/// The configuration. A file uses these names; the environment uses `LIENTHONG_` and the name in capitals. A limit is
/// `depth` in the table `limits`, or `LIENTHONG_LIMITS_DEPTH`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The directory of the embedded database and the keys.
    pub data_dir: PathBuf,
    /// The URL of the database. By default an SQLite file in the data directory.
    #[serde(default)]
    pub database_url: Option<DatabaseUrl>,
    /// The most connections to the database (SQLite: read connections).
    pub database_connections: u32,
    /// The filter of the log: `info`, `debug`, `lienthong=debug,info`.
    pub log: String,
    /// The public URL of the service, without a slash at its end: the issuer and the audience of its tokens.
    pub public_url: String,
    /// The signature algorithm of new keys: `EdDSA`, `ES256` or `RS256`. Existing keys keep their algorithm.
    pub signing_algorithm: Algorithm,
    /// The private key that signs, as PEM (PKCS #8). By default from the data directory.
    #[serde(default)]
    pub signing_key: Option<Secret>,
    /// The private key that signed before; its tokens stay valid.
    #[serde(default)]
    pub signing_key_previous: Option<Secret>,
    /// The private key that will sign next. Its public key is published in advance, so that clients know it.
    #[serde(default)]
    pub signing_key_next: Option<Secret>,
    /// The lifetime of an access token, in minutes.
    pub access_token_minutes: u32,
    /// The longest lifetime of a session, in days.
    pub session_days: u32,
    /// The number of consecutive wrong passwords after which an account is locked.
    pub lockout_failures: u32,
    /// How long an account stays locked, in minutes.
    pub lockout_minutes: u32,
    /// The days without a sign-in after which an account is disabled.
    pub idle_days: u32,
    /// The days for which audit entries are kept at least; 90 or more.
    pub audit_days: u32,
    /// The days for which the change feed is kept.
    pub changes_days: u32,
    /// The days within which a requested data link must be decided.
    pub decision_days: u32,
    /// The years ahead in which the expiry date of a data link may lie at most.
    pub link_years: u32,
    /// The days for which single exchange records are kept; the statistics stay.
    pub exchanges_days: u32,
    /// The days for which the results of probes are kept.
    pub checks_days: u32,
    /// The seconds between two probes of a data link; 0 disables scheduled probes.
    pub probe_seconds: u32,
    /// The response time in milliseconds from which a response counts as slow.
    pub probe_slow_ms: u32,
    /// The private networks to which probes may connect.
    pub probe_private_networks: Networks,
    /// A PEM file of certificate authorities that probes trust in addition to the public ones.
    #[serde(default)]
    pub probe_authorities: Option<PathBuf>,
    /// The proxies whose forwarding headers are believed: addresses or networks, separated by commas.
    pub trusted_proxies: Proxies,
    /// The origins whose pages may call the service from a browser, separated by commas.
    pub cors_origins: Origins,
    /// A file of trusted documents. If it is set, only these documents are executed.
    #[serde(default)]
    pub trusted_documents: Option<PathBuf>,
    /// The limits of a request.
    pub limits: Limits,
    /// The dates by which data links must have moved from one intermediary to another. Can only be set in a file:
    /// `[[deadlines]]`.
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

/// The values that one source sets. All other values come from the other sources.
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
    /// See [`Config::limits`]; limits that are not set here come from the other sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// See [`Config::deadlines`]; these replace all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Vec<Deadline>>,
}

impl Config {
    /// Loads the configuration: the file, then environment variables, then command-line flags.
    ///
    /// # Errors
    /// When the file cannot be read, a key is unknown or a value is invalid. The message names the key and its
    /// source.
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
    /// The URL of the database.
    pub fn database_url(&self) -> String {
        match &self.database_url {
            Some(url) => url.0.clone(),
            None => {
                // These characters have a meaning in a URL.
                let file = self.data_dir.join("lienthong.db").display().to_string();
                let file = file.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
                format!("sqlite://{file}?mode=rwc")
            }
        }
    }
    /// The effective configuration in TOML, without secrets.
    ///
    /// # Errors
    /// Never in practice: every value can be written in TOML.
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

/// Checks that a source has only known keys and valid values. `name` describes where a key stands, or the source
/// itself.
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
        // The value may be a secret, so it is not repeated.
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => match expected.to_string().as_str() {
            "u32" => format!("{at} is not a whole number"),
            expected => format!("{at} is not {expected}"),
        },
        other => format!("{at}: {other}"),
    };
    Err(Broken::new(why).into())
}

/// Environment variables as a source: numeric keys are parsed, all others are texts. An empty variable is ignored.
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
