//! How likely an account is to churn, by the [`Probability`] of its model, and whether the last closed window bears that out.
//!
//! The order of accounts lasts, the level moves with the base rate: so the multiple of the usual is always told, the percent only
//! while about as many churned as were expected.

use chrono::{Days, NaiveDate};

use super::curve::BasisPoints;
use super::model::{FingerprintedModel, Probability};
use super::{Band, Health};
use crate::rounding::half_to_even;

/// Observed for each expected, in hundredths: the percent is told within these.
const ACCEPTED: std::ops::RangeInclusive<i64> = 70..=140;
/// Fewer expected, in hundredths, and fewer observed are too few to say.
const FEWEST: i64 = 1_000;

/// What became of the accounts that a model had scored on a day, in the window that its probability is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbabilityCheck {
    /// The day of the scores.
    pub scored_on: NaiveDate,
    /// Those that had a score and were still customers when the window began.
    pub accounts: i64,
    /// How many of them were to churn in the window, in hundredths, and how many did.
    pub expected: i64,
    pub observed: i64,
}

/// What a check says of the percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckVerdict {
    /// About as many churned as were expected.
    Holds,
    /// Too few churned to say.
    TooFew,
    /// Many more, or fewer, churned: the percent is hidden.
    Off,
    /// There are no scores that are old enough: the percent is shown.
    Unchecked,
    /// The score is of a past day, of which the check says nothing: the percent is hidden.
    Past,
}

impl CheckVerdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::TooFew => "too_few",
            Self::Off => "off",
            Self::Unchecked => "unchecked",
            Self::Past => "past",
        }
    }

    pub const fn shows_percent(self) -> bool {
        !matches!(self, Self::Off | Self::Past)
    }
}

impl ProbabilityCheck {
    /// The day of the scores whose window was over by the day before `today`.
    pub fn day(probability: &Probability, today: NaiveDate) -> Option<NaiveDate> {
        today.checked_sub_days(Days::new(u64::from(probability.lead) + u64::from(probability.horizon) + 1))
    }

    /// Counts accounts by their health score, each with those of them that churned.
    pub fn of(
        scored_on: NaiveDate,
        probability: &Probability,
        scores: impl IntoIterator<Item = (i64, i64, i64)>,
    ) -> Self {
        let (mut check, mut expected) = (Self { scored_on, accounts: 0, expected: 0, observed: 0 }, 0_i128);
        for (health, accounts, churned) in scores {
            check.accounts += accounts;
            check.observed += churned;
            expected += i128::from(accounts) * i128::from(probability.at(health * 100));
        }
        check.expected = half_to_even(expected, 100).unwrap_or(0);
        check
    }

    /// The first and the last day on which churn counts.
    pub fn window(scored_on: NaiveDate, probability: &Probability) -> (NaiveDate, NaiveDate) {
        let after = |days: u32| scored_on.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX);
        (after(probability.lead.saturating_add(1)), after(probability.lead.saturating_add(probability.horizon)))
    }

    /// Observed for each expected, in hundredths.
    pub fn ratio(&self) -> Option<i64> {
        half_to_even(i128::from(self.observed) * 10_000, i128::from(self.expected))
    }

    fn verdict(&self) -> CheckVerdict {
        let too_few = self.expected < FEWEST && self.observed * 100 < FEWEST;
        match self.ratio() {
            _ if too_few => CheckVerdict::TooFew,
            Some(ratio) if ACCEPTED.contains(&ratio) => CheckVerdict::Holds,
            _ => CheckVerdict::Off,
        }
    }
}

/// How likely one account is to churn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likelihood {
    /// The window: more than `lead` days later, at most `lead + horizon`.
    pub lead: u32,
    pub horizon: u32,
    /// As a multiple of the usual, in hundredths; none where the model does not say what is usual.
    pub times_usual: Option<i64>,
    /// In hundredths of a percent; none where it is hidden.
    pub percent: Option<BasisPoints>,
    pub verdict: CheckVerdict,
    pub check: Option<ProbabilityCheck>,
    /// First and last day of the check's window.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// The day whose scores a check would need.
    pub needed: Option<NaiveDate>,
}

