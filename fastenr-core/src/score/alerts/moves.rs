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

/// The moves from the levels of the account's latest snapshot to those of now, in the order of [`Rule::ALL`]; at most one a
/// rule.
///
/// `open` are the account's alerts that are not resolved, with the level of each, in any order. Without one, a rule opens only
/// where its level is higher than it was, so that what a person resolved stays resolved until it gets worse; a rule of
/// goals also where another goal has turned. An account without a snapshot has no before: nothing opens.
pub fn moves(previous: Option<Levels>, now: Levels, open: &[(Rule, Level)]) -> Vec<Move> {
    let of = |rule: Rule| {
        let standing = |level: Level| if rule.of_goals() { level.min(1) } else { level };
        let raw = now.level(rule);
        let level = standing(raw);
        let opened = open.iter().filter(|(of, _)| *of == rule).map(|(_, level)| standing(*level)).max();
        match opened {
            Some(_) if level == 0 => Some(Move::Clear { rule }),
            Some(opened) if level > opened => Some(Move::Raise { rule, level }),
            Some(opened) if level < opened => Some(Move::Lower { rule, level }),
            Some(_) => None,
            None => {
                let was = previous?.level(rule);
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
            (Some(0), 1, None, Some(Move::Open { rule, level: 1 })),
            (Some(0), 2, None, Some(Move::Open { rule, level: 2 })),
            (Some(1), 1, None, None), // resolved by a person
            (Some(1), 2, None, Some(Move::Open { rule, level: 2 })),
            (Some(2), 1, None, None),
            (None, 2, None, None), // the baseline
            (Some(1), 2, Some(1), Some(Move::Raise { rule, level: 2 })),
            (Some(2), 2, Some(1), Some(Move::Raise { rule, level: 2 })),
            (Some(2), 2, Some(2), None),
            (Some(2), 1, Some(2), Some(Move::Lower { rule, level: 1 })),
            (Some(2), 0, Some(2), Some(Move::Clear { rule })),
            (None, 0, Some(1), Some(Move::Clear { rule })),
            (Some(0), 0, None, None),
        ] {
            let open: Vec<_> = open.map(|level| (rule, level)).into_iter().collect();
            let previous = previous.map(|level| levels(&[(rule, level)]));
            let moves = moves(previous, levels(&[(rule, now)]), &open);
            assert_eq!(moves, expected.into_iter().collect::<Vec<_>>(), "{previous:?} {now} {open:?}");
        }
    }

    #[test]
    fn goals_open_when_one_turns() {
        let rule = GoalMissed;
        let run = |previous, now, open: &[(Rule, Level)]| {
            moves(Some(levels(&[(rule, previous)])), levels(&[(rule, now)]), open)
        };
        assert_eq!(run(0, 1, &[]), [Move::Open { rule, level: 1 }]);
        assert_eq!(run(1, 1, &[]), [], "it stood so before");
        assert_eq!(run(0, 2, &[]), [Move::Open { rule, level: 1 }]);
        assert_eq!(run(2, 2, &[]), [Move::Open { rule, level: 1 }], "another one, a day later");
        assert_eq!(run(1, 2, &[(rule, 1)]), []);
        assert_eq!(run(2, 1, &[(rule, 1)]), []);
        assert_eq!(run(1, 0, &[(rule, 1)]), [Move::Clear { rule }]);
        assert_eq!(moves(None, levels(&[(rule, 2)]), &[]), []);
    }

    #[test]
    fn rules_do_not_mind_one_another() {
        let now = levels(&[(HealthBelow, 2), (UsageStop, 1)]);
        let expected = [Move::Raise { rule: HealthBelow, level: 2 }, Move::Open { rule: UsageStop, level: 1 }];
        assert_eq!(moves(Some(Levels::NONE), now, &[(HealthBelow, 1)]), expected);
    }
}
