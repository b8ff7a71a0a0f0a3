//! What a health score has to do before it is believed.

use serde::Serialize;

use super::figure::Figure;
use super::health::{BandShare, BeforeChurn};
use super::verdict::FEWEST_EVENTS;
use crate::model::Band;

/// A rule and whether it is met. The limits are usual in the industry, from secondary sources.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Acceptance {
    /// Stable, `snake_case`.
    pub line: &'static str,
    /// One sentence without a full stop.
    pub rule: &'static str,
    /// Null: nothing to measure.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub measured: Option<Figure>,
    /// The minimum or maximum, inclusive.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub limit: Figure,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = AcceptanceOutcome))]
pub enum Outcome {
    Met,
    NotMet,
    /// Fewer than [`FEWEST_EVENTS`] churns.
    TooFewToSay,
    /// Nothing to measure: no health score, or no case in the band.
    NotMeasured,
}

impl Outcome {
    /// For people; programs read it in `snake_case`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::TooFewToSay => "too few to say",
            Self::NotMeasured => "not measured",
        }
    }

    fn of(measured: Option<Figure>, events: usize, met: bool) -> Self {
        match measured {
            None => Self::NotMeasured,
            Some(_) if events < FEWEST_EVENTS => Self::TooFewToSay,
            Some(_) if met => Self::Met,
            Some(_) => Self::NotMet,
        }
    }
}

/// The three lines. `churned` of `cases` is the base rate, that of all cases, with a health or not.
pub(super) fn lines(
    bands: &[BandShare],
    before: BeforeChurn,
    churned: usize,
    cases: usize,
    events: usize,
) -> Vec<Acceptance> {
    let band = |wanted| bands.iter().find(|share| share.band == wanted);
    let (critical, critical_churned) = band(Band::Critical).map_or((0, 0), |share| (share.cases, share.churned_cases));
    let green = band(Band::Healthy).map_or(0, |share| share.cases);
    let banded: usize = bands.iter().map(|share| share.cases).sum();

    // Compared crosswise in whole numbers: 2/3 and 0.8 have no exact float.
    let times = Figure::of(critical_churned * cases, critical * churned);
    let share_green = Figure::of(green, banded);
    vec![
        Acceptance {
            line: "critical_churns",
            rule: "critical accounts churn at least 3 times as often as all accounts",
            measured: times,
            limit: Figure::new(3.0),
            outcome: Outcome::of(times, events, critical_churned * cases >= 3 * critical * churned),
        },
        Acceptance {
            line: "below_green_before_churn",
            rule: "at least two thirds of the churned accounts were below green 60 to 90 days before",
            measured: before.share(),
            limit: Figure::new(2.0 / 3.0),
            outcome: Outcome::of(before.share(), before.scored, 3 * before.below_green >= 2 * before.scored),
        },
        Acceptance {
            line: "share_green",
            rule: "at most 80 % of all accounts are green",
            measured: share_green,
            limit: Figure::new(0.8),
            // A share of the book needs no churn.
            outcome: Outcome::of(share_green, FEWEST_EVENTS, 5 * green <= 4 * banded),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(counts: [(usize, usize); 4]) -> Vec<BandShare> {
        let all: usize = counts.iter().map(|count| count.0).sum();
        let share = |(band, (cases, churned_cases)): (Band, (usize, usize))| BandShare {
            band,
            cases,
            churned_cases,
            share: Figure::of(cases, all),
            churn_rate: Figure::of(churned_cases, cases),
        };
        Band::SCORED.into_iter().zip(counts).map(share).collect()
    }

    fn outcomes(bands: &[BandShare], before: (usize, usize), churned: usize, cases: usize) -> [Outcome; 3] {
        let before = BeforeChurn { accounts: before.0, scored: before.0, below_green: before.1 };
        let lines = lines(bands, before, churned, cases, churned);
        [0, 1, 2].map(|line| lines[line].outcome)
    }

    use Outcome::{Met, NotMeasured, NotMet, TooFewToSay};

    #[test]
    fn limits_belong_to_what_is_accepted() {
        // 4 of 1,000 churn in 100; 12 % of the critical.
        let at = bands([(800, 10), (50, 10), (50, 8), (100, 12)]);
        assert_eq!(outcomes(&at, (30, 20), 40, 1_000), [Met, Met, Met]);
        let beyond = bands([(801, 10), (50, 10), (49, 9), (100, 11)]);
        assert_eq!(outcomes(&beyond, (30, 19), 40, 1_000), [NotMet, NotMet, NotMet]);
    }

    #[test]
    fn too_few_and_nothing() {
        let few = bands([(80, 1), (10, 1), (5, 1), (5, 3)]);
        assert_eq!(outcomes(&few, (29, 29), 6, 100), [TooFewToSay, TooFewToSay, Met]);
        assert_eq!(outcomes(&bands([(0, 0); 4]), (0, 0), 40, 1_000), [NotMeasured; 3]);
        assert_eq!(outcomes(&bands([(10, 0); 4]), (0, 0), 0, 40), [NotMeasured, NotMeasured, Met]);
    }

    #[test]
    fn the_base_rate_is_that_of_all_cases() {
        // 40 of 1,000 churn, 30 of which have no health: the critical ones, 10 of 50, churn 5 times as often.
        let found = lines(&bands([(50, 0), (0, 0), (0, 0), (50, 10)]), BeforeChurn::of(&[]), 40, 1_000, 40);
        assert_eq!(found[0].measured.map(Figure::value), Some(5.0));
    }
}
