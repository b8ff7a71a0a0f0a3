//! Where the flags of an import meet the library.

use fastenr_core::import::request::{Progress, Report};
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::Context;
use fastenr_core::{Error, Kind, Result};

use super::import::ImportArgs;

/// Opens the file (or spools stdin), makes the request, runs the import.
pub(crate) async fn run(
    _context: &Context,
    noun: &'static Noun,
    _args: &ImportArgs,
    _on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report> {
    Err(not_linked(noun))
}

/// A mapping file for this file, as TOML.
pub(crate) async fn suggest_mapping(_context: &Context, noun: &'static Noun, _args: &ImportArgs) -> Result<String> {
    Err(not_linked(noun))
}

fn not_linked(noun: &Noun) -> Error {
    Error::new(Kind::Refused, "not_linked", format!("the import of {} is not linked yet", noun.many))
}
