//! Holds back a rule that opens for too much of the book at once: a feed that died is not a thousand crises.

use super::moves::Move;
use super::rule::Rule;
use crate::score::model::Alerts;

/// How many accounts each rule fired for in one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Guard {
    fired: [u64; Rule::ALL.len()],
    /// Accounts of the run.
    book: u64,
}

impl Guard {
    /// Counts one account of the run, with what opens or gets worse; not what is held for another reason.
    pub fn count<'m>(&mut self, moves: impl IntoIterator<Item = &'m Move>) {
        self.book += 1;
        for fired in moves.into_iter().filter(|of| of.fires()) {
            if let Some(count) = self.fired.get_mut(fired.rule().place()) {
                *count += 1;
            }
        }
    }

    /// Accounts for which the rule fired.
    pub fn fired(&self, rule: Rule) -> u64 {
        self.fired.get(rule.place()).copied().unwrap_or_default()
    }

    /// Accounts that were counted.
    pub const fn book(&self) -> u64 {
        self.book
    }

    /// Whether so many are too many: more than `guard` percent of a book of at least `guard_from` accounts.
    pub fn held(fired: u64, book: u64, alerts: &Alerts) -> bool {
        let (fired, book) = (i128::from(fired), i128::from(book));
        book >= i128::from(alerts.guard_from) && fired * 100 > book * i128::from(alerts.guard)
    }

    /// The rules whose alerts this run holds, in the order of [`Rule::ALL`]. Only rules that read feeds: that many contracts
    /// end in one month is no fault of the data.
    pub fn rules<'g>(&'g self, alerts: &'g Alerts) -> impl Iterator<Item = Rule> + 'g {
        let is_held = |rule: &Rule| rule.of_feeds() && Self::held(self.fired(*rule), self.book, alerts);
        Rule::ALL.iter().copied().filter(is_held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::alerts::example;

    #[test]
    fn more_than_a_tenth_from_twenty_up() {
        let alerts = example::model().alerts;
        for (fired, book, held) in [
            (0, 0, false),
            (19, 19, false),
            (2, 20, false),
            (3, 20, true),
            (2, 29, false),
            (100, 1_000, false),
            (101, 1_000, true),
            (u64::MAX, u64::MAX, true),
        ] {
            assert_eq!(Guard::held(fired, book, &alerts), held, "{fired} of {book}");
        }
    }

    #[test]
    fn only_what_fires_and_reads_feeds() {
        let alerts = example::model().alerts;
        let mut guard = Guard::default();
        for n in 0..30 {
            let of = |rule| if n < 4 { Move::Open { rule, level: 1 } } else { Move::Clear { rule } };
            let raised = Move::Raise { rule: Rule::HealthBelow, level: 2 };
            let renewal = Move::Open { rule: Rule::RenewalWindow, level: 1 };
            let drop = Move::Lower { rule: Rule::HealthDrop, level: 1 };
            guard.count(&[if n % 2 == 0 { raised } else { drop }, of(Rule::UsageStop), renewal]);
        }
        assert_eq!((guard.book(), guard.fired(Rule::UsageStop), guard.fired(Rule::HealthBelow)), (30, 4, 15));
        assert_eq!(guard.fired(Rule::HealthDrop), 0);
        assert_eq!(guard.rules(&alerts).collect::<Vec<_>>(), [Rule::HealthBelow, Rule::UsageStop]);
    }
}
