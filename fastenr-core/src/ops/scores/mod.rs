//! Scores over the book: gathering facts, scoring, and what is done with the scores.
//!
//! [`engine`] gathers and scores for a day, a batch of accounts at a time; everything that scores goes through it: the nightly
//! run, explanations, previews, replays and the back-test.

mod book;
mod day;
mod engine;
mod explain;
mod facts;
mod models;
mod run;
pub mod views;

pub(in crate::ops) use engine::{Engine, Gathered, History};
pub use explain::{Cause, Explained, Since, Step, explain_account};
pub use run::{Moved, Outcome, Request, Run, missed, recompute};
