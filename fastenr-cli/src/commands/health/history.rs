//! `fastenr health history`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::period;
use fastenr_core::ops::scores::views::{self, cause};
use fastenr_core::store::scores::snapshots::Snapshot;
use fastenr_core::view::health::part;
use fastenr_core::view::snapshot::{SNAPSHOT_FIELDS, value};

use super::show::short;
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record, sparkline};
use crate::typed::Since;

/// Show the scores of an account day by day, the oldest first.
///
/// Health 100 is best, churn risk 100 is worst; – is a day with insufficient data. There is one line per run. JSON, JSON
/// Lines and CSV have every factor.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr health history Acme
  fastenr health history Acme --since 1095d -o csv > acme.csv")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Only days from this day on, such as 90d, 3m or 2026-01-01; see `fastenr help dates`.
    #[arg(long, value_name = "DATE", default_value = "90d")]
    pub since: Since,
}

/// The columns that fit a terminal, in whole numbers.
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

/// One day; in a table the scores are whole numbers.
struct Row {
    day: Snapshot,
    table: bool,
}

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let day = &self.day;
        if !self.table {
            return value(day, field);
        }
        let whole = |points: Option<i64>| points.map_or(Value::Null, |points| Value::Integer(cause::whole(points)));
        match field.name {
            "health" => day.health().map_or(Value::Null, Value::Integer),
            "risk" => day.churn_risk().map_or(Value::Null, Value::Integer),
            "coverage" => whole(Some(day.health_coverage)),
            "usage" => whole(part(day, "product_usage")),
            "support" | "engagement" | "business" => whole(part(day, field.name)),
            "model" => Value::Text(short(&day.model).to_owned()),
            _ => value(day, field),
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
    let context = app.context().await?;
    let since = period::days_since(&context, context.today(), args.since.as_str())
        .map_err(|invalid| invalid.of("since", args.since.as_str()))?;
    let (account, days) = views::history(&context, &args.account, since).await?;
    let table = app.settings.output == Format::Table;
    let health: Vec<i64> = days.iter().filter_map(Snapshot::health).collect();
    let rows: Vec<Row> = days.into_iter().map(|day| Row { day, table }).collect();
    let fields: Vec<&Field> = if table { TABLE.iter().collect() } else { SNAPSHOT_FIELDS.iter().collect() };
    let spark = sparkline(&health);
    if table && !spark.is_empty() {
        app.printer.line(spark)?;
    }
    if !table || !rows.is_empty() {
        app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
    }
    app.printer.finish()?;
    let found = match rows.len() {
        0 => format!("no scores of {} in this period; `fastenr recompute` computes today's", account.name),
        1 => format!("1 day of {} (churn risk: 100 is worst)", account.name),
        count => format!("{count} days of {} (churn risk: 100 is worst)", account.name),
    };
    app.printer.talk(found);
    Ok(exit::DONE)
}
