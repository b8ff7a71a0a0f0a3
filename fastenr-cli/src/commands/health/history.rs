//! `fastenr health history`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::{HOURS, PERCENT};
use fastenr_core::ops::filters::days;
use fastenr_core::ops::scores::views;
use fastenr_core::store::scores::snapshots::{Parts, Snapshot};

use super::show::short;
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record, sparkline};

/// Show the scores of an account day by day, the oldest first.
///
/// Health is 100 at best, churn risk 100 at worst. There is a day for each run; as programs read it, with every factor.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr health history Acme
  fastenr health history Acme --since 1095d -o csv > acme.csv")]
pub(crate) struct Args {
    /// An id, an external id, or a name or domain that only one account has.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// The last so many days or weeks.
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub since: String,
}

const fn number(name: &'static str) -> Field {
    Field::new(name, Meaning::Number(&HOURS), "")
}

const FIELDS: &[Field] = &[
    Field::new("as_of", Meaning::Date, ""),
    Field::new("health_score", Meaning::Score, ""),
    Field::new("band", Meaning::Line, ""),
    Field::new("churn_risk_score", Meaning::Score, ""),
    Field::new("churn_band", Meaning::Line, ""),
    Field::new("health_coverage", Meaning::Number(&PERCENT), ""),
    Field::new("churn_coverage", Meaning::Number(&PERCENT), ""),
    number("uncapped_score"),
    number("product_usage"),
    number("support"),
    number("engagement"),
    number("business"),
    number("login_frequency"),
    number("feature_adoption"),
    number("session_duration"),
    number("user_activity"),
    number("training"),
    number("ticket_volume"),
    number("ticket_severity"),
    number("resolution_time"),
    number("csat"),
    number("meeting_frequency"),
    number("response_rate"),
    number("outcomes"),
    number("stakeholders"),
    number("contract_value"),
    number("payment"),
    number("expansion"),
    number("renewal"),
    number("declining_health"),
    number("reduced_engagement"),
    number("support_escalations"),
    number("contract_payment"),
    number("competitive"),
    Field::new("model", Meaning::Line, ""),
];

/// What a terminal has the width for, in whole numbers.
const TABLE: &[Field] = &[
    Field::new("as_of", Meaning::Date, ""),
    Field::new("health", Meaning::Count, ""),
    Field::new("band", Meaning::Line, ""),
    Field::new("risk", Meaning::Count, ""),
    Field::new("coverage", Meaning::Count, ""),
    Field::new("usage", Meaning::Count, ""),
    Field::new("support", Meaning::Count, ""),
    Field::new("engagement", Meaning::Count, ""),
    Field::new("business", Meaning::Count, ""),
    Field::new("model", Meaning::Line, ""),
];

/// A day; in a table its scores are whole numbers.
struct Row {
    day: Snapshot,
    table: bool,
}

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let day = &self.day;
        let part = |name: &str| {
            let found = Parts::NAMES.iter().zip(day.parts.values()).find(|(known, _)| **known == name);
            found.and_then(|(_, points)| points)
        };
        let rounded = |points: i64| if self.table { views::cause::whole(points) } else { points };
        match field.name {
            "as_of" => Value::Date(day.snapshot_date),
            "health" | "health_score" => Value::Integer(day.health_score),
            "band" => Value::Text(day.band.clone()),
            "risk" | "churn_risk_score" => Value::Integer(day.churn_risk_score),
            "churn_band" => Value::Text(day.churn_band.clone()),
            "coverage" | "health_coverage" => Value::Integer(rounded(day.health_coverage)),
            "churn_coverage" => Value::Integer(day.churn_coverage),
            "uncapped_score" => Value::Integer(day.health_drawn),
            "usage" => part("product_usage").map_or(Value::Null, |points| Value::Integer(rounded(points))),
            "model" if self.table => Value::Text(short(&day.model).to_owned()),
            "model" => Value::Text(day.model.clone()),
            name => part(name).map_or(Value::Null, |points| Value::Integer(rounded(points))),
        }
    }

    fn title(&self) -> String {
        self.day.snapshot_date.to_string()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.table && self.value(field).is_null()
    }
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let since = days(&args.since).map_err(|invalid| invalid.of("since", &args.since))?;
    let context = app.context().await?;
    let (account, days) = views::history(&context, &args.account, since).await?;
    let table = app.settings.output == Format::Table;
    let health: Vec<i64> = days.iter().map(|day| day.health_score).collect();
    let rows: Vec<Row> = days.into_iter().map(|day| Row { day, table }).collect();
    let fields: Vec<&Field> = if table { TABLE.iter().collect() } else { FIELDS.iter().collect() };
    let spark = sparkline(&health);
    if table && !spark.is_empty() {
        app.printer.line(spark)?;
    }
    if !table || !rows.is_empty() {
        app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
    }
    app.printer.finish()?;
    let found = match rows.len() {
        0 => format!("no scores of {} in this time: `fastenr recompute` makes today's", account.name),
        1 => format!("1 day of {}; a churn risk of 100 is worst", account.name),
        count => format!("{count} days of {}; a churn risk of 100 is worst", account.name),
    };
    app.printer.talk(found);
    Ok(exit::DONE)
}
