//! `fastenr engagements report`

use fastenr_core::Result;
use fastenr_core::engagements::report::{Median, Statistics};
use fastenr_core::model::noun::{Field, Meaning, Noun, Value};
use fastenr_core::model::number::{HOURS, PERCENT};
use fastenr_core::ops::engagements::{self, By, Group, Reported};
use fastenr_core::ops::scores::impact::{self, Row as Impact};
use serde_json::Value as Json;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::{grouped, impact as after};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record, members};
use crate::printer::writing;

/// How often customers were met, with which outcome, and how fast they answered.
///
/// --from and --to make the period, by default the last 90 days until today. An engagement belongs to the day it was completed
/// on, by the organization's clock. A total follows: the last row of a table, `total` in JSON, on stderr otherwise.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Columns:
  completed              completed in the period
  not_completed          scheduled for a day of the period and not completed
  positive … no_outcome  how the completed ones went; together they are all of them
  per_30_days            completed ones in 30 days
  gaps                   completed ones that follow another of the group with the same account
  median_gap_days        days between the two; longest_gap_days: the most of them
  days_since_last        from the last completed one until today, whatever the period
  max_days_since_last    the same for the account met longest ago
  responses_expected     outbound e-mails, and whatever has an answer
  responses_answered     those that have one; answered_percent: their share
  median_response_hours  from completion to the answer

Impact:
  With --impact each type also has the mean change of the health score from the last snapshot at or before the day to the
  last one at or before the 30th day after, against accounts of similar start score (the same ten points, the same days and
  model) that had none of that type in the 30 days before and after. It is an association: who is met is no accident.
  Fewer than 10 pairs give no number. In csv and jsonl these rows take the place of the report's.

Examples:
  fastenr engagements report
  fastenr engagements report --by account --from 2026-01-01 --to 2026-03-31 --type meeting,call
  fastenr engagements report --by owner -o csv > touch.csv
  fastenr engagements report --impact --from 2026-01-01 --to 2026-06-30")]
pub(crate) struct Args {
    /// What a row is for: type, account or owner (of the account).
    #[arg(long, value_name = "WHAT", default_value = "type", value_parser = ["type", "account", "owner"])]
    pub by: String,

    /// Also how scores moved in the 30 days after, against accounts without one: an association, not an effect.
    #[arg(long)]
    pub impact: bool,

    #[command(flatten)]
    pub filter: FilterArgs<Engagement>,
}

const FIELDS: &[Field] = &[
    Field::new("type", Meaning::Line, ""),
    Field::new("account_name", Meaning::Line, ""),
    Field::new("account", Meaning::Line, ""),
    Field::new("owner", Meaning::Line, ""),
    Field::new("completed", Meaning::Count, ""),
    Field::new("not_completed", Meaning::Count, ""),
    Field::new("positive", Meaning::Count, ""),
    Field::new("neutral", Meaning::Count, ""),
    Field::new("negative", Meaning::Count, ""),
    Field::new("action_required", Meaning::Count, ""),
    Field::new("no_outcome", Meaning::Count, ""),
    Field::new("per_30_days", Meaning::Number(&HOURS), ""),
    Field::new("gaps", Meaning::Count, ""),
    Field::new("median_gap_days", Meaning::Number(&HOURS), ""),
    Field::new("longest_gap_days", Meaning::Count, ""),
    Field::new("days_since_last", Meaning::Count, ""),
    Field::new("max_days_since_last", Meaning::Count, ""),
    Field::new("responses_expected", Meaning::Count, ""),
    Field::new("responses_answered", Meaning::Count, ""),
    Field::new("answered_percent", Meaning::Number(&PERCENT), ""),
    Field::new("median_response_hours", Meaning::Number(&HOURS), ""),
];

/// A row as the outputs of records take it; decimals are hundredths.
static ROWS: Noun = Noun::new("row", "rows", FIELDS);

struct Row<'r> {
    group: Group,
    statistics: &'r Statistics,
}

impl Record for Row<'_> {
    fn value(&self, field: &Field) -> Value {
        let Statistics { completed, not_completed, outcomes, per_30_days_hundredths, gaps, responses } =
            self.statistics;
        let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
        match field.name {
            "type" | "account_name" | "owner" => text(&self.group.label),
            "account" => text(&self.group.account),
            "completed" => count(*completed),
            "not_completed" => count(*not_completed),
            "positive" => count(outcomes.positive),
            "neutral" => count(outcomes.neutral),
            "negative" => count(outcomes.negative),
            "action_required" => count(outcomes.action_required),
            "no_outcome" => count(outcomes.none),
            "per_30_days" => Value::Integer(*per_30_days_hundredths),
            "gaps" => count(gaps.count),
            "median_gap_days" => number(gaps.median_days.map(Median::halves).map(|halves| halves * 50)),
            "longest_gap_days" => number(gaps.longest_days),
            "days_since_last" => number(gaps.since_last_days),
            "max_days_since_last" => number(gaps.longest_since_last_days),
            "responses_expected" => count(responses.expected),
            "responses_answered" => count(responses.answered),
            "answered_percent" => number(responses.answered_share()),
            "median_response_hours" => number(responses.median_hours_hundredths()),
            _ => Value::Null,
        }
    }

    fn title(&self) -> String {
        self.group.label.clone().unwrap_or_default()
    }
}

pub(crate) async fn run(app: &mut App, mut args: Args) -> Result<Code> {
    let (by, named): (By, &[&str]) = match args.by.as_str() {
        "account" => (By::Account, &["account_name", "account"]),
        "owner" => (By::Owner, &["owner"]),
        _ => (By::Type, &["type"]),
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
    let shown: Vec<&'static Field> = ROWS
        .fields
        .iter()
        .enumerate()
        .filter(|(place, field)| *place > 3 || named.contains(&field.name))
        .map(|(_, field)| field)
        .collect();
    if app.settings.output == Format::Json {
        app.printer.line(json(&reported, &args.by, &shown, impact.as_deref()))?;
    } else {
        if impact.is_none() || !after::alone(app) {
            rows(app, &reported, &shown)?;
        }
        if let Some(impact) = &impact {
            after::show(app, "engagements", impact)?;
        }
    }
    app.printer.finish()?;
    app.printer.talk(sentence(&reported));
    Ok(exit::DONE)
}

fn rows(app: &mut App, reported: &Reported, shown: &[&'static Field]) -> Result<()> {
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

fn json(reported: &Reported, by: &str, shown: &[&'static Field], impact: Option<&[Impact]>) -> Json {
    let groups = reported.found.groups.iter();
    let data: Vec<Json> = groups
        .map(|(group, statistics)| Json::Object(members(shown, &Row { group: group.clone(), statistics })))
        .collect();
    let total = Row { group: Group::default(), statistics: &reported.found.total };
    let figures: Vec<&'static Field> = ROWS.fields.iter().skip(4).collect();
    let mut json = serde_json::json!({
        "by": by,
        "from": reported.period.from(),
        "to": reported.period.to(),
        "data": data,
        "total": members(&figures, &total),
    });
    if let Some(impact) = impact {
        json["impact"] = after::json("engagements", impact);
    }
    json
}

/// The total in words.
fn sentence(reported: &Reported) -> String {
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
