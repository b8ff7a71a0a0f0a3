//! Alerts about the organization's data: what a night opens and clears of them.

use super::holds::Holds;
use super::tally::FinalTally;
use crate::score::alerts::{self, HeldBy, Topic};

/// By topic.
#[derive(Debug, Default)]
pub(super) struct Topics {
    pub(super) open: Vec<(String, String)>,
    pub(super) clear: Vec<String>,
}

impl Topics {
    pub(super) const fn is_empty(&self) -> bool {
        self.open.is_empty() && self.clear.is_empty()
    }

    /// `open` are those that are open. One about the guard is over once it holds nothing more of the rule.
    pub(super) fn of(holds: &Holds, settled: &FinalTally, open: &[String]) -> Self {
        let mut topics = Self::default();
        for doubt in &holds.doubts {
            let key = doubt.topic.key();
            if !open.contains(&key) {
                topics.open.push((key, doubt.message.clone()));
            }
        }
        for topic in open.iter().filter_map(|key| Topic::parse(key).ok()) {
            let over = match topic {
                Topic::Guard(rule) => !settled.holds(HeldBy::Guard, rule),
                _ => !holds.doubts.iter().any(|doubt| doubt.topic == topic),
            };
            if over {
                topics.clear.push(topic.key());
            }
        }
        let guard = &settled.guard;
        for rule in &settled.guarded {
            let key = Topic::Guard(*rule).key();
            if !open.contains(&key) {
                topics.open.push((key, alerts::held_message(*rule, guard.fired(*rule), guard.book())));
            }
        }
        topics
    }
}
