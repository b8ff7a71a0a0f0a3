//! The pages of fastenr: content, templates, style. This crate does no I/O: the caller passes the data and the day, and gets
//! text.
//!
//! To add a page, write its struct in `page/`, its template in `templates/`, and a row in the server's table of pages. A part that
//! several pages have is in `part/`; values are written by `format/`. Nothing is marked as safe by hand: only parts, which escape what
//! they are given, are put into pages as they are.

pub mod assets;
pub mod can;
pub mod chart;
#[cfg(test)]
mod contrast;
#[cfg(test)]
mod escaping;
pub mod form;
pub mod format;
pub mod frame;
pub mod keys;
pub mod link;
pub mod page;
pub mod part;

pub use askama::Template;
pub use can::Permissions;
pub use frame::{Frame, PageUser, SignInMethod};
