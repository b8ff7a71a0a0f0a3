//! `fastenr doctor`

use fastenr_core::Result;
use fastenr_core::error::Hints;
use fastenr_core::ops::admin;
use fastenr_core::ops::scores::{Standing, standing};
use serde_json::{Value as Json, json};

use super::counted;
use super::db::status::schema;
use super::whoami::home;
use crate::app::App;
use crate::config::config_file;
use crate::exit::{self, Code};
use crate::output::facts;

/// Show what this command uses and how the organization's data stands: files, user, time zone, migrations, the last scored day,
/// the age of usage and tickets, running operations.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr doctor
  fastenr doctor -o json
  fastenr doctor --quiet || mail -s 'fastenr needs attention' ops@example.com < /dev/null

Problems are: a pending migration, days before today that were not scored, a feed of usage or tickets
that came daily and stopped (the rule data_quality of the model), and interrupted operations.
`fastenr db check` looks for damage of the database.

Exit codes: 0 no problem found; 1 problems were found.")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    let state = admin::status(&db).await?;
    let config = config_file().filter(|path| path.is_file()).map(|path| path.display().to_string());
    let mut told: Vec<(&str, Json)> =
        vec![("version", json!(env!("CARGO_PKG_VERSION"))), ("config_file", json!(config))];
    told.extend(schema(&db, &state));
    let problems = if state.pending.is_empty() {
        let context = app.context().await?;
        let standing = standing(&context).await?;
        told.extend([("user", json!(context.user.email)), ("role", json!(context.user.role.as_str()))]);
        told.extend(home(&context));
        told.extend([
            ("last_scored", json!(standing.night)),
            ("last_usage", json!(standing.usage)),
            ("last_tickets", json!(standing.tickets)),
            ("running", json!(standing.running)),
            ("interrupted", json!(standing.interrupted)),
        ]);
        problems(&standing)
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

/// In words, each with its way out.
fn problems(standing: &Standing) -> Vec<String> {
    let unscored = standing.unscored.map(|day| match standing.night {
        Some(night) => format!("the last scored day is {night}: run `fastenr recompute --since {day}`"),
        None => "no day was scored yet: run `fastenr recompute`".to_owned(),
    });
    let silences = standing
        .silences
        .iter()
        .map(|silence| format!("{}: import the days since with `fastenr metrics import FILE`", silence.message()));
    let interrupted = standing
        .interrupted
        .iter()
        .map(|id| format!("an operation was interrupted and wrote nothing: see `fastenr operations get {id}`"));
    unscored.into_iter().chain(silences).chain(interrupted).collect()
}
