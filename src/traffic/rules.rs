//! Validation rules for reported calls, and the arithmetic of hours, days and months.

use std::{borrow::Borrow, ops::Range};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use entity::{
    kinds::{Bucket, ExchangeOutcome, LinkStatus},
    link_transition,
    time::{Period, Span},
};

use super::NewExchange;
use crate::kernel::{
    check::Faults,
    error::{FieldFault, Refusal},
    locale::Message,
};

/// The longest message id, and the longest error code, in characters.
const LONGEST: usize = 200;

/// The largest size of a request or a response: 1 TiB.
const MOST_BYTES: f64 = 1_099_511_627_776.0;

/// The longest duration of a call: one day.
const MOST_MS: i32 = 24 * 60 * 60 * 1_000;

/// How far the clock of a reporting client may be ahead.
const AHEAD: Duration = Duration::minutes(5);

/// The largest number of buckets in one response.
pub const MOST_BUCKETS: i64 = 1_000;

/// An hour, in seconds.
const HOUR: i64 = 3_600;

/// The UTC offset of Việt Nam, in hours.
const AHEAD_OF_UTC: i64 = 7;

/// The faults of a reported call. Calls before `first_hour` are too old.
pub fn faults(order: &NewExchange, now: DateTime<Utc>, first_hour: i64) -> Vec<FieldFault> {
    let mut faults = Faults::default();
    if order.at > now + AHEAD {
        let future = Message::new(
            format!("`at` muộn hơn thời điểm hiện tại quá {} phút.", AHEAD.num_minutes()),
            format!("`at` is more than {} minutes ahead of now.", AHEAD.num_minutes()),
        );
        faults.add("at", "IN_THE_FUTURE", future);
    }
    if hour_of(order.at) < first_hour {
        let first = in_viet_nam(start_of_hour(first_hour));
        let old = Message::new(
            format!("`at` trước {first} (giờ Việt Nam): bản ghi cũ hơn không còn được nhận."),
            format!("`at` lies before {first}: what is older is not taken any more."),
        );
        faults.add("at", "TOO_OLD", old);
    }
    if !(0..=MOST_MS).contains(&order.duration_ms) {
        let wrong = Message::new(
            format!("`durationMs` phải từ 0 đến {MOST_MS} (24 giờ)."),
            format!("`durationMs` must be 0 to {MOST_MS} (24 hours)."),
        );
        faults.add("durationMs", "OUT_OF_RANGE", wrong);
    } else if order.at <= now + AHEAD && order.at + Duration::milliseconds(order.duration_ms.into()) > now + AHEAD {
        let under_way = Message::new(
            "Theo `at` và `durationMs` thì trao đổi này chưa kết thúc: hãy báo cáo sau.",
            "By its `at` and `durationMs` this call has not ended yet: report it when it has.",
        );
        faults.add("durationMs", "IN_THE_FUTURE", under_way);
    }
    for (path, bytes) in [("bytesIn", order.bytes_in), ("bytesOut", order.bytes_out)] {
        if bytes.is_some_and(|bytes| !(0.0..=MOST_BYTES).contains(&bytes) || bytes.fract() != 0.0) {
            let wrong = Message::new(
                format!("`{path}` phải là số nguyên từ 0 đến {MOST_BYTES}."),
                format!("`{path}` must be a whole number, 0 to {MOST_BYTES}."),
            );
            faults.add(path, "OUT_OF_RANGE", wrong);
        }
    }
    faults.text("messageId", &order.message_id, LONGEST);
    if let Some(code) = &order.fault_code {
        faults.text("faultCode", code, LONGEST);
        if order.outcome == ExchangeOutcome::Succeeded {
            let fine = Message::new(
                "Trao đổi thành công (SUCCEEDED) không có `faultCode`.",
                "A call that SUCCEEDED has no `faultCode`.",
            );
            faults.add("faultCode", "NOT_APPLICABLE", fine);
        }
    }
    faults.refusal().map(|refusal| refusal.fields).unwrap_or_default()
}

/// The hour of an instant, in hours since 1970-01-01T00:00Z.
pub fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(HOUR)
}

/// An instant in the local time of Việt Nam, with its UTC offset.
fn in_viet_nam(at: DateTime<Utc>) -> String {
    let there = at + Duration::hours(AHEAD_OF_UTC);
    there.format(&format!("%Y-%m-%dT%H:%M:%S+{AHEAD_OF_UTC:02}:00")).to_string()
}

/// When an hour begins.
pub fn start_of_hour(hour: i64) -> DateTime<Utc> {
    hour.checked_mul(HOUR).and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default()
}

/// The hour in which a day in Việt Nam begins.
pub fn hour_of_day(day: NaiveDate) -> i64 {
    hour_of(day.and_time(NaiveTime::MIN).and_utc()) - AHEAD_OF_UTC
}

/// The day in Việt Nam in which an hour lies.
fn day_of_hour(hour: i64) -> NaiveDate {
    start_of_hour(hour + AHEAD_OF_UTC).date_naive()
}

