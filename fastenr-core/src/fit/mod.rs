//! A scoring model fitted to the churn of one's own customers.
//!
//! Plain functions of plain facts, like `proof`: no database, no clock. `fit` takes `Cases`, learns from the earlier ones, tests on
//! the later ones, and says by its [`Verdict`] whether a model comes of it. What is learned is a monotone additive logistic
//! regression: its terms are the increments between anchors of the numbers that factors read, none of them negative. Such a
//! regression is a model of the usual form: the anchors of a curve are increments added up, a weight is the range of a curve. So
//! health under a fitted model is 100 less the log-odds above the best account, times a scale at which an account below the
//! edge of concern churns three times as often as usual.
//!
//! Numbers are added up in an order that depends on their content alone, exponentials are computed by a library of the same bits
//! everywhere, and what is written is rounded: the same cases give the same bytes, in whatever order they come, on every
//! machine and both databases.
//!
//! `cases.rs` has the order, `design.rs` the increments, `solve.rs` the regression, `choose.rs` how much is learned, `scale.rs` points
//! of health, `write.rs` the model, `evidence.rs` the figures, `report.rs` the whole. To add a factor: a variant of `score::term::Term`.

mod cases;
mod choose;
mod design;
mod evidence;
#[cfg(test)]
mod laws;
mod report;
mod scale;
mod solve;
mod verdict;
mod write;

pub(crate) use cases::{Cases, HeldCaps, Row};
pub use evidence::{Difference, FactorFit, Leak, Measured, Part, TermFit, Unweighted};
#[cfg(test)]
pub(crate) use laws::any_fitted;
pub use report::Fit;
pub(crate) use report::{Question, fit};
pub use verdict::{FEWEST, Verdict};
pub use write::NAME;
pub(crate) use write::base;
