//! One account: where its pairs are, and what it is compared in.

use chrono::{Days, NaiveDate};

use super::{AFTER, APART, Exclusion, Study, WITHIN};
use crate::score::BasisPoints;

/// A snapshot, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastSnapshot {
    pub day: NaiveDate,
    /// A number for the fingerprint; alike for like models only.
    pub model: usize,
    pub health: BasisPoints,
    /// Neither short of data nor onboarding.
    pub sufficient: bool,
}

/// An event of an account: see [`Study::event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub(super) kind: usize,
    pub(super) day: NaiveDate,
}

/// What is known of one account.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// On [`Study::snapshot_days`], by day.
    pub past: &'a [PastSnapshot],
    /// Those the report is about.
    pub events: &'a [Event],
    /// All that rule it out as one to compare with, whether or not the report is about them.
    pub all: &'a [Event],
}

/// Who is compared with each other: the same kind and day, the same two snapshots, a similar start by the same model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) kind: usize,
    pub(super) day: NaiveDate,
    from: NaiveDate,
    to: NaiveDate,
    tens: BasisPoints,
    model: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Pair,
    Other,
}

/// Ten points; 100 belongs to the last ten.
const fn tens(health: BasisPoints) -> BasisPoints {
    let tens = health / 1_000;
    if tens > 9 { 9 } else { tens }
}

impl Account<'_> {
    /// Each cell it is in, on which side, and how its score changed.
    pub(super) fn visit(&self, study: &Study, mut see: impl FnMut(Cell, Side, BasisPoints)) {
        if self.past.is_empty() {
            return;
        }
        for (&day, kinds) in &study.days {
            let Some(later) = day.checked_add_days(Days::new(AFTER)) else { continue };
            let (Some(from), Some(to)) = (self.last(day), self.last(later)) else { continue };
            if !from.sufficient || !to.sufficient || from.model != to.model {
                continue;
            }
            for &kind in kinds {
                let side = if self.events.contains(&Event { kind, day }) {
                    Side::Pair
                } else if self.is_apart(study.apart, kind, day) {
                    Side::Other
                } else {
                    continue;
                };
                let cell = Cell { kind, day, from: from.day, to: to.day, tens: tens(from.health), model: from.model };
                see(cell, side, to.health - from.health);
            }
        }
    }

    /// The last snapshot up to `day`.
    fn last(&self, day: NaiveDate) -> Option<&PastSnapshot> {
        let last = self.past.get(self.past.partition_point(|past| past.day <= day).checked_sub(1)?)?;
        let within = i64::try_from(WITHIN).unwrap_or(i64::MAX);
        Some(last).filter(|past| (day - past.day).num_days() <= within)
    }

    fn is_apart(&self, apart: Exclusion, kind: usize, day: NaiveDate) -> bool {
        self.all
            .iter()
            .filter(|event| apart == Exclusion::Any || event.kind == kind)
            .all(|event| (event.day - day).num_days().unsigned_abs() > APART)
    }
}