/// The first hour of the bucket in which an hour lies.
pub fn bucket_of(hour: i64, bucket: Bucket) -> i64 {
    match bucket {
        Bucket::Hour => hour,
        Bucket::Day => (hour + AHEAD_OF_UTC).div_euclid(24) * 24 - AHEAD_OF_UTC,
        Bucket::Month => {
            let day = day_of_hour(hour);
            hour_of_day(day.with_day(1).unwrap_or(day))
        }
    }
}

/// Splits a range of hours into whole months, days and hours: the largest buckets up to `largest`, and smaller ones at
/// both ends.
pub fn parts(hours: Range<i64>, largest: Bucket) -> Vec<(Bucket, Range<i64>)> {
    if hours.is_empty() {
        return vec![];
    }
    let Some(smaller) = smaller(largest) else { return vec![(largest, hours)] };
    let (begun, last) = (bucket_of(hours.start, largest), bucket_of(hours.end, largest));
    let first = if begun == hours.start { begun } else { bucket_of(begun + longest(largest), largest) };
    if first >= last {
        return parts(hours, smaller);
    }
    let mut all = parts(hours.start..first, smaller);
    all.push((largest, first..last));
    all.extend(parts(last..hours.end, smaller));
    all
}

/// The next smaller kind of bucket.
pub fn smaller(bucket: Bucket) -> Option<Bucket> {
    match bucket {
        Bucket::Hour => None,
        Bucket::Day => Some(Bucket::Hour),
        Bucket::Month => Some(Bucket::Day),
    }
}

/// The number of hours in a bucket; for a month, the largest possible.
pub fn longest(bucket: Bucket) -> i64 {
    match bucket {
        Bucket::Hour => 1,
        Bucket::Day => 24,
        Bucket::Month => 31 * 24,
    }
}

/// The hours between two instants, including those partly covered.
///
/// # Errors
/// BAD_USER_INPUT if the second is not after the first, or more than [`MOST_BUCKETS`] buckets later.
pub fn hours(from: DateTime<Utc>, to: DateTime<Utc>, bucket: Bucket) -> Result<Range<i64>, Refusal> {
    let last = (to.timestamp() - i64::from(to.timestamp_subsec_nanos() == 0)).div_euclid(HOUR);
    let hours = hour_of(from)..last + 1;
    if from < to && buckets(&hours, bucket) <= MOST_BUCKETS {
        return Ok(hours);
    }
    Err(Refusal::field(
        "to",
        "OUT_OF_RANGE",
        Message::new(
            format!("`to` phải sau `from`, cách nhiều nhất {MOST_BUCKETS} khoảng."),
            format!("`to` must lie after `from`, at most {MOST_BUCKETS} buckets later."),
        ),
    ))
}

/// The number of buckets that a range of hours touches.
pub fn buckets(hours: &Range<i64>, bucket: Bucket) -> i64 {
    let (first, last) = (bucket_of(hours.start, bucket), bucket_of(hours.end - 1, bucket));
    let between = match bucket {
        Bucket::Hour => last - first,
        Bucket::Day => (last - first) / 24,
        Bucket::Month => months(day_of_hour(last)) - months(day_of_hour(first)),
    };
    between + 1
}

fn months(day: NaiveDate) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month0())
}

/// The days of a quarter that has begun.
///
/// # Errors
/// BAD_USER_INPUT for a period that is not a quarter, or has not begun.
pub fn quarter(period: &Period, today: NaiveDate) -> Result<Span, Refusal> {
    let span = period.to_string().contains("-Q").then(|| period.span()).flatten();
    let Some(span) = span else {
        return Err(Refusal::field(
            "quarter",
            "INVALID",
            Message::new("`quarter` phải là một quý, như 2026-Q1.", "`quarter` must be a quarter, like 2026-Q1."),
        ));
    };
    if span.start > today {
        return Err(Refusal::field(
            "quarter",
            "OUT_OF_RANGE",
            Message::new("Quý này chưa bắt đầu.", "This quarter has not begun yet."),
        ));
    }
    Ok(span)
}

