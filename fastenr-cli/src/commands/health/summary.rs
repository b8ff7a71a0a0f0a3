//! `fastenr health summary`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::HOURS;
use fastenr_core::ops::scores::views::tally::Tally;
use fastenr_core::ops::scores::views::{self, By, GroupLine, Summary, Trend};
use fastenr_core::score::LITTLE;
use fastenr_core::view::health_summary::{HealthSummary, cents};

use super::movers::left_out;
use super::{decimal, plain};
use crate::app::App;
use crate::commands::accounts::FilterArgs;
use crate::commands::grouped;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record, columns};

/// Summarize the scores of all accounts: accounts per band, averages, ARR at risk, and the trend.
///
/// Shows the latest run, for the accounts that match the filters now. Accounts that are onboarding, have insufficient data,
/// have no score from the run or have churned are not in the distributions and averages; their number is shown.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Health 100 is best, churn risk 100 is worst. Averages use the whole numbers that lists show: one weights all accounts equally, one
weights them by ARR. A percentile is the lowest score that this percentage of the accounts do not exceed. ARR at risk is the ARR of
the unarchived accounts with status at_risk, with or without a score. Totals of ARR leave out churned accounts, unless --status or
--band names them. The trend weights earlier scores by today's ARR.

Examples:
  fastenr health summary
  fastenr health summary --by owner --size large,enterprise
  fastenr health summary --by industry -o csv > industries.csv")]
pub(crate) struct Args {
    /// Group by industry, size or owner.
    #[arg(long, value_name = "WHAT")]
    pub by: Option<By>,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let filter = args.filter.read(&context).await?;
    let found = views::summary(&context, &filter, args.by).await?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&HealthSummary::from(&found))?,
        Format::Csv => {
            let fields: Vec<&Field> = FIELDS.iter().collect();
            app.show_all(&fields, &rows(&found), Paging::whole(0))?;
        }
        Format::Table if found.day.is_some() => {
            lines(&found).into_iter().try_for_each(|line| app.printer.line(line))?;
            if found.by.is_some() {
                app.printer.line("")?;
                let fields: Vec<&Field> = FIELDS.iter().filter(|field| TABLE.contains(&field.name)).collect();
                app.show_all(&fields, &rows(&found), Paging::whole(0))?;
            }
        }
        Format::Table => {}
    }
    app.printer.finish()?;
    let Some(day) = found.day else {
        app.printer.talk("no scores yet; `fastenr recompute` computes them");
        return Ok(exit::DONE);
    };
    let accounts = found.total.accounts;
    let adjusted = match found.adjusted {
        0 => String::new(),
        count => format!("; {} adjusted by a user", grouped(count)),
    };
    if found.left_out.insufficient_data > 0
        && let Some(component) = found.most_missing
    {
        app.printer.talk(format_args!("most accounts with too little data have no {} data", plain(component.as_str())));
    }
    if let Some(mean) = found.mean_coverage.filter(|mean| *mean < LITTLE && accounts > 0) {
        app.printer.talk(format_args!("there is data for {} % of the model", (mean + 50) / 100));
    }
    app.printer.talk(format_args!(
        "{} of {} accounts, as of {day}, in {}{adjusted}{}",
        grouped(found.total.health.count()),
        grouped(accounts),
        found.currency,
        left_out(found.left_out)
    ));
    Ok(exit::DONE)
}

/// Characters of the longest bar.
const WIDTH: u64 = 40;

fn bar(count: u64, most: u64) -> String {
    let length = (count * WIDTH).div_ceil(most.max(1));
    "█".repeat(usize::try_from(length).unwrap_or(0))
}

