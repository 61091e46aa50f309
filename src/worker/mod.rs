//! Background jobs (tác vụ nền): loops on a timer that call the commands of the modules as [`Caller::System`]. All
//! instances run the same loops; a command finds nothing to do if another instance has done it.

mod clock;

use std::{panic::AssertUnwindSafe, time::Duration};

use async_graphql::futures_util::FutureExt;

use crate::{
    health,
    identity::failures,
    journal::{feed, reads},
    kernel::{app::App, error::Result, op::Op, policy::Caller},
    sharing::step,
    traffic,
};

/// The request id of background jobs.
const WORKER: &str = "worker";

/// How often expired data are deleted.
const HOUSEKEEPING: Duration = Duration::from_secs(6 * 60 * 60);

/// How often the change feed is checked for commits of other instances, and how long streams share a batch that one
/// of them read.
const LOOKED_AT: Duration = Duration::from_millis(500);

/// How often expired links are searched. Reads compute the expiry, so links are shown as EXPIRED before that.
const EXPIRY: Duration = Duration::from_secs(10 * 60);

/// How often links are searched that are due for a probe.
const PROBING: Duration = Duration::from_secs(2);

/// How often reads under grants are recorded.
const WRITTEN_DOWN: Duration = Duration::from_millis(200);

/// How often repeated failures are recorded.
const FAILURES: Duration = Duration::from_secs(10);

/// Runs the loops until the future is dropped.
pub async fn run(app: &App) {
    tokio::join!(
        every(app, HOUSEKEEPING, "dropped old changes", feed::forget),
        every(app, HOUSEKEEPING, "dropped old records of calls", traffic::forget),
        every(app, HOUSEKEEPING, "dropped old checks", health::forget),
        every(app, EXPIRY, "noted that data links have expired", step::expire),
        every(app, PROBING, "told how links are", health::probe_due),
        // Returns 0, so that no summary is logged: each read is in the audit log already.
        every(app, WRITTEN_DOWN, "wrote down what was read", async |op| reads::write_down(op).await.map(|_| 0)),
        every(app, FAILURES, "recorded repeated failures", async |op| failures::write_down(op, false).await),
        clock::watch(app),
        publish_news(app),
        pass_turns(app),
    );
}

/// Runs the jobs that must complete before the program ends.
///
/// # Errors
/// When reads under grants or repeated failures cannot be recorded.
pub async fn finish(app: &App) -> Result<()> {
    let op = Op::new(app, Caller::System, WORKER);
    failures::write_down(&op, true).await?;
    reads::write_down(&op).await.map(drop)
}

/// Wakes the streams that wait for changes, for commits of any instance. Does nothing while no stream is listening.
async fn publish_news(app: &App) {
    let (mut seen, mut failing) = (None, false);
    loop {
        app.news().next(LOOKED_AT).await;
        if !app.news().awaited() {
            continue;
        }
        match feed::latest(&Op::new(app, Caller::System, WORKER), seen).await {
            Ok((latest, outdated)) => {
                app.news().publish(latest.newest(), &outdated);
                (seen, failing) = (Some(latest), false);
            }
            // Logged once, not twice a second while the database is unavailable.
            Err(_) if failing => {}
            Err(error) => {
                tracing::error!(%error, "the change feed cannot be read; streams wait");
                failing = true;
            }
        }
    }
}

/// Starts a new batch, so that streams do not share old events.
async fn pass_turns(app: &App) {
    let mut times = tokio::time::interval(LOOKED_AT);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        app.batches().pass_turn();
    }
}

/// Runs a job immediately and then periodically, and logs how much it did. A failed job runs again at its next time.
async fn every(app: &App, period: Duration, what: &'static str, work: impl AsyncFn(&Op) -> Result<u64>) {
    let mut times = tokio::time::interval(period);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        let op = Op::new(app, Caller::System, WORKER);
        // A panic in one job must not end the others or the program. The panic hook has logged its location.
        match AssertUnwindSafe(work(&op)).catch_unwind().await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::info!(what, count, "done when its time had come"),
            Ok(Err(error)) => tracing::error!(what, %error, "not done when its time had come"),
            Err(_) => tracing::error!(what, "broken off"),
        }
    }
}
