//! The library of fastenr: customer success as a system of record.
//!
//! It knows no terminal, no environment variable and no HTTP. The clock, ids and the acting user are arguments.

pub mod clock;
pub mod error;
pub mod goals;
pub mod id;
pub mod import;
pub mod model;
pub mod money;
pub mod ops;
pub mod store;

pub use error::{Error, Invalid, Kind, Result};
