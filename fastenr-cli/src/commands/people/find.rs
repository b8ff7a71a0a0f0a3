//! `fastenr people find`

use fastenr_core::Result;
use fastenr_core::ops::people;

use super::{WhoArgs, shown};
use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::globals::Format;

/// Find every record and text that names a person. Only for admins.
///
/// Looks for the e-mail addresses, names and phone numbers of the person's contacts, users and attendees in all text of the
/// database: notes, tags, custom fields, the activity feed, undo data, stored responses.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr people find jane@acme.com
  fastenr people find CRM-4711 --name 'Jane Miller' -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub who: WhoArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let found = people::find(&context, args.who.who()).await?;
    match app.settings.output {
        Format::Table | Format::Csv => shown::places(app, &found.places)?,
        Format::Json => app.printer.line(serde_json::to_string_pretty(&found).unwrap_or_default())?,
        Format::Jsonl => app.printer.json(&found)?,
    }
    app.printer.finish()?;
    let certain = found.places.iter().filter(|place| place.certain).count() as u64;
    let rest = found.places.len() as u64 - certain;
    let names: Vec<&str> = found.person.names.iter().chain(&found.person.addresses).map(String::as_str).collect();
    let mut line = format!("{}: {}", names.join(", "), counted(certain + rest, "place", "places"));
    if rest > 0 {
        line.push_str(&format!("; {rest} may be about another person"));
    }
    app.printer.talk(line);
    Ok(exit::DONE)
}
