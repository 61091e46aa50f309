//! What can go wrong: a text for the person who runs the benchmark.

use std::fmt::Display;

/// What went wrong.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A value, or what went wrong.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure that says what was being done.
pub fn doing<E: Display>(what: impl Display) -> impl FnOnce(E) -> Failure {
    move |error| format!("{what}: {error}").into()
}
