//! ARR over time: what an account paid on any day, and what moved it in a period.
//!
//! Plain functions of plain facts: no database, no clock, and amounts are whole cents. [`History`] makes a step function of one
//! account's dated changes; [`Summary`] compares its two ends of a [`Period`] and adds accounts up, by group. The
//! definitions, with an example, are in `docs/arr.md`.
//!
//! To add a movement: a variant of [`Movement`], its line in [`Movement::of`], its figures in [`Figures`]; the laws of
//! `laws.rs` say whether it still adds up.

mod calendar;
mod facts;
mod figures;
mod history;
mod summary;

#[cfg(test)]
mod example;
#[cfg(test)]
mod laws;

pub use calendar::{Part, Step};
pub use facts::{ArrChange, ChangeKind, Facts};
pub use figures::{Amount, Figures, Movement};
pub use history::{History, as_of};
pub use summary::{ArrSummary, Period, Summary};
