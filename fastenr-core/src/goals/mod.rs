//! The rules of customer goals: where one stands, how far it is, when it will be reached, and what came of them all.
//!
//! Pure functions of plain values: no database and no clock; the day is an argument. Values are in hundredths of the
//! goal's unit, as in [`GOAL_VALUE`](crate::model::number::GOAL_VALUE); shares are in basis points, 10,000 for the whole. `docs/goals.md` has the
//! rules with examples. Sums are made in `i128` and end at the bounds of their result, so no input panics.
//!
//! To change a rule: its constant or function here, its paragraph in the document, and the tables of both.

mod derive;
mod line;
mod milestones;
mod projection;
mod report;
mod share;
mod status;

#[cfg(test)]
mod laws;

pub use derive::{DerivedStatus, State, StatusInput, carry_over, derive};
pub use milestones::{next_milestone, reach};
pub use projection::{Certainty, Projection, project};
pub use report::{CompletionTimes, Group, Report, ReportedGoal, report};
pub use share::{Direction, expected_share, progress_share, raw_share, reached};
pub use status::{Facts, Outcome, TOLERANCE, status};

/// The whole of a goal, in basis points.
pub const WHOLE: i64 = 10_000;
