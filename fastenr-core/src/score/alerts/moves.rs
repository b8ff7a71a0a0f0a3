//! What a run does with an account's alerts.

use super::levels::{Level, Levels};
use super::rule::Rule;

/// A change of the alert for one rule. Levels are 1 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// None was open.
    Open { rule: Rule, level: Level },
    /// The open one got worse: it fires again.
    Raise { rule: Rule, level: Level },
    /// The open one got milder without being over: it stays open, silently.
    Lower { rule: Rule, level: Level },
    /// It is over.
    Clear { rule: Rule },
}

impl Move {
    pub const fn rule(self) -> Rule {
        match self {
            Self::Open { rule, .. } | Self::Raise { rule, .. } | Self::Lower { rule, .. } | Self::Clear { rule } => {
                rule
            }
        }
    }

    /// Whether it calls for somebody's attention.
    pub const fn fires(self) -> bool {
        matches!(self, Self::Open { .. } | Self::Raise { .. })
    }
}

/// An alert of the account that is not resolved, as a run finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnresolvedAlert {
    pub rule: Rule,
    pub level: Level,
    /// It waits for its release.
    pub held: bool,
    /// A night is made up for, and it was opened or dealt with after that night: it stays as it is.
    pub settled: bool,
}

impl From<(Rule, Level)> for UnresolvedAlert {
    fn from((rule, level): (Rule, Level)) -> Self {
        Self { rule, level, held: false, settled: false }
    }
}

/// The moves from the levels of the latest run to those of now, in the order of [`Rule::ALL`]; at most one a rule.
///
/// `open` are the account's alerts that are not resolved, in any order. Without one, a rule opens only where its level is
/// higher than it was, so that what a person resolved stays resolved until it gets worse; a rule of goals also where another
/// goal has turned. An account that no run has seen was at [`Levels::NONE`]: what holds opens. A held alert is never lowered: it
/// opens by itself once it is worse than when it was held.
pub fn moves(previous: Levels, now: Levels, open: &[UnresolvedAlert]) -> Vec<Move> {
    let of = |rule: Rule| {
        let standing = |level: Level| if rule.of_goals() { level.min(1) } else { level };
        let raw = now.level(rule);
        let level = standing(raw);
        let of_rule = || open.iter().filter(|of| of.rule == rule);
        if of_rule().any(|of| of.settled) {
            return None;
        }
        let opened = of_rule().map(|of| (standing(of.level), of.held)).max();
        match opened {
            Some(_) if level == 0 => Some(Move::Clear { rule }),
            // Another goal is worse than what was held.
            Some((_, true)) if rule.of_goals() && raw > 1 => Some(Move::Raise { rule, level }),
            Some((opened, _)) if level > opened => Some(Move::Raise { rule, level }),
            Some((opened, false)) if level < opened => Some(Move::Lower { rule, level }),
            Some(_) => None,
            None => {
                let was = previous.level(rule);
                (raw > was || (rule.of_goals() && raw > 1)).then_some(Move::Open { rule, level })
            }
        }
    };
    Rule::ALL.iter().filter(|rule| **rule != Rule::DataQuality).filter_map(|rule| of(*rule)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Rule::{GoalMissed, HealthBelow, UsageStop};

    fn levels(of: &[(Rule, Level)]) -> Levels {
        of.iter().copied().collect()
    }

    #[test]
    fn a_rule_opens_rises_falls_and_clears() {
        let rule = HealthBelow;
        // previous, now, open, move
        for (previous, now, open, expected) in [
            (0, 1, None, Some(Move::Open { rule, level: 1 })),
            (0, 2, None, Some(Move::Open { rule, level: 2 })),
            (1, 1, None, None), // resolved by a person
            (1, 2, None, Some(Move::Open { rule, level: 2 })),
            (2, 1, None, None),
            (1, 2, Some(1), Some(Move::Raise { rule, level: 2 })),
            (2, 2, Some(1), Some(Move::Raise { rule, level: 2 })),
            (2, 2, Some(2), None),
            (2, 1, Some(2), Some(Move::Lower { rule, level: 1 })),
            (2, 0, Some(2), Some(Move::Clear { rule })),
            (0, 0, Some(1), Some(Move::Clear { rule })),
            (0, 0, None, None),
        ] {
            let open: Vec<_> = open.map(|level| (rule, level).into()).into_iter().collect();
            let previous = levels(&[(rule, previous)]);
            let moves = moves(previous, levels(&[(rule, now)]), &open);
            assert_eq!(moves, expected.into_iter().collect::<Vec<_>>(), "{previous:?} {now} {open:?}");
        }
    }

    #[test]
    fn goals_open_when_one_turns() {
        let rule = GoalMissed;
        let run = |previous, now, open: &[(Rule, Level)]| {
            let open: Vec<_> = open.iter().map(|one| UnresolvedAlert::from(*one)).collect();
            moves(levels(&[(rule, previous)]), levels(&[(rule, now)]), &open)
        };
        assert_eq!(run(0, 1, &[]), [Move::Open { rule, level: 1 }]);
        assert_eq!(run(1, 1, &[]), [], "it stood so before");
        assert_eq!(run(0, 2, &[]), [Move::Open { rule, level: 1 }]);
        assert_eq!(run(2, 2, &[]), [Move::Open { rule, level: 1 }], "another one, a day later");
        assert_eq!(run(1, 2, &[(rule, 1)]), []);
        assert_eq!(run(2, 1, &[(rule, 1)]), []);
        assert_eq!(run(1, 0, &[(rule, 1)]), [Move::Clear { rule }]);
    }

    #[test]
    fn rules_do_not_mind_one_another() {
        let now = levels(&[(HealthBelow, 2), (UsageStop, 1)]);
        let expected = [Move::Raise { rule: HealthBelow, level: 2 }, Move::Open { rule: UsageStop, level: 1 }];
        assert_eq!(moves(Levels::NONE, now, &[(HealthBelow, 1).into()]), expected);
    }

    #[test]
    fn what_is_held_or_settled_waits() {
        let rule = HealthBelow;
        let run = |now, held, settled| {
            let open = [UnresolvedAlert { rule, level: 2, held, settled }];
            moves(levels(&[(rule, 2)]), levels(&[(rule, now)]), &open)
        };
        assert_eq!(run(1, true, false), [], "it is worse than it was held for again only above");
        assert_eq!(run(3, true, false), [Move::Raise { rule, level: 3 }]);
        assert_eq!(run(0, true, false), [Move::Clear { rule }]);
        for now in 0..=3 {
            assert_eq!(run(now, false, true), [], "{now}");
        }
        let held = [UnresolvedAlert { rule: GoalMissed, level: 1, held: true, settled: false }];
        let run = |now| moves(levels(&[(GoalMissed, 1)]), levels(&[(GoalMissed, now)]), &held);
        assert_eq!(run(1), []);
        assert_eq!(run(2), [Move::Raise { rule: GoalMissed, level: 1 }], "another goal");
    }
}
