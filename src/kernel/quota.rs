//! Rate limits: a token bucket for each caller. Requests take points from it; it refills at a constant rate.
//!
//! The buckets are held in the memory of this process, at most [`MOST`]. A bucket that is full again is removed. When
//! there is no room for another one, new callers share one bucket.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::{ApiClientId, UserId};

use super::policy::Caller;

/// The most buckets that are held.
const MOST: usize = 100_000;

/// The seconds in which an empty bucket becomes full.
pub const WINDOW: u32 = 60;

/// The owner of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Anonymous callers at an address. For IPv6, the /64 network, because one host can use all its addresses.
    Address(IpAddr),
    /// A signed-in user.
    User(UserId),
    /// An API client.
    Client(ApiClientId),
    /// All callers for which there is no room.
    Others,
    /// The service itself, for work that no caller requested.
    Service,
}

impl Holder {
    /// The bucket of anonymous callers at an address.
    pub fn at(address: IpAddr) -> Self {
        Holder::Address(match address.to_canonical() {
            IpAddr::V6(long) => {
                let [a, b, c, d, ..] = long.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            short => short,
        })
    }
    /// The bucket of a caller: its own if it is authenticated, else that of its address.
    pub fn of(caller: &Caller, address: IpAddr) -> Self {
        match caller {
            Caller::User(user) => Holder::User(user.id),
            Caller::Client(client) => Holder::Client(client.id),
            Caller::Anonymous | Caller::Operator | Caller::System => Holder::at(address),
        }
    }
    /// The bucket of a caller whose address is not known.
    pub fn known(caller: &Caller) -> Self {
        match caller {
            Caller::User(user) => Holder::User(user.id),
            Caller::Client(client) => Holder::Client(client.id),
            Caller::Anonymous | Caller::Operator | Caller::System => Holder::Service,
        }
    }
}

/// The state of a bucket after a request, as the rate-limit headers report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The points in a full bucket.
    pub limit: u32,
    /// The points that are left.
    pub remaining: u32,
    /// The time at which the bucket is full again, if nothing more is taken.
    pub reset_at: DateTime<Utc>,
    /// The points that this request took.
    pub cost: u32,
}

impl Standing {
    /// A full bucket.
    pub fn full(limit: u32, now: DateTime<Utc>) -> Self {
        Standing { limit, remaining: limit, reset_at: now, cost: 0 }
    }
    /// The same state, with the cost of a request.
    pub fn having_cost(self, cost: u32) -> Self {
        Standing { cost, ..self }
    }
}

/// A bucket that does not hold enough points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// The state of the bucket.
    pub standing: Standing,
    /// Seconds until there are enough points.
    pub wait: i64,
}

#[derive(Clone, Copy)]
struct Bucket {
    points: f64,
    at: DateTime<Utc>,
}

/// The buckets of one rate limit.
#[derive(Default)]
pub struct Quota {
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    all: HashMap<Holder, Bucket>,
    swept: Option<DateTime<Utc>>,
}

impl Buckets {
    fn of(&mut self, holder: Holder, limit: u32, now: DateTime<Utc>) -> &mut Bucket {
        let mut holder = holder;
        if self.all.len() >= MOST && !self.all.contains_key(&holder) {
            // At most once a second, because it scans all buckets.
            let window = TimeDelta::seconds(WINDOW.into());
            if self.swept.is_none_or(|swept| now - swept >= TimeDelta::seconds(1)) {
                self.all.retain(|_, bucket| now - bucket.at < window);
                self.swept = Some(now);
            }
            if self.all.len() >= MOST {
                holder = Holder::Others;
            }
        }
        let full = f64::from(limit);
        let bucket = self.all.entry(holder).or_insert(Bucket { points: full, at: now });
        // A clock that was set back adds no points.
        let seconds = (now - bucket.at).as_seconds_f64().max(0.0);
        bucket.points = (bucket.points + seconds * full / f64::from(WINDOW)).min(full);
        bucket.at = now;
        bucket
    }
}

impl Quota {
    /// Takes points from a bucket that holds `limit` points when it is full.
    ///
    /// # Errors
    /// When there are not enough points: nothing is taken then.
    pub fn take(&self, holder: Holder, limit: u32, points: u32, now: DateTime<Utc>) -> Result<Standing, Short> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.of(holder, limit, now);
        let wanted = f64::from(points);
        if bucket.points < wanted {
            let rate = f64::from(limit) / f64::from(WINDOW);
            let wait = ceil((wanted - bucket.points) / rate).max(1);
            return Err(Short { standing: standing(bucket, limit, 0, now), wait });
        }
        bucket.points -= wanted;
        Ok(standing(bucket, limit, points, now))
    }
    /// Takes points that were already used, even if there are not enough: a bucket can go down to minus its limit.
    /// Negative points are a refund.
    pub fn charge(&self, holder: Holder, limit: u32, points: f64, now: DateTime<Utc>) -> Standing {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.of(holder, limit, now);
        let full = f64::from(limit);
        bucket.points = (bucket.points - points).clamp(-full, full);
        standing(bucket, limit, 0, now)
    }
    /// Checks that the bucket is not below zero.
    ///
    /// # Errors
    /// The state of the bucket, and the seconds until it is back at zero.
    pub fn solvent(&self, holder: Holder, limit: u32, now: DateTime<Utc>) -> Result<(), Short> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.of(holder, limit, now);
        if bucket.points >= 0.0 {
            return Ok(());
        }
        let wait = ceil(-bucket.points / (f64::from(limit) / f64::from(WINDOW))).max(1);
        Err(Short { standing: standing(bucket, limit, 0, now), wait })
    }
}

