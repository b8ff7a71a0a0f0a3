//! `fastenr arr summary`

use fastenr_core::Result;
use fastenr_core::arr::{Amount, Figures, Period};
use fastenr_core::model::arr_change::GroupBy;
use fastenr_core::model::filter::Archived;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::number::PERCENT;
use fastenr_core::money::Cents;
use fastenr_core::ops::arr::{self, ArrReport};
use fastenr_core::view::arr::ArrSummary;

use crate::app::App;
use crate::commands::accounts::FilterArgs;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::typed::Since;

/// Show the ARR movements of a period: new, expansion, contraction and churn.
///
/// Opening + new + expansion - contraction - churn = closing, to the cent, in each group and in the total. NRR and GRR are
/// percentages of the opening. An account counts as churned from the day in churned_on; churned accounts without this date
/// are left out and reported. The closing of today is the total of `fastenr accounts list`: neither counts churned
/// accounts. Without a period: this year until today.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr arr summary --period last-quarter --by size
  fastenr arr summary --from 2025-07-01 --to 2026-06-30 --by month
  fastenr arr summary --period 2025 --status churned,active --owner jo@example.com -o json")]
pub(crate) struct Args {
    /// Period: 2025, 2025-Q3, 2025-03, or this- or last- with month, quarter or year.
    #[arg(long, value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
    pub period: Option<String>,

    /// First day [default: 1 January of the year in which the period ends].
    #[arg(long, value_name = "DATE")]
    pub from: Option<Since>,

    /// Last day [default: today].
    #[arg(long, value_name = "DATE")]
    pub to: Option<Since>,

    /// Group by size, industry or owner, with today's values; or by month, quarter or year, each part opening with the
    /// closing of the part before.
    #[arg(long, value_name = "WHAT")]
    pub by: Option<GroupBy>,

    /// Include archived accounts.
    #[arg(long, conflicts_with = "filter_archived")]
    pub with_archived: bool,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let period = arr::period(
        &context,
        args.period.as_deref(),
        args.from.as_ref().map(Since::as_str),
        args.to.as_ref().map(Since::as_str),
    )?;
    let mut filter = args.filter.read(&context).await?;
    if args.with_archived {
        filter.archived = Archived::With;
    }
    let report = arr::summary(&context, &filter, period, args.by).await?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&ArrSummary::from(&report))?,
        Format::Csv => {
            let fields: Vec<&Field> = COLUMNS.iter().collect();
            app.show_all(&fields, &rows(&report), Paging::whole(0))?;
        }
        Format::Table if report.by.is_none() => {
            let fields: Vec<&Field> = MOVEMENT.iter().collect();
            app.show_all(&fields, &movements(&report.total), Paging::whole(0))?;
        }
        Format::Table => {
            let table = |field: &&Field| TABLE.contains(&field.name);
            let fields: Vec<&Field> = COLUMNS.iter().filter(table).collect();
            app.show_all(&fields, &rows(&report), Paging::whole(0))?;
        }
    }
    app.printer.finish()?;
    let today = context.today();
    if report.period.to() > today {
        let line = format_args!(
            "the period ends after today ({today}); for the days after today, the figures use the data of today"
        );
        app.printer.warn(line);
    }
    tell(app, &report);
    Ok(exit::DONE)
}

/// The period, the rates, and which accounts are left out.
fn tell(app: &mut App, report: &ArrReport) {
    let (period, total) = (report.period, &report.total);
    app.printer.talk(format_args!("{} to {}, in {}", period.from(), period.to(), report.currency));
    if report.by.is_none() {
        let rate = |rate: Option<i64>| rate.map_or("–".to_owned(), |rate| format!("{} %", Cents(rate)));
        app.printer.talk(format_args!("NRR {}, GRR {}", rate(total.nrr()), rate(total.grr())));
    }
    if total.undated.accounts > 0 {
        let Amount { accounts: count, arr } = total.undated;
        let (accounts, them) = if count == 1 { ("account", "it") } else { ("accounts", "them") };
        app.printer.warn(format_args!(
            "left out: {} churned {accounts} without a churned_on date, ARR {arr}; set churned_on to include {them}",
            grouped(count)
        ));
    }
    if total.inconsistent > 0 {
        app.printer.warn(format_args!(
            "{}: the ARR differs from the end of the ARR history; the figures use the ARR of the account",
            counted(total.inconsistent, "account", "accounts")
        ));
    }
}

