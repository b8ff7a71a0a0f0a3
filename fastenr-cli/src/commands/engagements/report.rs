//! `fastenr engagements report`

use fastenr_core::Result;
use fastenr_core::engagements::report::Statistics;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::engagements::{self, Group, GroupBy, PeriodReport};
use fastenr_core::ops::scores::impact;
use fastenr_core::view::engagement_report::{EngagementGroup, EngagementReport};
use fastenr_core::view::impact::Events;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::{grouped, impact as after};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::printer::writing;

/// Report how often customers were met, with which outcomes, and how fast they answered.
///
/// --from and --to set the period [default: the last 90 days until today]. An engagement belongs to the day on which it was
/// completed, in the organization's time zone. The total is the last row of a table, `total` in JSON, and printed to stderr
/// otherwise.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Columns:
  completed              completed in the period
  not_completed          scheduled for a day of the period and not completed
  positive … no_outcome  completed engagements by outcome; they add up to completed
  per_30_days            completed engagements per 30 days
  gaps                   completed engagements that follow another one of the group with the same account
  median_gap_days        days between the two; longest_gap_days: the longest gap
  days_since_last        from the last completed engagement until today, whatever the period
  max_days_since_last    the same for the account that was met longest ago
  responses_expected     outbound e-mails, and all engagements with a response
  responses_answered     those with a response; answered_percent: their share
  median_response_hours  from completion to the response

Impact:
  With --impact each type also has the mean change of the health score from the last snapshot at or before the day to the
  last one at or before the 30th day after, compared with accounts of similar start score (the same range of ten points,
  the same days and model) that had none of that type in the 30 days before and after. This is correlation, not proof:
  accounts that are met may differ in other ways. With fewer than 10 pairs there is no number. In csv and jsonl these
  rows replace those of the report.

Examples:
  fastenr engagements report
  fastenr engagements report --by account --from 2026-01-01 --to 2026-03-31 --type meeting,call
  fastenr engagements report --by owner -o csv > touch.csv
  fastenr engagements report --impact --from 2026-01-01 --to 2026-06-30")]
pub(crate) struct Args {
    /// Group by type, account or owner (of the account).
    #[arg(long, value_name = "WHAT", default_value = "type", value_parser = ["type", "account", "owner"])]
    pub by: String,

    /// Also show how scores changed in the 30 days after, compared with accounts without one (correlation, not proof).
    #[arg(long)]
    pub impact: bool,

    #[command(flatten)]
    pub filter: FilterArgs<Engagement>,
}

struct Row<'r> {
    group: Group,
    statistics: &'r Statistics,
}

impl Record for Row<'_> {
    fn value(&self, field: &Field) -> Value {
        EngagementGroup { group: &self.group, statistics: self.statistics }.value(field)
    }

    fn title(&self) -> String {
        self.group.label.clone().unwrap_or_default()
    }
}

pub(crate) async fn run(app: &mut App, mut args: Args) -> Result<Code> {
    let by = match args.by.as_str() {
        "account" => GroupBy::Account,
        "owner" => GroupBy::Owner,
        _ => GroupBy::Type,
    };
    let context = app.context().await?;
    let (from, to) = (args.filter.take("from"), args.filter.take("to"));
    let period = engagements::period(&context, from.as_deref(), to.as_deref())?;
    let chosen = args.filter.read(&context).await?;
    let reported = engagements::report(&context, &chosen, period, by).await?;
    let impact = match args.impact {
        true => Some(impact::of_engagements(&context, &chosen, period).await?),
        false => None,
    };
    if app.settings.output == Format::Json {
        app.printer.json(&EngagementReport::new(&reported, by, impact.as_deref()))?;
    } else {
        if impact.is_none() || !after::alone(app) {
            let shown: Vec<&'static Field> = by.fields().collect();
            rows(app, &reported, &shown)?;
        }
        if let Some(impact) = &impact {
            after::show(app, Events::Engagements, impact)?;
        }
    }
    app.printer.finish()?;
    app.printer.talk(sentence(&reported));
    Ok(exit::DONE)
}

fn rows(app: &mut App, reported: &PeriodReport, shown: &[&'static Field]) -> Result<()> {
    let table = app.settings.output == Format::Table;
    let mut output = app.list(shown)?;
    for (group, statistics) in &reported.found.groups {
        let mut group = group.clone();
        if table && group.label.is_none() {
            group.label = Some("–".to_owned());
        }
        output.record(&Row { group, statistics }).map_err(writing)?;
    }
    if table && !reported.found.groups.is_empty() {
        let group = Group { label: Some("total".to_owned()), account: None };
        output.record(&Row { group, statistics: &reported.found.total }).map_err(writing)?;
    }
    output.end(Paging::whole(reported.found.groups.len() as u64)).map_err(writing)
}

/// The total in words.
fn sentence(reported: &PeriodReport) -> String {
    let total = &reported.found.total;
    let mut text = format!(
        "{} to {}: {} completed, {} not completed",
        reported.period.from(),
        reported.period.to(),
        grouped(total.completed),
        grouped(total.not_completed)
    );
    if let Some(median) = total.gaps.median_days {
        text.push_str(&format!(", median gap {median} days"));
    }
    if total.responses.expected > 0 {
        let (answered, expected) = (total.responses.answered, total.responses.expected);
        text.push_str(&format!(", {} of {} answered", grouped(answered), grouped(expected)));
    }
    text
}
