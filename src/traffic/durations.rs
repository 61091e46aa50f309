//! A histogram of call durations in whole milliseconds, for quantiles.
//!
//! Below 128 ms every millisecond has its own bin. Above, each power of two is split into 64 bins of equal width, and a
//! bin is read as its midpoint. The error is at most 1/128 (0.8 %). The bins do not depend on the data, so histograms
//! can be added and subtracted bin by bin without loss, as in HdrHistogram. Subtraction is needed because a consumer's
//! report leaves the counts when the provider reports the same call. The DDSketch crates cannot subtract: they merge
//! bins once there are too many.

use std::collections::BTreeMap;

use crate::kernel::error::{Broken, Result};

/// The number of bins per power of two.
const CUTS: u32 = 64;

/// Durations below this, in milliseconds, have a bin each.
const EXACT: u32 = 2 * CUTS;

/// The histogram: the count of each bin that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations(BTreeMap<u32, u64>);

/// The bin of a duration.
fn bin(ms: u32) -> u32 {
    if ms < EXACT {
        return ms;
    }
    // The highest bit is the power of two; the six bits below it are the bin within it.
    let power = ms.ilog2() - EXACT.ilog2();
    EXACT + power * CUTS + ((ms >> (power + 1)) - CUTS)
}

/// The midpoint of a bin, in milliseconds.
fn middle(bin: u32) -> f64 {
    if bin < EXACT {
        return bin.into();
    }
    let (power, part) = ((bin - EXACT) / CUTS, (bin - EXACT) % CUTS);
    let width = 2_f64.powi(i32::try_from(power + 1).unwrap_or_default());
    f64::from(CUTS + part) * width + (width - 1.0) / 2.0
}

impl Durations {
    /// Adds a duration.
    pub fn add(&mut self, ms: u32) {
        *self.0.entry(bin(ms)).or_default() += 1;
    }
    /// Removes a duration that was added.
    pub fn remove(&mut self, ms: u32) {
        if let Some(count) = self.0.get_mut(&bin(ms)) {
            *count = count.saturating_sub(1);
        }
        self.0.retain(|_, count| *count > 0);
    }
    /// Adds another histogram to this one.
    pub fn merge(&mut self, other: &Durations) {
        for (bin, count) in &other.0 {
            *self.0.entry(*bin).or_default() += count;
        }
    }
    /// A quantile in milliseconds: the smallest duration that at least this share of all does not exceed. None for an
    /// empty histogram.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let all: u64 = self.0.values().sum();
        // The f64 nearest to 0.07 is slightly larger: without the correction, the 7th of 100 would become the 8th.
        let rank = (share * all as f64 * (1.0 - 1e-12)).ceil().max(1.0);
        let mut below = 0;
        let reached = self.0.iter().find(|(_, count)| {
            below += *count;
            below as f64 >= rank
        });
        reached.map(|(bin, _)| middle(*bin))
    }
    /// Encodes the histogram for storage: for each non-empty bin, its distance from the one before and its count, as
    /// LEB128.
    pub fn encode(&self) -> Vec<u8> {
        let (mut bytes, mut last) = (vec![], 0);
        for (bin, count) in &self.0 {
            put(&mut bytes, u64::from(bin - last));
            put(&mut bytes, *count);
            last = *bin;
        }
        bytes
    }
    /// Decodes a stored histogram.
    ///
    /// # Errors
    /// If the bytes are not a valid encoding.
    pub fn decode(mut bytes: &[u8]) -> Result<Self> {
        let (mut bins, mut last) = (BTreeMap::new(), 0);
        while !bytes.is_empty() {
            last += take(&mut bytes)?;
            let bin = u32::try_from(last).map_err(Broken::new)?;
            bins.insert(bin, take(&mut bytes)?);
        }
        Ok(Durations(bins))
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or_else(|| Broken::new("a histogram that ends too early"))?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Broken::new("a histogram with a number that is too long").into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(all: &[u32]) -> Durations {
        let mut durations = Durations::default();
        all.iter().for_each(|ms| durations.add(*ms));
        durations
    }

    #[test]
    fn bins_follow_each_other_without_a_gap() {
        let (mut last, mut ms) = (0, 0_u32);
        while ms < 1 << 20 {
            let this = bin(ms);
            assert!(this == last || this == last + 1, "{ms}: {last} {this}");
            (last, ms) = (this, ms + 1);
        }
        assert_eq!(bin(u32::MAX), EXACT + 25 * CUTS - 1);
    }

    #[test]
    fn of_nothing_there_is_no_quantile() {
        assert_eq!(Durations::default().quantile(0.95), None);
        assert_eq!(of(&[0]).quantile(0.95), Some(0.0));
        assert_eq!(of(&(1..=100).collect::<Vec<_>>()).quantile(0.95), Some(95.0));
    }

    #[test]
    fn what_is_no_histogram_is_not_read() {
        for bytes in [&[1][..], &[0x80, 0x80], &[0xff; 12], &[0xff, 0xff, 0xff, 0xff, 0x7f, 1]] {
            assert!(Durations::decode(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_share_of_a_whole_number_is_one() {
        let hundred: Vec<u32> = (1..=100).collect();
        for percent in 1..=100 {
            let found = of(&hundred).quantile(f64::from(percent) / 100.0);
            assert_eq!(found, Some(f64::from(percent)), "{percent} %");
        }
    }

    proptest! {
        #[test]
        fn a_quantile_is_as_exact_as_it_is_said_to_be(
            mut all in prop::collection::vec(prop_oneof![0..500_u32, 0..=i32::MAX as u32], 1..200),
            percent in 1..=100_usize,
        ) {
            let found = of(&all).quantile(percent as f64 / 100.0).expect("a quantile");
            all.sort_unstable();
            let exact = f64::from(all[(percent * all.len()).div_ceil(100) - 1]);
            prop_assert!((found - exact).abs() <= exact / 128.0, "{found} {exact}");
        }

        #[test]
        fn what_is_added_and_taken_out_leaves_nothing(
            one in prop::collection::vec(any::<u32>(), 0..50),
            other in prop::collection::vec(any::<u32>(), 0..50),
        ) {
            let mut both = of(&one);
            both.merge(&of(&other));
            prop_assert_eq!(&both, &of(&[one.as_slice(), &other].concat()));
            prop_assert_eq!(&Durations::decode(&both.encode()).expect("a histogram"), &both);
            other.iter().for_each(|ms| both.remove(*ms));
            prop_assert_eq!(both, of(&one));
        }
    }
}
