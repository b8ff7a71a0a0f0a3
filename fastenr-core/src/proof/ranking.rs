//! What the order of the risks is worth: AUC, precision among the worst, lift.

use serde::Serialize;

use super::case::Case;
use super::figure::Figure;

/// Cases from the lowest risk to the highest. Those of equal risk are one run and have no order among them.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    cases: Vec<RankedCase>,
    /// Where each run ends in `cases`; the next one begins there.
    ends: Vec<usize>,
}

/// What is left of a case once it has its place.
#[derive(Debug, Clone, Copy)]
struct RankedCase {
    account: u32,
    churned: bool,
}

impl Ranking {
    /// `O(n log n)`; all that follows is `O(n)`.
    pub(crate) fn of(cases: &[Case]) -> Self {
        let mut sorted: Vec<&Case> = cases.iter().collect();
        sorted.sort_by_key(|case| case.risk);
        let ends = sorted
            .chunk_by(|a, b| a.risk == b.risk)
            .scan(0, |end, run| {
                *end += run.len();
                Some(*end)
            })
            .collect();
        let cases = sorted.iter().map(|case| RankedCase { account: case.account, churned: case.churned }).collect();
        Self { cases, ends }
    }

    /// The area under the ROC curve: how likely it is that of a churned and a retained case, drawn at random, the
    /// churned one has the higher risk, a tie counting a half. None without either kind.
    ///
    /// `AUC = (pairs in order + pairs tied / 2) / (churned · retained)`, which is the statistic of Mann and Whitney
    /// (1947) over the number of pairs (Bamber 1975; Hanley and McNeil, "The meaning and use of the area under a ROC
    /// curve", 1982).
    pub(crate) fn auc(&self) -> Option<Figure> {
        self.weighted_auc(|_| 1)
    }

    /// The same where each case counts as often as its account weighs. Twice the pairs are counted, in whole numbers.
    pub(crate) fn weighted_auc(&self, weight: impl Fn(u32) -> u64) -> Option<Figure> {
        let (mut churned, mut retained, mut twice) = (0_u64, 0_u64, 0_u128);
        let mut start = 0;
        for &end in &self.ends {
            let (mut churned_here, mut here) = (0, 0);
            for case in &self.cases[start..end] {
                let weight = weight(case.account);
                here += weight;
                churned_here += weight * u64::from(case.churned);
            }
            let retained_here = here - churned_here;
            twice += u128::from(churned_here) * u128::from(2 * retained + retained_here);
            churned += churned_here;
            retained += retained_here;
            start = end;
        }
        let pairs = u128::from(churned) * u128::from(retained);
        (pairs > 0).then(|| Figure::new(twice as f64 / (2 * pairs) as f64))
    }

    /// The share of churned among the `k` cases of the highest risk. None unless there are `k`, and `k` is not 0.
    ///
    /// Where the `k`-th is one of a run of equal risk, the run counts with its own share: the mean over all orders of the run
    /// (McSherry and Najork, "Computing information retrieval performance measures efficiently in the presence of tied
    /// scores", 2008).
    pub(crate) fn precision_at(&self, k: usize) -> Option<Figure> {
        if k == 0 || k > self.cases.len() {
            return None;
        }
        let (mut above, mut churned_above) = (0, 0);
        let mut end = self.cases.len();
        let starts = self.ends.iter().rev().skip(1).copied().chain([0]);
        for start in starts {
            let run = &self.cases[start..end];
            let churned = run.iter().filter(|case| case.churned).count();
            if above + run.len() >= k {
                let taken = k - above;
                let found = churned_above as f64 + (churned * taken) as f64 / run.len() as f64;
                return Some(Figure::new(found / k as f64));
            }
            above += run.len();
            churned_above += churned;
            end = start;
        }
        None
    }

