//! A file as records.

mod guard;

pub use guard::{guard, unguard};
