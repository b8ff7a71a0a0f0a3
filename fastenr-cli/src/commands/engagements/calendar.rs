//! `fastenr engagements calendar`

use std::path::{Path, PathBuf};

use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::ops::calendar;
use fastenr_core::part::Part;
use fastenr_core::{Kind, Result};

use super::Engagement;
use crate::app::App;
use crate::commands::count;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::export_file::writer;
use crate::exit::{self, Code};

/// Export engagements as an iCalendar file (.ics) for Outlook, Google Calendar and similar programs.
///
/// The file has the scheduled and completed engagements. An event ends when the engagement was completed, if that was
/// within 24 hours after it began, otherwise after 30 minutes. Its UID stays the same: calendar programs update their copy.
/// `fastenr engagements import` reads the file back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements calendar team.ics --open --owner jo@example.com
  fastenr engagements calendar --account Acme --from 30d > acme.ics")]
pub(crate) struct Args {
    /// File, also with .gz. Without it, or with -: stdout.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    #[command(flatten)]
    pub filter: FilterArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let chosen = args.filter.read(&context).await?;
    let (written, place) = match args.file.filter(|file| file != Path::new("-")) {
        None => (calendar::write(&context, &chosen, app.printer.data()).await?, None),
        Some(file) => {
            let part = Part::create(&file)?;
            let written =
                calendar::write(&context, &chosen, writer(&part)?).await.map_err(|error| match error.kind {
                    Kind::Io => error.at(file.display()),
                    _ => error,
                })?;
            (written, Some(part.keep()?))
        }
    };
    app.printer.finish()?;
    let events = count(written, &ENGAGEMENT);
    match place {
        Some(file) => app.printer.talk(format_args!("{events} → {}", file.display())),
        None => app.printer.talk(events),
    }
    Ok(exit::DONE)
}
