//! Scores end to end: what a recompute writes, and what it leaves alone.

mod apart;
mod backtest;
mod book;
mod explain;
mod fit;
mod fold;
pub(super) mod impact;
mod known;
pub(crate) mod models;
mod probability;
mod recompute;
mod unknown;
pub(super) mod views;

use fastenr_tests::harness::Tests;

pub(crate) use apart::{apart, neighbour, once};

pub(crate) fn register(tests: &mut Tests) {
    backtest::register(tests);
    book::register(tests);
    explain::register(tests);
    fit::register(tests);
    models::register(tests);
    fold::register(tests);
    known::register(tests);
    impact::register(tests);
    probability::register(tests);
    recompute::register(tests);
    unknown::register(tests);
    views::register(tests);
}
