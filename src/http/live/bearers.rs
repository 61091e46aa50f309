//! The tokens of those who follow: each is verified once for all streams that have it, and again only when something was committed that
//! may change whom it stands for, when its time is over, and now and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    http::observe::Context,
    identity::token::{self, Verified},
    kernel::{
        app::App,
        error::{Error, Result},
        limits::Limit,
        op::Op,
        policy::Caller,
        token::Fault,
    },
};

/// The tokens of all who follow.
#[derive(Clone, Default)]
pub(in crate::http) struct Bearers(Arc<Mutex<HashMap<String, Weak<Bearer>>>>);

/// A token, and what was found out about it.
pub(super) struct Bearer {
    token: String,
    found: tokio::sync::Mutex<Option<Found>>,
    all: Bearers,
}

struct Found {
    /// When it began to be found out, and when it was.
    began: Instant,
    at: Instant,
    outcome: Outcome,
}

enum Outcome {
    /// The token stands for somebody.
    Verified { verified: Verified, name: String, round: u64 },
    /// It stands for nobody, as of a round.
    Fault(Fault, u64),
    /// The database could not tell.
    Failed(Error),
}

/// How long a failure to verify a token holds for all who have it: they waited for the same attempt.
const FAILED: Duration = Duration::from_secs(1);

impl Bearers {
    /// A token.
    pub(super) fn of(&self, token: String) -> Arc<Bearer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&token).and_then(Weak::upgrade) {
            return known;
        }
        let bearer = Arc::new(Bearer { token: token.clone(), found: tokio::sync::Mutex::default(), all: self.clone() });
        all.insert(token, Arc::downgrade(&bearer));
        bearer
    }
}

impl Drop for Bearer {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have come with the same token since.
        if all.get(&self.token).is_some_and(|known| known.strong_count() == 0) {
            all.remove(&self.token);
        }
    }
}

impl Bearer {
    /// Whom the token stands for now: verified from this moment on, or as it was found when nothing has changed since.
    ///
    /// # Errors
    /// The database's. Inside: why it stands for nobody.
    pub(super) async fn caller(
        &self,
        app: &App,
        context: &Context,
        at_this_moment: bool,
    ) -> Result<std::result::Result<Caller, Fault>> {
        let asked = Instant::now();
        let mut found = self.found.lock().await;
        let holds = |known: &&Found| match &known.outcome {
            Outcome::Verified { .. } | Outcome::Fault(..) if at_this_moment => known.began >= asked,
            _ => known.holds(app),
        };
        if let Some(known) = found.as_ref().filter(holds) {
            return known.outcome.told();
        }
        // Before the database is asked: what is committed meanwhile makes it outdated.
        let (began, round) = (Instant::now(), app.news().known().round);
        let op = Op::new(app, Caller::Anonymous, &context.asker.request_id);
        let outcome = match token::verified(&op, &self.token).await {
            Ok(Ok(verified)) => Outcome::Verified { name: verified.caller.name(), verified, round },
            Ok(Err(fault)) => Outcome::Fault(fault, round),
            Err(error) => Outcome::Failed(error),
        };
        found.insert(Found { began, at: Instant::now(), outcome }).outcome.told()
    }
    /// Whether what was found out about it still holds.
    pub(super) async fn holds(&self, app: &App) -> bool {
        self.found.lock().await.as_ref().is_some_and(|found| found.holds(app))
    }
    /// How long it is until the token must be looked at again if nothing happens.
    pub(super) async fn left(&self, app: &App) -> Duration {
        let Some(Found { at, outcome, .. }) = &*self.found.lock().await else { return Duration::ZERO };
        let left = often(app).saturating_sub(at.elapsed());
        match outcome {
            Outcome::Verified { verified, .. } => {
                left.min((verified.until - app.clock().now()).to_std().unwrap_or_default())
            }
            Outcome::Fault(..) | Outcome::Failed(_) => Duration::ZERO,
        }
    }
}

/// How often a token is looked at though nothing is known to have happened: somebody may have changed the database by hand.
fn often(app: &App) -> Duration {
    app.settings().limits.time(Limit::KeepAliveSeconds)
}

impl Found {
    fn holds(&self, app: &App) -> bool {
        match &self.outcome {
            Outcome::Verified { verified, name, round } => {
                self.at.elapsed() < often(app)
                    && app.clock().now() < verified.until
                    && !app.news().outdated(name, *round)
            }
            Outcome::Fault(_, round) => self.at.elapsed() < often(app) && app.news().known().round == *round,
            Outcome::Failed(_) => self.at.elapsed() < FAILED,
        }
    }
}

impl Outcome {
    fn told(&self) -> Result<std::result::Result<Caller, Fault>> {
        match self {
            Outcome::Verified { verified, .. } => Ok(Ok(verified.caller.clone())),
            Outcome::Fault(fault, _) => Ok(Err(*fault)),
            Outcome::Failed(error) => Err(error.clone()),
        }
    }
}
