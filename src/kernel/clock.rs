//! The time and chance, and nothing else that tells them: everything that must know today asks here, so that a test can choose the
//! day.
//!
//! A day is a day in Việt Nam (UTC+7, without summer time) everywhere: today, expiry, overdue, buckets. Instants are UTC.

use std::time::Instant;

use aws_lc_rs::rand;
use chrono::{DateTime, Duration, NaiveDate, SubsecRound, Utc};

use super::error::{Broken, Result};

/// Tells the time of the machine, or one that never moves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Clock { fixed: None }
    }
    /// A time that stands still.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Clock { fixed: Some(at) }
    }
    /// This instant, to the microsecond, which is what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        #[allow(clippy::disallowed_methods)] // the one place
        self.fixed.unwrap_or_else(Utc::now).trunc_subsecs(6)
    }
    /// Today in Việt Nam.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now())
    }
}

/// Measures how long something takes: no time of day, and the same however the machine's clock is set.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// One that runs from now on.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }
    /// How long it has run.
    pub fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// Bytes that nobody can guess.
///
/// # Errors
/// When the machine has none to give.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Broken::new("the machine gives no random numbers"))?;
    Ok(bytes)
}

/// The day in Việt Nam on which an instant falls.
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    (at + Duration::hours(7)).date_naive()
}