impl Likelihood {
    /// At a health score that the model knows: none where it has no probability, too little is known, or a person set the score.
    /// Of a day before `today` there is the multiple alone.
    pub fn of(listed: &FingerprintedModel, health: &Health, (day, today): (NaiveDate, NaiveDate)) -> Option<Self> {
        let known = health.band != Band::InsufficientData && health.adjustment.is_none();
        if known { Self::at(listed, health.score, (day, today)) } else { None }
    }

    /// The same of a score that the model gave.
    pub fn at(listed: &FingerprintedModel, score: i64, (day, today): (NaiveDate, NaiveDate)) -> Option<Self> {
        let probability = listed.model.probability.as_ref()?;
        let points = score * 100;
        let check = listed.check.filter(|_| day == today);
        let verdict = match check {
            _ if day != today => CheckVerdict::Past,
            Some(check) => check.verdict(),
            None => CheckVerdict::Unchecked,
        };
        Some(Self {
            lead: probability.lead,
            horizon: probability.horizon,
            times_usual: probability.times_usual(points),
            percent: verdict.shows_percent().then(|| probability.at(points)),
            verdict,
            check,
            window: check.map(|check| ProbabilityCheck::window(check.scored_on, probability)),
            needed: ProbabilityCheck::day(probability, today),
        })
    }

    /// All of it in words: how likely, and what speaks for the percent or against it.
    pub fn lines(&self) -> [String; 2] {
        let said: Vec<String> = self.usual().into_iter().chain(self.percent_words()).collect();
        let said = if said.is_empty() { "not shown".to_owned() } else { said.join("; ") };
        [said, self.note()]
    }

    /// The multiple in words: `about 3 times the usual`.
    pub fn usual(&self) -> Option<String> {
        self.times_usual.map(times)
    }

    /// The percent in words, with its window.
    pub fn percent_words(&self) -> Option<String> {
        let percent = self.percent?;
        let (first, last) = (self.lead.saturating_add(1), self.lead.saturating_add(self.horizon));
        let percent = half_to_even(i128::from(percent), 10).unwrap_or(0);
        Some(format!("{}.{} % of such accounts churn {first} to {last} days later", percent / 10, percent % 10))
    }

    /// What the check found, or why there is none.
    pub fn note(&self) -> String {
        let (Some(check), Some((from, to))) = (self.check, self.window) else {
            return match (self.verdict, self.needed) {
                (CheckVerdict::Past, _) => "the percent is shown for today only".to_owned(),
                (_, Some(day)) => format!("not checked yet: the model has no scores of {day}"),
                (_, None) => "not checked yet".to_owned(),
            };
        };
        let expected = half_to_even(i128::from(check.expected), 10).unwrap_or(0);
        let churned = if check.observed == 1 { "1 account" } else { &*format!("{} accounts", check.observed) };
        let found = format!("from {from} to {to} {churned} churned, {}.{} expected", expected / 10, expected % 10);
        let ratio =
            check.ratio().map_or_else(String::new, |ratio| format!(" ({}.{:02} times)", ratio / 100, ratio % 100));
        match self.verdict {
            CheckVerdict::TooFew => format!("too few churned to check it: {found}"),
            CheckVerdict::Off => format!("percent hidden, fit the model again: {found}{ratio}, 0.7 to 1.4 is accepted"),
            CheckVerdict::Holds | CheckVerdict::Unchecked | CheckVerdict::Past => format!("checked: {found}{ratio}"),
        }
    }
}

