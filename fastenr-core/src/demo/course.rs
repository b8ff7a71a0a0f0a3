//! How it goes with a customer: how much the product is in use, as it goes up and down.

use super::customer::between;
use crate::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course {
    kind: Kind,
    /// How much it is in use in good days, 0 to 1,000.
    base: i64,
    /// Days before the end at which it turns, and how long the turn takes.
    turn: i64,
    length: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Steady,
    Growing,
    Declining,
    Recovering,
    /// Leaves at the end of its contract.
    Leaving,
    /// Stopped using it some weeks ago.
    Stopped,
    /// Sends no usage: nobody has connected it.
    Unconnected,
    /// Its champion has left.
    Orphaned,
}

impl Course {
    /// `age`: days since its contract began.
    pub(super) fn draw(random: &mut Random, age: i64) -> Self {
        let kind = match random.below(100) {
            _ if age < 90 => Kind::Growing,
            0..40 => Kind::Steady,
            40..54 => Kind::Growing,
            54..72 => Kind::Declining,
            72..79 => Kind::Recovering,
            79..86 if age > 400 => Kind::Leaving,
            86..90 => Kind::Stopped,
            90..94 => Kind::Unconnected,
            94..96 => Kind::Orphaned,
            _ => Kind::Steady,
        };
        let base = match random.below(10) {
            0..3 => between(random, 120, 380),
            3..5 => between(random, 380, 650),
            _ => between(random, 650, 960),
        };
        let (turn, length) = match kind {
            Kind::Stopped => (between(random, 15, 40), 6),
            Kind::Recovering => (between(random, 90, 130), 60),
            _ => (between(random, 70, 170), between(random, 50, 110)),
        };
        Self { kind, base, turn, length }
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.kind == Kind::Leaving
    }

    pub(super) fn is_growing(&self) -> bool {
        self.kind == Kind::Growing
    }

    pub(super) fn is_connected(&self) -> bool {
        self.kind != Kind::Unconnected
    }

    pub(super) fn has_lost_its_champion(&self) -> bool {
        self.kind == Kind::Orphaned
    }

    /// Whether things go down on a day that is so many days before the end.
    pub(super) fn is_going_down(&self, before_end: i64) -> bool {
        matches!(self.kind, Kind::Declining | Kind::Leaving | Kind::Stopped) && before_end < self.turn
    }

    /// How much it is in use, 0 to 1,000, so many days before the end (today, or the day it left) and after its start.
    pub(super) fn level(&self, before_end: i64, age: i64) -> i64 {
        // 0 until it turns, 1,000 when it has turned.
        let turned = ((self.turn - before_end) * 1_000 / self.length).clamp(0, 1_000);
        let level = match self.kind {
            Kind::Steady | Kind::Unconnected | Kind::Orphaned => self.base,
            Kind::Growing => self.base * (800 + turned * 3 / 10) / 1_000,
            Kind::Declining => self.base * (1_000 - turned * 75 / 100) / 1_000,
            Kind::Leaving => self.base * (1_000 - turned * 85 / 100) / 1_000,
            Kind::Stopped => self.base * (1_000 - turned) / 1_000,
            Kind::Recovering => {
                let fallen = ((self.turn + 80 - before_end) * 1_000 / 40).clamp(0, 1_000);
                self.base * (1_000 - (fallen - turned).max(0) * 6 / 10) / 1_000
            }
        };
        // Who is new has to learn it first.
        let learned = (300 + age.max(0) * 700 / 75).min(1_000);
        (level * learned / 1_000).clamp(0, 1_000)
    }
}
