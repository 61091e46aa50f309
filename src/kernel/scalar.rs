//! The custom scalars of the schema. [`entity::time`] has the two that are also stored.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, SecondsFormat, SubsecRound, Timelike, Utc};

/// A calendar day in Việt Nam (UTC+7), as `YYYY-MM-DD`, such as `2025-07-01` (ngày).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

/// A calendar day in Việt Nam (UTC+7), as `YYYY-MM-DD`, such as `2025-07-01` (ngày).
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        day(text).map(Date).ok_or_else(|| InputValueError::custom("not a day: write 2025-07-01"))
    }
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Parses a day as `YYYY-MM-DD`. Stricter than chrono, which also accepts `2025-7-1`.
pub fn day(text: &str) -> Option<NaiveDate> {
    let to_the_letter = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    to_the_letter.then(|| text.parse().ok()).flatten().filter(|day| in_reach(*day))
}

/// Whether both databases can store and compare a day: its year is 1 to 9999.
pub fn in_reach(day: NaiveDate) -> bool {
    (1..=9999).contains(&day.year())
}

/// An instant as defined by RFC 3339, such as `2025-07-01T00:00:00Z` (thời điểm). Returned in UTC. Inputs may have another
/// offset; they are truncated to microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

impl DateTime {
    /// The instant as the API returns it.
    pub fn print(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

/// An instant as defined by RFC 3339, such as `2025-07-01T00:00:00Z` (thời điểm). Returned in UTC. Inputs may have another
/// offset; they are truncated to microseconds.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        chrono::DateTime::parse_from_rfc3339(text)
            .ok()
            // The databases store no leap second, and nothing below a microsecond.
            .filter(|at| at.nanosecond() < 1_000_000_000)
            .map(|at| DateTime(at.with_timezone(&Utc).trunc_subsecs(6)))
            .filter(|at| in_reach(at.0.date_naive()))
            .ok_or_else(|| InputValueError::custom("not an instant: write 2025-07-01T00:00:00Z"))
    }
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }
    fn to_value(&self) -> Value {
        Value::String(self.print())
    }
}

/// An opaque position in a list, for `after` and `before` (con trỏ trang). Valid only for the list and the order that it
/// came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// An opaque position in a list, for `after` and `before` (con trỏ trang). Valid only for the list and the order that it
/// came from.
#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Cursor(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