/// A multiple of the usual, in hundredths, as people say it: no more digits than it is good for.
pub fn times(hundredths: i64) -> String {
    let tenths = half_to_even(i128::from(hundredths), 10).unwrap_or(0);
    match tenths {
        ..=0 => "less than 0.1 times the usual".to_owned(),
        10 => "about the usual".to_owned(),
        20 => "about 2 times the usual".to_owned(),
        30.. => format!("about {} times the usual", half_to_even(i128::from(hundredths), 100).unwrap_or(0)),
        _ => format!("about {}.{} times the usual", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::*;

    const DAY: &str = "2026-03-01";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A tenth churns at a health of 100, half at 0; the usual is a tenth.
    fn listed(check: Option<(i64, i64)>) -> FingerprintedModel {
        let text =
            "name = \"Ours\"\n[probability]\nlead = 30\nhorizon = 90\nbase_rate = 10\ncurve = [[0, 50], [100, 10]]\n";
        let check = check.map(|(expected, observed)| ProbabilityCheck {
            scored_on: day("2025-10-31"),
            accounts: 400,
            expected,
            observed,
        });
        FingerprintedModel { check, ..Model::parse(text).unwrap().into() }
    }

    fn at(check: Option<(i64, i64)>, on: &str) -> Likelihood {
        Likelihood::at(&listed(check), 50, (day(on), day(DAY))).unwrap()
    }

    #[test]
    fn the_percent_is_shown_while_the_last_window_bears_it_out() {
        for (check, verdict, note) in [
            (None, CheckVerdict::Unchecked, "not checked yet: the model has no scores of 2025-10-31"),
            (
                Some((2_000, 14)),
                CheckVerdict::Holds,
                "checked: from 2025-12-01 to 2026-02-28 14 accounts churned, 20.0 expected (0.70 times)",
            ),
            (Some((2_000, 28)), CheckVerdict::Holds, "checked: "),
            (Some((2_000, 13)), CheckVerdict::Off, "percent hidden, fit the model again: from 2025-12-01 to "),
            (Some((2_000, 29)), CheckVerdict::Off, "(1.45 times), 0.7 to 1.4 is accepted"),
            (Some((2_000, 0)), CheckVerdict::Off, "0 accounts churned, 20.0 expected (0.00 times)"),
            (
                Some((999, 1)),
                CheckVerdict::TooFew,
                "too few churned to check it: from 2025-12-01 to 2026-02-28 1 account churned",
            ),
            (Some((999, 9)), CheckVerdict::TooFew, "10.0 expected"),
            // Few were expected, and many came.
            (Some((999, 30)), CheckVerdict::Off, "30 accounts churned"),
            (Some((0, 10)), CheckVerdict::Off, "10 accounts churned, 0.0 expected, 0.7 to 1.4 is accepted"),
        ] {
            let found = at(check, DAY);
            assert_eq!((found.verdict, found.times_usual), (verdict, Some(300)), "{check:?}");
            assert_eq!(found.percent, verdict.shows_percent().then_some(3_000), "{check:?}");
            assert!(found.note().contains(note), "{check:?}: {}", found.note());
        }
    }

    #[test]
    fn of_a_past_day_there_is_the_multiple_alone() {
        let found = at(Some((2_000, 20)), "2026-02-28");
        assert_eq!((found.verdict, found.percent, found.check), (CheckVerdict::Past, None, None));
        assert_eq!(found.lines(), ["about 3 times the usual", "the percent is shown for today only"]);
    }

    #[test]
    fn in_words() {
        let found = at(None, DAY);
        assert_eq!(found.lines()[0], "about 3 times the usual; 30.0 % of such accounts churn 31 to 120 days later");
        for (hundredths, words) in [
            (0, "less than 0.1 times the usual"),
            (8, "about 0.1 times the usual"),
            (95, "about the usual"),
            (104, "about the usual"),
            (160, "about 1.6 times the usual"),
            (201, "about 2 times the usual"),
            (250, "about 2.5 times the usual"),
            (296, "about 3 times the usual"),
            (1_538, "about 15 times the usual"),
        ] {
            assert_eq!(times(hundredths), words);
        }
    }

    #[test]
    fn expected_is_the_sum_of_the_probabilities() {
        let model = listed(None).model;
        let probability = model.probability.as_ref().unwrap();
        let on = ProbabilityCheck::day(probability, day(DAY)).unwrap();
        assert_eq!(on, day("2025-10-31"));
        assert_eq!(ProbabilityCheck::window(on, probability), (day("2025-12-01"), day("2026-02-28")));
        let check = ProbabilityCheck::of(on, probability, [(0, 4, 3), (50, 10, 2), (100, 7, 0)]);
        assert_eq!((check.accounts, check.observed, check.expected), (21, 5, 570));
        assert_eq!(check.ratio(), Some(88));
    }
}
