//! The state that lives as long as the process. All requests and commands share it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{Duration, Months};
use tokio::sync::Semaphore;

use super::{
    address::Proxies,
    clock::Clock,
    config::Config,
    db::Db,
    deadline::Deadline,
    error::{Broken, Result},
    failures::Failures,
    gate::Gate,
    limits::Limits,
    network::Networks,
    news::News,
    object::batches::Batches,
    origin::Origins,
    queue::Queue,
    quota::Quota,
    reads::Unwritten,
    repeat::Repeatable,
    token::KeyRing,
};

/// The database, the clock, the keys and the settings. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
    keys: Option<KeyRing>,
    settings: Settings,
    signing_in: Queue,
    renewing: Queue,
    probing: Semaphore,
    points: Quota,
    gate: Gate,
    cores: u32,
    sign_ins: Quota,
    password_changes: Quota,
    failures: Failures,
    clock_doubted: AtomicBool,
    news: News,
    batches: Batches,
    unwritten: Unwritten,
    repeatable: Repeatable,
}

/// The settings of sessions, tokens, links and limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The public URL of the service: the issuer and the audience of its tokens.
    pub public_url: String,
    /// The lifetime of an access token.
    pub access_token: Duration,
    /// The longest lifetime of a session.
    pub session: Duration,
    /// The number of consecutive wrong passwords after which an account is locked.
    pub lockout_failures: i32,
    /// How long an account stays locked.
    pub lockout: Duration,
    /// The time without a sign-in after which an account is disabled.
    pub idle: Duration,
    /// How long the change feed is kept.
    pub changes: Duration,
    /// The time within which a requested data link must be decided.
    pub decision: Duration,
    /// How far ahead the expiry date of a data link may lie.
    pub longest_link: Months,
    /// The dates by which data links must have moved to another intermediary.
    pub deadlines: Vec<Deadline>,
    /// How long single exchange records are kept.
    pub exchanges: Duration,
    /// How data links are probed.
    pub probes: Probes,
    /// The number of statements that may read at the same time.
    pub readers: usize,
    /// The limits of a request.
    pub limits: Limits,
    /// The proxies whose forwarding headers are believed.
    pub trusted_proxies: Proxies,
    /// The origins whose pages may call the service from a browser.
    pub cors_origins: Origins,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Settings {
            public_url: config.public_url.clone(),
            access_token: Duration::minutes(config.access_token_minutes.into()),
            session: Duration::days(config.session_days.into()),
            lockout_failures: i32::try_from(config.lockout_failures).unwrap_or(i32::MAX),
            lockout: Duration::minutes(config.lockout_minutes.into()),
            idle: Duration::days(config.idle_days.into()),
            changes: Duration::days(config.changes_days.into()),
            decision: Duration::days(config.decision_days.into()),
            longest_link: Months::new(config.link_years.saturating_mul(12)),
            deadlines: config.deadlines.clone(),
            exchanges: Duration::days(config.exchanges_days.into()),
            probes: Probes::from(config),
            readers: usize::try_from(config.database_connections).unwrap_or(usize::MAX),
            limits: config.limits.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            cors_origins: config.cors_origins.clone(),
        }
    }
}

/// How data links are probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probes {
    /// The interval between probes; none: links are probed only on request.
    pub every: Option<Duration>,
    /// The timeout of a whole probe.
    pub patience: Duration,
    /// The response time from which a response counts as slow.
    pub slow: Duration,
    /// The private networks to which probes may connect.
    pub private_networks: Networks,
    /// A file of certificate authorities that are trusted in addition to the public ones.
    pub authorities: Option<PathBuf>,
    /// How long the results of probes are kept.
    pub kept: Duration,
}

impl From<&Config> for Probes {
    fn from(config: &Config) -> Self {
        Probes {
            every: (config.probe_seconds > 0).then(|| Duration::seconds(config.probe_seconds.into())),
            // Shorter than the default timeout of a request. Otherwise a request for a probe would time out before
            // its result is known.
            patience: Duration::seconds(5),
            slow: Duration::milliseconds(config.probe_slow_ms.into()),
            private_networks: config.probe_private_networks.clone(),
            authorities: config.probe_authorities.clone(),
            kept: Duration::days(config.checks_days.into()),
        }
    }
}

fn cores() -> u32 {
    std::thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok()).unwrap_or(1)
}

