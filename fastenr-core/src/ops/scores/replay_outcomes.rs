//! Who left after an alert, beside who leaves anyway.

use std::collections::HashSet;

use chrono::{Days, NaiveDate};

use super::replay::ReplayReport;
use crate::proof::Figure;
use crate::score::alerts::Rule;

/// For so many days after an alert it is looked whether the account churned.
pub const OUTCOME: u64 = 90;

/// How many left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Those whose outcome is known.
    pub known: u64,
    /// Those of them that churned within [`OUTCOME`] days.
    pub left: u64,
}

impl Outcomes {
    pub(super) fn count(&mut self, left: bool) {
        self.known += 1;
        self.left += u64::from(left);
    }

    /// From 0 to 1; none: no outcome is known.
    pub fn share(self) -> Option<Figure> {
        Figure::of(usize::try_from(self.left).ok()?, usize::try_from(self.known).ok()?)
    }

    /// How many times the usual share this is; none: either is not known, or nobody leaves usually.
    pub fn times(self, base: Self) -> Option<Figure> {
        let usual = base.share()?.value();
        (usual > 0.0).then_some(Figure::new(self.share()?.value() / usual))
    }
}

impl ReplayReport {
    /// The last day whose alerts have outcomes.
    pub fn known_until(&self) -> NaiveDate {
        self.until - Days::new(OUTCOME)
    }

    /// Of the accounts that a rule spoke of, those that left after its first alert about them. What the guard would have
    /// held spoke to nobody.
    pub fn outcomes(&self, rule: Rule) -> Outcomes {
        let (mut seen, mut outcomes) = (HashSet::new(), Outcomes::default());
        for opened in self.opened.iter().filter(|opened| opened.rule == rule && !opened.held) {
            if let Some(left) = opened.left.filter(|_| seen.insert(&opened.account)) {
                outcomes.count(left);
            }
        }
        outcomes
    }
}

/// Whether who churned on this day, or has not, left within [`OUTCOME`] days after another; none: they are not over.
pub(super) fn left_after(churned_on: Option<NaiveDate>, day: NaiveDate, today: NaiveDate) -> Option<bool> {
    let end = day.checked_add_days(Days::new(OUTCOME))?;
    (end <= today).then(|| churned_on.is_some_and(|on| day < on && on <= end))
}

#[cfg(test)]
mod tests {
    use super::super::replay::OpenedAlert;
    use super::*;
    use crate::score::alerts::Severity;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn who_left_after_is_known_when_the_days_are_over() {
        let (alert, last) = (day("2026-03-01"), day("2026-05-30"));
        assert_eq!(left_after(None, alert, last - Days::new(1)), None);
        for (churned_on, left) in
            [("2026-03-01", false), ("2026-03-02", true), ("2026-05-30", true), ("2026-05-31", false)]
        {
            assert_eq!(left_after(Some(day(churned_on)), alert, last), Some(left), "{churned_on}");
        }
        assert_eq!(left_after(None, alert, last), Some(false));
    }

    #[test]
    fn an_account_counts_once_with_its_first_alert() {
        let opened = |account: &str, on, held, left| OpenedAlert {
            on: day(on),
            rule: Rule::HealthDrop,
            severity: Severity::Warning,
            account: account.to_owned(),
            account_name: String::new(),
            message: String::new(),
            raised: false,
            held,
            left,
        };
        let report = ReplayReport {
            since: day("2026-01-01"),
            until: day("2026-06-01"),
            accounts: 9,
            opened: vec![
                opened("held", "2026-01-02", true, Some(true)),
                opened("twice", "2026-01-02", false, Some(false)),
                opened("twice", "2026-02-02", false, Some(true)),
                opened("left", "2026-02-03", false, Some(true)),
                opened("late", "2026-05-03", false, None),
            ],
            base: Outcomes { known: 800, left: 100 },
        };
        let outcomes = report.outcomes(Rule::HealthDrop);
        assert_eq!(outcomes, Outcomes { known: 2, left: 1 });
        assert_eq!(outcomes.times(report.base).map(Figure::value), Some(4.0));
        assert_eq!(report.outcomes(Rule::UsageStop).times(report.base), None);
        assert_eq!(outcomes.times(Outcomes { known: 5, left: 0 }), None, "nobody leaves");
        assert_eq!(report.known_until(), day("2026-03-03"));
    }
}
