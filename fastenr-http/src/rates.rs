//! How many calls a key may make, and how many an address whose keys are refused: a bucket for each, which fills by the minute.
//!
//! Told as `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::time::Instant;
use uuid::Uuid;

use crate::Problem;

/// In which a bucket fills.
const WINDOW: Duration = Duration::from_secs(60);
/// Buckets at once; whoever comes when there are more shares one.
const MOST: usize = 100_000;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Whose calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RateKey {
    /// A key, or a user whom a proxy has named.
    Key(Uuid),
    /// Where calls come from whose key is refused.
    Address(IpAddr),
    /// All for whom there is no place.
    Others,
}

impl RateKey {
    /// One network of IPv6 is one caller: it has more addresses than anybody can count.
    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// What a call found in its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BucketState {
    quota: u32,
    /// Calls that are left.
    left: u32,
    /// Until the bucket is full.
    full: Duration,
    /// Until the next call may be made; none where this one may.
    wait: Option<Duration>,
}

impl BucketState {
    /// # Errors
    /// 429 where the bucket is empty.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let Some(wait) = self.wait else { return Ok(()) };
        let detail = format!("more than {} calls a minute; wait as long as `Retry-After` says", self.quota);
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", Some(detail));
        Err(problem.header(header::RETRY_AFTER, HeaderValue::from(seconds(wait))))
    }

    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Self { quota, left, full, .. } = self;
        let policy = format!("\"default\";q={quota};w={}", WINDOW.as_secs());
        let now = format!("\"default\";r={left};t={}", seconds(*full));
        for (name, text) in [(POLICY, policy), (LIMIT, now)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

/// Rounded up: whoever waits so long has waited long enough.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[derive(Debug)]
pub(crate) struct Rates {
    /// Calls a minute; 0: any number.
    quota: u32,
    /// When each bucket will be full. One that is, is as good as none.
    full_at: Mutex<HashMap<RateKey, Instant>>,
}

impl Rates {
    pub(crate) fn new(quota: u32) -> Self {
        Self { quota, full_at: Mutex::default() }
    }

    /// Takes a call out of the bucket, if there is one in it. None where nobody counts.
    pub(crate) fn take(&self, who: RateKey, now: Instant) -> Option<BucketState> {
        let each = WINDOW.checked_div(self.quota)?;
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut who = who;
        if buckets.len() >= MOST && !buckets.contains_key(&who) {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= MOST {
                who = RateKey::Others;
            }
        }
        let full_at = buckets.get(&who).map_or(now, |full_at| (*full_at).max(now));
        let after = full_at + each;
        // A quota that does not divide the minute leaves a rest below a nanosecond for each call.
        let room = each * self.quota;
        let wait = (after - now).checked_sub(room).filter(|wait| !wait.is_zero());
        let full_at = if wait.is_none() { after } else { full_at };
        buckets.insert(who, full_at);
        drop(buckets);
        let full = full_at - now;
        let left = room.saturating_sub(full).as_nanos() / each.as_nanos().max(1);
        Some(BucketState { quota: self.quota, left: u32::try_from(left).unwrap_or(u32::MAX), full, wait })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(n: u128) -> RateKey {
        RateKey::Key(Uuid::from_u128(n))
    }

    fn told(standing: &BucketState) -> (String, String) {
        let mut headers = HeaderMap::new();
        standing.tell(&mut headers);
        let text = |name: HeaderName| headers[name].to_str().unwrap().to_owned();
        (text(POLICY), text(LIMIT))
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let (rates, start) = (Rates::new(3), Instant::now());
        for (left, full) in [(2, 20), (1, 40), (0, 60)] {
            let standing = rates.take(key(1), start).unwrap();
            assert!(standing.check().is_ok());
            assert_eq!(told(&standing), ("\"default\";q=3;w=60".to_owned(), format!("\"default\";r={left};t={full}")));
        }
        let refused = rates.take(key(1), start + Duration::from_millis(500)).unwrap();
        let problem = refused.check().unwrap_err();
        assert_eq!((problem.status(), problem.code()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
        // What is refused costs nothing, and nobody else.
        assert_eq!(refused.wait, Some(Duration::from_millis(19_500)));
        assert!(rates.take(key(2), start).unwrap().check().is_ok());
        let waited = start + Duration::from_secs(20);
        assert!(rates.take(key(1), waited).unwrap().check().is_ok());
        assert!(rates.take(key(1), waited).unwrap().check().is_err());
        assert_eq!(rates.take(key(1), start + Duration::from_secs(600)).unwrap().left, 2);
    }

    #[test]
    fn none_is_any_number() {
        assert_eq!(Rates::new(0).take(key(1), Instant::now()), None);
    }

    #[test]
    fn a_network_is_one_caller() {
        let at = |text: &str| RateKey::at(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:0:0:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }

    #[test]
    fn there_are_only_so_many_buckets() {
        let (rates, start) = (Rates::new(1), Instant::now());
        for n in 0..MOST as u128 + 10 {
            rates.take(key(n), start);
        }
        let count = || rates.full_at.lock().unwrap().len();
        assert_eq!(count(), MOST + 1);
        assert!(rates.take(key(u128::MAX), start).unwrap().check().is_err());
        assert!(rates.take(key(u128::MAX), start + WINDOW).unwrap().check().is_ok());
        assert_eq!(count(), 1);
    }

    proptest! {
        /// In no minute more than the bucket holds and what flows into it; a burst never less than what was told.
        #[test]
        fn no_more_than_told(quota in 1_u32..5_000, steps in prop::collection::vec(0_u64..2_000, 1..400)) {
            let (rates, start) = (Rates::new(quota), Instant::now());
            let (mut now, mut taken, mut left) = (start, 0_u64, quota);
            for step in steps {
                now += Duration::from_millis(step);
                let standing = rates.take(key(1), now).unwrap();
                prop_assert!(left == 0 || standing.wait.is_none());
                taken += u64::from(standing.wait.is_none());
                let flowed = (now - start).as_nanos() * u128::from(quota) / WINDOW.as_nanos();
                prop_assert!(u128::from(taken) <= u128::from(quota) + flowed + 1);
                prop_assert!(standing.left <= quota && standing.full <= WINDOW);
                left = standing.left;
            }
        }
    }
}
