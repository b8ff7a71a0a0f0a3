//! Two scores of the same accounts on the same days: which of them puts those that churn first.

use std::fmt;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::bootstrap::{self, less};
use super::calibration::halves;
use super::case::{Case, Options};
use super::figure::Figure;
use super::health::{self, BandShare};
use super::isotonic::Isotonic;
use super::ranking::{Ranking, Ties};
use super::verdict::FEWEST_EVENTS;
use crate::model::Band;

/// An account as of a cut-off, scored twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// As the first score has it.
    pub first: Case,
    /// The risk of the second one, as in [`Case::risk`].
    pub risk: i64,
    /// Its band.
    pub band: Option<Band>,
}

/// What a score is worth on the cases of both. Null: too little data for the figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// 0.5 is chance, 1 perfect.
    pub auc: Option<Figure>,
    /// 95 % interval, lower end first; likewise of the others.
    pub auc_ci: Option<[Figure; 2]>,
    /// Churn rate of the tenth with the highest risk, as a multiple of the base rate.
    pub lift_at_10: Option<Figure>,
    pub lift_ci: Option<[Figure; 2]>,
    /// Cases of equal risk of which only some fit into that tenth. Null: its end divides none.
    pub ties_at_10: Option<Ties>,
    /// Mean squared error, over the later half of the cut-offs, of probabilities fitted on the earlier half; 0 is best.
    pub brier: Option<Figure>,
    pub brier_ci: Option<[Figure; 2]>,
    /// Every band of health, the best first.
    pub bands: Vec<BandShare>,
}

/// A figure of the second score less that of the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedDifference {
    pub value: Option<Figure>,
    /// 95 % interval: each draw of accounts weighs both scores alike.
    pub ci: Option<[Figure; 2]>,
}

/// Two scores on the same cases. Figures have four decimals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Days from the cut-off to the window.
    pub lead: u32,
    /// Days of the window.
    pub horizon: u32,
    pub accounts: usize,
    pub cutoffs: usize,
    pub cases: usize,
    pub churned_cases: usize,
    /// Accounts that churned.
    pub events: usize,
    pub base_rate: Option<Figure>,
    /// Brier score of the base rate of the earlier half for every case.
    pub brier_of_base_rate: Option<Figure>,
    pub first: Compared,
    pub second: Compared,
    pub auc_difference: PairedDifference,
    pub lift_difference: PairedDifference,
    pub brier_difference: PairedDifference,
    pub verdict: Preference,
    /// One sentence without a full stop.
    pub meaning: &'static str,
}

/// The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// Fewer than [`FEWEST_EVENTS`] accounts churned, or no interval could be made.
    TooFewToSay,
    /// Both put all cases into the same order.
    SameOrder,
    /// All of the interval of the difference is below 0.
    FirstIsBetter,
    /// All of it is above 0.
    SecondIsBetter,
    /// It includes 0.
    NoDifference,
}

impl Preference {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewToSay => "too few to say",
            Self::SameOrder => "same order",
            Self::FirstIsBetter => "first is better",
            Self::SecondIsBetter => "second is better",
            Self::NoDifference => "no difference beyond chance",
        }
    }

    /// What it means, one sentence without a full stop.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::TooFewToSay => {
                "fewer than 30 accounts churned in the windows, or there were none to compare them with: the figures are no \
                 evidence yet"
            }
            Self::SameOrder => "both models put all accounts into the same order: they differ only in scale and bands",
            Self::FirstIsBetter => {
                "the first model ranks accounts that churn above those that stay better, beyond chance"
            }
            Self::SecondIsBetter => {
                "the second model ranks accounts that churn above those that stay better, beyond chance"
            }
            Self::NoDifference => {
                "the interval of the difference includes 0: these customers can't tell the models apart by their order; choose \
                 by the bands, or test again with more churn"
            }
        }
    }
}

impl fmt::Display for Preference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Preference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One of the two, ready to be drawn.
struct Side {
    cases: Vec<Case>,
    ranking: Ranking,
    /// By case of the later half: its account and squared error.
    errors: Vec<(u32, f64)>,
}

