//! The tokens of open streams. Each token is verified once for all streams that use it, and again only after a commit
//! that may affect its caller, when it expires, and at regular intervals.

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

/// The tokens of all open streams.
#[derive(Clone, Default)]
pub(in crate::http) struct Bearers(Arc<Mutex<HashMap<String, Weak<Bearer>>>>);

/// A token and the result of its last verification.
pub(super) struct Bearer {
    token: String,
    found: tokio::sync::Mutex<Option<Found>>,
    all: Bearers,
}

struct Found {
    /// When the verification began, and when it ended.
    began: Instant,
    at: Instant,
    outcome: Outcome,
}

enum Outcome {
    /// The token is valid.
    Verified { verified: Verified, name: String, round: u64 },
    /// The token is invalid, as of this round of commits.
    Fault(Fault, u64),
    /// The verification failed: the database was unavailable.
    Failed(Error),
}

/// How long a failed verification is shared. Without this, each of the waiting streams would try again at once.
const FAILED: Duration = Duration::from_secs(1);

impl Bearers {
    /// The shared entry for a token.
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
        // A new stream may have added the same token in the meantime.
        if all.get(&self.token).is_some_and(|known| known.strong_count() == 0) {
            all.remove(&self.token);
        }
    }
}

impl Bearer {
    /// The caller that the token identifies. With `at_this_moment` the verification must begin after this call;
    /// otherwise an earlier one is enough if nothing has changed since.
    ///
    /// # Errors
    /// The outer result is a database error; the inner one says why the token is invalid.
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
        // Read the round before the database: a commit during the verification must make its result outdated.
        let (began, round) = (Instant::now(), app.news().known().round);
        let op = Op::new(app, Caller::Anonymous, &context.asker.request_id);
        let outcome = match token::verified(&op, &self.token).await {
            Ok(Ok(verified)) => Outcome::Verified { name: verified.caller.name(), verified, round },
            Ok(Err(fault)) => Outcome::Fault(fault, round),
            Err(error) => Outcome::Failed(error),
        };
        found.insert(Found { began, at: Instant::now(), outcome }).outcome.told()
    }
    /// Whether the last verification still holds.
    pub(super) async fn holds(&self, app: &App) -> bool {
        self.found.lock().await.as_ref().is_some_and(|found| found.holds(app))
    }
    /// The time until the token must be verified again if nothing is committed.
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

/// How often a token is verified without a known change: an administrator may have changed the database by hand.
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
