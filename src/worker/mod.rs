//! What the program does by itself when the time has come (tác vụ nền): loops with a clock, through the rooms' commands, as
//! [`Caller::System`]. Every instance runs the same loops: a command finds nothing left to do where another instance did it.

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

/// What stands for the request where the program does something by itself.
const WORKER: &str = "worker";

/// How often what need not be kept any longer is dropped.
const HOUSEKEEPING: Duration = Duration::from_secs(6 * 60 * 60);

/// How often the change feed is looked at for what other instances committed, and how long streams share what one of them read.
const LOOKED_AT: Duration = Duration::from_millis(500);

/// How often links are looked for whose last day is over. They are shown so already.
const EXPIRY: Duration = Duration::from_secs(10 * 60);

/// How often is looked for data links whose time to be checked has come.
const PROBING: Duration = Duration::from_secs(2);

/// How often what was read under grants is written down.
const WRITTEN_DOWN: Duration = Duration::from_millis(200);

/// How often repeated failures are looked at whose minute is over.
const FAILURES: Duration = Duration::from_secs(10);

/// Runs the loops for as long as it is waited for.
pub async fn run(app: &App) {
    tokio::join!(
        every(app, HOUSEKEEPING, "dropped old changes", feed::forget),
        every(app, HOUSEKEEPING, "dropped old records of calls", traffic::forget),
        every(app, HOUSEKEEPING, "dropped old checks", health::forget),
        every(app, EXPIRY, "noted that data links have expired", step::expire),
        every(app, PROBING, "told how links are", health::probe_due),
        // The audit log tells of each of them: no line of the log for all.
        every(app, WRITTEN_DOWN, "wrote down what was read", async |op| reads::write_down(op).await.map(|_| 0)),
        every(app, FAILURES, "recorded repeated failures", async |op| failures::write_down(op, false).await),
        clock::watch(app),
        publish_news(app),
        pass_turns(app),
    );
}

/// Does what must be done before the program ends.
///
/// # Errors
/// When what was read under grants, or what failed, cannot be written down.
pub async fn finish(app: &App) -> Result<()> {
    let op = Op::new(app, Caller::System, WORKER);
    failures::write_down(&op, true).await?;
    reads::write_down(&op).await.map(drop)
}

/// Wakes the streams that wait for changes, whichever instance committed them. While no stream listens nothing is looked at.
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
            // Once, not twice a second for as long as the database is gone.
            Err(_) if failing => {}
            Err(error) => {
                tracing::error!(%error, "the change feed cannot be read; streams wait");
                failing = true;
            }
        }
    }
}

/// Ends the sharing of what streams read.
async fn pass_turns(app: &App) {
    let mut times = tokio::time::interval(LOOKED_AT);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        app.batches().pass_turn();
    }
}

/// Does something at once and then again and again, and logs how much of it was done. What fails is tried again when its time
/// comes.
async fn every(app: &App, period: Duration, what: &'static str, work: impl AsyncFn(&Op) -> Result<u64>) {
    let mut times = tokio::time::interval(period);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        let op = Op::new(app, Caller::System, WORKER);
        // One loop that fails for a fault of ours ends neither the others nor the program: the panic hook has told where it was.
        match AssertUnwindSafe(work(&op)).catch_unwind().await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::info!(what, count, "done when its time had come"),
            Ok(Err(error)) => tracing::error!(what, %error, "not done when its time had come"),
            Err(_) => tracing::error!(what, "broken off"),
        }
    }
}