fn standing(bucket: &Bucket, limit: u32, cost: u32, now: DateTime<Utc>) -> Standing {
    let full = f64::from(limit);
    let seconds = (full - bucket.points) / full.max(1.0) * f64::from(WINDOW);
    let reset_at = now + TimeDelta::try_milliseconds(ceil(seconds * 1_000.0)).unwrap_or_default();
    let remaining = u32::try_from(ceil(bucket.points - 0.999_999)).unwrap_or_default();
    Standing { limit, remaining, reset_at, cost }
}

/// Rounds up. The numbers are a few millions at most.
#[allow(clippy::cast_possible_truncation)]
fn ceil(number: f64) -> i64 {
    number.ceil() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).expect("a time")
    }
    fn stranger(address: &str) -> Holder {
        Holder::at(address.parse().expect("an address"))
    }

    #[test]
    fn a_bucket_is_full_again_after_a_minute() {
        let (quota, me) = (Quota::default(), stranger("192.0.2.1"));
        let taken = quota.take(me, 600, 500, at(0)).expect("enough");
        assert_eq!(taken, Standing { limit: 600, remaining: 100, reset_at: at(50), cost: 500 });
        let short = quota.take(me, 600, 200, at(0)).expect_err("too little");
        assert_eq!((short.wait, short.standing.remaining), (10, 100));
        assert_eq!(quota.take(me, 600, 200, at(10)).expect("enough").remaining, 0);
        assert_eq!(quota.take(me, 600, 600, at(69)).expect_err("too little").wait, 1);
        assert_eq!(quota.take(me, 600, 600, at(1_000)).expect("enough").remaining, 0);
        assert!(quota.take(me, 600, 1, at(5)).is_err(), "a clock that was set back fills nothing");
    }

    #[test]
    fn what_was_used_is_owed_and_keeps_its_holder_waiting() {
        let (quota, me) = (Quota::default(), stranger("192.0.2.1"));
        quota.take(me, 600, 500, at(0)).expect("enough");
        let back = quota.charge(me, 600, -450.0, at(0));
        assert_eq!(back, Standing { limit: 600, remaining: 550, reset_at: at(5), cost: 0 });
        assert_eq!(quota.charge(me, 600, -9_999.0, at(0)).remaining, 600, "never more than there were");
        assert_eq!(quota.charge(me, 600, 700.0, at(0)).remaining, 0);
        assert_eq!(quota.solvent(me, 600, at(0)).expect_err("100 are owed").wait, 10);
        assert_eq!(quota.take(me, 600, 50, at(0)).expect_err("100 are owed").wait, 15);
        assert_eq!(quota.solvent(me, 600, at(10)), Ok(()));
        quota.charge(me, 600, 1e9, at(10));
        assert_eq!(quota.solvent(me, 600, at(10)).expect_err("as many as it holds are owed").wait, 60);
    }

    #[test]
    fn a_network_of_ipv6_has_one_bucket() {
        assert_eq!(stranger("2001:db8:0:1::1"), stranger("2001:db8:0:1:ffff::2"));
        assert_ne!(stranger("2001:db8:0:1::1"), stranger("2001:db8:0:2::1"));
        assert_eq!(stranger("::ffff:192.0.2.1"), stranger("192.0.2.1"));
        assert_ne!(stranger("192.0.2.1"), stranger("192.0.2.2"));
    }

    #[test]
    fn there_are_never_more_buckets_than_there_is_room_for() {
        let quota = Quota::default();
        let many = u32::try_from(MOST).expect("a number");
        let one = |n: u32, now| quota.take(Holder::at(IpAddr::from(n.to_be_bytes())), 10, 1, now).map(|s| s.remaining);
        for n in 0..many {
            assert_eq!(one(n, at(0)), Ok(9));
        }
        assert_eq!((one(many, at(1)), one(many + 1, at(1))), (Ok(9), Ok(8)), "they share a bucket");
        assert_eq!(one(0, at(1)).map_err(|short| short.wait), Ok(8));
        assert_eq!((one(many + 2, at(70)), one(many + 3, at(70))), (Ok(9), Ok(9)), "the others are full again");
        assert!(quota.buckets.lock().expect("a lock").all.len() < 10);
    }
}
