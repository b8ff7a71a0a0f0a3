//! The library of fastenr: customer success as a system of record.
//!
//! It knows no terminal, no environment variable and no HTTP. The clock, ids and the acting user are arguments.

pub mod arr;
pub mod calendar;
pub mod clock;
pub mod demo;
pub mod duplicates;
pub mod engagements;
pub mod error;
pub mod export;
pub mod fit;
pub mod goals;
pub mod id;
pub mod import;
pub mod model;
pub mod money;
pub mod ops;
pub mod part;
pub mod private;
pub mod proof;
pub mod score;
pub mod secret;
pub mod store;
pub mod view;

mod digest;
mod random;
mod rounding;
mod spool;

pub use error::{Error, Invalid, Kind, Result};
