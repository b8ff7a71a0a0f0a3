//! How much the whole book has, against which the coverage of one account is held.
//!
//! Coverage doesn't depend on the floor, only bands do. So one pass that counts coverages finds the means, and tells whether
//! the bands of a pass that began with other means stand.

use std::collections::BTreeMap;

use super::curve::BasisPoints;
use super::factor::{Band, ChurnFactor, Factor};
use super::facts::{Connected, Facts};
use super::model::Model;
use super::scores::Scores;
use super::weigh;
use crate::rounding::half_to_even;

/// A book of which less than this is known on average is told so, in basis points.
pub const LITTLE: BasisPoints = 2_500;

/// Mean coverages of the accounts that a run scores, onboarding ones aside; 0 where there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MeanCoverages {
    pub health: BasisPoints,
    pub churn: BasisPoints,
}

/// The coverage that is enough for a band: half of the mean, within the model's limits.
pub(super) fn floor(mean: BasisPoints, model: &Model) -> BasisPoints {
    limited(mean, (model.coverage.floor_min.0, model.coverage.floor_max.0))
}

fn limited(mean: BasisPoints, (least, most): (BasisPoints, BasisPoints)) -> BasisPoints {
    half_to_even(i128::from(mean), 2).unwrap_or(0).min(most).max(least)
}

/// Whether so little is known that there is no band.
pub(super) const fn is_little(coverage: BasisPoints, floor: BasisPoints) -> bool {
    coverage < floor || coverage == 0
}

/// What the floors ask of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    /// The least and the most that the floor of its model may be.
    limits: (BasisPoints, BasisPoints),
    onboarding: bool,
    /// It has a health whatever its coverage: it is onboarding, or a person set it.
    settled: bool,
    /// A factor of behaviour rests on data of its own.
    own: bool,
    health: BasisPoints,
    /// Of churn risk: without the level of health, and with it.
    churn: [BasisPoints; 2],
}

impl Kind {
    /// Whether health and churn risk have enough.
    fn judged(&self, known: MeanCoverages) -> (bool, bool) {
        let health = self.own && !is_little(self.health, limited(known.health, self.limits));
        let churn = self.churn_coverage(known);
        (health, !is_little(churn, limited(known.churn, self.limits)))
    }

    fn churn_coverage(&self, known: MeanCoverages) -> BasisPoints {
        let health = self.own && !is_little(self.health, limited(known.health, self.limits));
        let [without, with] = self.churn;
        if self.settled || health { with } else { without }
    }
}

/// The coverages of a book, counted in one pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    kinds: BTreeMap<Kind, u64>,
}

