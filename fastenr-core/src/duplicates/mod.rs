//! Which accounts may be one customer: found by keys that duplicates share, scored and explained. Without I/O.
//!
//! 1. [`Keys`] holds of each account its normalized name and its domain, nothing else.
//! 2. [`Keys::candidates`] pairs accounts that share a key, or whose names are neighbours in order: sorting, not comparing all.
//! 3. [`judge`] looks at two accounts and says how likely they are one, and why.
//! 4. [`sure_groups`] chooses those that may be merged without a look at each.

mod block;
mod normal;
mod score;
mod sure;

#[cfg(test)]
mod laws;

pub use block::{Block, BlockKey, Candidates, Keys, LARGEST_BLOCK};
pub use normal::{Normal, normal};
pub use score::{Facts, Signal, Verdict, judge};
pub use sure::{Doubt, DoubtfulPair, SURE_SCORE, SureGroups, sure_groups};
