//! What becomes of alerts in a run, counted before it is written.

use std::collections::BTreeMap;

use super::outcome::AlertsHeld;
use crate::score::alerts::{Guard, HeldBy, Move, Rule};
use crate::score::model::Alerts;

/// Moves of the alerts of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) guard: Guard,
    pub(super) moves: u64,
    cleared: u64,
    /// What opens unless the guard holds it.
    opening: BTreeMap<Rule, u64>,
    /// How many more are held, or fewer.
    held: BTreeMap<(HeldBy, Rule), i64>,
}

impl Tally {
    /// Counts the moves of one account: each with why it is held, and why its alert was.
    pub(super) fn count(&mut self, moves: &[(Move, Option<HeldBy>, Option<HeldBy>)]) {
        self.guard.count(moves.iter().filter(|(_, hold, _)| hold.is_none()).map(|(to, ..)| to));
        self.moves += moves.len() as u64;
        for (to, hold, was) in moves {
            let rule = to.rule();
            let settles = matches!(to, Move::Open { .. } | Move::Raise { .. });
            if let Some(was) = was.filter(|_| settles || matches!(to, Move::Clear { .. })) {
                *self.held.entry((was, rule)).or_default() -= 1;
            }
            match (to, hold) {
                (Move::Clear { .. }, _) => self.cleared += 1,
                (_, Some(hold)) => *self.held.entry((*hold, rule)).or_default() += 1,
                (Move::Open { .. }, None) => *self.opening.entry(rule).or_default() += 1,
                (Move::Raise { .. }, None) if was.is_some() => *self.opening.entry(rule).or_default() += 1,
                _ => {}
            }
        }
    }

    /// `alerts` are the guard's numbers, where the whole book was looked at; `before` is what was held.
    pub(super) fn settle(mut self, alerts: Option<&Alerts>, before: &[(String, String, i64)]) -> FinalTally {
        let guarded: Vec<Rule> = alerts.into_iter().flat_map(|alerts| self.guard.rules(alerts)).collect();
        for rule in &guarded {
            let waiting = self.opening.remove(rule).unwrap_or(0);
            *self.held.entry((HeldBy::Guard, *rule)).or_default() += i64::try_from(waiting).unwrap_or(0);
        }
        for (by, rule, count) in before {
            if let (Ok(by), Ok(rule)) = (HeldBy::parse(by), Rule::parse(rule)) {
                *self.held.entry((by, rule)).or_default() += count;
            }
        }
        let held = self.held.into_iter().filter_map(|((by, rule), count)| {
            let alerts = u64::try_from(count).ok().filter(|count| *count > 0)?;
            Some(((by, rule), alerts))
        });
        FinalTally {
            guard: self.guard,
            guarded,
            moves: self.moves,
            opened: self.opening.values().sum(),
            cleared: self.cleared,
            held: held.collect(),
        }
    }
}

/// The same once the guard has looked at the whole book.
#[derive(Debug)]
pub(super) struct FinalTally {
    pub(super) guard: Guard,
    /// The rules that it holds.
    pub(super) guarded: Vec<Rule>,
    pub(super) moves: u64,
    pub(super) opened: u64,
    pub(super) cleared: u64,
    /// Those of earlier runs included.
    held: BTreeMap<(HeldBy, Rule), u64>,
}

impl FinalTally {
    pub(super) fn holds(&self, by: HeldBy, rule: Rule) -> bool {
        self.held.contains_key(&(by, rule))
    }

    pub(super) fn held(&self) -> Vec<AlertsHeld> {
        let held = self.held.iter();
        held.map(|((by, rule), alerts)| AlertsHeld {
            held_by: by.as_str().to_owned(),
            rule: rule.as_str().to_owned(),
            alerts: *alerts,
        })
        .collect()
    }
}