/// The most data links that are probed at the same time.
const PROBED_AT_ONCE: usize = 8;

/// For sign-ins: how many passwords are verified at the same time, and how many sign-ins may wait. Each verification
/// takes a core and 19 MiB for some hundredths of a second. A longer queue would only time out.
const SIGN_INS: (usize, usize) = (2, 100);

/// The same for password changes and resets, each of which takes up to eleven hashes. They have a queue of their own,
/// so they never delay a sign-in.
const NEW_PASSWORDS: (usize, usize) = (1, 10);

impl App {
    /// Creates the state without keys: it can neither sign nor verify tokens.
    pub fn new(db: Db, clock: Clock, settings: Settings) -> Self {
        App::of(db, clock, settings, None)
    }
    /// Creates the state.
    pub fn with_keys(db: Db, clock: Clock, settings: Settings, keys: KeyRing) -> Self {
        App::of(db, clock, settings, Some(keys))
    }
    fn of(db: Db, clock: Clock, settings: Settings, keys: Option<KeyRing>) -> Self {
        let gate = Gate::new(settings.readers);
        App {
            inner: Arc::new(Inner {
                db,
                clock,
                keys,
                settings,
                signing_in: Queue::new(SIGN_INS.0, SIGN_INS.1),
                renewing: Queue::new(NEW_PASSWORDS.0, NEW_PASSWORDS.1),
                probing: Semaphore::new(PROBED_AT_ONCE),
                points: Quota::default(),
                gate,
                cores: cores(),
                sign_ins: Quota::default(),
                password_changes: Quota::default(),
                failures: Failures::default(),
                clock_doubted: AtomicBool::new(false),
                news: News::default(),
                batches: Batches::default(),
                unwritten: Unwritten::default(),
                repeatable: Repeatable::default(),
            }),
        }
    }
    /// The database handle. Rows are read through an operation.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }
    /// The clock.
    pub fn clock(&self) -> Clock {
        self.inner.clock
    }
    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
    /// The keys that sign tokens.
    ///
    /// # Errors
    /// When the state was created without keys.
    pub fn keys(&self) -> Result<&KeyRing> {
        Ok(self.inner.keys.as_ref().ok_or_else(|| Broken::new("there are no signing keys here"))?)
    }
    /// The queue in front of the database connections that read.
    pub fn gate(&self) -> &Gate {
        &self.inner.gate
    }
    /// The number of processor cores: how many statements can really run at the same time.
    pub fn cores(&self) -> f64 {
        self.inner.cores.into()
    }
    /// The query points of the callers.
    pub fn points(&self) -> &Quota {
        &self.inner.points
    }
    /// The rate limit of sign-in attempts.
    pub fn sign_ins(&self) -> &Quota {
        &self.inner.sign_ins
    }
    /// The rate limit of password changes.
    pub fn password_changes(&self) -> &Quota {
        &self.inner.password_changes
    }
    /// The failures of the last minute, which are recorded together.
    pub fn failures(&self) -> &Failures {
        &self.inner.failures
    }
    /// Whether the machine's clock seems to be wrong by hours or days. If so, no decision is based on how much time
    /// has passed.
    pub fn clock_doubted(&self) -> bool {
        self.inner.clock_doubted.load(Ordering::Relaxed)
    }
    /// Sets whether the clock is doubted; returns the old value.
    pub fn doubt_clock(&self, doubted: bool) -> bool {
        self.inner.clock_doubted.swap(doubted, Ordering::Relaxed)
    }
    /// Wakes the streams that wait for changes.
    pub fn news(&self) -> &News {
        &self.inner.news
    }
    /// The events that streams share.
    pub fn batches(&self) -> &Batches {
        &self.inner.batches
    }
    /// The reads under grants that are not in the audit log yet.
    pub fn unwritten(&self) -> &Unwritten {
        &self.inner.unwritten
    }
    /// The requests with an idempotency key that this process is executing.
    pub fn repeatable(&self) -> &Repeatable {
        &self.inner.repeatable
    }
    /// The queue of password verifications for sign-ins.
    pub fn signing_in(&self) -> &Queue {
        &self.inner.signing_in
    }
    /// The queue of password hashing for accounts that get a new password.
    pub fn renewing(&self) -> &Queue {
        &self.inner.renewing
    }
    /// Limits how many data links are probed at the same time.
    pub fn probing(&self) -> &Semaphore {
        &self.inner.probing
    }
}
