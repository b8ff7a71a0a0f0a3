//! The order of the accounts that need something: the more urgent first, then the more ARR, the nearer its renewal.

use std::cmp::Reverse;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::ops::dashboard::RENEWAL_DAYS;
use crate::rounding::half_to_even;
use crate::score::alerts::Severity;

/// As many times its ARR an account counts on the day of its renewal, and after it.
const MOST: i128 = 4;

/// The ARR in cents, weighted by how near the renewal is: `ARR × (1 + 3 × (90 − d) / 90)`, where `d` are the days until the
/// renewal, at least 0 and at most 90. Without a renewal date, and 90 days or more before it, it is the ARR itself; from the day
/// of the renewal on four times the ARR. Without an ARR it is 0.
pub fn weight(arr: Option<i64>, renewal: Option<NaiveDate>, today: NaiveDate) -> i64 {
    let whole = i128::from(RENEWAL_DAYS);
    let days = renewal.map_or(whole, |day| i128::from((day - today).num_days()).clamp(0, whole));
    let parts = i128::from(arr.unwrap_or(0)) * (whole + (MOST - 1) * (whole - days));
    half_to_even(parts, whole).unwrap_or(0)
}

/// An account that needs something, as far as its place in the order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ranked {
    pub(super) account: Uuid,
    pub(super) severity: Severity,
    /// See [`weight`].
    pub(super) weight: i64,
}

impl Ranked {
    /// Of equals the older account comes first.
    fn key(&self) -> (Reverse<Severity>, Reverse<i64>, Uuid) {
        (Reverse(self.severity), Reverse(self.weight), self.account)
    }
}

/// The first `limit`, in order.
pub(super) fn first(mut all: Vec<Ranked>, limit: usize) -> Vec<Ranked> {
    all.sort_unstable_by_key(Ranked::key);
    all.truncate(limit);
    all
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        "2026-12-01".parse().unwrap()
    }

    fn day(days: i64) -> Option<NaiveDate> {
        let back = || today().checked_sub_days(Days::new(days.unsigned_abs()));
        if days < 0 { back() } else { today().checked_add_days(Days::new(days.unsigned_abs())) }
    }

    #[test]
    fn weights_by_hand() {
        for (days, expected) in
            [(None, 1_000), (Some(200), 1_000), (Some(90), 1_000), (Some(60), 2_000), (Some(45), 2_500)]
                .into_iter()
                .chain([(Some(30), 3_000), (Some(0), 4_000), (Some(-10), 4_000)])
        {
            assert_eq!(weight(Some(1_000), days.and_then(day), today()), expected, "{days:?}");
        }
        assert_eq!((weight(None, day(1), today()), weight(Some(1), day(89), today())), (0, 1));
    }

    fn ranked() -> impl Strategy<Value = Ranked> {
        (0..3_usize, 0..4_i64, any::<u128>()).prop_map(|(severity, weight, id)| Ranked {
            account: Uuid::from_u128(id),
            severity: Severity::ALL[severity],
            weight,
        })
    }

    proptest! {
        #[test]
        fn nearer_and_larger_weigh_more(arr in 0..1_000_000_000_000_i64, more in 0..1_000_i64, days in -100..200_i64, later in 0..50_i64) {
            let of = |arr: i64, days: i64| weight(Some(arr), day(days), today());
            prop_assert!(of(arr, days) >= of(arr, days + later));
            prop_assert!(of(arr + more, days) >= of(arr, days));
            prop_assert!((arr..=4 * arr).contains(&of(arr, days)));
        }

        #[test]
        fn the_order_is_one(all in prop::collection::vec(ranked(), 0..30), limit in 0..30_usize, turn in 0..30_usize) {
            let found = first(all.clone(), limit);
            let mut turned = all.clone();
            turned.rotate_left(turn.min(all.len()));
            prop_assert_eq!(&found, &first(turned, limit));
            prop_assert_eq!(found.len(), limit.min(all.len()));
            for pair in found.windows(2) {
                prop_assert!((pair[0].severity, pair[0].weight) >= (pair[1].severity, pair[1].weight));
            }
        }
    }
}
