//! The rules of health checks: the resulting state, the time of the next check, and the uptime. Pure functions.

use chrono::{DateTime, Duration, Utc};
use entity::kinds::{CheckOutcome, HealthState, LinkStatus};

use crate::kernel::locale::Message;

/// The statuses in which a link is checked: data flow over it, or are about to. Data still flow during a migration; a
/// suspended link is not expected to respond.
pub const CHECKED: [LinkStatus; 3] = [LinkStatus::Active, LinkStatus::Migrating, LinkStatus::Testing];

/// The number of consecutive failures after which a link is DOWN.
const DOWN_AFTER: i32 = 3;

/// The largest number of times that the wait for a DOWN link doubles.
const DOUBLINGS: u32 = 4;

/// The number of intervals after a missed check for which the last state still counts.
const GRACE_INTERVALS: i32 = 3;

/// The HTTP status codes of a healthy response.
const EXPECTED: std::ops::RangeInclusive<u16> = 200..=399;

/// Why a check failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The endpoint, or a redirect target, is not a valid URL.
    InvalidAddress,
    /// The prober may not connect to the address.
    AddressNotAllowed,
    /// The host name does not resolve.
    NameNotResolved,
    /// The host refused the connection.
    Refused,
    /// The host is unreachable.
    Unreachable,
    /// The TLS handshake failed, or the certificate is invalid.
    Tls,
    /// The connection broke before the response was complete.
    Reset,
    /// There was no response within the timeout.
    Timeout,
    /// The response is not HTTP.
    InvalidAnswer,
    /// There were too many redirects.
    TooManyRedirects,
    /// The HTTP status is not one of success.
    Status,
}

impl Fault {
    /// All faults.
    pub const ALL: [Fault; 11] = [
        Fault::InvalidAddress,
        Fault::AddressNotAllowed,
        Fault::NameNotResolved,
        Fault::Refused,
        Fault::Unreachable,
        Fault::Tls,
        Fault::Reset,
        Fault::Timeout,
        Fault::InvalidAnswer,
        Fault::TooManyRedirects,
        Fault::Status,
    ];
    /// The code, as stored and returned to clients.
    pub fn code(self) -> &'static str {
        match self {
            Fault::InvalidAddress => "INVALID_ADDRESS",
            Fault::AddressNotAllowed => "ADDRESS_NOT_ALLOWED",
            Fault::NameNotResolved => "NAME_NOT_RESOLVED",
            Fault::Refused => "REFUSED",
            Fault::Unreachable => "UNREACHABLE",
            Fault::Tls => "TLS",
            Fault::Reset => "RESET",
            Fault::Timeout => "TIMEOUT",
            Fault::InvalidAnswer => "INVALID_ANSWER",
            Fault::TooManyRedirects => "TOO_MANY_REDIRECTS",
            Fault::Status => "STATUS",
        }
    }
    /// The fault with a code.
    pub fn coded(code: &str) -> Option<Self> {
        Fault::ALL.into_iter().find(|fault| fault.code() == code)
    }
    /// The code and an explanation, with the HTTP status if there is one. It never includes the endpoint.
    pub fn told(self, status: Option<i32>) -> Message {
        let said =
            |vi: &str, en: &str| Message::new(format!("{}: {vi}", self.code()), format!("{}: {en}", self.code()));
        match (self, status) {
            (Fault::InvalidAddress, _) => said(
                "địa chỉ ghi nhận hoặc địa chỉ chuyển hướng không hợp lệ.",
                "the recorded address, or the one redirected to, is not valid.",
            ),
            (Fault::AddressNotAllowed, _) => said(
                "địa chỉ nằm trong vùng mạng không được phép kiểm tra.",
                "the address lies in a network that must not be checked.",
            ),
            (Fault::NameNotResolved, _) => {
                said("không phân giải được tên máy chủ.", "the host's name leads to no address.")
            }
            (Fault::Refused, _) => said("máy chủ từ chối kết nối.", "the host refused the connection."),
            (Fault::Unreachable, _) => said("không tới được máy chủ.", "the host cannot be reached."),
            (Fault::Tls, _) => said(
                "không thiết lập được TLS, hoặc chứng thư không hợp lệ.",
                "no TLS was agreed on, or the certificate is not good.",
            ),
            (Fault::Reset, _) => {
                said("kết nối bị ngắt trước khi trả lời xong.", "the connection broke before the answer was complete.")
            }
            (Fault::Timeout, _) => said("không trả lời kịp thời gian.", "there was no answer in time."),
            (Fault::InvalidAnswer, _) => said("trả lời không phải HTTP.", "the answer is not HTTP."),
            (Fault::TooManyRedirects, _) => said("chuyển hướng quá nhiều lần.", "it redirected too often."),
            (Fault::Status, Some(status)) => Message::new(
                format!("STATUS: trả lời với mã trạng thái {status}."),
                format!("STATUS: it answered with the status {status}."),
            ),
            (Fault::Status, None) => {
                said("trả lời với mã trạng thái báo lỗi.", "it answered with a status that is none of success.")
            }
        }
    }
}

