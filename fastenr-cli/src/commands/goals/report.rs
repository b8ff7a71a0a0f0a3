//! `fastenr goals report`

use fastenr_core::Result;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::goals::{self, GroupBy};
use fastenr_core::ops::scores::impact;
use fastenr_core::view::goal_report::{GOAL_GROUP_FIELDS, GoalGroup, GoalReport};
use fastenr_core::view::impact::Events;

use super::Goal;
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::{count, impact as after};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};

/// Report on goals: achieved and missed goals, completion rate and days to completion.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The completion rate is achieved / (achieved + missed), in percent. Days are from start to completion of the achieved goals.

With --impact each metric type also has the mean change of the health score from the last snapshot at or before the day a goal
was achieved to the last one at or before the 30th day after, compared with accounts of similar start score (the same range of
ten points, the same days and model) that achieved none in the 30 days before and after. This is correlation, not proof: accounts
that achieve goals may differ in other ways. With fewer than 10 pairs there is no number. In csv and jsonl these rows replace
those of the report.

Examples:
  fastenr goals report
  fastenr goals report --by owner --due-from 2026-01-01 --due-to 2026-03-31
  fastenr goals report --by size -o csv
  fastenr goals report --impact")]
pub(crate) struct Args {
    /// Group by metric_type, or size, industry or owner of the account.
    #[arg(long, value_name = "WHAT", default_value = "metric_type")]
    pub by: String,

    /// Also show how scores changed in the 30 days after an achieved goal, compared with accounts without one (correlation,
    /// not proof).
    #[arg(long)]
    pub impact: bool,

    #[command(flatten)]
    pub filter: FilterArgs<Goal>,
}

impl Record for GoalGroup<'_> {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn title(&self) -> String {
        self.group.unwrap_or_default().to_owned()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let by: GroupBy = args.by.parse().map_err(|invalid: fastenr_core::Invalid| invalid.of("by", &args.by))?;
    let context = app.context().await?;
    let selection = args.filter.read(&context).await?;
    let report = goals::report(&context, &selection, by).await?;
    let impact = match args.impact {
        true => Some(impact::of_goals(&context, &selection).await?),
        false => None,
    };
    if app.settings.output == Format::Json {
        app.printer.json(&GoalReport::new(&report, by, impact.as_deref()))?;
    } else if impact.is_none() || !after::alone(app) {
        let groups = report.groups.iter();
        let lines = groups.map(|(group, counts)| GoalGroup { by: by.as_str(), group: group.as_deref(), counts });
        let table = app.settings.output == Format::Table;
        let total = GoalGroup { by: "all", group: table.then_some("all"), counts: &report.total };
        let fields: Vec<&'static Field> = GOAL_GROUP_FIELDS.iter().skip(usize::from(table)).collect();
        let lines: Vec<GoalGroup<'_>> = lines.chain([total]).collect();
        app.show_all(&fields, &lines, Paging::whole(lines.len() as u64))?;
    }
    if let Some(impact) = impact.filter(|_| app.settings.output != Format::Json) {
        after::show(app, Events::Goals, &impact)?;
    }
    app.printer.finish()?;
    app.printer.talk(count(report.total.goals, &GOAL));
    Ok(exit::DONE)
}
