//! Scores counted up in flat memory: how many stand where, and their averages.

use crate::rounding::half_to_even;

/// Some scores of 0 to 100, with the ARR behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How many have each score.
    at: [u64; 101],
    /// In cents.
    pub arr: i128,
    weighted: i128,
    /// ARR above zero: what weighs.
    weight: i128,
}

impl Default for Tally {
    fn default() -> Self {
        Self { at: [0; 101], arr: 0, weighted: 0, weight: 0 }
    }
}

impl Tally {
    /// `arr` in cents.
    pub fn add(&mut self, score: i64, arr: Option<i64>) {
        let score = score.clamp(0, 100);
        if let Some(count) = usize::try_from(score).ok().and_then(|place| self.at.get_mut(place)) {
            *count += 1;
        }
        let arr = i128::from(arr.unwrap_or(0));
        self.arr += arr;
        self.weight += arr.max(0);
        self.weighted += arr.max(0) * i128::from(score);
    }

    pub fn count(&self) -> u64 {
        self.at.iter().sum()
    }

    /// In hundredths, as are the others; none of nothing.
    pub fn mean(&self) -> Option<i64> {
        let sum: i128 = self.at.iter().zip(0_i128..).map(|(count, score)| i128::from(*count) * score).sum();
        half_to_even(sum * 100, i128::from(self.count()))
    }

    /// Each score as often as its account pays; none where nobody pays anything.
    pub fn weighted_mean(&self) -> Option<i64> {
        half_to_even(self.weighted * 100, self.weight)
    }

    /// By nearest rank: the lowest score that at least so many percent of them do not exceed.
    pub fn percentile(&self, percent: u64) -> Option<i64> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        (0..).zip(&self.at).find_map(|(score, count)| {
            seen += count;
            (seen >= rank).then_some(score)
        })
    }

    /// How many have 0-9, 10-19, … 90-100.
    pub fn histogram(&self) -> [u64; 10] {
        let mut bins = [0; 10];
        for (place, count) in self.at.iter().enumerate() {
            if let Some(bin) = bins.get_mut((place / 10).min(9)) {
                *bin += count;
            }
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(scores: &[(i64, Option<i64>)]) -> Tally {
        let mut tally = Tally::default();
        scores.iter().for_each(|(score, arr)| tally.add(*score, *arr));
        tally
    }

    #[test]
    fn averages_and_percentiles() {
        let some = tally(&[(100, Some(300)), (0, Some(100)), (50, None), (51, Some(0))]);
        assert_eq!((some.count(), some.arr), (4, 400));
        assert_eq!((some.mean(), some.weighted_mean()), (Some(5_025), Some(7_500)));
        assert_eq!([10, 50, 75, 90].map(|percent| some.percentile(percent)), [Some(0), Some(50), Some(51), Some(100)]);
        assert_eq!(some.histogram(), [1, 0, 0, 0, 0, 2, 0, 0, 0, 1]);
        let none = Tally::default();
        assert_eq!((none.mean(), none.weighted_mean(), none.percentile(50)), (None, None, None));
    }

    proptest! {
        #[test]
        fn sorting_gives_the_same(scores in prop::collection::vec((0_i64..=100, prop::option::of(0_i64..1_000)), 1..80)) {
            let counted = tally(&scores);
            let mut sorted: Vec<i64> = scores.iter().map(|(score, _)| *score).collect();
            sorted.sort_unstable();
            for percent in [1, 10, 50, 90, 100] {
                let rank = (sorted.len() * percent).div_ceil(100);
                prop_assert_eq!(counted.percentile(percent as u64), Some(sorted[rank - 1]));
            }
            prop_assert_eq!(counted.histogram().iter().sum::<u64>(), counted.count());
            prop_assert_eq!(counted.count(), scores.len() as u64);
        }
    }
}