/// The result of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The response time in milliseconds; none without an HTTP response.
    pub latency_ms: Option<i32>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The fault; none if the link is healthy.
    pub fault: Option<Fault>,
}

impl Answer {
    /// The result for an HTTP response.
    pub fn of_status(status: u16, latency_ms: i32) -> Self {
        let fault = (!EXPECTED.contains(&status)).then_some(Fault::Status);
        Answer { latency_ms: Some(latency_ms), status: Some(status), fault }
    }
    /// The result for a probe without a response.
    pub fn none(fault: Fault) -> Self {
        Answer { latency_ms: None, status: None, fault: Some(fault) }
    }
    /// The outcome of the check; responses that take `slow` or longer are SLOW.
    pub fn outcome(&self, slow: Duration) -> CheckOutcome {
        match self.fault {
            Some(_) => CheckOutcome::Failed,
            None if self.latency_ms.is_some_and(|ms| i64::from(ms) >= slow.num_milliseconds()) => CheckOutcome::Slow,
            None => CheckOutcome::Answered,
        }
    }
}

/// The state of a link after a check, and its number of consecutive failures.
pub fn standing(failures_before: i32, outcome: CheckOutcome) -> (HealthState, i32) {
    let failures = failures_before.saturating_add(1);
    match outcome {
        CheckOutcome::Answered => (HealthState::Up, 0),
        CheckOutcome::Slow => (HealthState::Degraded, 0),
        CheckOutcome::Failed if failures < DOWN_AFTER => (HealthState::Degraded, failures),
        CheckOutcome::Failed => (HealthState::Down, failures),
    }
}

/// The wait until the next check. While a link is DOWN the wait doubles after each check, up to 16 intervals. `chance`,
/// 0 to 1, varies it by up to 10 % either way, so that the links do not all become due at the same time.
pub fn wait(every: Duration, failures: i32, chance: f64) -> Duration {
    let doublings = u32::try_from(failures - DOWN_AFTER + 1).unwrap_or(0).min(DOUBLINGS);
    let milliseconds = every.num_milliseconds().saturating_mul(1 << doublings);
    // A wait of some days, in milliseconds, is far below the limit of exact integers in an f64.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let moved = (milliseconds as f64 * (0.9 + 0.2 * chance.clamp(0.0, 1.0))) as i64;
    Duration::milliseconds(moved)
}

/// When a state becomes stale, if the next check is due at `next_due`.
pub fn known_until(next_due: DateTime<Utc>, every: Duration) -> DateTime<Utc> {
    next_due + every * GRACE_INTERVALS
}

/// The time that a check counts for in the uptime, in milliseconds: until the next one is due. Counting checks instead
/// would flatter a link that is DOWN, since it is checked less often.
pub fn stands_for(at: DateTime<Utc>, next_due: DateTime<Utc>) -> i64 {
    (next_due - at).num_milliseconds().max(0)
}

/// The part of that time, in milliseconds, that is taken back because the next check was made early.
pub fn left_of(checked_at: DateTime<Utc>, next_due: DateTime<Utc>, at: DateTime<Utc>) -> i64 {
    stands_for(at.max(checked_at), next_due)
}