/// The status of a link at an instant, by its transitions. Without any, it is the present status, which the source of
/// the link states. None before the link was created.
pub fn status_at(
    now: LinkStatus,
    steps: &[impl Borrow<link_transition::Model>],
    at: DateTime<Utc>,
) -> Option<LinkStatus> {
    match steps.iter().map(Borrow::borrow).rfind(|step| step.at <= at) {
        Some(last) => Some(last.to_status),
        None => steps.first().map_or(Some(now), |first| first.borrow().from_status),
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::{DataLinkId, LinkTransitionId};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn days_and_months_begin_in_viet_nam() {
        let starts = |text: &str| {
            let of = |bucket| start_of_hour(bucket_of(hour_of(at(text)), bucket));
            [Bucket::Hour, Bucket::Day, Bucket::Month].map(of)
        };
        for (text, hour, day, month) in [
            ("2026-01-31T16:59:59Z", "2026-01-31T16:00:00Z", "2026-01-30T17:00:00Z", "2025-12-31T17:00:00Z"),
            ("2026-01-31T17:00:00Z", "2026-01-31T17:00:00Z", "2026-01-31T17:00:00Z", "2026-01-31T17:00:00Z"),
            ("1969-12-31T16:30:00Z", "1969-12-31T16:00:00Z", "1969-12-30T17:00:00Z", "1969-11-30T17:00:00Z"),
        ] {
            assert_eq!(starts(text), [hour, day, month].map(at), "{text}");
        }
    }

    #[test]
    fn a_thousand_buckets_are_answered_and_not_one_more() {
        let from = at("2026-01-01T17:00:00Z");
        for (bucket, last) in [
            (Bucket::Hour, from + Duration::hours(1000)),
            (Bucket::Day, from + Duration::days(1000)),
            (Bucket::Month, at("2109-04-30T17:00:00Z")),
        ] {
            let found = hours(from, last, bucket).expect("a thousand");
            assert_eq!(found, hour_of(from)..hour_of(last), "{bucket:?}");
            assert_eq!(buckets(&found, bucket), MOST_BUCKETS, "{bucket:?}");
            assert!(hours(from, last + Duration::nanoseconds(1), bucket).is_err(), "{bucket:?}");
            assert!(hours(last, from, bucket).is_err() && hours(from, from, bucket).is_err(), "{bucket:?}");
        }
        let parts = hours(at("2026-01-01T17:20:00Z"), at("2026-01-01T18:00:00.5Z"), Bucket::Hour);
        assert_eq!(parts.expect("two hours"), hour_of(from)..hour_of(from) + 2);
        let ever = hours(at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z"), Bucket::Month);
        assert!(ever.is_err());
    }

    #[test]
    fn hours_are_cut_into_the_largest_spans_that_are_whole() {
        let cut = |from: &str, to: &str, largest| {
            let name = |(span, part): &(Bucket, Range<i64>)| {
                let text = |hour| start_of_hour(hour).format("%m-%dT%H").to_string();
                format!("{} {} {}", span.word(), text(part.start), text(part.end))
            };
            let hours = hour_of(at(&format!("{from}:00:00Z")))..hour_of(at(&format!("{to}:00:00Z")));
            parts(hours, largest).iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let year = ("2026-01-30T10", "2026-05-03T20");
        let hours = "HOUR 01-30T10 05-03T20";
        let days = "HOUR 01-30T10 01-30T17, DAY 01-30T17 05-03T17, HOUR 05-03T17 05-03T20";
        let months = "HOUR 01-30T10 01-30T17, DAY 01-30T17 01-31T17, MONTH 01-31T17 04-30T17, DAY 04-30T17 05-03T17, HOUR 05-03T17 05-03T20";
        for (largest, expected) in [(Bucket::Hour, hours), (Bucket::Day, days), (Bucket::Month, months)] {
            assert_eq!(cut(year.0, year.1, largest), expected);
        }
        assert_eq!(cut("2026-01-31T17", "2026-02-28T17", Bucket::Month), "MONTH 01-31T17 02-28T17");
        assert_eq!(cut("2026-02-02T17", "2026-02-03T16", Bucket::Month), "HOUR 02-02T17 02-03T16");
        assert_eq!(cut("2026-02-02T17", "2026-02-02T17", Bucket::Month), "");
    }

    #[test]
    fn a_quarter_is_a_quarter_that_has_begun() {
        let today = "2026-02-01".parse().expect("a day");
        let of = |text: &str| quarter(&text.parse().expect("a period"), today);
        assert_eq!(of("2026-Q1").expect("a quarter").end.to_string(), "2026-03-31");
        for wrong in ["2026", "2026-S1", "2026-01", "2026-Q2"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_link_stood_where_its_steps_had_led() {
        use LinkStatus::{Active, Draft, Requested, Testing};
        let step = |from_status, to_status, day: &str| link_transition::Model {
            id: LinkTransitionId(1),
            link_id: DataLinkId(1),
            from_status,
            to_status,
            at: at(&format!("{day}T00:00:00Z")),
            intermediary: None,
            by: String::new(),
            reason: None,
            legal_basis_id: None,
            expires_on: None,
            no_expiry_reason: None,
            agreement_id: None,
        };
        let steps = [step(None, Draft, "2026-01-02"), step(Some(Draft), Requested, "2026-01-05")];
        let told = [step(Some(Testing), Active, "2026-01-05")];
        let status =
            |steps: &[link_transition::Model], day: &str| status_at(Active, steps, at(&format!("{day}T00:00:00Z")));
        assert_eq!(status(&[], "2020-01-01"), Some(Active));
        assert_eq!(status(&steps, "2026-01-01"), None);
        assert_eq!(status(&steps, "2026-01-04"), Some(Draft));
        assert_eq!(status(&steps, "2026-01-05"), Some(Requested));
        assert_eq!(status(&told, "2026-01-04"), Some(Testing));
    }
}
