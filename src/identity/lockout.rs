//! Lockouts after wrong passwords (khoá tài khoản). Pure: no database access.
//!
//! A few wrong passwords from one address lock the account for that address only. Without this, anybody could lock users
//! out of their accounts. Wrong passwords from many addresses add up to a lockout of the whole account, at a higher limit.
//! That lockout does not apply to addresses from which the user signed in recently.

use chrono::{DateTime, Duration, Utc};
use entity::{sign_in_origin, user_account};

/// The limit for locking an account for all addresses, as a multiple of the limit for one address.
pub const ADDRESSES: i32 = 10;

/// How long a wrong password counts towards the lockout for all addresses. For one address, it counts for the duration of a
/// lockout.
const REMEMBERED: Duration = Duration::days(1);

/// The count of wrong passwords, and the lockout that it led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of recent wrong passwords.
    pub failures: i32,
    /// The time of the last one.
    pub failed_at: Option<DateTime<Utc>>,
    /// The end of the last lockout, which may have passed.
    pub locked_until: Option<DateTime<Utc>>,
}

impl From<&user_account::Model> for Count {
    fn from(user: &user_account::Model) -> Self {
        Count { failures: user.failures, failed_at: user.failed_at, locked_until: user.locked_until }
    }
}

impl From<&sign_in_origin::Model> for Count {
    fn from(origin: &sign_in_origin::Model) -> Self {
        Count { failures: origin.failures, failed_at: origin.failed_at, locked_until: origin.locked_until }
    }
}

/// The limits and durations of lockouts.
#[derive(Clone, Copy, Debug)]
pub struct Lockout {
    /// The number of wrong passwords that locks one address.
    pub failures: i32,
    /// The duration of a lockout, of one address or of all.
    pub lasts: Duration,
    /// How long after a sign-in its address counts as known.
    pub known: Duration,
}

impl Lockout {
    /// Whether a lockout applies now. An end further away than a lockout lasts is ignored; otherwise a clock that was set
    /// back would prolong it.
    pub fn holds(&self, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        until.is_some_and(|until| until > now && until <= now + self.lasts)
    }
    /// Whether sign-ins to an account from an address are locked now.
    pub fn locked(
        &self,
        user: &user_account::Model,
        origin: Option<&sign_in_origin::Model>,
        now: DateTime<Utc>,
    ) -> bool {
        let signed_in = origin.and_then(|origin| origin.signed_in_at);
        let known = signed_in.is_some_and(|at| (now - at).abs() < self.known);
        self.holds(origin.and_then(|origin| origin.locked_until), now) || (!known && self.holds(user.locked_until, now))
    }
    /// The count for an address after one more wrong password.
    pub fn of_address(&self, before: Count, now: DateTime<Utc>) -> Count {
        self.one_more(before, now, self.failures, self.lasts)
    }
    /// The count for all addresses after one more wrong password.
    pub fn of_account(&self, before: Count, now: DateTime<Utc>) -> Count {
        self.one_more(before, now, self.failures.saturating_mul(ADDRESSES), REMEMBERED)
    }
    fn one_more(&self, before: Count, now: DateTime<Utc>, most: i32, remembered: Duration) -> Count {
        let lately = before.failed_at.is_some_and(|at| (now - at).abs() < remembered);
        let failures = if lately { before.failures.saturating_add(1) } else { 1 };
        match failures >= most {
            true => Count { failures: 0, failed_at: Some(now), locked_until: Some(now + self.lasts) },
            false => Count { failures, failed_at: Some(now), locked_until: before.locked_until },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKOUT: Lockout = Lockout { failures: 5, lasts: Duration::minutes(15), known: Duration::days(45) };

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + minutes * 60, 0).expect("a time")
    }
    /// What wrong passwords at these minutes come to, from one address and for the account.
    fn after(minutes: &[i64]) -> (Count, Count) {
        minutes.iter().fold(Default::default(), |(address, account), minute| {
            (LOCKOUT.of_address(address, at(*minute)), LOCKOUT.of_account(account, at(*minute)))
        })
    }

    #[test]
    fn five_in_a_row_lock_one_address_and_not_the_account() {
        let (address, account) = after(&[0, 1, 2, 3, 4]);
        assert_eq!(address.locked_until, Some(at(19)));
        assert_eq!((account.failures, account.locked_until), (5, None));
        assert_eq!([18, 19].map(|minute| LOCKOUT.holds(address.locked_until, at(minute))), [true, false]);
    }

    #[test]
    fn failures_age() {
        assert_eq!(after(&[0, 1, 2, 3, 18]).0.locked_until, None);
        assert_eq!(after(&[0, 1, 2, 3, 18]).0.failures, 1);
        assert_eq!(after(&[0, 24 * 60]).1.failures, 1);
        // One that comes long after a lock begins anew, and locks nothing.
        let (address, _) = after(&[0, 1, 2, 3, 4, 500]);
        assert_eq!((address.failures, LOCKOUT.holds(address.locked_until, at(500))), (1, false));
    }

    #[test]
    fn fifty_of_a_day_lock_the_account() {
        let slowly: Vec<i64> = (0..50).map(|n| n * 20).collect();
        let (address, account) = after(&slowly);
        assert_eq!(address.locked_until, None, "one in twenty minutes");
        assert_eq!(account.locked_until, Some(at(49 * 20 + 15)));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_a_lock() {
        let (address, _) = after(&[10_000, 10_000, 10_000, 10_000, 10_000]);
        assert!(LOCKOUT.holds(address.locked_until, at(10_001)));
        assert!(!LOCKOUT.holds(address.locked_until, at(0)));
    }
}
