//! Rates in whole numbers, without floats.

/// `part / whole` to the nearest whole number, to the even one of two that are as near. None if `whole` isn't above 0; stops
/// at the largest number there is.
pub(crate) fn half_to_even(part: i128, whole: i128) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let (down, rest) = (part.div_euclid(whole), part.rem_euclid(whole));
    let up = rest * 2 > whole || (rest * 2 == whole && down % 2 != 0);
    Some(i64::try_from(down + i128::from(up)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_one() {
        for (part, whole, expected) in [
            (0, 5, Some(0)),
            (1, 2, Some(0)),
            (3, 2, Some(2)),
            (5, 2, Some(2)),
            (-1, 2, Some(0)),
            (-3, 2, Some(-2)),
            (1, 3, Some(0)),
            (2, 3, Some(1)),
            (-2, 3, Some(-1)),
            (1, 0, None),
            (1, -1, None),
            (i128::from(i64::MAX) + 1, 1, Some(i64::MAX)),
        ] {
            assert_eq!(half_to_even(part, whole), expected, "{part}/{whole}");
        }
    }
}
