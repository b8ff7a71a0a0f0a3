//! Risks into probabilities, by nothing but their order.

/// A step function that never falls: the likelihood of churn at each risk.
///
/// The non-decreasing function with the least squared error over what it was fitted on (Ayer, Brunk, Ewing, Reid and
/// Silverman 1955), used to calibrate scores since Zadrozny and Elkan, "Transforming classifier scores into accurate
/// multiclass probability estimates", 2002. It assumes no shape, and maps an index of any scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Isotonic {
    /// From the lowest risk to the highest, each with a higher share of churned than the one before. Never empty.
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    /// The lowest risk it was fitted on; it reaches to that of the next.
    from: i64,
    cases: u64,
    churned: u64,
}

impl Block {
    /// Its share is at least that of `other`; compared crosswise, so that nothing is rounded.
    fn as_high_as(self, other: Self) -> bool {
        u128::from(self.churned) * u128::from(other.cases) >= u128::from(other.churned) * u128::from(self.cases)
    }
}

impl Isotonic {
    /// Pools adjacent violators: of `(risk, churned)` in the order of risk, equal risks become one block, and a block
    /// whose share is not above that of the block before is merged with it, until all rise. None without a case.
    pub(crate) fn fit(cases: impl IntoIterator<Item = (i64, bool)>) -> Option<Self> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut ties: Option<Block> = None;
        for (risk, churned) in cases {
            let churned = u64::from(churned);
            match &mut ties {
                Some(block) if block.from == risk => {
                    block.cases += 1;
                    block.churned += churned;
                }
                _ => {
                    if let Some(block) = ties.replace(Block { from: risk, cases: 1, churned }) {
                        pool(&mut blocks, block);
                    }
                }
            }
        }
        pool(&mut blocks, ties?);
        Some(Self { blocks })
    }

    /// How likely a churn is at a risk, 0 to 1: the share of the last block that begins at it or below; below all of
    /// them, of the first.
    pub(crate) fn probability(&self, risk: i64) -> f64 {
        let at = self.blocks.partition_point(|block| block.from <= risk).saturating_sub(1);
        self.blocks.get(at).map_or(0.0, |block| block.churned as f64 / block.cases as f64)
    }
}

fn pool(blocks: &mut Vec<Block>, mut block: Block) {
    while let Some(before) = blocks.pop_if(|before| before.as_high_as(block)) {
        block = Block { from: before.from, cases: before.cases + block.cases, churned: before.churned + block.churned };
    }
    blocks.push(block);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(cases: &[(i64, bool)]) -> Vec<(i64, u64, u64)> {
        let fitted = Isotonic::fit(cases.iter().copied()).unwrap();
        fitted.blocks.iter().map(|block| (block.from, block.churned, block.cases)).collect()
    }

    const N: bool = false;
    const Y: bool = true;

    #[test]
    fn by_hand() {
        // Shares by risk 0, 1, 1/2, 0, 1: the fall from 1 to 0 pools three of them to 2 of 4.
        let cases = [(10, N), (20, Y), (30, Y), (30, N), (40, N), (50, Y)];
        assert_eq!(blocks(&cases), [(10, 0, 1), (20, 2, 4), (50, 1, 1)]);
        assert_eq!(blocks(&[(10, Y), (20, Y), (30, N), (40, N)]), [(10, 2, 4)], "reversed: the base rate");
        assert_eq!(blocks(&[(10, Y), (10, N), (10, N)]), [(10, 1, 3)], "constant: the base rate");
        assert_eq!(blocks(&[(10, N), (20, N), (30, Y)]), [(10, 0, 2), (30, 1, 1)], "perfect");
        assert_eq!(Isotonic::fit([]), None);
    }

    #[test]
    fn between_and_beyond() {
        let fitted = Isotonic::fit([(10, N), (20, Y), (20, N), (40, Y)]).unwrap();
        let found = [i64::MIN, 9, 10, 19, 20, 39, 40, i64::MAX].map(|risk| fitted.probability(risk));
        assert_eq!(found, [0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 1.0, 1.0]);
    }

    fn cases() -> impl Strategy<Value = Vec<(i64, bool)>> {
        prop::collection::vec((0_i64..12, any::<bool>()), 1..40).prop_map(|mut cases| {
            cases.sort_unstable();
            cases
        })
    }

    fn mean(cases: &[(i64, bool)]) -> f64 {
        cases.iter().filter(|case| case.1).count() as f64 / cases.len() as f64
    }

    proptest! {
        #[test]
        fn it_never_falls_and_keeps_the_sum(cases in cases()) {
            let fitted = Isotonic::fit(cases.iter().copied()).unwrap();
            let found: Vec<_> = cases.iter().map(|case| fitted.probability(case.0)).collect();
            prop_assert!(found.is_sorted());
            prop_assert!(found.iter().all(|share| (0.0..=1.0).contains(share)));
            let churned = cases.iter().filter(|case| case.1).count() as f64;
            prop_assert!((found.iter().sum::<f64>() - churned).abs() < 1e-9);
        }

        /// The least-squares solution in closed form (Robertson, Wright and Dykstra, "Order restricted statistical
        /// inference", 1988): the highest, over starts at or below, of the lowest mean, over ends at or above.
        #[test]
        fn it_is_the_max_of_mins(cases in cases()) {
            let fitted = Isotonic::fit(cases.iter().copied()).unwrap();
            for &(risk, _) in &cases {
                let starts = (0..=risk).filter_map(|from| cases.iter().position(|case| case.0 == from));
                let ends = || (risk..12).filter_map(|to| cases.iter().rposition(|case| case.0 == to));
                let expected = starts
                    .map(|start| ends().map(|end| mean(&cases[start..=end])).fold(f64::INFINITY, f64::min))
                    .fold(f64::NEG_INFINITY, f64::max);
                prop_assert!((fitted.probability(risk) - expected).abs() < 1e-12);
            }
        }
    }
}
