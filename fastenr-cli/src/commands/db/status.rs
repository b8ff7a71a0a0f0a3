//! `fastenr db status`

use fastenr_core::Result;
use fastenr_core::ops::admin;
use fastenr_core::store::{Db, MigrationState};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::exit::{self, Code};
use crate::output::facts;

/// Show the location of the database and the state of its schema; changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db status
  fastenr db status -o json")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    let state = admin::status(&db).await?;
    let mut found = schema(&db, &state).to_vec();
    found.extend(layout(&db).await?);
    facts(app, &found)?;
    if !state.pending.is_empty() {
        app.printer.talk("update it with `fastenr db migrate`");
    }
    Ok(exit::DONE)
}

/// How a distributed database lies on the nodes of its cluster; nothing of another one.
pub(super) async fn layout(db: &Db) -> Result<Vec<(&'static str, Json)>> {
    let Some(layout) = db.layout().await? else { return Ok(Vec::new()) };
    Ok(vec![
        ("workers", json!(layout.workers)),
        ("shards", json!(layout.shards)),
        ("distributed_tables", json!(layout.tables)),
        ("misplaced", json!(layout.misplaced)),
    ])
}

/// Where the database is, and how its schema stands.
pub(in crate::commands) fn schema(db: &Db, state: &MigrationState) -> [(&'static str, Json); 4] {
    let engine = format!("{:?}", db.engine()).to_lowercase();
    [
        ("database", json!(super::place(db))),
        ("engine", json!(engine)),
        ("schema_version", json!(state.applied.last())),
        ("pending", json!(state.pending)),
    ]
}