fn lines(found: &Summary) -> Vec<String> {
    let total = &found.total;
    let counted = total.health.count();
    let share = |count: u64, of: u64| format!("{} %", (count * 100 + of / 2) / of.max(1));
    let mut bands = Vec::new();
    for band in &found.bands {
        bands.push(vec![
            plain(band.band.as_str()),
            grouped(band.accounts),
            share(band.accounts, counted),
            format!("ARR {}", cents(band.arr).short()),
        ]);
    }
    let risks = total.churn.count();
    let churn = found.churn_bands.iter().map(|band| {
        vec![
            plain(band.band.as_str()),
            grouped(band.accounts),
            share(band.accounts, risks),
            format!("ARR {}", cents(band.arr).short()),
        ]
    });
    let bins = total.health.histogram();
    let most = bins.iter().copied().max().unwrap_or(0);
    let histogram = bins.iter().zip(0_u64..).map(|(count, bin)| {
        let to = if bin == 9 { 100 } else { bin * 10 + 9 };
        vec![format!("{}-{to}", bin * 10), grouped(*count), bar(*count, most)]
    });
    let mut lines = vec!["health (100 is best)".to_owned()];
    lines.extend(columns(&bands));
    lines.push(String::new());
    lines.extend(columns(&histogram.collect::<Vec<_>>()));
    lines.push(String::new());
    lines.push("churn risk (100 is worst)".to_owned());
    lines.extend(columns(&churn.collect::<Vec<_>>()));
    if found.churn_insufficient > 0 {
        lines.push(format!("  {} more with too little data", grouped(found.churn_insufficient)));
    }
    lines.push(String::new());
    let heading = ["", "average", "by ARR", "p10", "median", "p90", "30 days ago", "90 days ago"];
    let mut averages = vec![heading.map(str::to_owned).to_vec()];
    for (name, tally, then) in
        [("health", &total.health, then_health as fn(&Trend) -> &Tally), ("churn risk", &total.churn, then_churn)]
    {
        let mut row = vec![name.to_owned(), decimal(tally.mean()), decimal(tally.weighted_mean())];
        let percentile = |percent: u64| tally.percentile(percent).map_or("–".to_owned(), |score| score.to_string());
        row.extend([10, 50, 90].map(percentile));
        row.extend(found.trend.iter().map(|ago| decimal(then(ago).mean())));
        averages.push(row);
    }
    lines.extend(columns(&averages));
    lines.push(format!(
        "ARR at risk: {} of {}, in {} of {} accounts (status at_risk)",
        cents(total.at_risk_arr).short(),
        cents(total.arr).short(),
        grouped(total.at_risk_accounts),
        grouped(total.accounts)
    ));
    lines
}

const fn then_health(ago: &Trend) -> &Tally {
    &ago.health
}

const fn then_churn(ago: &Trend) -> &Tally {
    &ago.churn
}

const FIELDS: &[Field] = &[
    Field::new("group", Meaning::Line, ""),
    Field::new("accounts", Meaning::Count, ""),
    Field::new("counted", Meaning::Count, ""),
    Field::new("arr", Meaning::Money, ""),
    Field::new("health", Meaning::Number(&HOURS), ""),
    Field::new("health_by_arr", Meaning::Number(&HOURS), ""),
    Field::new("health_p10", Meaning::Count, ""),
    Field::new("health_median", Meaning::Count, ""),
    Field::new("health_p90", Meaning::Count, ""),
    Field::new("risk", Meaning::Number(&HOURS), ""),
    Field::new("risk_by_arr", Meaning::Number(&HOURS), ""),
    Field::new("at_risk_accounts", Meaning::Count, ""),
    Field::new("at_risk_arr", Meaning::Money, ""),
];

/// The columns that fit a terminal.
const TABLE: [&str; 8] = ["group", "accounts", "counted", "arr", "health", "health_by_arr", "risk", "at_risk_arr"];

struct Row<'s> {
    name: Option<String>,
    group: &'s GroupLine,
}

fn rows(found: &Summary) -> Vec<Row<'_>> {
    let groups = found.groups.iter().map(|group| Row { name: group.name.clone(), group });
    groups.chain([Row { name: Some("total".to_owned()), group: &found.total }]).collect()
}

impl Record for Row<'_> {
    fn value(&self, field: &Field) -> Value {
        let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let number = |number: Option<i64>| number.map_or(Value::Null, Value::Integer);
        let GroupLine { accounts, arr, health, churn, at_risk_accounts, at_risk_arr, .. } = self.group;
        match field.name {
            "group" => self.name.clone().map_or(Value::Null, Value::Text),
            "accounts" => count(*accounts),
            "counted" => count(health.count()),
            "arr" => Value::Integer(cents(*arr).0),
            "health" => number(health.mean()),
            "health_by_arr" => number(health.weighted_mean()),
            "health_p10" => number(health.percentile(10)),
            "health_median" => number(health.percentile(50)),
            "health_p90" => number(health.percentile(90)),
            "risk" => number(churn.mean()),
            "risk_by_arr" => number(churn.weighted_mean()),
            "at_risk_accounts" => count(*at_risk_accounts),
            _ => Value::Integer(cents(*at_risk_arr).0),
        }
    }

    fn title(&self) -> String {
        self.name.clone().unwrap_or_default()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}
