//! Why an alert that opens is held: kept back until somebody releases it.

use super::levels::Levels;
use super::rule::Rule;
use crate::model::picklist::picklist;
use crate::score::model::Alerts;

picklist! {
    /// Why an alert is held.
    HeldBy, "held_by", "reason for holding" {
        /// More of the book than the guard allows would open in one run, or the data it rests on is in doubt.
        Guard = "guard",
        /// The organization's first run: everything that holds would open at once.
        FirstRun = "first_run",
        /// The rule's first run.
        NewRule = "new_rule",
        /// The first run of a model with this fingerprint.
        NewModel = "new_model",
    }
}

/// What earlier runs of the organization have judged: whatever is new holds what it finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastRuns {
    /// Whether there was a run at all.
    pub any: bool,
    rules: Levels,
    models: Vec<String>,
}

impl PastRuns {
    /// Adds a run: its rules, as [`Self::rules_of`] tells them, and the fingerprints of its models, separated by commas.
    pub fn add(&mut self, rules: i64, models: &str) {
        self.any = true;
        let rules = Levels::new(rules);
        self.rules = Rule::ALL.iter().map(|rule| (*rule, self.rules.level(*rule).max(rules.level(*rule)))).collect();
        for model in models.split(',').filter(|model| !model.is_empty()) {
            if !self.models.iter().any(|known| known == model) {
                self.models.push(model.to_owned());
            }
        }
    }

    /// The rules that any of the models has enabled, as one number.
    pub fn rules_of<'a>(models: impl IntoIterator<Item = &'a Alerts>) -> i64 {
        let all = models.into_iter().flat_map(|alerts| Rule::ALL.iter().filter(|rule| alerts.enabled(**rule)));
        all.map(|rule| (*rule, 1)).collect::<Levels>().get()
    }

    /// Why an alert of the rule that opens now, by a model with this fingerprint, is held; none: it opens.
    pub fn hold(&self, rule: Rule, fingerprint: &str) -> Option<HeldBy> {
        match () {
            () if !self.any => Some(HeldBy::FirstRun),
            () if self.rules.level(rule) == 0 => Some(HeldBy::NewRule),
            () if !self.models.iter().any(|known| known == fingerprint) => Some(HeldBy::NewModel),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::alerts::example;

    #[test]
    fn only_what_is_new_is_held() {
        let mut alerts = example::model().alerts;
        alerts.goal_missed.enabled = false;
        let mut judged = PastRuns::default();
        assert_eq!(judged.hold(Rule::UsageStop, "a"), Some(HeldBy::FirstRun));
        judged.add(PastRuns::rules_of([&alerts]), "a,b");
        for (rule, model, held) in [
            (Rule::UsageStop, "a", None),
            (Rule::UsageStop, "b", None),
            (Rule::UsageStop, "c", Some(HeldBy::NewModel)),
            (Rule::GoalMissed, "a", Some(HeldBy::NewRule)),
            (Rule::GoalMissed, "c", Some(HeldBy::NewRule)),
        ] {
            assert_eq!(judged.hold(rule, model), held, "{rule} {model}");
        }
        judged.add(PastRuns::rules_of([&example::model().alerts]), "c");
        assert_eq!(judged.hold(Rule::GoalMissed, "c"), None);
        assert_eq!(judged.hold(Rule::UsageStop, "a"), None, "it was judged before");
    }

    #[test]
    fn a_run_that_kept_nothing_of_its_models_counts_as_one() {
        let mut judged = PastRuns::default();
        judged.add(PastRuns::rules_of([&example::model().alerts]), "");
        assert_eq!(judged.hold(Rule::UsageStop, "a"), Some(HeldBy::NewModel));
    }
}
