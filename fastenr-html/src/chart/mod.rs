//! Charts as SVG: classes and attributes, no script and no style, each said in a sentence as well.

mod spark;

pub use spark::Spark;
