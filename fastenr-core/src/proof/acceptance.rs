//! What a health score has to do before it is believed.

use serde::Serialize;

use super::bootstrap;
use super::case::{Case, Options};
use super::figure::Figure;
use super::health::BeforeChurn;
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
    /// 95 % interval of `measured`, by resampling accounts, lower end first. Null: too little data for one.
    #[cfg_attr(feature = "schema", schema(value_type = Option<[f64; 2]>))]
    pub interval: Option<[Figure; 2]>,
    /// The minimum or maximum, inclusive.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub limit: Figure,
    /// Churned accounts to expect in what is measured: in the band by the base rate, or below green by the limit. With fewer than
    /// 10 the outcome is `too_few_to_say`. Null: the line needs no churn.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub expected_events: Option<Figure>,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = AcceptanceOutcome))]
pub enum Outcome {
    Met,
    NotMet,
    /// Fewer than [`FEWEST_EVENTS`] churns, or fewer than [`FEWEST_EXPECTED`] to expect.
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

    fn of(measured: Option<Figure>, events: usize, expected: Option<Figure>, met: bool) -> Self {
        match measured {
            None => Self::NotMeasured,
            Some(_) if events < FEWEST_EVENTS => Self::TooFewToSay,
            Some(_) if expected.is_some_and(|expected| expected.value() < FEWEST_EXPECTED) => Self::TooFewToSay,
            Some(_) if met => Self::Met,
            Some(_) => Self::NotMet,
        }
    }
}

/// With fewer churned accounts to expect, a share of them is no evidence.
pub const FEWEST_EXPECTED: f64 = 10.0;

/// What the lines are made of, in numbers of cases; of all accounts, or of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) critical: usize,
    pub(super) critical_churned: usize,
    pub(super) green: usize,
    /// Cases with a band.
    pub(super) banded: usize,
    /// All cases, with a band or not: the base rate is theirs.
    pub(super) cases: usize,
    pub(super) churned: usize,
}

impl Counts {
    pub(super) fn of(cases: &[Case]) -> Self {
        let mut counts = Self::default();
        for case in cases {
            let critical = case.band == Some(Band::Critical);
            counts.critical += usize::from(critical);
            counts.critical_churned += usize::from(critical && case.churned);
            counts.green += usize::from(case.band == Some(Band::Healthy));
            counts.banded += usize::from(case.band.is_some());
            counts.cases += 1;
            counts.churned += usize::from(case.churned);
        }
        counts
    }

    /// So many times the other's more.
    fn add(&mut self, other: &Self, weight: usize) {
        self.critical += other.critical * weight;
        self.critical_churned += other.critical_churned * weight;
        self.green += other.green * weight;
        self.banded += other.banded * weight;
        self.cases += other.cases * weight;
        self.churned += other.churned * weight;
    }

    /// How many times as often as all the critical ones churned.
    fn times(&self) -> Option<Figure> {
        Figure::of(self.critical_churned * self.cases, self.critical * self.churned)
    }

    fn share_green(&self) -> Option<Figure> {
        Figure::of(self.green, self.banded)
    }
}

