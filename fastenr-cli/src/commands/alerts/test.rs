//! `fastenr alerts test`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::scores::{self, OUTCOME, OpenedAlert, Outcomes, ReplayReport};
use fastenr_core::score::alerts::Rule;
use fastenr_core::view::alert::{REPLAY_FIELDS, replayed};

use super::list::plural;
use crate::app::App;
use crate::commands::grouped;
use crate::commands::past::percent;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::typed::Since;

/// Test the alert rules on past days: which alerts would have opened, how many a week, and who left after them. Nothing is written.
///
/// Every day is scored again with the models in use. If nightly runs with these models exist up to the first day, the test
/// continues from their state and finds the same alerts as they did. With -o json, jsonl or csv, or with --which, each
/// alert is shown; otherwise the number of alerts per rule. Alerts that would have been held are counted separately. Alerts
/// about the data itself are left out.
///
/// For alerts whose following 90 days are over, it also shows of how many accounts each rule spoke, how many of them churned within 90
/// days after its first alert about them, and how many times the base rate that is: the share of all customers that churned within
/// 90 days after one of these days.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts test --since 30d
  fastenr alerts test --since 270d
  fastenr alerts test --since 90d --rule health_drop --which
  fastenr alerts test --since 2026-01-01 -o csv > would-have-been.csv")]
pub(crate) struct Args {
    /// First day of the test, such as 90d, monday or 2026-03-01; see `fastenr help dates`.
    #[arg(long, value_name = "DATE", default_value = "90d")]
    pub since: Since,

    /// Only alerts of these rules.
    #[arg(long, value_name = "RULE,RULE", value_delimiter = ',')]
    pub rule: Vec<String>,

    /// Show each alert, not only the number of alerts.
    #[arg(long)]
    pub which: bool,
}

static COUNTS: [Field; 8] = [
    Field::new("rule", Meaning::Line, ""),
    Field::new("opened", Meaning::Count, ""),
    Field::new("held", Meaning::Count, ""),
    Field::new("a_week", Meaning::Line, ""),
    Field::new("accounts", Meaning::Count, ""),
    Field::new("left", Meaning::Count, ""),
    Field::new("left_share", Meaning::Line, ""),
    Field::new("times_base", Meaning::Line, ""),
];

/// How many of the columns are shown where no outcome is known yet.
const WITHOUT_OUTCOMES: usize = 4;

impl Record for OpenedAlert {
    fn value(&self, field: &Field) -> Value {
        replayed(self, field)
    }

    fn title(&self) -> String {
        format!("{} of {}", self.rule.as_str(), self.account_name)
    }
}

struct Count {
    rule: Rule,
    all: u64,
    held: u64,
    days: u64,
    outcomes: Outcomes,
    base: Outcomes,
}

impl Record for Count {
    fn value(&self, field: &Field) -> Value {
        let integer = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let opened = self.all - self.held;
        match field.name {
            "rule" => Value::Text(self.rule.as_str().to_owned()),
            "opened" => integer(opened),
            "held" => integer(self.held),
            "a_week" => {
                let tenths = opened * 70 / self.days.max(1);
                Value::Text(format!("{}.{}", tenths / 10, tenths % 10))
            }
            "accounts" => integer(self.outcomes.known),
            "left" => integer(self.outcomes.left),
            "left_share" => self.outcomes.share().map_or(Value::Null, |share| Value::Text(percent(Some(share)))),
            "times_base" => {
                let times = self.outcomes.times(self.base);
                times.map_or(Value::Null, |times| Value::Text(format!("{:.1}", times.rounded())))
            }
            _ => Value::Null,
        }
    }

    fn title(&self) -> String {
        self.rule.as_str().to_owned()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let parse = |text: &String| Rule::parse(text).map_err(|invalid| invalid.of("rule", text));
    let rules: Vec<Rule> = args.rule.iter().map(parse).collect::<Result<_>>()?;
    let context = app.context().await?;
    let since = args.since.day(&context, "since")?;
    let bar = app.printer.progress();
    bar.set_message("testing days");
    let mut found = scores::replay(&context, since, &mut |done, days| {
        bar.set_length(days);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    found.opened.retain(|opened| rules.is_empty() || rules.contains(&opened.rule));
    if args.which || app.settings.output != Format::Table {
        let fields: Vec<&'static Field> = REPLAY_FIELDS.iter().collect();
        app.show_all(&fields, &found.opened, Paging::whole(found.opened.len() as u64))?;
    } else {
        let counts = counts(&found, &rules);
        let columns = if counts.iter().any(|count| count.outcomes.known > 0) { COUNTS.len() } else { WITHOUT_OUTCOMES };
        let fields: Vec<&'static Field> = COUNTS[..columns].iter().collect();
        app.show_all(&fields, &counts, Paging::whole(counts.len() as u64))?;
    }
    app.printer.finish()?;
    let held = found.opened.iter().filter(|opened| opened.held).count() as u64;
    let ReplayReport { since, until, accounts, opened, base } = &found;
    let kept = if held > 0 { format!(", {} more would have been held", grouped(held)) } else { String::new() };
    app.printer.talk(format_args!(
        "{since} to {until}, {} accounts: {} would have opened or got worse{kept}; nothing was written",
        grouped(*accounts),
        plural(opened.len() as u64 - held),
    ));
    let known = found.known_until();
    app.printer.talk(if *since <= known {
        let share = percent(base.share());
        format!("base rate: {share} of the customers of {since} to {known} churned within {OUTCOME} days")
    } else {
        let enough = 2 * OUTCOME;
        format!("who left within {OUTCOME} days is known for alerts up to {known}: test with --since {enough}d")
    });
    Ok(exit::DONE)
}

/// For each rule that is about accounts.
fn counts(found: &ReplayReport, rules: &[Rule]) -> Vec<Count> {
    let days = u64::try_from((found.until - found.since).num_days() + 1).unwrap_or(1);
    let wanted = |rule: &&Rule| **rule != Rule::DataQuality && (rules.is_empty() || rules.contains(rule));
    let count = |rule: &Rule| {
        let (all, held) = found.count(*rule);
        Count { rule: *rule, all, held, days, outcomes: found.outcomes(*rule), base: found.base }
    };
    Rule::ALL.iter().filter(wanted).map(count).collect()
}