impl Survey {
    /// Counts an account; the floors by which it was scored don't matter.
    pub fn add(&mut self, facts: &Facts, scores: &Scores, model: &Model) {
        let health = &scores.health;
        let level = 1 << (Factor::ALL.len() + ChurnFactor::DecliningHealth.place());
        let with = scores.present().0 | level;
        // Earlier scores alone tell whether health declines.
        let earlier = facts.past.older.count > 0 && facts.past.recent.count > 0;
        let without = if earlier { with } else { with & !level };
        let onboarding = health.band == Band::Onboarding;
        let kind = Kind {
            limits: (model.coverage.floor_min.0, model.coverage.floor_max.0),
            onboarding,
            settled: onboarding || health.adjustment.is_some(),
            own: health.own,
            health: health.coverage,
            churn: [without, with].map(|set| weigh::churn_coverage(model, Connected(set))),
        };
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// The means. That of churn risk takes health for known where it passes its floor.
    pub fn known(&self) -> MeanCoverages {
        let known = MeanCoverages { health: self.mean(|kind| kind.health), churn: 0 };
        MeanCoverages { churn: self.mean(|kind| kind.churn_coverage(known)), ..known }
    }

    /// Whether the bands are the same by these means as by those that were found.
    pub fn agrees(&self, assumed: MeanCoverages) -> bool {
        let known = self.known();
        assumed == known || self.kinds.keys().all(|kind| kind.judged(assumed) == kind.judged(known))
    }

    /// Whether there is nobody to take a mean of.
    pub fn is_empty(&self) -> bool {
        self.kinds.keys().all(|kind| kind.onboarding)
    }

    fn mean(&self, coverage: impl Fn(&Kind) -> BasisPoints) -> BasisPoints {
        let counted = self.kinds.iter().filter(|(kind, _)| !kind.onboarding);
        let (sum, count) = counted.fold((0_i128, 0_i128), |(sum, all), (kind, count)| {
            (sum + i128::from(coverage(kind)) * i128::from(*count), all + i128::from(*count))
        });
        half_to_even(sum, count).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{MODEL, any_book, any_facts, any_model, book, nobody, steady, sum};
    use super::*;
    use crate::score::{Book, Usage, score};

    /// A book of these accounts, as one pass with any means finds it.
    fn survey(accounts: &[Facts], book: &Book, model: &Model) -> Survey {
        let mut survey = Survey::default();
        accounts.iter().for_each(|facts| survey.add(facts, &score(facts, book, model), model));
        survey
    }

    #[test]
    fn the_floor_is_half_of_the_mean_within_limits() {
        let floors = [0, 1_999, 2_000, 2_001, 2_003, 3_000, 4_000, 4_001, 10_000].map(|mean| floor(mean, &MODEL));
        assert_eq!(floors, [1_000, 1_000, 1_000, 1_000, 1_002, 1_500, 2_000, 2_000, 2_000]);
    }

    #[test]
    fn onboarding_accounts_are_not_counted() {
        let mut new = steady();
        new.account.contract_start = Some(new.as_of);
        assert_eq!(survey(&[new.clone()], &book(), &MODEL).known(), MeanCoverages::default());
        let one = survey(&[steady()], &book(), &MODEL).known();
        assert_eq!(survey(&[steady(), new], &book(), &MODEL).known(), one);
        assert!(one.health > 9_000, "{one:?}");
        let other = survey(&[nobody()], &book(), &MODEL).known();
        let both = survey(&[steady(), nobody()], &book(), &MODEL).known();
        assert_eq!(Some(both.health), half_to_even(i128::from(one.health + other.health), 2));
    }

    /// One calendar for 94 accounts of 700 does not unscore the others.
    #[test]
    fn a_few_who_are_known_well_move_the_floor_little() {
        let mut logins = nobody();
        logins.usage =
            Usage { first_row: Some(400), logins: sum(90, 28), adoption: sum(28 * 5_000, 28), ..Usage::default() };
        let book = Book { support_live: false, payments: false, ..book() };
        let mut all = vec![logins.clone(); 600];
        all.extend(vec![steady(); 94]);
        let known = survey(&all, &book, &MODEL).known();
        let scores = score(&logins, &Book { known, ..book }, &MODEL);
        assert_eq!((scores.health.coverage, scores.health.band == Band::InsufficientData), (2_200, false), "{known:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Whatever a pass begins with, it finds the same; and where it says that the bands stand, they do.
        #[test]
        fn one_pass_is_enough(
            accounts in prop::collection::vec(any_facts(), 1..6), book in any_book(), model in any_model(),
            assumed in (0..=10_000_i64, 0..=10_000_i64),
        ) {
            let assumed = Book { known: MeanCoverages { health: assumed.0, churn: assumed.1 }, ..book.clone() };
            let found = survey(&accounts, &assumed, &model);
            let known = found.known();
            let right = Book { known, ..book };
            prop_assert_eq!(&found, &survey(&accounts, &right, &model));
            prop_assert!(found.agrees(known));
            let bands = |book: &Book| -> Vec<_> {
                let scores = accounts.iter().map(|facts| score(facts, book, &model));
                scores.map(|of| (of.health.points, of.health.band, of.churn.points, of.churn.band)).collect()
            };
            if found.agrees(assumed.known) {
                prop_assert_eq!(bands(&assumed), bands(&right));
            }
        }
    }
}
