//! What lives as long as the process: shared by every request and every command.

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

/// The database, the clock, the keys, what was configured. Cheap to clone.
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

/// What was configured of sessions, tokens and limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where clients reach the service: the issuer of tokens, and whom they are for.
    pub public_url: String,
    /// How long an access token is good.
    pub access_token: Duration,
    /// How long a session lasts at most.
    pub session: Duration,
    /// After how many wrong passwords in a row an account is locked.
    pub lockout_failures: i32,
    /// For how long.
    pub lockout: Duration,
    /// After how long without a sign-in an account is disabled.
    pub idle: Duration,
    /// How long the change feed is kept.
    pub changes: Duration,
    /// Within how long a requested data link is to be decided on.
    pub decision: Duration,
    /// How far ahead the last day of a data link may lie.
    pub longest_link: Months,
    /// By when data links must have moved elsewhere.
    pub deadlines: Vec<Deadline>,
    /// How long calls over data links are kept one by one.
    pub exchanges: Duration,
    /// How data links are checked.
    pub probes: Probes,
    /// How many statements read at the same time.
    pub readers: usize,
    /// How much is done for one request.
    pub limits: Limits,
    /// Whose word is taken on where a request is from.
    pub trusted_proxies: Proxies,
    /// The origins whose pages may ask from a browser.
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

/// How data links are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probes {
    /// How often; none: never unasked.
    pub every: Option<Duration>,
    /// How long a check may take as a whole.
    pub patience: Duration,
    /// From when on an answer is a slow one.
    pub slow: Duration,
    /// The networks that are no public ones and are checked all the same.
    pub private_networks: Networks,
    /// The file of authorities that are trusted besides the public ones.
    pub authorities: Option<PathBuf>,
    /// How long checks are kept.
    pub kept: Duration,
}

impl From<&Config> for Probes {
    fn from(config: &Config) -> Self {
        Probes {
            every: (config.probe_seconds > 0).then(|| Duration::seconds(config.probe_seconds.into())),
            // Shorter than a request has by default: whoever asks for a check is told what came of it.
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

/// How many data links are probed at once.
const PROBED_AT_ONCE: usize = 8;

/// How many passwords are compared at once for sign-ins, and how many sign-ins may wait for it: each takes a core and 19 MiB for some
/// hundredths of a second. More than this would time out anyway.
const SIGN_INS: (usize, usize) = (2, 100);

/// The same for passwords that are changed or given, each of up to eleven hashes: they never keep anybody from signing in.
const NEW_PASSWORDS: (usize, usize) = (1, 10);

impl App {
    /// Puts it together, without keys: it neither signs nor verifies a token.
    pub fn new(db: Db, clock: Clock, settings: Settings) -> Self {
        App::of(db, clock, settings, None)
    }
    /// Puts it together.
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
    /// The database: its state, not its rows.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }
    /// The clock.
    pub fn clock(&self) -> Clock {
        self.inner.clock
    }
    /// What was configured.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
    /// The keys that sign tokens.
    ///
    /// # Errors
    /// Where it was put together without.
    pub fn keys(&self) -> Result<&KeyRing> {
        Ok(self.inner.keys.as_ref().ok_or_else(|| Broken::new("there are no signing keys here"))?)
    }
    /// The queue in front of the database's readers.
    pub fn gate(&self) -> &Gate {
        &self.inner.gate
    }
    /// How many statements can really run at the same time.
    pub fn cores(&self) -> f64 {
        self.inner.cores.into()
    }
    /// The points that callers have.
    pub fn points(&self) -> &Quota {
        &self.inner.points
    }
    /// The sign-ins that may be tried.
    pub fn sign_ins(&self) -> &Quota {
        &self.inner.sign_ins
    }
    /// The passwords that may be changed.
    pub fn password_changes(&self) -> &Quota {
        &self.inner.password_changes
    }
    /// What failed in the last minute.
    pub fn failures(&self) -> &Failures {
        &self.inner.failures
    }
    /// Whether the machine's clock was found to have been set by hours or days: nothing is concluded then from how long ago something
    /// was.
    pub fn clock_doubted(&self) -> bool {
        self.inner.clock_doubted.load(Ordering::Relaxed)
    }
    /// Notes whether it is; returns whether it was.
    pub fn doubt_clock(&self, doubted: bool) -> bool {
        self.inner.clock_doubted.swap(doubted, Ordering::Relaxed)
    }
    /// What wakes the streams that wait for changes.
    pub fn news(&self) -> &News {
        &self.inner.news
    }
    /// The events that streams share.
    pub fn batches(&self) -> &Batches {
        &self.inner.batches
    }
    /// What was read under grants and is not written down yet.
    pub fn unwritten(&self) -> &Unwritten {
        &self.inner.unwritten
    }
    /// The requests with an idempotency key that are carried out here.
    pub fn repeatable(&self) -> &Repeatable {
        &self.inner.repeatable
    }
    /// Where passwords are compared for sign-ins.
    pub fn signing_in(&self) -> &Queue {
        &self.inner.signing_in
    }
    /// Where passwords are compared and hashed for accounts that get another one.
    pub fn renewing(&self) -> &Queue {
        &self.inner.renewing
    }
    /// Bounds how many data links are probed at once.
    pub fn probing(&self) -> &Semaphore {
        &self.inner.probing
    }
}
