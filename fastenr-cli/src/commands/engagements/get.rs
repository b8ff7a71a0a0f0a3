//! `fastenr engagements get`

use fastenr_core::Result;
use fastenr_core::model::Attendees;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::ops::engagements::{self, FullEngagement};
use fastenr_core::view::engagement::EngagementWhole;

use crate::app::App;
use crate::commands::entries::get::GetArgs;
use crate::exit::{self, Code};
use crate::fields;
use crate::globals::Format;
use crate::output::columns;

/// Show one engagement, with its attendees and attachments.
///
/// An attendee with the e-mail address of a contact of the account is shown as that contact. In JSON, `attendees` has the
/// recorded attendees, and `attendee_contacts` those who are contacts: email, contact_id, name, role, left_on.
/// `attachments` has id, name, media_type, size and sha256 of each file.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements get 'Quarterly review' -o json
  fastenr engagements get MEETING-17")]
pub(crate) struct Args {
    #[command(flatten)]
    pub get: GetArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let chosen = fields::choose(&ENGAGEMENT, &args.get.fields)?;
    let context = app.context().await?;
    let whole = engagements::get(&context, &args.get.name).await?;
    if !chosen.is_empty() {
        app.show(&chosen, &whole.entry)?;
        return Ok(exit::DONE);
    }
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&EngagementWhole::from(&whole))?,
        Format::Csv => app.show(&fields::all(&ENGAGEMENT), &whole.entry)?,
        Format::Table => {
            let shown: Vec<_> = ENGAGEMENT.fields.iter().filter(|field| field.name != "attendees").collect();
            app.show(&shown, &whole.entry)?;
            section(app, "attendees", &attendees(&whole))?;
            section(app, "attachments", &attachments(&whole))?;
        }
    }
    Ok(exit::DONE)
}

/// Name, role, and the matching contact.
fn attendees(whole: &FullEngagement) -> Vec<Vec<String>> {
    let attendees = Attendees::parse(whole.entry.text("attendees").unwrap_or_default()).unwrap_or_default();
    let line = |attendee: &fastenr_core::model::Attendee| {
        let email = attendee.email().map(|email| email.as_str());
        let name = attendee.name().map(|name| name.as_str());
        let who = match (name, email) {
            (Some(name), Some(email)) => format!("{name} <{email}>"),
            (name, email) => name.or(email).unwrap_or_default().to_owned(),
        };
        let contact =
            whole.contacts.iter().find(|contact| email.is_some_and(|email| email.eq_ignore_ascii_case(&contact.email)));
        let known = contact.map(|contact| {
            let role = contact.role.as_deref().map(|role| format!(", {role}")).unwrap_or_default();
            let left = contact.left_on.map(|day| format!(", left {day}")).unwrap_or_default();
            format!("contact {}{role}{left}", contact.name)
        });
        vec![who, attendee.role().map_or_else(String::new, |role| role.as_str().to_owned()), known.unwrap_or_default()]
    };
    attendees.iter().map(line).collect()
}

fn attachments(whole: &FullEngagement) -> Vec<Vec<String>> {
    let line = |file: &fastenr_core::model::attachment::Attachment| {
        vec![file.name.clone(), file.media_type.clone(), format!("{} bytes", file.size)]
    };
    whole.attachments.iter().map(line).collect()
}

/// A heading and its lines in columns; nothing if there are no lines.
fn section(app: &mut App, heading: &str, rows: &[Vec<String>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    app.printer.line(format_args!("\n{heading}"))?;
    columns(rows).into_iter().try_for_each(|line| app.printer.line(line))
}
