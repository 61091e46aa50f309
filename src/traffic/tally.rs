//! Tallies of calls: counts by outcome, bytes and durations. Tallies can be added up, and a call that was counted can
//! be removed again.

use entity::{exchange_tally, kinds::ExchangeOutcome};

use super::durations::Durations;
use crate::kernel::error::Result;

/// The properties of a call that a tally counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The outcome.
    pub outcome: ExchangeOutcome,
    /// The duration in milliseconds.
    pub duration_ms: u32,
    /// The size of the request in bytes.
    pub bytes_in: i64,
    /// The size of the response in bytes.
    pub bytes_out: i64,
}

/// A tally of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of calls that succeeded.
    pub succeeded: i64,
    /// The number of calls that failed.
    pub failed: i64,
    /// The number of calls that were denied.
    pub denied: i64,
    /// The total size of the requests in bytes.
    pub bytes_in: i64,
    /// The total size of the responses in bytes.
    pub bytes_out: i64,
    /// The total duration in milliseconds.
    pub duration_ms: i64,
    /// The longest duration in milliseconds.
    pub longest_ms: u32,
    /// The histogram of durations.
    pub durations: Durations,
}

impl Tally {
    /// Reads a stored tally.
    ///
    /// # Errors
    /// If the stored histogram is invalid.
    pub fn of(row: &exchange_tally::Model) -> Result<Self> {
        Ok(Tally {
            succeeded: row.succeeded,
            failed: row.failed,
            denied: row.denied,
            bytes_in: row.bytes_in,
            bytes_out: row.bytes_out,
            duration_ms: row.duration_ms,
            longest_ms: u32::try_from(row.longest_ms).unwrap_or_default(),
            durations: Durations::decode(&row.durations)?,
        })
    }
    /// The total number of calls.
    pub fn calls(&self) -> i64 {
        self.succeeded + self.failed + self.denied
    }
    /// Counts a call.
    pub fn add(&mut self, call: &Call) {
        self.count(call, 1);
        self.longest_ms = self.longest_ms.max(call.duration_ms);
        self.durations.add(call.duration_ms);
    }
    /// Removes a call that was counted. Returns whether it was as long as the longest: then the longest duration must
    /// be found again.
    pub fn remove(&mut self, call: &Call) -> bool {
        self.count(call, -1);
        self.durations.remove(call.duration_ms);
        self.longest_ms == call.duration_ms
    }
    fn count(&mut self, call: &Call, by: i64) {
        *match call.outcome {
            ExchangeOutcome::Succeeded => &mut self.succeeded,
            ExchangeOutcome::Failed => &mut self.failed,
            ExchangeOutcome::Denied => &mut self.denied,
        } += by;
        // Clients report the sizes: saturate, so that absurd values cannot overflow the sums.
        for (sum, one) in [
            (&mut self.bytes_in, call.bytes_in),
            (&mut self.bytes_out, call.bytes_out),
            (&mut self.duration_ms, i64::from(call.duration_ms)),
        ] {
            *sum = sum.saturating_add(by * one).max(0);
        }
    }
    /// Adds another tally to this one.
    pub fn merge(&mut self, other: &Tally) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.denied += other.denied;
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.duration_ms = self.duration_ms.saturating_add(other.duration_ms);
        self.longest_ms = self.longest_ms.max(other.longest_ms);
        self.durations.merge(&other.durations);
    }
    /// A quantile of the durations in milliseconds, with the precision of the histogram; none without calls.
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        self.durations.quantile(share).map(|ms| ms.min(self.longest_ms.into()))
    }
    /// The mean duration in milliseconds; none without calls.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.calls() > 0).then(|| self.duration_ms as f64 / self.calls() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_end_where_numbers_do() {
        let call = Call { outcome: ExchangeOutcome::Succeeded, duration_ms: 1, bytes_in: 1 << 40, bytes_out: 1 };
        let mut tally = Tally { bytes_in: i64::MAX - 1, ..Tally::default() };
        tally.add(&call);
        assert_eq!((tally.bytes_in, tally.bytes_out), (i64::MAX, 1));
        tally.bytes_in = 1;
        tally.remove(&call);
        assert_eq!((tally.bytes_in, tally.calls()), (0, 0));
    }

    #[test]
    fn a_call_that_is_taken_out_was_never_there() {
        let call = |outcome, duration_ms| Call { outcome, duration_ms, bytes_in: 10, bytes_out: 300 };
        let (quick, slow) = (call(ExchangeOutcome::Succeeded, 20), call(ExchangeOutcome::Denied, 900));
        let mut tally = Tally::default();
        tally.add(&quick);
        let only = tally.clone();
        tally.add(&slow);
        assert_eq!((tally.calls(), tally.mean_ms(), tally.longest_ms), (2, Some(460.0), 900));
        assert_eq!([0.5, 1.0].map(|share| tally.quantile_ms(share)), [Some(20.0), Some(899.5)]);
        assert!(tally.remove(&slow), "it was the longest");
        tally.longest_ms = 20;
        assert_eq!(tally, only);
        assert!(!Tally { longest_ms: 21, ..tally }.remove(&quick));
        assert_eq!(Tally::default().mean_ms(), None);
        let mut one = Tally::default();
        one.add(&call(ExchangeOutcome::Failed, 1000));
        assert_eq!(one.quantile_ms(0.95), Some(1000.0), "none took longer than the longest");
    }
}