impl Side {
    fn of(cases: Vec<Case>, (fitted, measured): (&[NaiveDate], &[NaiveDate])) -> Self {
        let mut by_risk = on(fitted, &cases);
        by_risk.sort_by_key(|case| case.risk);
        let isotonic = Isotonic::fit(by_risk.into_iter().map(|case| (case.risk, case.churned)));
        let error = |case: &Case| {
            let error = isotonic.as_ref()?.probability(case.risk) - f64::from(u8::from(case.churned));
            Some((case.account, error * error))
        };
        let errors = on(measured, &cases).iter().filter_map(error).collect();
        Self { ranking: Ranking::of(&cases), errors, cases }
    }

    /// AUC, lift and Brier score, where each case counts as often as its account weighs.
    fn figures(&self, weight: &dyn Fn(u32) -> u64) -> [Option<Figure>; 3] {
        let (mut sum, mut count) = (0.0, 0);
        for (account, error) in &self.errors {
            let weight = weight(*account);
            sum += weight as f64 * error;
            count += weight;
        }
        let brier = (count > 0).then(|| Figure::new(sum / count as f64));
        [self.ranking.weighted_auc(weight), self.ranking.weighted_lift(weight), brier]
    }

    fn compared(&self, [auc, lift, brier]: [Option<Figure>; 3], ends: [Option<[Figure; 2]>; 3]) -> Compared {
        Compared {
            auc,
            auc_ci: auc.and(ends[0]),
            lift_at_10: lift,
            lift_ci: lift.and(ends[1]),
            ties_at_10: self.ranking.ties_at_tenth(),
            brier,
            brier_ci: brier.and(ends[2]),
            bands: health::shares(&self.cases),
        }
    }
}

/// Judges two scores by what came after them. The pairs need no order.
pub fn compare(pairs: &[Pair], options: &Options) -> Comparison {
    let pairs = ordered(pairs);
    let accounts = pairs.last().map_or(0, |pair| pair.first.account + 1);
    let mut cutoffs: Vec<NaiveDate> = pairs.iter().map(|pair| pair.first.cutoff).collect();
    cutoffs.sort_unstable();
    cutoffs.dedup();
    let (fitted, measured) = halves(&cutoffs, options.horizon).unwrap_or((&[], &[]));
    let firsts: Vec<Case> = pairs.iter().map(|pair| pair.first).collect();
    let second = |pair: &Pair| Case { risk: pair.risk, band: pair.band, ..pair.first };
    let seconds: Vec<Case> = pairs.iter().map(second).collect();

    let churned = |cases: &[Case]| cases.iter().filter(|case| case.churned).count();
    let churned_cases = churned(&firsts);
    let by_account = firsts.chunk_by(|a, b| a.account == b.account);
    let events = by_account.filter(|own| own.iter().any(|case| case.churned)).count();
    let of_fitted = on(fitted, &firsts);
    let base = Figure::of(churned(&of_fitted), of_fitted.len()).map(Figure::value);
    let brier_of_base_rate = base.map(|base| super::brier(&on(measured, &firsts), |_| base));

    let sides = [Side::of(firsts, (fitted, measured)), Side::of(seconds, (fitted, measured))];
    let [first, second] = &sides;
    let differences =
        |one: &[Option<Figure>; 3], other: &[Option<Figure>; 3]| [0, 1, 2].map(|place| less(other[place], one[place]));
    let (of_first, of_second) = (first.figures(&|_| 1), second.figures(&|_| 1));
    let ends = bootstrap::intervals::<9>(accounts, options.repeats, options.seed, |weight| {
        let (one, other) = (first.figures(weight), second.figures(weight));
        let [auc, lift, brier] = differences(&one, &other);
        [one[0], one[1], one[2], other[0], other[1], other[2], auc, lift, brier]
    });
    let values = differences(&of_first, &of_second);
    let difference = |place: usize| PairedDifference { value: values[place], ci: values[place].and(ends[6 + place]) };
    let verdict = match (difference(0), values[0]) {
        _ if events < FEWEST_EVENTS => Preference::TooFewToSay,
        _ if is_same_order(&pairs) => Preference::SameOrder,
        (PairedDifference { ci: Some([_, high]), .. }, Some(_)) if high.value() < 0.0 => Preference::FirstIsBetter,
        (PairedDifference { ci: Some([low, _]), .. }, Some(_)) if low.value() > 0.0 => Preference::SecondIsBetter,
        (PairedDifference { ci: Some(_), .. }, Some(_)) => Preference::NoDifference,
        _ => Preference::TooFewToSay,
    };
    Comparison {
        lead: options.lead,
        horizon: options.horizon,
        accounts: accounts as usize,
        cutoffs: cutoffs.len(),
        cases: pairs.len(),
        churned_cases,
        events,
        base_rate: Figure::of(churned_cases, pairs.len()),
        brier_of_base_rate,
        first: first.compared(of_first, [ends[0], ends[1], ends[2]]),
        second: second.compared(of_second, [ends[3], ends[4], ends[5]]),
        auc_difference: difference(0),
        lift_difference: difference(1),
        brier_difference: difference(2),
        verdict,
        meaning: verdict.meaning(),
    }
}

