//! What the bands of the health score foretell.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::case::{Case, Trail};
use super::figure::Figure;
use crate::model::Band;
use crate::rounding::half_to_even;

/// The cases whose health was in a band at the cut-off.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BandShare {
    #[serde(serialize_with = "name")]
    pub band: Band,
    pub cases: usize,
    pub churned_cases: usize,
    /// Share of the cases with a health score. Null: no such cases.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub share: Option<Figure>,
    /// Share of the cases of this band that churned. Null: no cases.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub churn_rate: Option<Figure>,
}

fn name<S: serde::Serializer>(band: &Band, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(band.as_str())
}

/// Every band, the best first. Cases without one are in none.
pub(crate) fn shares(cases: &[Case]) -> Vec<BandShare> {
    let banded: Vec<(Band, bool)> = cases.iter().filter_map(|case| Some((case.band?, case.churned))).collect();
    let share = |of: Band| {
        let own = || banded.iter().filter(move |(band, _)| *band == of);
        let (count, churned) = (own().count(), own().filter(|(_, churned)| *churned).count());
        BandShare {
            band: of,
            cases: count,
            churned_cases: churned,
            share: Figure::of(count, banded.len()),
            churn_rate: Figure::of(churned, count),
        }
    };
    Band::SCORED.into_iter().map(share).collect()
}

/// Churned accounts, by their health before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BeforeChurn {
    pub(super) accounts: usize,
    /// Those of them with a health within [`DAYS_BEFORE`].
    pub(super) scored: usize,
    /// Those of them whose mean health within it was below green.
    pub(super) below_green: usize,
}

/// Of the readings of an account.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: i128,
    count: i128,
    /// The edge of the latest reading.
    green: Option<(i64, i64)>,
}

impl Mean {
    /// By the whole number that would be shown, as everywhere.
    fn is_below_green(&self) -> bool {
        let shown = half_to_even(self.sum, self.count * 100);
        shown.zip(self.green).is_some_and(|(shown, (_, green))| shown < green)
    }
}

/// The days before a churn in which there still is time to act and the churn should be foreseen; both ends included.
pub(super) const DAYS_BEFORE: std::ops::RangeInclusive<i64> = 60..=90;

impl BeforeChurn {
    pub(super) fn of(trails: &[Trail]) -> Self {
        let accounts: BTreeSet<u32> = trails.iter().map(|trail| trail.account).collect();
        let mut sums: BTreeMap<u32, Mean> = BTreeMap::new();
        for trail in trails {
            for reading in trail.readings.iter().filter(|reading| DAYS_BEFORE.contains(&reading.days_before)) {
                let mean = sums.entry(trail.account).or_default();
                mean.sum += i128::from(reading.health);
                mean.count += 1;
                // Where another model took over, its edge counts.
                let edge = (-reading.days_before, reading.green);
                mean.green = Some(mean.green.map_or(edge, |known| known.max(edge)));
            }
        }
        let below_green = sums.values().filter(|mean| mean.is_below_green()).count();
        Self { accounts: accounts.len(), scored: sums.len(), below_green }
    }

    /// Of the accounts that have a health in these days.
    pub(super) fn share(self) -> Option<Figure> {
        Figure::of(self.below_green, self.scored)
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::case::Reading;
    use super::*;

    fn trail(account: u32, readings: &[(i64, i64)]) -> Trail {
        let reading = |&(days_before, health)| Reading { days_before, health, green: 80 };
        Trail { account, readings: readings.iter().map(reading).collect() }
    }

    #[test]
    fn before_churn_by_hand() {
        let trails = [
            trail(1, &[(95, 9_000), (75, 7_000), (20, 1_000)]),
            trail(2, &[(90, 9_000), (60, 8_000), (59, 0), (91, 0)]),
            trail(3, &[(10, 500)]),
            trail(4, &[]),
            trail(5, &[(61, 8_400), (68, 7_400)]),
            trail(6, &[(80, 9_000)]),
            trail(6, &[(70, 6_800)]),
        ];
        // 1: 70; 2: 85; 5 and 6: 79.
        let before = BeforeChurn::of(&trails);
        assert_eq!(before, BeforeChurn { accounts: 6, scored: 4, below_green: 3 });
        assert_eq!(before.share().map(Figure::value), Some(0.75));
        assert_eq!(BeforeChurn::of(&[]).share(), None);
    }

    #[test]
    fn green_is_what_is_shown_as_80() {
        let below = |health| BeforeChurn::of(&[trail(1, &[(75, health)])]).below_green == 1;
        assert_eq!([7_900, 7_949, 7_950, 7_999, 8_000].map(below), [true, true, false, false, false]);
    }

    /// By the edge of the model that scored it, the latest one.
    #[test]
    fn green_is_what_the_model_calls_so() {
        let reading = |days_before, green| Reading { days_before, health: 7_500, green };
        let below = |readings: Vec<Reading>| BeforeChurn::of(&[Trail { account: 1, readings }]).below_green == 1;
        assert!(below(vec![reading(75, 80)]) && !below(vec![reading(75, 75)]) && below(vec![reading(75, 76)]));
        assert!(!below(vec![reading(61, 70), reading(88, 90)]) && below(vec![reading(88, 70), reading(61, 90)]));
    }

    #[test]
    fn shares_by_hand() {
        let cutoff = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let case = |(account, (band, churned))| Case { account, cutoff, risk: 0, churned, band };
        let (green, red) = (Some(Band::Healthy), Some(Band::Critical));
        let bands = [(green, false), (green, true), (red, true), (red, false), (None, true)];
        let shares = shares(&(0..).zip(bands).map(case).collect::<Vec<_>>());
        let found: Vec<_> = shares
            .iter()
            .map(|share| (share.band.as_str(), share.cases, share.churned_cases, share.share.map(Figure::value)))
            .collect();
        assert_eq!(
            found,
            [
                ("healthy", 2, 1, Some(0.5)),
                ("moderate", 0, 0, Some(0.0)),
                ("concern", 0, 0, Some(0.0)),
                ("critical", 2, 1, Some(0.5))
            ]
        );
        assert_eq!(shares[1].churn_rate, None);
        assert_eq!(shares[3].churn_rate.map(Figure::value), Some(0.5));
    }

    #[test]
    fn shares_of_nothing() {
        assert!(shares(&[]).iter().all(|share| share.cases == 0 && share.share.is_none()));
    }
}