/// The share of checked time for which a link responded; none without any.
pub fn uptime(answered_ms: i64, failed_ms: i64) -> Option<f64> {
    let all = answered_ms.saturating_add(failed_ms);
    // The milliseconds of a year are far below the limit of exact integers in an f64.
    #[allow(clippy::cast_precision_loss)]
    (all > 0).then(|| answered_ms as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::minutes(1);

    #[test]
    fn three_failures_in_a_row_are_down_and_one_success_is_up() {
        use {CheckOutcome::*, HealthState::*};
        let mut failures = 0;
        let mut after = |outcome| {
            let (state, now) = standing(failures, outcome);
            failures = now;
            (state, now)
        };
        assert_eq!(after(Answered), (Up, 0));
        assert_eq!(after(Slow), (Degraded, 0));
        assert_eq!(after(Failed), (Degraded, 1));
        assert_eq!(after(Failed), (Degraded, 2));
        // A response in between, even a slow one, resets the count.
        assert_eq!(after(Slow), (Degraded, 0));
        assert_eq!([after(Failed), after(Failed), after(Failed)], [(Degraded, 1), (Degraded, 2), (Down, 3)]);
        assert_eq!(after(Failed), (Down, 4));
        assert_eq!(after(Answered), (Up, 0));
        assert_eq!(standing(i32::MAX, Failed), (Down, i32::MAX));
    }

    #[test]
    fn what_is_down_is_asked_less_often_up_to_sixteen_intervals() {
        let minutes = |failures| wait(MINUTE, failures, 0.5).num_minutes();
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, i32::MAX].map(minutes), [1, 1, 1, 2, 4, 8, 16, 16, 16]);
        assert_eq!(wait(MINUTE, 0, 0.0), Duration::seconds(54));
        assert_eq!(wait(MINUTE, 0, 1.0), Duration::seconds(66));
    }

    #[test]
    fn an_answer_is_slow_from_the_bound_on_and_failed_by_its_status() {
        let slow = Duration::seconds(2);
        assert_eq!(Answer::of_status(204, 1999).outcome(slow), CheckOutcome::Answered);
        assert_eq!(Answer::of_status(304, 2000).outcome(slow), CheckOutcome::Slow);
        for status in [100, 199, 400, 404, 500, 599] {
            let answer = Answer::of_status(status, 5000);
            assert_eq!((answer.fault, answer.outcome(slow)), (Some(Fault::Status), CheckOutcome::Failed), "{status}");
        }
        assert_eq!(Answer::none(Fault::Timeout).outcome(slow), CheckOutcome::Failed);
    }

    #[test]
    fn a_check_stands_until_the_next_and_time_counts_once() {
        let at = |minute: i64| DateTime::UNIX_EPOCH + Duration::minutes(minute);
        assert_eq!(stands_for(at(10), at(11)), 60_000);
        // Checked when due or later: the time in between was not checked and does not count.
        assert_eq!(left_of(at(4), at(5), at(5)), 0);
        assert_eq!(left_of(at(4), at(5), at(10)), 0);
        // Checked early: the earlier check counts only until then.
        assert_eq!(left_of(at(4), at(12), at(10)), 120_000);
        // Checked by a clock that runs behind: the earlier check does not count at all.
        assert_eq!(left_of(at(11), at(12), at(10)), 60_000);
        assert_eq!(known_until(at(11), MINUTE), at(14));
    }

    #[test]
    fn uptime_is_a_share_of_time() {
        assert_eq!(uptime(0, 0), None);
        assert_eq!(uptime(3, 1), Some(0.75));
        assert_eq!(uptime(0, 1), Some(0.0));
    }

    #[test]
    fn every_fault_is_known_by_its_code_and_told_with_it() {
        for fault in Fault::ALL {
            assert_eq!(Fault::coded(fault.code()), Some(fault));
            for locale in [crate::kernel::locale::Locale::Vi, crate::kernel::locale::Locale::En] {
                assert!(fault.told(None).text(locale).starts_with(&format!("{}: ", fault.code())));
            }
        }
        assert_eq!(Fault::coded("GONE"), None);
    }
}
