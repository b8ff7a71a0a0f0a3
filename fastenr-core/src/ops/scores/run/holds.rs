//! Why what opens on a night is held.

use chrono::{DateTime, Utc};

use super::doubts;
use super::made_up::RunMode;
use crate::error::Result;
use crate::ops::Context;
use crate::ops::scores::Engine;
use crate::score::alerts::{Doubt, HeldBy, Move, PastRuns, Rule};
use crate::store::Tx;
use crate::store::scores::book;

/// What a night knows before it looks at an account.
#[derive(Debug, Default)]
pub(super) struct Holds {
    judged: PastRuns,
    /// All of them: each has its alert.
    pub(super) doubts: Vec<Doubt>,
    /// Whether the book is large enough to be guarded.
    guarded: bool,
}

impl Holds {
    pub(super) async fn read(
        context: &Context,
        tx: &mut Tx<'_>,
        engine: &Engine,
        course: RunMode,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        if !course.live {
            return Ok(Self::default());
        }
        let scope = context.scope();
        let mut judged = PastRuns::default();
        for (rules, models) in book::judged(tx, &scope, engine.day.date).await? {
            judged.add(rules, &models);
        }
        let alerts = &engine.first_model().alerts;
        let guarded = book::accounts(tx, &scope).await? >= alerts.guard_from;
        let doubts = match alerts.data_quality.enabled {
            true => {
                let feeds = (engine.whole.usage_days, engine.whole.ticket_days);
                doubts::find(context, tx, engine, feeds, (course.made_up.unwrap_or(now), guarded)).await?
            }
            false => Vec::new(),
        };
        Ok(Self { judged, doubts, guarded })
    }

    /// Data that look wrong, by which alerts are held.
    pub(super) fn holding(&self) -> impl Iterator<Item = &Doubt> {
        self.doubts.iter().filter(|_| self.guarded)
    }

    /// Whether what the rule reads looks wrong.
    pub(super) fn is_doubtful(&self, rule: Rule) -> bool {
        self.holding().any(|doubt| doubt.topic.holds(rule))
    }

    /// Why an alert that opens, or a held one that gets worse, waits; none: only the guard may hold it.
    pub(super) fn hold(&self, to: Move, fingerprint: &str) -> Option<HeldBy> {
        let doubtful = || self.is_doubtful(to.rule()).then_some(HeldBy::Guard);
        if to.fires() { self.judged.hold(to.rule(), fingerprint).or_else(doubtful) } else { None }
    }
}