const COLUMNS: &[Field] = &[
    Field::new("from", Meaning::Date, ""),
    Field::new("to", Meaning::Date, ""),
    Field::new("group", Meaning::Line, ""),
    Field::new("opening", Meaning::Money, ""),
    Field::new("new", Meaning::Money, ""),
    Field::new("expansion", Meaning::Money, ""),
    Field::new("contraction", Meaning::Money, ""),
    Field::new("churn", Meaning::Money, ""),
    Field::new("closing", Meaning::Money, ""),
    Field::new("nrr", Meaning::Number(&PERCENT), ""),
    Field::new("grr", Meaning::Number(&PERCENT), ""),
    Field::new("opening_accounts", Meaning::Count, ""),
    Field::new("new_accounts", Meaning::Count, ""),
    Field::new("expansion_accounts", Meaning::Count, ""),
    Field::new("contraction_accounts", Meaning::Count, ""),
    Field::new("churn_accounts", Meaning::Count, ""),
    Field::new("accounts", Meaning::Count, ""),
    Field::new("undated_accounts", Meaning::Count, ""),
    Field::new("undated_arr", Meaning::Money, ""),
    Field::new("inconsistent", Meaning::Count, ""),
];

/// The columns that fit a terminal.
const TABLE: [&str; 10] =
    ["group", "opening", "new", "expansion", "contraction", "churn", "closing", "nrr", "grr", "accounts"];

/// The figures of a group as a row.
struct Row {
    name: Option<String>,
    period: Period,
    figures: Figures,
}

fn rows(report: &ArrReport) -> Vec<Row> {
    let row = |name: Option<&str>, period: Period, figures: &Figures| Row {
        name: name.map(str::to_owned),
        period,
        figures: *figures,
    };
    let groups = report.groups.iter().map(|group| row(group.name.as_deref(), group.period, &group.figures));
    groups.chain([row(Some("total"), report.period, &report.total)]).collect()
}

fn amounts(figures: &Figures) -> [(&'static str, Amount); 6] {
    let Figures { opening, new, expansion, contraction, churn, closing, .. } = *figures;
    [
        ("opening", opening),
        ("new", new),
        ("expansion", expansion),
        ("contraction", contraction),
        ("churn", churn),
        ("closing", closing),
    ]
}

fn count(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let of = |name: &str| amounts(&self.figures).into_iter().find(|(known, _)| *known == name);
        let accounts = |name: &str| of(name).map_or(Value::Null, |(_, amount)| count(amount.accounts));
        let rate = |rate: Option<i64>| rate.map_or(Value::Null, Value::Integer);
        match field.name {
            "from" => Value::Date(self.period.from()),
            "to" => Value::Date(self.period.to()),
            "group" => self.name.clone().map_or(Value::Null, Value::Text),
            "nrr" => rate(self.figures.nrr()),
            "grr" => rate(self.figures.grr()),
            "accounts" => accounts("closing"),
            "undated_accounts" => count(self.figures.undated.accounts),
            "undated_arr" => Value::Integer(self.figures.undated.arr.0),
            "inconsistent" => count(self.figures.inconsistent),
            name => match name.strip_suffix("_accounts") {
                Some(name) => accounts(name),
                None => of(name).map_or(Value::Null, |(_, amount)| Value::Integer(amount.arr.0)),
            },
        }
    }

    fn title(&self) -> String {
        self.name.clone().unwrap_or_default()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

/// One line of a summary without groups: an amount and the number of its accounts.
struct Movement(&'static str, Amount);

const MOVEMENT: &[Field] = &[
    Field::new("movement", Meaning::Line, ""),
    Field::new("arr", Meaning::Money, ""),
    Field::new("accounts", Meaning::Count, ""),
];

fn movements(figures: &Figures) -> Vec<Movement> {
    amounts(figures).into_iter().map(|(name, amount)| Movement(name, amount)).collect()
}

impl Record for Movement {
    fn value(&self, field: &Field) -> Value {
        match field.name {
            "movement" => Value::Text(self.0.to_owned()),
            "arr" => Value::Integer(self.1.arr.0),
            _ => count(self.1.accounts),
        }
    }

    fn title(&self) -> String {
        self.0.to_owned()
    }
}
