//! Scores over the book: gathering facts, scoring, and what is done with the scores.
//!
//! `engine` gathers and scores for a day, a batch of accounts at a time; everything that scores goes through it: the nightly
//! run, explanations, previews, replays and the back-test.

mod backtest;
mod backtest_days;
mod backtest_factors;
mod backtest_replay;
mod book;
mod compare;
mod day;
mod engine;
mod explain;
mod facts;
mod fit;
pub mod impact;
mod likelihood;
mod models;
mod replay;
mod replay_nights;
mod replay_outcomes;
mod run;
mod standing;
pub mod views;

pub use backtest::{Backtest, BacktestedScore, Question, backtest};
pub use backtest_factors::{MissingFactor, StrongestFactor};
pub use compare::{ComparedModel, ModelComparison, compare_models};
pub(in crate::ops) use engine::{Engine, GatheredAccount, HistorySource};
pub use explain::{Cause, ExplainedScores, Since, Step, explain_account};
pub use fit::{FitQuestion, fit};
pub(in crate::ops) use likelihood::likelihood;
pub use replay::{OpenedAlert, ReplayReport, replay};
pub use replay_outcomes::{OUTCOME, Outcomes};
pub use run::{AlertsHeld, BandsMoved, Outcome, Request, Run, missed, recompute, recompute_notifying};
pub use standing::{Standing, standing};
