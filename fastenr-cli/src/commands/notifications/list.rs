//! `fastenr notifications list`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::notifications::{self, DAYS, Notification, Notifications, USUAL_ROWS};
use fastenr_core::view::notification::{NOTIFICATION_FIELDS, NotificationList, value};

use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};

/// List what is new for you: alerts of your accounts, accounts and tasks given to you, goals achieved or missed, your long work.
///
/// Notifications of the last 30 days, the newest first. What was undone, resolved or done since is not listed. Listing marks
/// nothing as read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
\"You\" is the user of --user. Your own imports and other operations on many records are listed if they took 10 seconds or more,
or were interrupted. The state is the same in the terminal, in every browser and in the API.

Examples:
  fastenr notifications list --unread
  fastenr notifications list --user jo@example.com -o json
  fastenr notifications read")]
pub(crate) struct Args {
    /// List only unread notifications.
    #[arg(long)]
    pub unread: bool,

    /// Show at most this many notifications.
    #[arg(long, value_name = "N", default_value_t = USUAL_ROWS, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub limit: u64,
}

/// The columns that fit a terminal.
const TABLE: [&str; 4] = ["at", "unread", "kind", "text"];

impl Record for Notification {
    fn value(&self, field: &Field) -> Value {
        value(self, field)
    }

    fn title(&self) -> String {
        self.text.clone()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = notifications::list(&context, args.unread, limit).await?;
    match app.settings.output {
        Format::Json => app.printer.json(&NotificationList::from(&found))?,
        format => {
            let is_shown = |field: &&Field| format != Format::Table || TABLE.contains(&field.name);
            let fields: Vec<&Field> = NOTIFICATION_FIELDS.iter().filter(is_shown).collect();
            if format != Format::Table || !found.rows.is_empty() {
                app.show_all(&fields, &found.rows, Paging::whole(found.rows.len() as u64))?;
            }
        }
    }
    app.printer.finish()?;
    app.printer.talk(footer(&found, args.unread));
    Ok(exit::DONE)
}

fn footer(found: &Notifications, unread_only: bool) -> String {
    let shown = found.rows.len() as u64;
    let what = if unread_only { "unread notification" } else { "notification" };
    if found.total == 0 {
        return format!("no {what}s in the last {DAYS} days");
    }
    let all = counted(found.total, what, &format!("{what}s"));
    let listed = if shown == found.total { all } else { format!("{} of {all}; --limit for more", grouped(shown)) };
    match (unread_only, found.unread) {
        (_, 0) => listed,
        (true, _) => format!("{listed}; `fastenr notifications read` marks them as read"),
        (false, unread) => format!("{listed}, {} unread", grouped(unread)),
    }
}
