//! What a factor read: its score and the fact behind it, or why there is none.

use super::curve::BasisPoints;

/// A factor's score, with the fact that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// 0 to 10,000; of churn factors 10,000 is worst.
    pub points: BasisPoints,
    pub fact: Fact,
}

/// A fact in its numbers; displays as one short English phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// Percent in hundredths.
    Percent(i64),
}

/// Why a factor has no score; displays as one short English phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The organization's feed is silent, or the account never had a row.
    NoRows,
}
