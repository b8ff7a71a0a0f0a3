//! The verbs of every noun that belongs to an account, driven by its table of fields: list, get, create, update, delete, export.
//!
//! To add a noun: a type that is a [`Kind`], and a folder of verbs, each of which flattens the `Args` from here.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod shown;
pub(crate) mod update;
pub(crate) mod values;

use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::{Field, Noun, Value};

/// A noun as the command line shows it.
pub(crate) trait Kind: std::fmt::Debug + Clone + Send + Sync + 'static {
    /// Its table of fields.
    fn noun() -> &'static Noun;

    /// Warnings about a record that was just written: its values do not fit together.
    fn oddities(_entry: &Entry) -> Vec<&'static str> {
        Vec::new()
    }

    /// Filters without an option.
    const WITHOUT: &'static [&'static str] = &[];

    /// The columns of a list on a terminal.
    const COLUMNS: &'static [&'static str] = &[];

    /// Fields that are computed when a record is shown.
    const COMPUTED: &'static [Field] = &[];

    /// The value of a computed field.
    fn compute(_entry: &Entry, _field: &Field) -> Value {
        Value::Null
    }
}
