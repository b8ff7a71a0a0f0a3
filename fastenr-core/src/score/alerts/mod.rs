//! When an account deserves somebody's attention: ten rules over facts, scores and what both were a while ago.
//!
//! [`conditions`] says at which level each rule holds on a day. The run stores these [`Levels`] with the day's snapshot;
//! [`moves`] compares them with those before and with the alerts that are open. [`Guard`] holds back what is likelier a dead
//! feed than so many crises, [`PastRuns`] what is new to a whole book, [`Doubt`] what rests on data that look wrong. Levels and what opens at them are documented in
//! `docs/scoring.md`.

mod conditions;
mod doubts;
mod feeds;
mod guard;
mod hold;
mod levels;
mod message;
mod moves;
mod rule;
mod trail;

#[cfg(test)]
mod example;
#[cfg(test)]
mod laws;

pub use conditions::conditions;
pub use doubts::{Doubt, FieldCounts, ImportedFile, USAGE_FIELDS, is_short, short_files, zeros};
pub use feeds::{DaysWithRows, Feed, Silence, feeds};
pub use guard::Guard;
pub use hold::{HeldBy, PastRuns};
pub use levels::{Level, Levels};
pub use message::{held_message, message};
pub use moves::{Move, UnresolvedAlert, moves};
pub use rule::{Rule, Severity, Topic};
pub use trail::{Goals, Point, Trail};