    /// The run of equal risk that the end of the worst tenth divides; none: it divides none.
    pub(crate) fn ties_at_tenth(&self) -> Option<Ties> {
        let first = self.cases.len() - self.cases.len().div_ceil(10);
        // The run that ends behind the first place of the worst tenth.
        let run = self.ends.partition_point(|end| *end <= first);
        let (start, end) = (run.checked_sub(1).map_or(0, |before| self.ends[before]), *self.ends.get(run)?);
        (start < first).then_some(Ties { cases: end - start, counted: end - first })
    }

    /// The lift where each case counts as often as its account weighs.
    pub(crate) fn weighted_lift(&self, weight: impl Fn(u32) -> u64) -> Option<Figure> {
        let runs: Vec<(u64, u64)> = std::iter::once(0)
            .chain(self.ends.iter().copied())
            .zip(&self.ends)
            .map(|(start, end)| {
                self.cases[start..*end].iter().fold((0, 0), |(cases, churned), case| {
                    let weight = weight(case.account);
                    (cases + weight, churned + weight * u64::from(case.churned))
                })
            })
            .collect();
        let (all, all_churned) = runs.iter().fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        let worst = all.div_ceil(10);
        let (mut left, mut found) = (worst, 0.0);
        for (cases, churned) in runs.into_iter().rev().filter(|run| run.0 > 0) {
            let taken = cases.min(left);
            found += (churned * taken) as f64 / cases as f64;
            left -= taken;
        }
        (all_churned > 0).then(|| Figure::new(found * all as f64 / (worst as f64 * all_churned as f64)))
    }

    /// How many times as often the worst tenth churned as all did: `precision_at(⌈n / 10⌉) / base rate`
    /// (Piatetsky-Shapiro and Masand, "Estimating campaign benefits and modeling lift", 1999). 1 is chance, 10 the
    /// most. None where nothing churned.
    pub(crate) fn lift_at_tenth(&self) -> Option<Figure> {
        let churned = self.cases.iter().filter(|case| case.churned).count();
        let worst = self.precision_at(self.cases.len().div_ceil(10))?;
        (churned > 0).then(|| Figure::new(worst.value() * self.cases.len() as f64 / churned as f64))
    }
}

