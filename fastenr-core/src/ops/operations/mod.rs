//! What was done: the journal, and taking it back.

pub(super) mod running;
