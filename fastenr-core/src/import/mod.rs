//! Import: from a file of any make to rows of a noun.

pub mod format;
pub mod request;
pub mod source;
