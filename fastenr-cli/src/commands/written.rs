//! The output of every write of a single record: the changes to stderr, the record to stdout.

use fastenr_core::Result;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::{Change, Written};

use crate::app::App;
use crate::exit::{self, Code};
use crate::output::Record;

/// The verb in the past, and after "would".
pub(crate) type Verb = (&'static str, &'static str);

pub(crate) const CREATE: Verb = ("created", "create");
pub(crate) const UPDATE: Verb = ("updated", "update");

pub(crate) fn written<R: Record>(
    app: &mut App,
    noun: &'static Noun,
    verb: Verb,
    written: &Written<R>,
    dry_run: bool,
) -> Result<Code> {
    let name = written.record.title();
    told(app, noun.one, &name, verb, &written.changes, dry_run);
    app.show(&crate::fields::all(noun), &written.record)?;
    Ok(exit::DONE)
}

/// The headline, and one line per field.
pub(crate) fn told(app: &mut App, one: &str, name: &str, (past, plain): Verb, changes: &[Change], dry_run: bool) {
    if changes.is_empty() {
        app.printer.talk(format_args!("{one} {name}: nothing to change"));
        return;
    }
    if dry_run {
        app.printer.talk(format_args!("would {plain} {one} {name}; dry run, nothing was written"));
    } else {
        app.printer.talk(format_args!("{past} {one} {name}"));
    }
    lines(app, changes);
}

/// A line per field.
pub(crate) fn lines(app: &mut App, changes: &[Change]) {
    let width = changes.iter().map(|change| change.field.len()).max().unwrap_or(0);
    for change in changes {
        let Change { field, old, new } = change;
        app.printer.talk(format_args!("  {field:width$}  {} → {}", shown(old), shown(new)));
    }
}

fn shown(text: &str) -> String {
    if text.is_empty() {
        "–".to_owned()
    } else {
        text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
    }
}
