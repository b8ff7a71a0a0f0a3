//! Import: from a file of any make to rows of a noun.

mod amount;
pub(crate) mod convert;
pub mod format;
pub mod mapping;
pub(crate) mod no_records;
pub mod nulls;
pub(crate) mod plan;
pub(crate) mod profile;
pub(crate) mod rejects;
pub mod request;
pub mod series;
pub mod source;
pub(crate) mod suggest;
pub(crate) mod tally;
