//! Dates and periods with the precision of their source. Both are stored as text, which sorts chronologically.

use std::{fmt, str::FromStr};

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, Days, Months, NaiveDate};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// The error for a text that is not a date or not a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotATime(&'static str);

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotATime {}

/// A range of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub start: NaiveDate,
    /// The last day, inclusive.
    pub end: NaiveDate,
}

impl Span {
    fn months(year: i32, first: u32, count: u32) -> Option<Span> {
        let start = NaiveDate::from_ymd_opt(year, first, 1)?;
        let end = start.checked_add_months(Months::new(count))?.checked_sub_days(Days::new(1))?;
        Some(Span { start, end })
    }
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn year(text: &str) -> Option<i32> {
    digits(text, 4).filter(|y| (1900..=2200).contains(y)).map(|y| y as i32)
}

fn calendar(text: &str) -> Option<Span> {
    let mut parts = text.split('-');
    let year = year(parts.next()?)?;
    let month = parts.next().map(|m| digits(m, 2));
    let day = parts.next().map(|d| digits(d, 2));
    if parts.next().is_some() {
        return None;
    }
    match (month, day) {
        (None, None) => Span::months(year, 1, 12),
        (Some(m), None) => Span::months(year, m?, 1),
        (Some(m), Some(d)) => NaiveDate::from_ymd_opt(year, m?, d?).map(|day| Span { start: day, end: day }),
        (None, Some(_)) => None,
    }
}

/// A date with the precision of its source: `2022`, `2022-10` or `2022-10-08`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
#[sea_orm(value_type = "String", column_type = "Text")]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate(String);

/// A time period in SDMX notation: `2022`, `2022-S1`, `2022-Q4`, `2022-10` or `2022-10-08`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
#[sea_orm(value_type = "String", column_type = "Text")]
#[serde(try_from = "String", into = "String")]
pub struct Period(String);

impl PartialDate {
    /// The range of days that the date can mean.
    pub fn span(&self) -> Option<Span> {
        calendar(&self.0)
    }
}

impl Period {
    /// The days that the period covers.
    pub fn span(&self) -> Option<Span> {
        let part = |letter: &str, months: u32, parts: u32| {
            let (y, n) = self.0.split_once(letter)?;
            let n = digits(n, 1).filter(|n| (1..=parts).contains(n))?;
            Span::months(year(y)?, (n - 1) * months + 1, months)
        };
        calendar(&self.0).or_else(|| part("-Q", 3, 4)).or_else(|| part("-S", 6, 2))
    }
    /// The calendar year in which the period ends.
    pub fn year(&self) -> Option<i32> {
        self.span().map(|s| s.end.year())
    }
}

macro_rules! texts {
    ($($name:ident: $what:literal),+) => { $(
        impl FromStr for $name {
            type Err = NotATime;
            fn from_str(text: &str) -> Result<Self, NotATime> {
                let it = $name(text.to_owned());
                if it.span().is_some() { Ok(it) } else { Err(NotATime($what)) }
            }
        }
        impl TryFrom<String> for $name {
            type Error = NotATime;
            fn try_from(text: String) -> Result<Self, NotATime> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(it: $name) -> String {
                it.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

texts! {
    PartialDate: "not a date: write 2022, 2022-10 or 2022-10-08",
    Period: "not a period: write 2022, 2022-S1, 2022-Q4, 2022-10 or 2022-10-08"
}

/// A date with the precision of its source: `2022`, `2022-10` or `2022-10-08` (ngày, chính xác đến mức nguồn nêu).
/// Years 1900 to 2200.
#[Scalar]
impl ScalarType for PartialDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value)?.parse().map_err(InputValueError::custom)
    }
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A time period in SDMX notation: `2022` (year), `2022-S1` (half-year), `2022-Q4` (quarter), `2022-10` (month) or
/// `2022-10-08` (day) (kỳ số liệu). Years 1900 to 2200.
#[Scalar]
impl ScalarType for Period {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value)?.parse().map_err(InputValueError::custom)
    }
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

fn text<T: async_graphql::InputType>(value: Value) -> Result<String, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(InputValueError::expected_type(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_period_covers_its_days() {
        for (text, start, end) in [
            ("2022", "2022-01-01", "2022-12-31"),
            ("2022-S2", "2022-07-01", "2022-12-31"),
            ("2023-Q1", "2023-01-01", "2023-03-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2022-10-08", "2022-10-08", "2022-10-08"),
        ] {
            let span = text.parse::<Period>().expect(text).span().expect(text);
            assert_eq!((span.start, span.end), (day(start), day(end)), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in
            ["", "22", "2025-13", "2025-Q5", "2025-S3", "2025-Q0", "2025-02-30", "2025-1", "2025-01-01-01", "2025-Q12"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        assert!("2022-Q1".parse::<PartialDate>().is_err());
    }
}
