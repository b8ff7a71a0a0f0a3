//! What was done: the journal, and taking it back.

mod prune;
pub(super) mod running;
mod thin;

pub use prune::{Pruned, Request as PruneRequest, YOUNGEST, prune};
pub use thin::{DAILY, WEEKLY_MONTHS, thinned};
