//! `fastenr doctor`

use chrono::NaiveDate;
use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::ops::admin;
use fastenr_core::ops::standing::{FEED_DAYS, Standing, standing};
use serde_json::{Value as Json, json};

use super::counted;
use super::db::place;
use crate::app::App;
use crate::config::config_file;
use crate::exit::{self, Code};
use crate::output::facts;
use fastenr_core::error::Hints;

/// Data that is older, in days, is told as a problem.
const FRESH_DAYS: i64 = 3;

/// Show what this command uses and how the organization's data stands: files, user, time zone, migrations, the last scored day,
/// the age of usage and tickets, running operations.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr doctor
  fastenr doctor -o json
  fastenr doctor --quiet || mail -s 'fastenr needs attention' ops@example.com < /dev/null

Problems are: a pending migration, a day before yesterday as the last scored day, usage or tickets older than 3 days, and
interrupted operations. Damage of the database is looked for by `fastenr db check`.

Exit codes: 0 no problem found; 1 problems were found.")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    let state = admin::status(&db).await?;
    let config = config_file().filter(|path| path.is_file()).map(|path| path.display().to_string());
    let mut told: Vec<(&str, Json)> = vec![
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("config_file", json!(config)),
        ("database", json!(place(&db))),
        ("engine", json!(format!("{:?}", db.engine()).to_lowercase())),
        ("schema_version", json!(state.applied.last())),
        ("pending", json!(state.pending)),
    ];
    let problems = if state.pending.is_empty() {
        let context = app.context().await?;
        let (user, organization) = (&context.user, &context.organization);
        let zone = TimeZone::parse(&organization.time_zone).unwrap_or(TimeZone::UTC);
        let standing = standing(&context).await?;
        told.extend([
            ("user", json!(user.email)),
            ("role", json!(user.role.as_str())),
            ("organization", json!(organization.slug)),
            ("currency", json!(organization.currency)),
            ("time_zone", json!(organization.time_zone)),
            ("now", json!(zone.local(context.clock.now()).format("%Y-%m-%dT%H:%M:%S").to_string())),
            ("last_scored", json!(standing.night)),
            ("last_usage", json!(standing.usage)),
            ("last_tickets", json!(standing.tickets)),
            ("running", json!(standing.running)),
            ("interrupted", json!(standing.interrupted)),
        ]);
        problems(&standing, context.today())
    } else {
        vec!["migrations are pending: run `fastenr db migrate`".to_owned()]
    };
    told.push(("problems", json!(problems)));
    facts(app, &told)?;
    if problems.is_empty() {
        return Ok(exit::DONE);
    }
    app.printer.finish()?;
    let found = counted(problems.len() as u64, "problem was", "problems were");
    app.printer.failure(&format!("{found} found"), &Hints::default());
    Ok(exit::FAILED)
}

/// An organization without data is only new.
fn problems(standing: &Standing, today: NaiveDate) -> Vec<String> {
    let mut problems = Vec::new();
    let age = |day: NaiveDate| (today - day).num_days();
    let has_data = standing.usage.is_some() || standing.tickets.is_some();
    match standing.night {
        Some(day) if age(day) > 1 => {
            problems.push(format!("the last scored day is {day}, {} days ago: run `fastenr recompute`", age(day)));
        }
        None if has_data => problems.push("no day was scored yet: run `fastenr recompute`".to_owned()),
        _ => {}
    }
    for (name, day) in [("usage is", standing.usage), ("tickets are", standing.tickets)] {
        if let Some(day) = day.filter(|day| age(*day) > FRESH_DAYS) {
            problems.push(format!("the last {name} of {day}, {} days ago: import the days since", age(day)));
        }
    }
    if standing.night.is_some() && !has_data {
        problems.push(format!("there is no usage and no ticket within {FEED_DAYS} days: import metrics"));
    }
    if let Some(id) = standing.interrupted.first() {
        let count = counted(standing.interrupted.len() as u64, "operation was", "operations were");
        problems.push(format!("{count} interrupted and wrote nothing: see `fastenr operations get {id}`"));
    }
    problems
}