/// Cases of equal risk, of which only some fit into the worst tenth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ties {
    /// Cases with the risk of the last place in the worst tenth.
    pub cases: usize,
    /// How many of them the worst tenth has room for. Each of them counts with the churn of all.
    pub counted: usize,
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    /// Each case is an account of its own, lowest risk first; `true` churned.
    fn ranking(cases: &[(i64, bool)]) -> Ranking {
        let cutoff = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let cases = (0..).zip(cases);
        let cases = cases.map(|(account, &(risk, churned))| Case { account, cutoff, risk, churned, band: None });
        Ranking::of(&cases.collect::<Vec<_>>())
    }

    fn auc(cases: &[(i64, bool)]) -> Option<f64> {
        ranking(cases).auc().map(Figure::value)
    }

    const N: bool = false;
    const Y: bool = true;

    #[test]
    fn auc_by_hand() {
        // 2 churned · 3 retained: 40 is above 10, 20, 30; 20 above 10 and beside 20: 4.5 of 6.
        assert_eq!(auc(&[(10, N), (20, N), (20, Y), (30, N), (40, Y)]), Some(4.5 / 6.0));
        assert_eq!(auc(&[(10, N), (20, N), (30, Y), (40, Y)]), Some(1.0), "perfect");
        assert_eq!(auc(&[(10, Y), (20, Y), (30, N), (40, N)]), Some(0.0), "reversed");
        assert_eq!(auc(&[(10, Y), (10, N), (10, N), (10, Y)]), Some(0.5), "constant");
        assert_eq!(auc(&[(40, Y), (10, N), (30, N), (20, Y)]), Some(0.75), "in any order");
    }

    #[test]
    fn auc_needs_both_kinds() {
        assert_eq!(auc(&[]), None);
        assert_eq!(auc(&[(10, Y), (20, Y)]), None);
        assert_eq!(auc(&[(10, N)]), None);
    }

    #[test]
    fn a_weight_is_as_good_as_repeating_the_case() {
        let plain = [(10, N), (20, Y), (20, N), (20, N), (30, Y), (30, Y), (30, Y), (40, N)];
        let weighted = ranking(&[(10, N), (20, Y), (20, N), (30, Y), (40, N), (90, Y)]);
        let weights = [1, 1, 2, 3, 1, 0];
        assert_eq!(weighted.weighted_auc(|account| weights[account as usize]), ranking(&plain).auc());
        assert_eq!(weighted.weighted_auc(|_| 0), None);
    }

    #[test]
    fn precision_by_hand() {
        // From the worst: Y, then a run of four with one Y, then N.
        let ranking = ranking(&[(10, N), (20, Y), (20, N), (20, N), (20, N), (30, Y)]);
        let precision = |k| ranking.precision_at(k).map(Figure::value);
        assert_eq!(precision(0), None);
        assert_eq!(precision(1), Some(1.0));
        assert_eq!(precision(2), Some(1.25 / 2.0));
        assert_eq!(precision(3), Some(1.5 / 3.0));
        assert_eq!(precision(5), Some(2.0 / 5.0));
        assert_eq!(precision(6), Some(2.0 / 6.0));
        assert_eq!(precision(7), None);
    }

    #[test]
    fn lift_by_hand() {
        let lift = |cases: &[(i64, bool)]| ranking(cases).lift_at_tenth().map(Figure::value);
        let perfect: Vec<_> = (0..20).map(|risk| (risk, risk >= 18)).collect();
        assert_eq!(lift(&perfect), Some(10.0));
        let constant: Vec<_> = (0..20).map(|number| (5, number >= 15)).collect();
        assert_eq!(lift(&constant), Some(1.0));
        // 11 cases: the worst tenth are 2, of which one churned; 3 of 11 churned.
        let eleven: Vec<_> = (0..11).map(|risk| (risk, [10, 3, 1].contains(&risk))).collect();
        assert_eq!(lift(&eleven), Some(0.5 * 11.0 / 3.0));
        assert_eq!(lift(&[(1, N), (2, N)]), None);
        for cases in [perfect, constant, eleven] {
            let [weighted, plain] = [ranking(&cases).weighted_lift(|_| 1), ranking(&cases).lift_at_tenth()]
                .map(|lift| lift.unwrap().value());
            assert!((weighted - plain).abs() < 1e-12, "{weighted} {plain}");
            let twice: Vec<_> = cases.iter().flat_map(|case| [*case; 2]).collect();
            let doubled = ranking(&cases).weighted_lift(|_| 2).unwrap().value();
            assert!((doubled - ranking(&twice).lift_at_tenth().unwrap().value()).abs() < 1e-12);
        }
        assert_eq!(ranking(&[(1, Y), (2, N)]).weighted_lift(|_| 0), None);
        assert_eq!(lift(&[]), None);
    }

    #[test]
    fn ties_by_hand() {
        let ties = |cases: &[(i64, bool)]| ranking(cases).ties_at_tenth().map(|ties| (ties.cases, ties.counted));
        let of = |risk: fn(i64) -> i64| (0..20).map(|place| (risk(place), N)).collect::<Vec<_>>();
        assert_eq!(ties(&of(|place| place)), None);
        assert_eq!(ties(&of(|_| 7)), Some((20, 2)));
        // The worst two are a run of their own; then a run of three, of which one is among them.
        assert_eq!(ties(&of(|place| place.min(18))), None);
        assert_eq!(ties(&of(|place| if place == 19 { 30 } else { place.min(16) })), Some((3, 1)));
        assert_eq!((ties(&[]), ties(&[(1, Y)])), (None, None));
    }
}
