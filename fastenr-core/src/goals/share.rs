//! How far a goal is: the direction it goes, whether it is there, and the share of the way.

use chrono::NaiveDate;

use super::WHOLE;

/// Which way a goal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The target is the start or above it: reached at the target and anywhere above.
    Up,
    /// The target is below the start, e.g. fewer tickets: reached at the target and anywhere below.
    Down,
}

impl Direction {
    /// A target that is the start goes up: "stay at 50 or above".
    pub const fn of(start: i64, target: i64) -> Self {
        if target < start { Self::Down } else { Self::Up }
    }

    /// Whether `current` is at `target` or beyond it.
    pub const fn has_reached(self, current: i64, target: i64) -> bool {
        match self {
            Self::Up => current >= target,
            Self::Down => current <= target,
        }
    }

    /// The way from `start` to `value`, positive in this direction.
    pub(super) fn way(self, start: i64, value: i64) -> i128 {
        let way = i128::from(value) - i128::from(start);
        if self == Self::Up { way } else { -way }
    }
}

/// Whether a goal that began at `start` has reached `target`.
pub const fn reached(start: i64, current: i64, target: i64) -> bool {
    Direction::of(start, target).has_reached(current, target)
}

/// `(current − start) / (target − start)` in basis points, rounded down, so that 10,000 and more is exactly
/// [`reached`]. Below 0 where it went the wrong way. A target that is the start is 10,000 once reached, else 0.
pub fn raw_share(start: i64, current: i64, target: i64) -> i64 {
    let direction = Direction::of(start, target);
    match direction.way(start, target) {
        0 => i64::from(direction.has_reached(current, target)) * WHOLE,
        // At most 2^64 times 10,000.
        need => saturated((direction.way(start, current) * i128::from(WHOLE)).div_euclid(need)),
    }
}

fn saturated(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// [`raw_share`] within 0 to 10,000, for a progress bar.
pub fn progress_share(start: i64, current: i64, target: i64) -> u16 {
    u16::try_from(raw_share(start, current, target).clamp(0, WHOLE)).unwrap_or(0)
}

/// The share of the time that is over, `(today − started_on) / (target_date − started_on)`, as a fraction of two
/// numbers of days, the second above 0. All of it on the target date and after, none of it until the day it began.
pub(super) fn time_gone(started_on: NaiveDate, target_date: NaiveDate, today: NaiveDate) -> (i64, i64) {
    if today >= target_date {
        (1, 1)
    } else if today <= started_on {
        (0, 1)
    } else {
        ((today - started_on).num_days(), (target_date - started_on).num_days())
    }
}

/// The share that a goal on a straight line has on `today`, 0 to 10,000 basis points, rounded down. A goal that was to be
/// reached on the day it began, or before, has all of it due on its target date.
pub fn expected_share(started_on: NaiveDate, target_date: NaiveDate, today: NaiveDate) -> u16 {
    let (gone, all) = time_gone(started_on, target_date, today);
    u16::try_from(gone * WHOLE / all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        const MIN: i64 = i64::MIN;
        const MAX: i64 = i64::MAX;
        for (start, current, target, raw, bar) in [
            (0, 0, 100, 0, 0),
            (0, 50, 100, 5_000, 5_000),
            (0, 100, 100, 10_000, 10_000),
            (0, 250, 100, 25_000, 10_000),
            (0, -1, 100, -100, 0),
            (0, 99_999, 100_000, 9_999, 9_999), // not yet
            (0, 1, 3, 3_333, 3_333),
            (0, -1, 3, -3_334, 0),
            // Fewer.
            (100, 100, 20, 0, 0),
            (100, 60, 20, 5_000, 5_000),
            (100, 20, 20, 10_000, 10_000),
            (100, 110, 20, -1_250, 0),
            // Nothing to go.
            (50, 50, 50, 10_000, 10_000),
            (50, 60, 50, 10_000, 10_000),
            (50, 49, 50, 0, 0),
            // All there is.
            (MIN, 0, MAX, 5_000, 5_000),
            (MAX, MIN, MIN, 10_000, 10_000),
            (0, MAX, 1, MAX, 10_000),
            (0, MIN, 1, MIN, 0),
        ] {
            assert_eq!(raw_share(start, current, target), raw, "{start} {current} {target}");
            assert_eq!(progress_share(start, current, target), bar, "{start} {current} {target}");
        }
    }

    #[test]
    fn expected_shares() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 1, d).unwrap();
        for (started, target, today, share) in [
            (1, 11, 1, 0),
            (1, 11, 6, 5_000),
            (1, 11, 11, 10_000),
            (1, 11, 12, 10_000),
            (5, 11, 1, 0),
            (5, 5, 4, 0),
            (5, 5, 5, 10_000),
            (5, 3, 2, 0),
            (5, 3, 4, 10_000), // due before it began
        ] {
            assert_eq!(expected_share(day(started), day(target), day(today)), share, "{started} {target} {today}");
        }
        assert_eq!(expected_share(NaiveDate::MIN, NaiveDate::MAX, NaiveDate::MAX), 10_000);
    }
}