/// The three lines, of the counts of each account. `events` are the accounts that churned.
pub(super) fn lines(accounts: &[Counts], before: &BeforeChurn, events: usize, options: &Options) -> Vec<Acceptance> {
    let mut all = Counts::default();
    accounts.iter().for_each(|own| all.add(own, 1));
    let (repeats, seed) = (options.repeats, options.seed);
    let count = u32::try_from(accounts.len()).unwrap_or(u32::MAX);
    let [times_within, green_within] = bootstrap::intervals(count, repeats, seed, |weight| {
        let mut drawn = Counts::default();
        for (own, account) in accounts.iter().zip(0..) {
            drawn.add(own, usize::try_from(weight(account)).unwrap_or(0));
        }
        [drawn.times(), drawn.share_green()]
    });
    let scored = u32::try_from(before.scored).unwrap_or(u32::MAX);
    let [before_within] = bootstrap::intervals(scored, repeats, seed, |weight| {
        // Which of them were below green does not matter, only how many.
        let below = (0..scored).filter(|account| (*account as usize) < before.below_green).map(weight).sum::<u64>();
        [Figure::of(usize::try_from(below).unwrap_or(0), before.scored)]
    });

    // Compared crosswise in whole numbers: 2/3 and 0.8 have no exact float.
    let (times, share_green) = (all.times(), all.share_green());
    let in_band = Figure::of(events * all.critical, all.cases);
    let before_limit = Figure::new(2.0 / 3.0);
    let before_expected = Figure::of(2 * before.scored, 3);
    vec![
        Acceptance {
            line: "critical_churns",
            rule: "critical accounts churn at least 3 times as often as all accounts",
            measured: times,
            interval: times.and(times_within),
            limit: Figure::new(3.0),
            expected_events: in_band,
            outcome: Outcome::of(
                times,
                events,
                in_band,
                all.critical_churned * all.cases >= 3 * all.critical * all.churned,
            ),
        },
        Acceptance {
            line: "below_green_before_churn",
            rule: "at least two thirds of the churned accounts were below green 60 to 90 days before",
            measured: before.share(),
            interval: before.share().and(before_within),
            limit: before_limit,
            expected_events: before_expected,
            outcome: Outcome::of(
                before.share(),
                before.scored,
                before_expected,
                3 * before.below_green >= 2 * before.scored,
            ),
        },
        Acceptance {
            line: "share_green",
            rule: "at most 80 % of all accounts are green",
            measured: share_green,
            interval: share_green.and(green_within),
            limit: Figure::new(0.8),
            expected_events: None,
            // A share of the book needs no churn.
            outcome: Outcome::of(share_green, FEWEST_EVENTS, None, 5 * all.green <= 4 * all.banded),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each number of cases and of churned ones, of the bands in their order, and those without one; an account each.
    fn outcomes(bands: [(usize, usize); 5], before: (usize, usize), events: usize) -> [Acceptance; 3] {
        let bands = [Some(Band::Healthy), Some(Band::Moderate), Some(Band::Concern), Some(Band::Critical), None]
            .into_iter()
            .zip(bands);
        let account = |(band, (cases, churned)): (Option<Band>, (usize, usize))| {
            let cutoff = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
            let case = |number| Case { account: 0, cutoff, risk: 0, churned: number < churned, band };
            (0..cases).map(|number| Counts::of(&[case(number)])).collect::<Vec<_>>()
        };
        let accounts: Vec<Counts> = bands.flat_map(account).collect();
        let before = BeforeChurn { accounts: before.0, scored: before.0, below_green: before.1 };
        lines(&accounts, &before, events, &Options { repeats: 200, ..Options::default() }).try_into().unwrap()
    }

    fn of(lines: [Acceptance; 3]) -> [Outcome; 3] {
        lines.map(|line| line.outcome)
    }

    use Outcome::{Met, NotMeasured, NotMet, TooFewToSay};

    #[test]
    fn limits_belong_to_what_is_accepted() {
        // 4 of 1,000 churn in 100; 12 % of the critical.
        let at = [(800, 10), (50, 10), (50, 8), (100, 12), (0, 0)];
        assert_eq!(of(outcomes(at, (30, 20), 100)), [Met, Met, Met]);
        let beyond = [(801, 10), (50, 10), (49, 9), (100, 11), (0, 0)];
        assert_eq!(of(outcomes(beyond, (30, 19), 100)), [NotMet, NotMet, NotMet]);
    }

    #[test]
    fn too_few_and_nothing() {
        let few = [(80, 1), (10, 1), (5, 1), (5, 3), (0, 0)];
        assert_eq!(of(outcomes(few, (29, 29), 6)), [TooFewToSay, TooFewToSay, Met]);
        assert_eq!(of(outcomes([(0, 0); 5], (0, 0), 40)), [NotMeasured; 3]);
        assert_eq!(
            of(outcomes([(10, 0), (10, 0), (10, 0), (10, 0), (0, 0)], (0, 0), 0)),
            [NotMeasured, NotMeasured, Met]
        );
    }

    /// 99 of 1,000 accounts are critical: of 100 churned ones 9.9 would be by chance.
    #[test]
    fn ten_have_to_be_expected() {
        let lines = outcomes([(901, 50), (0, 0), (0, 0), (99, 50), (0, 0)], (40, 30), 100);
        assert_eq!((lines[0].outcome, lines[0].expected_events.map(Figure::rounded)), (TooFewToSay, Some(9.9)));
        assert_eq!(outcomes([(900, 50), (0, 0), (0, 0), (100, 50), (0, 0)], (40, 30), 100)[0].outcome, Met);
    }

    #[test]
    fn the_base_rate_is_that_of_all_cases() {
        // 40 of 1,000 churn, 30 of which have no health: the critical ones, 10 of 50, churn 5 times as often.
        let found = outcomes([(50, 0), (0, 0), (0, 0), (50, 10), (900, 30)], (0, 0), 40);
        assert_eq!(found[0].measured.map(Figure::value), Some(5.0));
    }

    /// The interval of a share is what the normal approximation says it is.
    #[test]
    fn intervals_are_as_wide_as_theory_says() {
        let found = outcomes([(400, 0), (600, 50), (0, 0), (0, 0), (0, 0)], (100, 80), 50);
        for (line, share, count) in [(&found[1], 0.8, 100.0), (&found[2], 0.4, 1_000.0)] {
            let [low, high] = line.interval.unwrap().map(Figure::value);
            let expected = 2.0 * 1.96 * f64::sqrt(share * (1.0 - share) / count);
            assert!(low < share && share < high && (0.75..1.3).contains(&((high - low) / expected)), "{line:?}");
        }
        assert_eq!(found[0].interval, None);
    }
}
