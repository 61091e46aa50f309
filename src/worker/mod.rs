//! What the program does by itself when the time has come (tác vụ nền): loops with a clock, through the rooms' commands, as
//! [`Caller::System`]. Every instance runs the same loops: a command finds nothing left to do where another instance did it.

use std::time::Duration;

use crate::{
    journal::feed,
    kernel::{app::App, error::Result, op::Op, policy::Caller},
};

/// How often what need not be kept any longer is dropped.
const HOUSEKEEPING: Duration = Duration::from_secs(6 * 60 * 60);

/// Runs the loops for as long as it is waited for.
pub async fn run(app: &App) {
    every(app, HOUSEKEEPING, "dropped old changes", feed::forget).await;
}

/// Does something at once and then again and again, and logs how much of it was done. What fails is tried again when its time
/// comes.
async fn every(app: &App, period: Duration, what: &'static str, work: impl AsyncFn(&Op) -> Result<u64>) {
    let mut times = tokio::time::interval(period);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        match work(&Op::new(app, Caller::System, "worker")).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(what, count, "done when its time had come"),
            Err(error) => tracing::error!(what, %error, "not done when its time had come"),
        }
    }
}
