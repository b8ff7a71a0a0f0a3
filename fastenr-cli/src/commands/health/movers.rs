//! `fastenr health movers`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::scores::views::{self, LeftOut, Mover, Movers};
use fastenr_core::view::movers::{HealthMovers, MOVER_FIELDS, value};

use crate::app::App;
use crate::commands::accounts::FilterArgs;
use crate::commands::grouped;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::typed::Since;

/// Show which accounts' health fell and rose between two runs, and why: changes of 5 points or more first, by ARR.
///
/// Compares the latest run with the last run that is at least --since older. The cause is what changed the score most in
/// its direction: a factor, data that was added or is missing, a cap, an adjustment, or another model. Filters use the
/// current values of accounts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Accounts that are onboarding or have insufficient data in one of the two runs are left out; their number is printed to stderr.

Examples:
  fastenr health movers
  fastenr health movers --since 30d --owner jo@example.com --limit 5
  fastenr health movers --arr-min 50000 -o json")]
pub(crate) struct Args {
    /// Minimum time between the two runs, or the day of the earlier run, such as monday.
    #[arg(long, value_name = "DATE", default_value = "7d")]
    pub since: Since,

    /// Show at most this many falls, and as many rises.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,

    #[command(flatten)]
    pub filter: FilterArgs,
}

/// The columns that fit a terminal.
const TABLE: [&str; 6] = ["account_name", "arr", "from", "to", "change", "why"];

impl Record for Mover {
    fn value(&self, field: &Field) -> Value {
        value(self, field)
    }

    fn title(&self) -> String {
        self.name.clone()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let day = args.since.day(&context, "since")?;
    let since = match u32::try_from((context.today() - day).num_days()) {
        Ok(days) if args.since.is_span() => views::Since::Days(days),
        _ => views::Since::Day(day),
    };
    let filter = args.filter.read(&context).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = views::movers(&context, &filter, since, limit).await?;
    match app.settings.output {
        Format::Json => app.printer.json(&HealthMovers::from(&found))?,
        Format::Csv | Format::Jsonl => {
            let both: Vec<Mover> = found.falls.iter().chain(&found.rises).cloned().collect();
            let all: Vec<&'static Field> = MOVER_FIELDS.iter().collect();
            app.show_all(&all, &both, Paging::whole(both.len() as u64))?;
        }
        Format::Table => {
            let fields: Vec<&Field> = MOVER_FIELDS.iter().filter(|field| TABLE.contains(&field.name)).collect();
            for (title, movers) in [("falls", &found.falls), ("rises", &found.rises)] {
                if !movers.is_empty() {
                    app.printer.line(title)?;
                    app.show_all(&fields, movers, Paging::whole(movers.len() as u64))?;
                }
            }
        }
    }
    app.printer.finish()?;
    tell(app, &found, since);
    Ok(exit::DONE)
}

fn tell(app: &mut App, found: &Movers, since: views::Since) {
    match (found.from, found.to) {
        (_, None) => app.printer.talk("no scores yet; `fastenr recompute` computes them"),
        (None, Some(to)) => {
            let early = match since {
                views::Since::Days(days) => format!("from at least {days} days before {to}"),
                views::Since::Day(day) => format!("from {day} or before"),
            };
            let line = format!("no scores {early}; create them with `fastenr recompute --as-of DATE`");
            app.printer.talk(line);
        }
        (Some(from), Some(to)) => {
            let Movers { fell, rose, stayed, .. } = found;
            app.printer.talk(format_args!(
                "{from} to {to}: {} fell, {} rose, {} stayed{}",
                grouped(*fell),
                grouped(*rose),
                grouped(*stayed),
                left_out(found.left_out)
            ));
        }
    }
}

/// `; left out: 3 with too little data, 1 onboarding`.
pub(super) fn left_out(left_out: LeftOut) -> String {
    let LeftOut { insufficient_data, onboarding, not_scored, churned } = left_out;
    let counts = [
        (insufficient_data, "with too little data"),
        (onboarding, "onboarding"),
        (not_scored, "not scored"),
        (churned, "churned"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    if parts.is_empty() { String::new() } else { format!("; left out: {}", parts.join(", ")) }
}
