//! `fastenr goals report`

use fastenr_core::Result;
use fastenr_core::goals::Group;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::{COUNT, GOAL_VALUE, PERCENT};
use fastenr_core::ops::goals::{self, By};
use fastenr_core::ops::scores::impact;
use serde_json::{Value as Json, json};

use super::Goal;
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::{count, impact as after};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record, members};

/// What came of the goals: how many were achieved and missed, the completion rate and the days it took.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The completion rate is achieved / (achieved + missed), in percent; days are from start to completion of those achieved.

With --impact each metric type also has the mean change of the health score from the last snapshot at or before the day a goal
was achieved to the last one at or before the 30th day after, against accounts of similar start score (the same ten points, the
same days and model) that achieved none in the 30 days before and after. It is an association: who achieves goals is no
accident. Fewer than 10 pairs give no number. In csv and jsonl these rows take the place of the report's.

Examples:
  fastenr goals report
  fastenr goals report --by owner --due-from 2026-01-01 --due-to 2026-03-31
  fastenr goals report --by size -o csv
  fastenr goals report --impact")]
pub(crate) struct Args {
    /// What they are grouped by: metric_type, or size, industry or owner of the account.
    #[arg(long, value_name = "WHAT", default_value = "metric_type")]
    pub by: String,

    /// Also how scores moved in the 30 days after an achieved one, against accounts without: an association, not an effect.
    #[arg(long)]
    pub impact: bool,

    #[command(flatten)]
    pub filter: FilterArgs<Goal>,
}

const fn number(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Meaning::Number(&COUNT), about)
}

static FIELDS: [Field; 10] = [
    Field::new("by", Meaning::Line, "what they are grouped by; all in the line of the total"),
    Field::new("group", Meaning::Line, "the group"),
    number("goals", "all goals"),
    number("achieved", "reached"),
    number("missed", "not reached by the target date"),
    number("on_track", "open, and on the way"),
    number("at_risk", "open, and behind"),
    Field::new("completion_rate", Meaning::Number(&PERCENT), "achieved / (achieved + missed), in percent"),
    Field::new("median_days", Meaning::Number(&GOAL_VALUE), "from start to completion, the middle one"),
    Field::new("mean_days", Meaning::Number(&GOAL_VALUE), "from start to completion, on average"),
];

struct Line<'r> {
    by: &'static str,
    /// None for those whose account has none.
    group: Option<&'r str>,
    counts: &'r Group,
}

impl Record for Line<'_> {
    fn value(&self, field: &Field) -> Value {
        let Group { goals, achieved, missed, on_track, at_risk, completion_rate, time_to_achieve } = self.counts;
        let count = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let optional = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
        match field.name {
            "by" => Value::Text(self.by.to_owned()),
            "group" => self.group.map_or(Value::Null, |group| Value::Text(group.to_owned())),
            "goals" => count(*goals),
            "achieved" => count(*achieved),
            "missed" => count(*missed),
            "on_track" => count(*on_track),
            "at_risk" => count(*at_risk),
            "completion_rate" => optional(completion_rate.map(i64::from)),
            "median_days" => optional(time_to_achieve.map(|times| times.median)),
            "mean_days" => optional(time_to_achieve.map(|times| times.mean)),
            _ => Value::Null,
        }
    }

    fn title(&self) -> String {
        self.group.unwrap_or_default().to_owned()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let by: By = args.by.parse().map_err(|invalid: fastenr_core::Invalid| invalid.of("by", &args.by))?;
    let context = app.context().await?;
    let selection = args.filter.read(&context).await?;
    let report = goals::report(&context, &selection, by).await?;
    let impact = match args.impact {
        true => Some(impact::of_goals(&context, &selection).await?),
        false => None,
    };
    let lines = report.groups.iter().map(|(group, counts)| Line { by: by.as_str(), group: group.as_deref(), counts });
    let table = app.settings.output == Format::Table;
    let total = Line { by: "all", group: table.then_some("all"), counts: &report.total };
    let from = |place: usize| -> Vec<&'static Field> { FIELDS.iter().skip(place).collect() };
    if app.settings.output == Format::Json {
        let fields = from(1);
        let groups: Vec<Json> = lines.map(|line| Json::Object(members(&fields, &line))).collect();
        let mut json = json!({"by": by.as_str(), "groups": groups, "total": members(&from(2), &total)});
        if let Some(impact) = &impact {
            json["impact"] = after::json("goals", impact);
        }
        app.printer.line(json)?;
    } else if impact.is_none() || !after::alone(app) {
        let fields = from(usize::from(table));
        let lines: Vec<Line<'_>> = lines.chain([total]).collect();
        app.show_all(&fields, &lines, Paging::whole(lines.len() as u64))?;
    }
    if let Some(impact) = impact.filter(|_| app.settings.output != Format::Json) {
        after::show(app, "goals", &impact)?;
    }
    app.printer.finish()?;
    app.printer.talk(count(report.total.goals, &GOAL));
    Ok(exit::DONE)
}
