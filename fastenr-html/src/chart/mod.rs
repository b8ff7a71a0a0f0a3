//! Charts as SVG: classes and attributes, no script and no style, each said in a sentence as well.

mod bar;
mod columns;
mod histogram;
mod spark;
mod stack;

pub use bar::ShareBar;
pub use columns::{Column, Columns};
pub use histogram::{Histogram, HistogramBar};
pub use spark::Spark;
pub use stack::{Stack, StackPart};
