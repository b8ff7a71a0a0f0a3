//! `fastenr engagements log`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::engagement::{Direction, ENGAGEMENT, EngagementType, Outcome};
use fastenr_core::model::noun::{Value, with_article};
use fastenr_core::ops::accounts;
use fastenr_core::ops::engagements::{self, NextTask};

use crate::app::App;
use crate::commands::written;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::minute;
use crate::typed::{Since, Until, text};

/// Log a call or meeting with a customer, completed now, in one line.
///
/// A text of one line is the title. With a longer text, the first line is the title and the whole text is the description.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements log Acme 'Renewal agreed, contract goes out on Friday' --outcome positive --next 'Send contract' --due friday
  fastenr engagements log acme.example @call.md --type meeting --at 'yesterday 15:00'
  fastenr engagements log CRM-00017 @editor --attendee 'Mia Roe <mia@acme.example>'")]
pub(crate) struct Args {
    /// Account: id, external id, unique name or domain, or the unique beginning of a name.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// What was said; or @FILE, - (stdin) or @editor; see `fastenr help texts`.
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub text: String,

    /// Type: meeting, call, email, note, demo or training.
    #[arg(long = "type", value_name = "TYPE", default_value = "call")]
    pub kind: EngagementType,

    /// Outcome: positive, neutral, negative or action_required.
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<Outcome>,

    /// Direction: inbound (started by the customer) or outbound (started by you).
    #[arg(long, value_name = "DIRECTION")]
    pub direction: Option<Direction>,

    /// Time of the engagement, such as 14:00 or 'yesterday 15:00' [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<Since>,

    /// Attendee (repeat for more).
    #[arg(long, value_name = "'NAME <EMAIL>'")]
    pub attendee: Vec<String>,

    /// Tag (repeat for more).
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,

    /// Next step: creates a task of the account, owned by you or by --next-owner.
    #[arg(long, value_name = "TEXT")]
    pub next: Option<String>,

    /// Due date of the task, such as friday or +3d.
    #[arg(long, value_name = "DATE", requires = "next")]
    pub due: Option<Until>,

    /// Owner of the task: e-mail address, id, unique name, or @me.
    #[arg(long, value_name = "USER", requires = "next")]
    pub next_owner: Option<String>,

    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let account = accounts::by_beginning(&context, &args.account).await?;
    let text = text::read(app, "TEXT", &args.text, "").await?;
    let (title, description) = engagements::titled(&text);
    let mut given = vec![
        ("account".to_owned(), Some(account.id.to_string())),
        ("type".to_owned(), Some(args.kind.as_str().to_owned())),
        ("title".to_owned(), Some(title)),
        ("completed_at".to_owned(), Some(args.at.map_or_else(|| "now".to_owned(), |at| at.as_str().to_owned()))),
    ];
    let mut put = |name: &str, value: Option<String>| {
        given.extend(value.map(|value| (name.to_owned(), Some(value))));
    };
    put("description", description);
    put("outcome", args.outcome.map(|outcome| outcome.as_str().to_owned()));
    put("direction", args.direction.map(|direction| direction.as_str().to_owned()));
    put("attendees", (!args.attendee.is_empty()).then(|| args.attendee.join("; ")));
    put("tags", (!args.tag.is_empty()).then(|| args.tag.join(", ")));
    let due = args.due.as_ref().map(|due| due.day(&context, "due")).transpose()?;
    let next = args.next.map(|title| NextTask { title, due: due.map(|day| day.to_string()), owner: args.next_owner });
    let (made, task) = engagements::log(&context, &given, next, args.dry_run).await?;

    let value = |name: &str| ENGAGEMENT.field(name).map_or(Value::Null, |(_, field)| made.record.value(field));
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let when = match value("completed_at") {
        Value::Instant(at) => minute(zone, at),
        _ => String::new(),
    };
    let kind = with_article(args.kind.as_str());
    let key = account.external_id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
    let outcome = args.outcome.map(|outcome| format!(", {}", outcome.as_str().replace('_', " "))).unwrap_or_default();
    let next = task.as_ref().map_or_else(String::new, |task| {
        let due = due.map(|day| format!(", due {day}")).unwrap_or_default();
        format!("; next: {}{due}", task.title())
    });
    let what = format!("{kind} with {}{key}, {when}{outcome}{next}", account.name);
    let line = match made.operation {
        Some(operation) => format!("logged {what}. Undo with `fastenr operations undo {operation}`"),
        None => format!("would log {what}; dry run, nothing was written"),
    };
    match app.settings.output {
        Format::Table => app.printer.line(line)?,
        _ => {
            app.show(&crate::fields::all(&ENGAGEMENT), &made.record)?;
            app.printer.finish()?;
            app.printer.talk(line);
        }
    }
    engagements::oddities(&made.record).into_iter().for_each(|odd| app.printer.warn(odd));
    if args.dry_run {
        written::lines(app, &made.changes);
    }
    Ok(exit::DONE)
}
