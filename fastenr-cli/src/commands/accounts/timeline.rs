//! `fastenr accounts timeline`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::timeline::{self, Event};
use fastenr_core::view::event::{self, EVENT_FIELDS, Timeline};

use crate::app::App;
use crate::commands::{self, changes, counted};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record, one_line};
use crate::typed::{RangeEnd, Since};

/// Show the events of an account, the newest first.
///
/// Engagements are listed at the time they took place or are planned for. Goals are listed when they were created, changed
/// status and were achieved. Changes by users and imports are listed with the old and the new values. Imports of metrics
/// are left out.
///
/// Days are those of the organization's time zone.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts timeline Acme
  fastenr accounts timeline CRM-00017 --kind change,import --from 90d -o json
  fastenr accounts timeline acme.example --kind engagement --all -o csv")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub name: String,

    /// Only these kinds: engagement, goal, contact, team, metric, change, import.
    #[arg(long, value_name = "A,B")]
    pub kind: Vec<String>,

    /// Only events from this time on, such as 90d, monday or 2026-03-01; see `fastenr help dates`.
    #[arg(long, value_name = "TIME")]
    pub from: Option<Since>,

    /// Only events up to this time; without it, planned engagements are listed first.
    #[arg(long, value_name = "TIME")]
    pub to: Option<RangeEnd>,

    /// Show at most this many events, up to 1000.
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    pub limit: u64,

    /// Show all events.
    #[arg(long)]
    pub all: bool,
}

impl Record for Event {
    fn value(&self, field: &Field) -> Value {
        event::value(self, field)
    }

    fn title(&self) -> String {
        self.title.clone()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let page = commands::page(1, args.limit)?;
    let context = app.context().await?;
    let mut wanted = timeline::wanted(
        &context,
        &args.kind,
        args.from.as_ref().map(Since::as_str),
        args.to.as_ref().map(RangeEnd::as_str),
    )?;
    wanted.limit = if args.all { None } else { usize::try_from(page.limit).ok() };
    let found = timeline::timeline(&context, &args.name, &wanted).await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    match app.settings.output {
        Format::Table => table(app, &found.events, zone)?,
        Format::Json => {
            let limit = (!args.all).then_some(page.limit);
            app.printer.json(&Timeline::new(&found.events, limit, found.has_more))?;
        }
        Format::Jsonl | Format::Csv => {
            let fields: Vec<&'static Field> = EVENT_FIELDS.iter().collect();
            app.show_all(&fields, &found.events, Paging::whole(found.events.len() as u64))?;
        }
    }
    app.printer.finish()?;
    let shown = found.events.len() as u64;
    let events = counted(shown, "event", "events");
    app.printer.talk(match (shown, found.has_more) {
        (0, _) => format!("no events of {} match", found.account.name),
        (_, false) => events,
        (_, true) => format!("the latest {events}; --all for the rest"),
    });
    Ok(exit::DONE)
}

/// A heading for each day, a line for each event, and one for each of its changes.
fn table(app: &mut App, events: &[Event], zone: TimeZone) -> Result<()> {
    const INDENT: &str = "                     ";
    let mut day = None;
    for event in events {
        let local = zone.local(event.place.at);
        if day.replace(local.date()) != Some(local.date()) {
            let heading = local.format("%Y-%m-%d %A");
            let (begin, end) = if app.printer.colored() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
            app.printer.line(format_args!("{begin}{heading}{end}"))?;
        }
        let mut line = format!("  {}  {:10}  {}", local.format("%H:%M"), event.kind.as_str(), one_line(&event.title));
        if event.open {
            line.push_str(" (open)");
        }
        if let Some(detail) = &event.detail {
            line.push_str(&format!(", {detail}"));
        }
        if let Some(actor) = &event.actor {
            line.push_str(&format!("  {actor}"));
        }
        app.printer.line(line)?;
        for change in changes::told(&event.changes) {
            app.printer.line(format_args!("{INDENT}{change}"))?;
        }
    }
    Ok(())
}
