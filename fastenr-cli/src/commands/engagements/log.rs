//! `fastenr engagements log`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::model::engagement::{Direction, ENGAGEMENT, EngagementType, Outcome};
use fastenr_core::model::noun::{Value, with_article};
use fastenr_core::ops::accounts;
use fastenr_core::ops::engagements::{self, Next};

use crate::app::App;
use crate::commands::written;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::typed::{Since, Until, text};

/// Log what was said with a customer, done now: in one line.
///
/// The title is the text, or its first line where there is more; the whole text is then the description.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements log Acme 'Renewal agreed, contract goes out on Friday' --outcome positive --next 'Send contract' --due friday
  fastenr engagements log acme.example @call.md --type meeting --at 'yesterday 15:00'
  fastenr engagements log CRM-00017 @editor --attendee 'Mia Roe <mia@acme.example>'")]
pub(crate) struct Args {
    /// An id, an external id, a name or domain, or the beginning of a name that only one account has.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// What was said; or @FILE, - (stdin) or @editor, see `fastenr help texts`.
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub text: String,

    /// meeting, call, email, note, demo or training.
    #[arg(long = "type", value_name = "TYPE", default_value = "call")]
    pub kind: EngagementType,

    /// positive, neutral, negative or action_required.
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<Outcome>,

    /// inbound: they began; outbound: we did.
    #[arg(long, value_name = "DIRECTION")]
    pub direction: Option<Direction>,

    /// When it was done, such as 14:00 or 'yesterday 15:00' [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<Since>,

    /// Who took part; given again: one more.
    #[arg(long, value_name = "'NAME <EMAIL>'")]
    pub attendee: Vec<String>,

    /// A tag; given again: one more.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,

    /// What is to be done next: a task of the account, yours unless --next-owner says whose.
    #[arg(long, value_name = "TEXT")]
    pub next: Option<String>,

    /// The last day to do it, such as friday or +3d.
    #[arg(long, value_name = "DATE", requires = "next")]
    pub due: Option<Until>,

    /// Who is to do it: e-mail address, id, unique name, or @me.
    #[arg(long, value_name = "USER", requires = "next")]
    pub next_owner: Option<String>,

    /// Show what would be logged, and log nothing.
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
    let next = args.next.map(|title| Next { title, due: due.map(|day| day.to_string()), owner: args.next_owner });
    let (made, task) = engagements::log(&context, &given, next, args.dry_run).await?;

    let value = |name: &str| ENGAGEMENT.field(name).map_or(Value::Null, |(_, field)| made.record.value(field));
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let when = match value("completed_at") {
        Value::Instant(at) => zone.local(at).format("%Y-%m-%d %H:%M").to_string(),
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
