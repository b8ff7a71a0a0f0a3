//! How much a thing of the past still counts: `2^(-age / half-life)`, one value a day, in whole numbers.

use crate::rounding::half_to_even;

/// What a thing of today counts: one, in billionths.
pub(super) const WHOLE: i64 = 1_000_000_000;

/// Binary places of [`ROOTS`].
const PLACES: u32 = 62;

/// Binary digits of the exponent that are looked at: more would not change a billionth.
const DIGITS: usize = 32;

/// `2^(-1/2)`, `2^(-1/4)`, `2^(-1/8)` and so on: each is the square root of the one before. Whole numbers, so that every
/// machine has the same.
const ROOTS: [u128; DIGITS] = {
    let mut roots = [0; DIGITS];
    let mut last = 1 << (PLACES - 1);
    let mut place = 0;
    while place < DIGITS {
        last = u128::isqrt(last << PLACES);
        roots[place] = last;
        place += 1;
    }
    roots
};

/// What a thing `age` days old counts, in billionths: 10^9 today, half of it after `half_life` days. `half_life` is above 0;
/// a thing of the future counts as one of today.
pub(super) fn decay(age: i64, half_life: i64) -> i64 {
    let (age, half_life) = (age.max(0), half_life.max(1));
    let (halvings, rest) = (age / half_life, age % half_life);
    if halvings > 31 {
        return 0;
    }
    let exponent = (i128::from(rest) << DIGITS) / i128::from(half_life);
    let mut counts = 1_u128 << PLACES;
    for (place, root) in ROOTS.iter().enumerate() {
        if exponent >> (DIGITS - 1 - place) & 1 == 1 {
            counts = (counts * root) >> PLACES;
        }
    }
    let part = i128::try_from(counts).unwrap_or(0) * i128::from(WHOLE);
    half_to_even(part, 1 << (i64::from(PLACES) + halvings)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_exactly() {
        for half_life in [1, 2, 7, 45, 60, 3_650] {
            for (halvings, expected) in [(0, 1_000_000_000), (1, 500_000_000), (2, 250_000_000), (3, 125_000_000)] {
                assert_eq!(decay(halvings * half_life, half_life), expected, "{halvings} x {half_life}");
            }
        }
        assert_eq!((decay(-3, 45), decay(i64::MAX, 45), decay(40, 1)), (WHOLE, 0, 0));
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "days")]
    fn is_the_power_to_a_billionth_and_falls() {
        for half_life in [1, 3, 45, 60, 365] {
            for age in 0..400 {
                let power = (-(age as f64) / half_life as f64).exp2() * 1e9;
                assert!((decay(age, half_life) as f64 - power).abs() <= 1.0, "{age}/{half_life}");
                assert!(decay(age, half_life) >= decay(age + 1, half_life));
            }
        }
        // 2^(-1/45), 2^(-30/45), 2^(-90/60)
        assert_eq!((decay(1, 45), decay(30, 45), decay(90, 60)), (984_714_753, 629_960_525, 353_553_391));
    }
}
