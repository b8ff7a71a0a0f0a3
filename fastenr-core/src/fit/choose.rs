//! How much is learned: the ridge with the smallest error on accounts that were left out.

use super::solve::{Coefficients, Sample, deviance};

/// From the strongest to the weakest.
const RIDGES: [f64; 6] = [300.0, 100.0, 30.0, 10.0, 3.0, 1.0];
const FOLDS: u32 = 5;

/// The ridge of the smallest summed deviance in five folds of accounts; none: no increment does better than the share that
/// churned.
pub(super) fn ridge(sample: Sample<'_>) -> Option<f64> {
    let mut sums = [0.0; RIDGES.len() + 1];
    for fold in 0..FOLDS {
        let left_out = |at: &usize| sample.cases.rows[*at].account % FOLDS == fold;
        let (tried, kept): (Vec<usize>, Vec<usize>) = sample.places.iter().partition(|at| left_out(at));
        let (tried, kept) = (Sample { places: &tried, ..sample }, Sample { places: &kept, ..sample });
        let mut fitted = Coefficients::none(kept);
        sums[0] += deviance(&fitted, tried);
        for (ridge, sum) in RIDGES.into_iter().zip(&mut sums[1..]) {
            // From one ridge to the next the coefficients are near.
            fitted = fitted.solve(kept, ridge);
            *sum += deviance(&fitted, tried);
        }
    }
    let best = sums.iter().enumerate().fold(0, |best, (place, sum)| if *sum < sums[best] { place } else { best });
    best.checked_sub(1).map(|place| RIDGES[place])
}
