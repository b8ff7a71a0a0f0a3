//! `fastenr db migrate`

use fastenr_core::Result;
use fastenr_core::ops::admin;
use serde_json::json;

use crate::app::App;
use crate::exit::{self, Code};
use crate::output::facts;

/// Create the database, or update its schema.
///
/// An empty database also gets the organization "default" and an admin, which the first command needs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db migrate --database postgres://fastenr@db.example/fastenr
  fastenr db migrate --database team.db")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let db = app.open(true).await?;
    let done = admin::migrate(&db, app.clock()).await?;
    let place = super::place(&db);
    app.printer.talk(match done.applied.len() {
        0 => format!("{place} is up to date"),
        1 => format!("{place}: applied 1 migration"),
        many => format!("{place}: applied {many} migrations"),
    });
    if done.seeded {
        app.printer.talk(format_args!("created the organization \"default\" and its admin {}", admin::FIRST_ADMIN));
    }
    facts(app, &[("applied", json!(done.applied)), ("seeded", json!(done.seeded))])?;
    Ok(exit::DONE)
}
