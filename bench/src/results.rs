//! What was measured.

use std::collections::BTreeMap;

use crate::{load::Round, options::Database};

/// What came of all rounds of a contender.
#[derive(Clone, Debug)]
pub struct Measured {
    /// On which database.
    pub database: Database,
    /// The shape, or the part.
    pub shape: &'static str,
    /// Who.
    pub contender: &'static str,
    /// How many asked at once.
    pub callers: usize,
    /// Whole answers per second: the median of the rounds.
    pub rate: f64,
    /// Milliseconds that half of the answers took at most, and 99 %.
    pub p50: f64,
    /// See [`Measured::p50`].
    pub p99: f64,
    /// CPU milliseconds of server and database for an answer.
    pub cpu: f64,
    /// MiB of memory that the server took at most, where that was looked at.
    pub peak: Option<f64>,
    /// How many whole answers there were.
    pub answers: usize,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, usize>,
}

/// The middle of some numbers.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    match (of.get(of.len() / 2), of.get(of.len().saturating_sub(1) / 2)) {
        (Some(upper), Some(lower)) => (upper + lower) / 2.0,
        _ => f64::NAN,
    }
}

/// The value that this share of all reaches at most.
pub fn quantile(sorted: &[u32], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1_000.0)
}

impl Measured {
    /// From rounds.
    pub fn new(
        database: Database,
        shape: &'static str,
        contender: &'static str,
        callers: usize,
        rounds: Vec<Round>,
    ) -> Self {
        let rate = median(rounds.iter().map(Round::rate).collect());
        let mut micros: Vec<u32> = rounds.iter().flat_map(|round| round.micros.iter().copied()).collect();
        micros.sort_unstable();
        let mut errors: BTreeMap<String, usize> = BTreeMap::new();
        for (why, count) in rounds.iter().flat_map(|round| &round.errors) {
            *errors.entry(why.clone()).or_default() += count;
        }
        let cpu = rounds.iter().map(|round| round.cpu).sum::<f64>() * 1_000.0 / micros.len() as f64;
        let (p50, p99) = (quantile(&micros, 0.5), quantile(&micros, 0.99));
        Measured { database, shape, contender, callers, rate, p50, p99, cpu, peak: None, answers: micros.len(), errors }
    }
    /// With the memory that the server took at most.
    pub fn with_peak(self, mebibytes: f64) -> Self {
        Measured { peak: Some(mebibytes), ..self }
    }
    /// Of something that one caller did, and that took so many seconds.
    pub fn once(database: Database, shape: &'static str, contender: &'static str, seconds: f64) -> Self {
        let milliseconds = seconds * 1_000.0;
        Measured {
            database,
            shape,
            contender,
            callers: 1,
            rate: 1.0 / seconds,
            p50: milliseconds,
            p99: milliseconds,
            cpu: f64::NAN,
            peak: None,
            answers: 1,
            errors: BTreeMap::new(),
        }
    }
}

/// A single figure: seconds, MiB.
#[derive(Clone, Debug)]
pub struct Figure {
    /// On which database.
    pub database: Database,
    /// What.
    pub name: &'static str,
    /// How much.
    pub value: f64,
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// Contenders.
    pub measured: Vec<Measured>,
    /// Single figures.
    pub figures: Vec<Figure>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
    /// The databases, with their versions.
    pub versions: Vec<String>,
}

impl Results {
    /// Keeps what was measured, and prints it.
    pub fn push(&mut self, measured: Measured) {
        let errors: usize = measured.errors.values().sum();
        eprintln!(
            "{:<11} {:<12} {:<10} {:>3} callers {:>9.1}/s  p50 {:>8.2} ms  p99 {:>8.2} ms  CPU {:>8.3} ms{}",
            measured.database.name(),
            measured.shape,
            measured.contender,
            measured.callers,
            measured.rate,
            measured.p50,
            measured.p99,
            measured.cpu,
            if errors > 0 { format!("  {errors} ERRORS {:?}", measured.errors) } else { String::new() },
        );
        if errors > 0 {
            let all = errors + measured.answers;
            let why = format!("{errors} of {all} requests of {} failed: {:?}", measured.contender, measured.errors);
            self.failures.push(format!("{}, {}: {why}", measured.database.name(), measured.shape));
        }
        self.measured.push(measured);
    }
    /// Keeps a figure, and prints it.
    pub fn figure(&mut self, database: Database, name: &'static str, value: f64) {
        eprintln!("{:<11} {name}: {value:.3}", database.name());
        self.figures.push(Figure { database, name, value });
    }
    /// Says loudly that something could not be measured.
    pub fn failed(&mut self, database: Database, what: &str, why: &str) {
        let failure = format!("{}, {what}: {why}", database.name());
        eprintln!("FAILED {failure}");
        self.failures.push(failure);
    }
    /// What a contender did.
    pub fn of(&self, database: Database, shape: &str, contender: &str, callers: usize) -> Option<&Measured> {
        self.measured
            .iter()
            .find(|m| m.database == database && m.shape == shape && m.contender == contender && m.callers == callers)
    }
    /// How a contender's rate stands to another's.
    pub fn ratio(&self, database: Database, shape: &str, one: &str, other: &str, callers: usize) -> Option<f64> {
        Some(self.of(database, shape, one, callers)?.rate / self.of(database, shape, other, callers)?.rate)
    }
    /// A single figure.
    pub fn value(&self, database: Database, name: &str) -> Option<f64> {
        self.figures.iter().find(|f| f.database == database && f.name == name).map(|f| f.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_that_of_the_sorted() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn a_quantile_is_a_value_that_was_measured() {
        let micros: Vec<u32> = (1..=200).map(|n| n * 1_000).collect();
        assert_eq!((quantile(&micros, 0.5), quantile(&micros, 0.99)), (100.0, 198.0));
        assert_eq!(quantile(&[7_000], 0.99), 7.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
