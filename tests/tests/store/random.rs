//! Random choices that a printed seed repeats.

/// A generator whose numbers follow from its seed; `FASTENR_TEST_SEED` gives another one.
pub(crate) struct Random(u64);

impl Random {
    /// Prints the seed, which a failing test shows.
    #[expect(clippy::print_stdout, reason = "a failing test shows its seed")]
    pub(crate) fn seeded(what: &str) -> Self {
        let seed = std::env::var("FASTENR_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_u64);
        println!("{what}: seed {seed}");
        Self(seed)
    }

    /// One whose numbers follow from this seed.
    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to `end`, which is left out.
    pub(crate) fn number(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// From 0 to `end`, which is left out.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number(end as u64)).unwrap_or(0)
    }

    pub(crate) fn one<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }
}