/// The cases of some of the cut-offs.
fn on(cutoffs: &[NaiveDate], cases: &[Case]) -> Vec<Case> {
    cases.iter().filter(|case| cutoffs.contains(&case.cutoff)).copied().collect()
}

/// Whether each pair of cases is ordered, or tied, alike by both.
fn is_same_order(pairs: &[Pair]) -> bool {
    let mut risks: Vec<(i64, i64)> = pairs.iter().map(|pair| (pair.first.risk, pair.risk)).collect();
    risks.sort_unstable();
    risks.windows(2).all(|next| next[0].0.cmp(&next[1].0) == next[0].1.cmp(&next[1].1))
}

/// By account, and within one by cut-off; accounts are numbered by what their cases say, as in [`super::book::Book`].
fn ordered(pairs: &[Pair]) -> Vec<Pair> {
    type Content = (NaiveDate, bool, i64, Option<Band>, i64, Option<Band>);
    let content = |pair: &Pair| -> Content {
        let Case { cutoff, churned, risk, band, .. } = pair.first;
        (cutoff, churned, risk, band, pair.risk, pair.band)
    };
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable_by_key(|pair| (pair.first.account, content(pair)));
    let mut accounts: Vec<&[Pair]> = pairs.chunk_by(|a, b| a.first.account == b.first.account).collect();
    accounts.sort_by(|a, b| a.iter().map(content).cmp(b.iter().map(content)));
    let numbered = (0..)
        .zip(&accounts)
        .flat_map(|(account, own)| own.iter().map(move |pair| Pair { first: Case { account, ..pair.first }, ..*pair }));
    numbered.collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn pair(account: u32, month: i64, risks: (i64, i64), churned: bool) -> Pair {
        let cutoff = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap() + TimeDelta::days(30 * month);
        let band = |risk: i64| Some(if risk > 50 { Band::Critical } else { Band::Healthy });
        let first = Case { account, cutoff, risk: risks.0, churned, band: band(risks.0) };
        Pair { first, risk: risks.1, band: band(risks.1) }
    }

    fn compared(pairs: &[Pair]) -> Comparison {
        compare(pairs, &Options { horizon: 30, repeats: 200, ..Options::default() })
    }

    /// Sixty accounts at four cut-offs, of which the last third churn; `of` has the two risks of an account.
    fn book(of: impl Fn(u32) -> (i64, i64)) -> Vec<Pair> {
        let accounts = (0..90).flat_map(|account| (0..4).map(move |month| (account, month)));
        accounts.map(|(account, month)| pair(account, month, of(account), account >= 60)).collect()
    }

    #[test]
    fn verdicts_of_books() {
        let noise = |account: u32| i64::from(account * 37 % 101);
        let good = |account: u32| i64::from(account) + noise(account) / 2;
        let verdict = |of: &dyn Fn(u32) -> (i64, i64)| compared(&book(of)).verdict;
        assert_eq!(verdict(&|account| (noise(account), good(account))), Preference::SecondIsBetter);
        assert_eq!(verdict(&|account| (good(account), noise(account))), Preference::FirstIsBetter);
        assert_eq!(verdict(&|account| (good(account), good(account) * 3 + 7)), Preference::SameOrder);
        assert_eq!(verdict(&|account| (noise(account), i64::from(account * 53 % 97))), Preference::NoDifference);
        let few: Vec<Pair> = book(|account| (noise(account), good(account)))
            .into_iter()
            .filter(|pair| pair.first.account < 89)
            .collect();
        assert_eq!((compared(&few).events, compared(&few).verdict), (29, Preference::TooFewToSay));
        assert_eq!(compared(&[]).verdict, Preference::TooFewToSay);
    }

    fn pairs() -> impl Strategy<Value = Vec<Pair>> {
        let one = (0_u32..10, 0_i64..4, (0_i64..100, 0_i64..100), any::<bool>());
        let one = one.prop_map(|(account, month, risks, churned)| pair(account, month, risks, churned));
        prop::collection::vec(one, 0..40).prop_map(|mut pairs| {
            pairs.sort_by_key(|pair| (pair.first.account, pair.first.cutoff));
            pairs.dedup_by_key(|pair| (pair.first.account, pair.first.cutoff));
            pairs
        })
    }

    proptest! {
        /// Each side is what a back-test of it alone says, and nothing depends on the order.
        #[test]
        fn each_side_is_its_own_proof((pairs, shuffled) in pairs().prop_flat_map(|pairs| (Just(pairs.clone()), Just(pairs).prop_shuffle()))) {
            let found = compared(&pairs);
            let renamed: Vec<Pair> = shuffled
                .iter()
                .map(|pair| Pair { first: Case { account: 1_000 - pair.first.account * 7, ..pair.first }, ..*pair })
                .collect();
            prop_assert_eq!(&found, &compared(&renamed));
            let cases = |second: bool| -> Vec<Case> {
                let of = |pair: &Pair| if second { Case { risk: pair.risk, band: pair.band, ..pair.first } } else { pair.first };
                pairs.iter().map(of).collect()
            };
            for (side, second) in [(&found.first, false), (&found.second, true)] {
                let alone = super::super::prove(&cases(second), &[], &Options { horizon: 30, repeats: 0, ..Options::default() });
                // The order of a sum moves its last bits, and so a half either way.
                let near = |one: Option<Figure>, other: Option<Figure>| match (one, other) {
                    (Some(one), Some(other)) => (one.value() - other.value()).abs() < 1e-9,
                    (one, other) => one.is_none() && other.is_none(),
                };
                prop_assert_eq!(side.auc, alone.auc);
                prop_assert!(near(side.lift_at_10, alone.lift_at_10), "{:?} {:?}", side.lift_at_10, alone.lift_at_10);
                prop_assert!(near(side.brier, alone.brier), "{:?} {:?}", side.brier, alone.brier);
                prop_assert_eq!((&side.bands, side.ties_at_10), (&alone.bands, alone.ties_at_10));
                prop_assert!(near(found.brier_of_base_rate, alone.brier_of_base_rate));
            }
        }

        /// What is told of A and B is the mirror of what is told of B and A.
        #[test]
        fn turned_around_it_says_the_opposite(pairs in pairs()) {
            let turned: Vec<Pair> = pairs
                .iter()
                .map(|pair| Pair { first: Case { risk: pair.risk, band: pair.band, ..pair.first }, risk: pair.first.risk, band: pair.first.band })
                .collect();
            let (one, other) = (compared(&pairs), compared(&turned));
            prop_assert_eq!((&one.first.bands, &one.first.auc), (&other.second.bands, &other.second.auc));
            let value = |difference: PairedDifference| difference.value.map_or(0.0, Figure::value);
            prop_assert!((value(one.auc_difference) + value(other.auc_difference)).abs() < 1e-12);
        }
    }
}
