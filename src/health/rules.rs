//! What follows from a check of a data link: its state, when it is checked again, and for how long of the day it answered. Pure.

use chrono::{DateTime, Duration, Utc};
use entity::kinds::{CheckOutcome, HealthState, LinkStatus};

use crate::kernel::locale::Message;

/// The states of links that are checked: where data flow, or are about to. One that moves to another intermediary goes on meanwhile;
/// one that is suspended is not expected to answer.
pub const CHECKED: [LinkStatus; 3] = [LinkStatus::Active, LinkStatus::Migrating, LinkStatus::Testing];

/// After so many failures in a row a link is down.
const DOWN_AFTER: i32 = 3;

/// The wait for a link that is down doubles at most so often.
const DOUBLINGS: u32 = 4;

/// A state is taken to hold for so many intervals after the next check was due.
const GRACE_INTERVALS: i32 = 3;

/// The statuses of HTTP with which a link answers as it should.
const EXPECTED: std::ops::RangeInclusive<u16> = 200..=399;

/// Why a link did not answer as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What is recorded as its endpoint, or what it redirects to, is no address to ask.
    InvalidAddress,
    /// Its address is none that may be asked from here.
    AddressNotAllowed,
    /// Its name leads to no address.
    NameNotResolved,
    /// Nobody listens there.
    Refused,
    /// No way leads there.
    Unreachable,
    /// No TLS was agreed on, or the certificate is not good.
    Tls,
    /// The connection broke before the answer was complete.
    Reset,
    /// There was no answer in time.
    Timeout,
    /// It answered something else than HTTP.
    InvalidAnswer,
    /// It redirected too often.
    TooManyRedirects,
    /// It answered with a status that is none of success.
    Status,
}

impl Fault {
    /// All of them.
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
    /// Its code, which is kept and told.
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
    /// The one with a code.
    pub fn coded(code: &str) -> Option<Self> {
        Fault::ALL.into_iter().find(|fault| fault.code() == code)
    }
    /// The code, and the same in words; with the status of HTTP that came, if one did. Never where the link leads.
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

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How long it took, in milliseconds; none where there was no answer of HTTP.
    pub latency_ms: Option<i32>,
    /// The status of HTTP.
    pub status: Option<u16>,
    /// What went wrong.
    pub fault: Option<Fault>,
}

impl Answer {
    /// The answer of a status, after so many milliseconds.
    pub fn of_status(status: u16, latency_ms: i32) -> Self {
        let fault = (!EXPECTED.contains(&status)).then_some(Fault::Status);
        Answer { latency_ms: Some(latency_ms), status: Some(status), fault }
    }
    /// No answer.
    pub fn none(fault: Fault) -> Self {
        Answer { latency_ms: None, status: None, fault: Some(fault) }
    }
    /// How the check ended, where answers are slow from so long on.
    pub fn outcome(&self, slow: Duration) -> CheckOutcome {
        match self.fault {
            Some(_) => CheckOutcome::Failed,
            None if self.latency_ms.is_some_and(|ms| i64::from(ms) >= slow.num_milliseconds()) => CheckOutcome::Slow,
            None => CheckOutcome::Answered,
        }
    }
}

/// How a link stands after a check, and how often in a row it has failed.
pub fn standing(failures_before: i32, outcome: CheckOutcome) -> (HealthState, i32) {
    let failures = failures_before.saturating_add(1);
    match outcome {
        CheckOutcome::Answered => (HealthState::Up, 0),
        CheckOutcome::Slow => (HealthState::Degraded, 0),
        CheckOutcome::Failed if failures < DOWN_AFTER => (HealthState::Degraded, failures),
        CheckOutcome::Failed => (HealthState::Down, failures),
    }
}

/// How long to wait for the next check. While a link is down the wait doubles, up to sixteen intervals; `chance`, 0 to 1, moves
/// every wait by up to a tenth either way, so that links do not come due together.
pub fn wait(every: Duration, failures: i32, chance: f64) -> Duration {
    let doublings = u32::try_from(failures - DOWN_AFTER + 1).unwrap_or(0).min(DOUBLINGS);
    let milliseconds = every.num_milliseconds().saturating_mul(1 << doublings);
    // A share of a wait of days is far below what a double holds exactly.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let moved = (milliseconds as f64 * (0.9 + 0.2 * chance.clamp(0.0, 1.0))) as i64;
    Duration::milliseconds(moved)
}

/// Until when the state is taken to hold, when the next check is due then.
pub fn known_until(next_due: DateTime<Utc>, every: Duration) -> DateTime<Utc> {
    next_due + every * GRACE_INTERVALS
}

/// For how long a check stands, in milliseconds, unless another is made before: until the next is due. So a link that is down, and
/// checked less often, is not taken to be down less.
pub fn stands_for(at: DateTime<Utc>, next_due: DateTime<Utc>) -> i64 {
    (next_due - at).num_milliseconds().max(0)
}

/// How much of that, in milliseconds, is taken back when another check is made: what was left of it.
pub fn left_of(checked_at: DateTime<Utc>, next_due: DateTime<Utc>, at: DateTime<Utc>) -> i64 {
    stands_for(at.max(checked_at), next_due)
}

/// The share of the time for which a link answered; none without any.
pub fn uptime(answered_ms: i64, failed_ms: i64) -> Option<f64> {
    let all = answered_ms.saturating_add(failed_ms);
    // Milliseconds of a year are far below what a double holds exactly.
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
        // One that answers in between begins the count anew, slow or not.
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
        // Checked when its time had come, or later: what lies between was not checked, and stands for nothing.
        assert_eq!(left_of(at(4), at(5), at(5)), 0);
        assert_eq!(left_of(at(4), at(5), at(10)), 0);
        // Checked before its time: the one before stood until then.
        assert_eq!(left_of(at(4), at(12), at(10)), 120_000);
        // By a clock that runs behind: it was never there.
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
