//! Random numbers that never change: not with a platform, nor with the version of a crate.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014; constants of Vigna's
/// `splitmix64.c`). It draws samples; it keeps no secrets.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..bound`, each as likely as the others; 0 if the bound is 0 (Lemire, "Fast random integer generation in
    /// an interval", 2019: the upper half of a product, drawn again where its lower half would favour some).
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let mut product = (self.next() >> 32) * u64::from(bound);
        if product & LOW < u64::from(bound) {
            let uneven = u64::from(bound.wrapping_neg() % bound);
            while product & LOW < uneven {
                product = (self.next() >> 32) * u64::from(bound);
            }
        }
        (product >> 32) as u32
    }
}

/// The lower half of a product.
const LOW: u64 = 0xffff_ffff;

#[cfg(test)]
mod tests {
    use super::*;

    /// As the generator is published, for the seeds 0 and 1,234,567.
    #[test]
    fn published_numbers() {
        let first = |seed| {
            let mut random = Random::new(seed);
            std::array::from_fn::<_, 3, _>(|_| random.next())
        };
        assert_eq!(first(0), [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
        assert_eq!(first(1_234_567), [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn every_number_below_the_bound_is_as_likely() {
        let mut random = Random::new(7);
        for bound in [1_u32, 2, 3, 10, 37] {
            let mut drawn = vec![0_u32; bound as usize];
            for _ in 0..bound * 1_000 {
                drawn[random.below(bound) as usize] += 1;
            }
            assert!(drawn.iter().all(|&count| (850..1_150).contains(&count)), "{bound}: {drawn:?}");
        }
    }

    #[test]
    fn the_ends_of_the_bound() {
        let mut random = Random::new(1);
        assert_eq!(random.below(0), 0);
        assert!((0..1_000).all(|_| random.below(1) == 0));
        assert!((0..1_000).any(|_| random.below(u32::MAX) > u32::MAX / 2));
    }
}
