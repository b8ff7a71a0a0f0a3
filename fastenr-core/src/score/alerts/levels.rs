//! At which level each rule holds, in one number.

use super::rule::Rule;

/// 0: the rule does not hold; 1 to 3: it holds, 3 is worst. Of a rule of goals 1: a goal stands so, 2: one turned so since
/// the last run.
pub type Level = u8;

const BITS: usize = 2;
const WORST: i64 = 3;

/// The level of every rule for an account on a day; two bits a rule, the first rule lowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Levels(i64);

impl Levels {
    /// No rule holds.
    pub const NONE: Self = Self(0);

    /// As stored; bits of no rule are dropped.
    pub const fn new(stored: i64) -> Self {
        Self(stored & ((1 << (BITS * Rule::ALL.len())) - 1))
    }

    /// As stored: not negative.
    pub const fn get(self) -> i64 {
        self.0
    }

    pub const fn level(self, rule: Rule) -> Level {
        ((self.0 >> (BITS * rule.place())) & WORST) as Level
    }

    /// The same with another level of one rule; above 3 counts as 3.
    #[must_use]
    pub fn with(self, rule: Rule, level: Level) -> Self {
        let shift = BITS * rule.place();
        Self((self.0 & !(WORST << shift)) | (i64::from(level).min(WORST) << shift))
    }

    /// The rules that hold, with their levels.
    pub fn iter(self) -> impl Iterator<Item = (Rule, Level)> {
        Rule::ALL.iter().map(move |rule| (*rule, self.level(*rule))).filter(|(_, level)| *level > 0)
    }
}

impl FromIterator<(Rule, Level)> for Levels {
    /// Of a rule that stands twice the last counts.
    fn from_iter<I: IntoIterator<Item = (Rule, Level)>>(levels: I) -> Self {
        levels.into_iter().fold(Self::NONE, |all, (rule, level)| all.with(rule, level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_bits() {
        let levels = Levels::NONE.with(Rule::HealthDrop, 1).with(Rule::DataQuality, 3).with(Rule::HealthBelow, 2);
        assert_eq!(levels.get(), (3 << 18) | (1 << 2) | 2);
        assert_eq!(Levels::new(levels.get()), levels);
        assert_eq!(levels.iter().collect::<Levels>(), levels);
        assert_eq!(levels.with(Rule::HealthBelow, 0).level(Rule::HealthBelow), 0);
        assert_eq!(levels.with(Rule::UsageStop, 9).level(Rule::UsageStop), 3);
        assert_eq!(Levels::new(-1).get(), (1 << 20) - 1);
    }
}
