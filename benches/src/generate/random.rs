//! SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and the same everywhere.

pub(crate) struct Random(u64);

impl Random {
    /// The generator of one row: rows are independent, so that a later edition can change one alone.
    pub(crate) fn of_row(seed: u64, row: u64) -> Self {
        let mut whole = Self(seed);
        let start = whole.next() ^ row.wrapping_mul(0xD134_2543_DE82_EF95);
        Self(start)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `end` - 1; 0 where `end` is 0. The bias is below 2^-32 for the small ends used here.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let high = self.next() >> 32;
        (high * end) >> 32
    }

    /// True in `percent` of 100 calls.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'t, T: ?Sized>(&mut self, list: &[&'t T]) -> &'t T {
        at(list, self.below(list.len() as u64))
    }

    /// From a list with weights.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(u64, T)]) -> T {
        let mut left = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in list {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        list[list.len() - 1].1
    }
}

/// The item at `n`, round and round.
pub(crate) fn at<T: Copy>(list: &[T], n: u64) -> T {
    list[usize::try_from(n % list.len() as u64).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_sequence() {
        // The reference implementation's first outputs for the seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn keeps_to_its_bounds_and_weights() {
        let mut random = Random::of_row(1, 1);
        let mut hits = [0_u32; 3];
        for _ in 0..30_000 {
            hits[random.weighted(&[(1, 0), (3, 1), (6, 2)])] += 1;
        }
        assert!((2_700..3_300).contains(&hits[0]) && (8_500..9_500).contains(&hits[1]), "{hits:?}");
        assert_eq!(random.below(0), 0);
    }
}
