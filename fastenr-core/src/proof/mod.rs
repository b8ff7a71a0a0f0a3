//! Whether a score foretells churn: the statistics of a back-test.
//!
//! Plain functions of plain facts: no database, no clock. [`prove`] takes [`Case`]s, an account as it was scored on a
//! past day and whether it churned in the window after it, and makes a [`Proof`]. Counts are whole numbers and become
//! floats at the end, by divisions that IEEE 754 fixes; the resampling has its own generator. So the same cases give
//! the same bytes on every platform, in whatever order they come and however the accounts are numbered.
//!
//! Each formula stands, with its source, where it is computed: ranks in `ranking.rs`, the interval in `bootstrap.rs`,
//! probabilities in `isotonic.rs` and `calibration.rs`, bands of health in `health.rs`, judgements in `acceptance.rs` and
//! `verdict.rs`.
//!
//! To add a figure: compute it from the `Book`, give it a field in [`Proof`] and a line in `prove`; the laws of `laws.rs` say
//! whether it depends on the order.

mod acceptance;
mod book;
pub(crate) mod bootstrap;
mod calibration;
mod case;
mod compare;
mod figure;
mod health;
mod isotonic;

mod ranking;
mod report;
mod verdict;

#[cfg(test)]
mod example;
#[cfg(test)]
mod laws;

pub use acceptance::{Acceptance, FEWEST_EXPECTED, Outcome};
pub(crate) use calibration::brier;
pub use calibration::{Bin, Calibration, Half};
pub use case::{Case, Options, Reading, Trail};
pub use compare::{Compared, Comparison, Pair, PairedDifference, Preference, compare};
pub use figure::Figure;
pub use health::BandShare;
pub(crate) use health::shares;
pub(crate) use isotonic::Isotonic;
pub(crate) use ranking::Ranking;
pub use ranking::Ties;
pub use report::{Proof, prove};
pub(crate) use verdict::SUSPICIOUS;
pub use verdict::{FEWEST_EVENTS, Verdict};
