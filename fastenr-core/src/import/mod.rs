//! Import: from a file of any make to rows of a noun.

pub(crate) mod convert;
pub mod format;
pub mod mapping;
pub(crate) mod no_records;
pub(crate) mod plan;
pub(crate) mod profile;
pub(crate) mod rejects;
pub mod request;
pub mod source;
pub(crate) mod suggest;
