//! Books of customers that several tests start from.

#![expect(clippy::unwrap_used, reason = "a broken assumption should stop the test where it stands")]

pub mod alerts;
pub mod churn;
pub mod likely;
pub mod scores;
