//! `fastenr today`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::today::{self, Today, TodayRow, USUAL_ROWS};
use fastenr_core::ops::{Context, lists};
use fastenr_core::view::today::{TODAY_FIELDS, TodayList, value};

use super::accounts::FilterArgs;
use super::{counted, grouped};
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};

/// Show the accounts that need something today, and why: one row per account, the most urgent first.
///
/// An account is listed while an alert of it is open or a task of it is due. Each row has the reason, the last engagement, the
/// next step and what changed since yesterday.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The order is by severity, then by ARR weighted by how near the renewal is: ARR × (1 + 3 × (90 − d) / 90), where d is the
number of days until the renewal, from 0 to 90. An overdue task counts as a warning, a task due today as an info.
The dashboard begins with the same rows.

Examples:
  fastenr today --owner @me
  fastenr today --segment enterprise --limit 5
  fastenr today --owner jo@example.com -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Show at most this many accounts.
    #[arg(long, value_name = "N", default_value_t = USUAL_ROWS, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub limit: u64,
}

/// The columns that fit a terminal.
const TABLE: [&str; 8] =
    ["severity", "account_name", "reason", "arr", "contract_end", "last_engagement", "next_step", "changed"];

impl Record for TodayRow {
    fn value(&self, field: &Field) -> Value {
        value(self, field)
    }

    fn title(&self) -> String {
        self.account.name.clone()
    }

    fn unknown(&self, field: &Field) -> bool {
        field.name == "health_score" && self.account.health_score.is_none()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let filter = args.filter.read(&context).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = today::today(&context, &filter, limit).await?;
    match app.settings.output {
        Format::Json => app.printer.json(&TodayList::from(&found))?,
        format => {
            let is_shown = |field: &&Field| format != Format::Table || TABLE.contains(&field.name);
            let fields: Vec<&Field> = TODAY_FIELDS.iter().filter(is_shown).collect();
            if format != Format::Table || !found.rows.is_empty() {
                app.show_all(&fields, &found.rows, Paging::whole(found.rows.len() as u64))?;
            }
        }
    }
    app.printer.finish()?;
    let line = told(&context, &found, filter.is_empty()).await?;
    app.printer.talk(line);
    Ok(exit::DONE)
}

/// The footer: the count, and what is not shown.
async fn told(context: &Context, found: &Today, is_whole: bool) -> Result<String> {
    let scored = match found.scored {
        Some(day) => format!("; scores as of {day}"),
        None => "; no scores yet: `fastenr recompute` computes them and opens alerts".to_owned(),
    };
    if found.total == 0 {
        if is_whole && !lists::any(context, &ACCOUNT).await? {
            return Ok("no accounts yet; import them with `fastenr accounts import FILE`".to_owned());
        }
        return Ok(format!("nothing needs attention{scored}"));
    }
    let shown = found.rows.len() as u64;
    let all = counted(found.total, "account needs attention", "accounts need attention");
    let listed = match shown == found.total {
        true => all,
        false => format!("{} of {all}", grouped(shown)),
    };
    let more = if shown == found.total { "" } else { "; --limit for more" };
    Ok(format!("{listed}, {} critical{more}{scored}", grouped(found.critical)))
}
