//! The only source of time and random numbers. All code that needs the current day takes it from here, so tests can
//! choose the day.
//!
//! A day is a day in Việt Nam (UTC+7, without summer time) everywhere: today, expiry, overdue, buckets. Instants are
//! UTC.

use std::time::Instant;

use aws_lc_rs::rand;
use chrono::{DateTime, Duration, NaiveDate, SubsecRound, Utc};

use super::error::{Broken, Result};

/// The machine's clock, or a fixed time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Clock { fixed: None }
    }
    /// A clock that stands still.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Clock { fixed: Some(at) }
    }
    /// The current instant, to the microsecond: the precision of both databases.
    pub fn now(&self) -> DateTime<Utc> {
        #[allow(clippy::disallowed_methods)] // the one place
        self.fixed.unwrap_or_else(Utc::now).trunc_subsecs(6)
    }
    /// Today in Việt Nam.
    pub fn today(&self) -> NaiveDate {
        day_of(self.now())
    }
}

/// Measures a duration. It does not depend on the time of day, so setting the machine's clock does not change it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }
    /// The time since it started.
    pub fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// Random bytes from a cryptographic generator.
///
/// # Errors
/// When the machine has no random numbers.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Broken::new("the machine gives no random numbers"))?;
    Ok(bytes)
}

/// The day in Việt Nam on which an instant falls.
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    (at + Duration::hours(7)).date_naive()
}
